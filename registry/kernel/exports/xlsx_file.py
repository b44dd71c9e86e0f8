"""Workbooks: the table on a first sheet with a frozen header, what it is about on a second one."""

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

#: What a sheet and a cell can hold.
MOST_ROWS: Final = 1_048_575
MOST_CHARACTERS: Final = 32_767
_WIDTHS: Final = {bool: 10, int: 12, Decimal: 14, date: 12, datetime: 17}
_TEXT_WIDTH, _NOTE_WIDTH = 24, 100


class _Cells:
    """Writes values by their types; no text is ever read as a formula, a link or a number."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self._day = book.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        # The apostrophe of spreadsheets: the text stays text, also after somebody edits the cell.
        self._quoted = book.add_format({"quote_prefix": True})

    def write(self, sheet: Any, row: int, place: int, value: Value) -> None:
        """One value at its place; nothing for nothing."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_string(row, place, _("Có") if value else _("Không"))
        elif isinstance(value, (int, Decimal)):
            sheet.write_number(row, place, float(value) if isinstance(value, Decimal) else value)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, place, local(value).replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self._day)
        else:
            self.text(sheet, row, place, value)

    def text(self, sheet: Any, row: int, place: int, text: str) -> None:
        """A text; one that no cell can hold is replaced by words that say so, never cut."""
        if len(text) > MOST_CHARACTERS:
            text = _("(dài %(length)d ký tự, Excel không chứa được; hãy dùng CSV hoặc GeoPackage)", length=len(text))
        sheet.write_string(row, place, text, self._quoted if is_formula(text) else None)


def write_xlsx(data: Dataset, path: Path) -> int:
    """Write the workbook row by row; returns how many records. Invalid where a sheet cannot hold them."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    places = data.places(geometry=False)
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": data.title})
        cells = _Cells(book)
        sheet = book.add_worksheet(_("Dữ liệu"))
        for place, at in enumerate(places):
            column = data.columns[at]
            sheet.set_column(place, place, _WIDTHS.get(column.kind, _TEXT_WIDTH))
            sheet.write_string(0, place, column.label, cells.head)
        sheet.freeze_panes(1, 0)
        for record in data.records():
            count += 1
            if count > MOST_ROWS:
                sentence = _("Danh sách có hơn %(most)s dòng, một trang Excel không chứa được; hãy chọn CSV.")
                raise Invalid({"format": sentence % {"most": format_number(MOST_ROWS)}})
            for place, at in enumerate(places):
                cells.write(sheet, count, place, record.values[at])
        about = book.add_worksheet(_("Thông tin"))
        about.set_column(0, 0, _TEXT_WIDTH)
        about.set_column(1, 1, _NOTE_WIDTH)
        for row, (label, text) in enumerate([(_("Danh sách"), data.title), *data.notes]):
            about.write_string(row, 0, label, cells.bold)
            cells.text(about, row, 1, text)
    return count
