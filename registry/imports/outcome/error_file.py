"""Error files: the table of a file with reasons and coloured cells, to correct and upload again; lists of problems.

Title, headers and cells stay as in the file, so that the columns are recognised again; the header of the reasons
matches no field. Rows are fetched and written in chunks, so memory does not grow with the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.imports.mapping.coordinate_systems import system_of
from registry.imports.mapping.fields import POSITION_FIELDS
from registry.imports.models import FileFormat, ImportBatch, ImportResult, ImportRow, RowOutcome, without_quiet
from registry.imports.queries import Problem, declared_in, log_batch_access, problem_columns, same_row
from registry.kernel.db.base import Choice
from registry.kernel.exports.csv_file import safe_cell
from registry.kernel.exports.workbook import PLAIN, Style, open_book
from registry.kernel.i18n import _, _l
from registry.kernel.i18n.sentences import stored_sentence

_PART: Final = 2_000
#: Larger files default to CSV: a workbook takes four times as long.
MOST_IN_WORKBOOK: Final = 20_000
_WIDTHS: Final = (60, 20)
_HEAD: Final = Style(bold=True, text_wrap=True, valign="top")
_REASON: Final = Style(text_wrap=True, valign="top", font_color="#8C1D18")
_WRONG, _DOUBTFUL = Style(bg_color="#F6C7C3"), Style(bg_color="#FBE7B2")
#: Header of geometries; an alias of the position.
_GEOMETRY: Final = "WKT"
_TEXT_FORMATS: Final = (FileFormat.CSV, FileFormat.TSV)


class ErrorFileRows(Choice):
    """Rows of an error file."""

    REFUSED = "refused", _l("Chỉ các dòng không nhập")
    ALL = "all", _l("Mọi dòng của tệp")


@dataclass(frozen=True)
class _ErrorRow:
    """A row of an error file; `wrong` and `doubtful` are column indexes."""

    reason: str
    cells: list[str]
    wrong: frozenset[int]
    doubtful: frozenset[int]


def error_file_format(batch: ImportBatch, rows: ErrorFileRows) -> FileFormat:
    """CSV for text files and large ones, else a workbook."""
    count = batch.counts.get("rows" if rows is ErrorFileRows.ALL else "refused", 0)
    text = batch.file_format in _TEXT_FORMATS or count > MOST_IN_WORKBOOK
    return FileFormat.CSV if text else FileFormat.XLSX


def write_error_file(ctx: Ctx, batch: ImportBatch, path: Path, rows: ErrorFileRows, file_format: FileFormat) -> int:
    """Write the file; returns the number of rows."""
    log_batch_access(ctx, batch)
    header: list[str] = list(batch.found["header"])
    geometry = batch.mapping.keys().isdisjoint(POSITION_FIELDS)
    if geometry:
        header.append(_GEOMETRY)
    rows_of_file = _error_rows(ctx, batch, rows, geometry=geometry)
    above = _title(batch)
    if file_format is FileFormat.CSV:
        return _write_csv(path, above, header, rows_of_file)
    return _write_xlsx(path, batch.table_name or "", above, header, rows_of_file)


def _title(batch: ImportBatch) -> str:
    """The title of the table; by default a line naming the coordinate system."""
    title: str = batch.found.get("title") or ""
    system_code = batch.options.get("system")
    if title or not system_code:
        return title
    return _("Hệ tọa độ: %(system)s", system=system_of(system_code, declared_in(batch)).label)


def _error_rows(ctx: Ctx, batch: ImportBatch, rows: ErrorFileRows, *, geometry: bool) -> Iterator[_ErrorRow]:
    query = (
        select(ImportRow.number, ImportRow.cells, ImportRow.geometry, ImportResult.problems)
        .join(ImportResult, same_row(ImportResult))
        .where(ImportRow.batch_id == batch.id)
        .order_by(ImportRow.number)
        .limit(_PART)
    )
    if rows is ErrorFileRows.REFUSED:
        query = query.where(ImportResult.outcome == RowOutcome.REFUSED)
    last = 0
    while part := ctx.session.execute(query.where(ImportRow.number > last)).all():
        last = part[-1].number
        for row in part:
            cells = [*row.cells, row.geometry or ""] if geometry else list(row.cells)
            yield _error_row(batch, cells, without_quiet(row.problems))


def _error_row(batch: ImportBatch, cells: list[str], problems: list[dict[str, Any]]) -> _ErrorRow:
    reasons: list[str] = []
    wrong: set[int] = set()
    doubtful: set[int] = set()
    for problem in problems:
        column = problem.get("column")
        reason = stored_sentence(problem["reason"])
        reasons.append(f"{column}: {reason}" if column else reason)
        (wrong if problem["blocks"] else doubtful).update(problem_columns(batch, problem))
    return _ErrorRow("\n".join(reasons), cells, frozenset(wrong), frozenset(doubtful - wrong))


def _write_csv(path: Path, title: str, header: list[str], rows_of_file: Iterator[_ErrorRow]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        if title:
            writer.writerow([safe_cell(title)])
            writer.writerow([])
        writer.writerow([_("Lỗi"), *map(safe_cell, header)])
        for row_of_file in rows_of_file:
            writer.writerow([safe_cell(row_of_file.reason), *map(safe_cell, row_of_file.cells)])
            count += 1
    return count


def _write_xlsx(path: Path, sheet_name: str, title: str, header: list[str], rows_of_file: Iterator[_ErrorRow]) -> int:
    with open_book(path) as book:
        at = 2 if title else 0
        sheet = book.sheet(sheet_name, head=at, columns=len(header) + 1)
        sheet.set_column(0, 0, _WIDTHS[0])
        sheet.set_column(1, len(header), _WIDTHS[1])
        if title:
            book.text(sheet, 0, 0, title)
        for column_number, word in enumerate([_("Lỗi"), *header]):
            book.text(sheet, at, column_number, word, _HEAD)
        sheet.freeze_panes(at + 1, 1)
        first = at + 1
        for at, row_of_file in enumerate(rows_of_file, first):
            book.text(sheet, at, 0, row_of_file.reason, _REASON)
            for column_number, cell in enumerate(row_of_file.cells):
                wrong, doubtful = column_number in row_of_file.wrong, column_number in row_of_file.doubtful
                if cell or wrong or doubtful:
                    style = _WRONG if wrong else _DOUBTFUL if doubtful else PLAIN
                    book.text(sheet, at, column_number + 1, cell, style)
        return max(at + 1 - first, 0)


def write_problems(path: Path, problems: Iterable[Problem]) -> int:
    """Write one CSV line per problem; returns their number."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"), _("Kết quả")])
        for problem in problems:
            texts = (problem.column, problem.value, stored_sentence(problem.reason), str(problem.outcome.label))
            writer.writerow([problem.row, *map(safe_cell, texts)])
            count += 1
    return count
