"""XLSX workbooks: the table on the first sheet with a frozen header, the description on the second."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from registry.kernel.errors import Invalid
from registry.kernel.exports.csv_file import is_formula
from registry.kernel.exports.dataset import Dataset, Value
from registry.kernel.i18n import _, format_number, local

#: Limits of a sheet and a cell.
MAX_ROWS: Final = 1_048_575
MAX_CHARACTERS: Final = 32_767
_WIDTHS: Final = {bool: 10, int: 12, Decimal: 14, date: 12, datetime: 17}
_TEXT_WIDTH, _NOTE_WIDTH = 24, 100
#: The number of a paper size; more columns than this would be too small to read on one page.
_A4: Final = 9
_COLUMNS_A_PAGE: Final = 20


def set_paper(sheet: Any, head: int, columns: int) -> None:
    """How a sheet is printed: A4 across, the row of its headings on each page, all columns on one page if they fit."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(head)
    sheet.set_footer("&C&P / &N")
    if columns <= _COLUMNS_A_PAGE:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0)


class _Cells:
    """Writes values by type; no text is read as a formula, link or number."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        # Texts are wrapped: on paper what does not fit its column would be cut.
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._number = book.add_format({"valign": "top", "align": "right", "indent": 1})
        self._day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top", "align": "left"})
        self._moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "valign": "top", "align": "left"})
        # Quote prefix: the text stays text, also after an edit of the cell.
        self._quoted = book.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"})

    def write(self, sheet: Any, row: int, column_number: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_string(row, column_number, _("Có") if value else _("Không"), self._text)
        elif isinstance(value, (int, Decimal)):
            sheet.write_number(row, column_number, float(value) if isinstance(value, Decimal) else value, self._number)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column_number, local(value).replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            sheet.write_datetime(row, column_number, value, self._day)
        else:
            self.text(sheet, row, column_number, value)

    def text(self, sheet: Any, row: int, column_number: int, text: str) -> None:
        """A text; one that is too long for a cell is replaced by a sentence that says so, never cut."""
        if len(text) > MAX_CHARACTERS:
            text = _("(dài %(length)d ký tự, Excel không chứa được; hãy dùng CSV hoặc GeoPackage)", length=len(text))
        sheet.write_string(row, column_number, text, self._quoted if is_formula(text) else self._text)


def write_xlsx(data: Dataset, path: Path) -> int:
    """Write the workbook row by row; returns the number of records. Invalid for more rows than a sheet holds."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    indexes = data.column_indexes(geometry=False)
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": data.title})
        cells = _Cells(book)
        sheet = book.add_worksheet(_("Dữ liệu"))
        for column_number, at in enumerate(indexes):
            column = data.columns[at]
            sheet.set_column(column_number, column_number, _WIDTHS.get(column.kind, _TEXT_WIDTH))
            sheet.write_string(0, column_number, column.label, cells.head)
        sheet.freeze_panes(1, 0)
        set_paper(sheet, 0, len(indexes))
        for record in data.records():
            count += 1
            if count > MAX_ROWS:
                sentence = _("Danh sách có hơn %(most)s dòng, một trang Excel không chứa được; hãy chọn CSV.")
                raise Invalid({"format": sentence % {"most": format_number(MAX_ROWS)}})
            for column_number, at in enumerate(indexes):
                cells.write(sheet, count, column_number, record.values[at])
        about = book.add_worksheet(_("Thông tin"))
        about.set_column(0, 0, _TEXT_WIDTH)
        about.set_column(1, 1, _NOTE_WIDTH)
        set_paper(about, 0, 2)
        for row, (label, text) in enumerate([(_("Danh sách"), data.title), *data.notes]):
            about.write_string(row, 0, label, cells.bold)
            cells.text(about, row, 1, text)
    return count
