"""XLSX workbooks: the table on the first sheet with a frozen header, the description on the second."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from xlsxwriter.worksheet import Worksheet

from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import Dataset, Value
from registry.kernel.exports.workbook import HEAD, TEXT, Book, Style, open_book, set_paper
from registry.kernel.i18n import _, format_number, local

#: Limit of a sheet.
MAX_ROWS: Final = 1_048_575
_WIDTHS: Final = {bool: 10, int: 12, Decimal: 14, date: 12, datetime: 17}
_TEXT_WIDTH, _NOTE_WIDTH = 24, 100
_LABEL: Final = Style(bold=True, valign="top")
_DAY: Final = Style(num_format="dd/mm/yyyy", valign="top", align="left")
_MOMENT: Final = Style(num_format="dd/mm/yyyy hh:mm", valign="top", align="left")


def _write(book: Book, sheet: Worksheet, row: int, column: int, value: Value) -> None:
    """Write a value by its type; nothing for an empty one."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        book.text(sheet, row, column, _("Có") if value else _("Không"), TEXT)
    elif isinstance(value, (int, Decimal)):
        book.number(sheet, row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, local(value).replace(tzinfo=None), book.format(_MOMENT))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, book.format(_DAY))
    else:
        book.text(sheet, row, column, value, TEXT)


def write_xlsx(data: Dataset, path: Path) -> int:
    """Write the workbook row by row; returns the number of records. Invalid for more rows than a sheet holds."""
    indexes = data.column_indexes(geometry=False)
    count = 0
    with open_book(path, data.title) as book:
        sheet = book.sheet(_("Dữ liệu"))
        for column_number, at in enumerate(indexes):
            column = data.columns[at]
            sheet.set_column(column_number, column_number, _WIDTHS.get(column.kind, _TEXT_WIDTH))
            book.text(sheet, 0, column_number, column.label, HEAD)
        sheet.freeze_panes(1, 0)
        set_paper(sheet, 0, len(indexes))
        for record in data.records():
            count += 1
            if count > MAX_ROWS:
                sentence = _("Danh sách có hơn %(most)s dòng, một trang Excel không chứa được; hãy chọn CSV.")
                raise Invalid({"format": sentence % {"most": format_number(MAX_ROWS)}})
            for column_number, at in enumerate(indexes):
                _write(book, sheet, count, column_number, record.values[at])
        about = book.sheet(_("Thông tin"))
        about.set_column(0, 0, _TEXT_WIDTH)
        about.set_column(1, 1, _NOTE_WIDTH)
        set_paper(about, 0, 2)
        for row, (label, text) in enumerate([(_("Danh sách"), data.title), *data.notes]):
            book.text(about, row, 0, label, _LABEL)
            book.text(about, row, 1, text, TEXT)
    return count
