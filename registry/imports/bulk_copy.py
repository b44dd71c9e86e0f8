"""Bulk writes by COPY: rows of a file, and values for scratch tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.reading.limits import UNSTORABLE, storable
from registry.imports.reading.protocol import Row
from registry.kernel.exports.csv_file import plain_cell

#: Characters sent at once.
_BLOCK: Final = 256 * 1024
#: Cell separator that occurs in no stored text.
_BORDER: Final = "\x1f"
_MARK: Final = "'"
_REPORT_EVERY: Final = 1_000
_QUOTED: Final = re.compile(r'[\\"]')
#: The rows are queried next; outdated statistics would lead to plans that take minutes.
_ANALYSE: Final = text("SELECT analyse_import_rows()")
_COLUMNS: Final = "batch_id, number, cells, geometry, problem"
#: COPY writes into no table with policies of rows (ADR 0049).
_STAGE: Final = text(
    "CREATE TEMPORARY TABLE read_row (batch_id bigint, number bigint, cells text[], geometry text, problem text)"
    " ON COMMIT DROP"
)
_TAKE: Final = text(f"INSERT INTO import_row ({_COLUMNS}) SELECT {_COLUMNS} FROM read_row")  # noqa: S608
_END_STAGE: Final = text("DROP TABLE read_row")
_SPECIAL: Final = re.compile(r"[\\\t\n\r]")


def copy_rows(session: Session, batch_id: int, rows: Iterable[Row], progress: Progress = NO_PROGRESS) -> int:
    """Write the rows of a batch; returns their number."""
    count = 0
    session.execute(_STAGE)
    with driver_connection(session).cursor() as cursor:
        statement = f"COPY read_row ({_COLUMNS}) FROM STDIN"
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
    for step in (_TAKE, _END_STAGE, _ANALYSE):
        session.execute(step)
    return count


def copy_values(session: Session, table: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> int:
    """Write plain values (text, numbers, flags; None is NULL) into a temporary table; returns the number of rows."""
    # Built before the COPY: generating a row may query the database, which a running COPY would block forever.
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
        # Undo the escaping of exports against formulas.
        cells = [plain_cell(cell) for cell in cells]
        body = _BORDER.join(cells)
    if _QUOTED.search(body):
        body = body.replace("\\", r"\\").replace('"', r"\"")
    listed = "{}" if not cells else '{"' + body.replace(_BORDER, '","') + '"}'
    geometry = r"\N" if row.geometry is None else escaped(storable(row.geometry))
    problem = r"\N" if row.problem is None else escaped(row.problem)
    return f"{batch_id}\t{row.number}\t{escaped(listed)}\t{geometry}\t{problem}\n"


def escaped(text: str) -> str:
    """Escape a value for the text format of COPY."""
    if _SPECIAL.search(text) is None:
        return text
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
