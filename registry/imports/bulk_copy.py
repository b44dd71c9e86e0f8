"""Bulk writes by COPY: rows of a file, and values for scratch tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from registry.imports.mapping.coordinate_systems import names_system
from registry.imports.models import ImportRow
from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.reading.limits import UNSTORABLE, storable
from registry.imports.reading.protocol import Row
from registry.kernel.exports import plain_cell

#: Bytes gathered before they are sent.
_BLOCK: Final = 256 * 1024
#: A mark that no stored text holds, in place of the border between two cells.
_BORDER: Final = "\x1f"
_MARK: Final = "'"
_REPORT_EVERY: Final = 1_000
#: So many distinct cells of a column say that it is no statement on the whole file.
_DISTINCT: Final = 20
_SAID_LENGTH: Final = 200
_COORDINATE: Final = re.compile(r"\s*-?[\d.,\s]{6,}")
_QUOTED: Final = re.compile(r'[\\"]')
#: They are read by their batch next; statistics of before them lead to plans that take minutes.
_ANALYSE: Final = text("SELECT analyse_import_rows()")
_SPECIAL: Final = re.compile(r"[\\\t\n\r]")


def copy_rows(session: Session, batch_id: int, rows: Iterable[Row], progress: Progress = NO_PROGRESS) -> int:
    """Write the rows of a batch; returns their number."""
    count = 0
    with driver_connection(session).cursor() as cursor:
        statement = "COPY import_row (batch_id, number, cells, geometry) FROM STDIN"
        with cursor.copy(statement) as copy:
            gathered: list[str] = []
            size = 0
            for row in rows:
                line = _line(batch_id, row)
                gathered.append(line)
                size += len(line)
                count += 1
                if size > _BLOCK:
                    copy.write("".join(gathered))
                    gathered, size = [], 0
                if count % _REPORT_EVERY == 0:
                    progress.advance(count)
            copy.write("".join(gathered))
    session.execute(_ANALYSE)
    return count


def empty_columns(
    session: Session, batch_id: int, header: Sequence[str], samples: Sequence[Sequence[str]]
) -> list[str]:
    """Headers of the columns that are empty in every row. Only columns that are empty in `samples` are queried."""
    doubtful = [place for place in range(len(header)) if not any(cells[place].strip() for cells in samples)]
    if not doubtful:
        return []
    filled = [func.bool_or(func.btrim(ImportRow.cells[place + 1]) != "") for place in doubtful]
    found = session.execute(select(*filled).where(ImportRow.batch_id == batch_id)).one()
    return [header[place] for place, holds in zip(doubtful, found, strict=True) if not holds]


def system_statements(
    session: Session, batch_id: int, header: Sequence[str], samples: Sequence[Sequence[str]]
) -> list[str]:
    """Statements on the coordinate system in the cells of columns, each once, after its header: "KTT: 105°00'"."""
    said: list[str] = []
    for place, word in enumerate(header):
        filled = [cells[place] for cells in samples if cells[place].strip()]
        # What the heading says is read with the headings.
        if names_system(word) or not any(_states(word, text) for text in filled):
            continue
        cell = func.btrim(ImportRow.cells[place + 1])
        query = select(cell.label("said")).where(ImportRow.batch_id == batch_id, cell != "").distinct()
        found = session.scalars(query.order_by("said").limit(_DISTINCT)).all()
        said += [f"{word}: {text}"[:_SAID_LENGTH] for text in found if _states(word, text)]
    return said[:_DISTINCT]


def _states(word: str, text: str) -> bool:
    return _COORDINATE.fullmatch(text) is None and names_system(f"{word}: {text}")


def copy_values(session: Session, table: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> int:
    """Write plain values (text, numbers, flags; None is NULL) into a temporary table; returns the number of rows."""
    # All at once before the copy begins: making a row may ask the database, which a running COPY would block for ever.
    lines = ["\t".join([r"\N" if value is None else escaped(str(value)) for value in row]) + "\n" for row in rows]
    if lines:
        statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with driver_connection(session).cursor() as cursor, cursor.copy(statement) as copy:
            copy.write("".join(lines))
    return len(lines)


def driver_connection(session: Session) -> Any:
    """The psycopg connection of a session, for COPY."""
    return session.connection().connection.driver_connection


def _line(batch_id: int, row: Row) -> str:
    """One line in the text format of COPY."""
    cells: Sequence[str] = row.cells
    if UNSTORABLE.search("".join(cells)):
        cells = [storable(cell) for cell in cells]
    body = _BORDER.join(cells)
    if _MARK in body:
        # What was made safe for a spreadsheet is the text that it was before.
        cells = [plain_cell(cell) for cell in cells]
        body = _BORDER.join(cells)
    if _QUOTED.search(body):
        body = body.replace("\\", r"\\").replace('"', r"\"")
    listed = "{}" if not cells else '{"' + body.replace(_BORDER, '","') + '"}'
    geometry = r"\N" if row.geometry is None else escaped(storable(row.geometry))
    return f"{batch_id}\t{row.number}\t{escaped(listed)}\t{geometry}\n"


def escaped(text: str) -> str:
    """Escape a value for the text format of COPY."""
    if _SPECIAL.search(text) is None:
        return text
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
