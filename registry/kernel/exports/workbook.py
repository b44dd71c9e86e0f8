"""The one way of writing an XLSX workbook: no text is read as a formula, link or number, and none is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registry.kernel.exports.csv_file import is_formula
from registry.kernel.i18n import _

#: Characters of a cell.
MAX_CHARACTERS: Final = 32_767
#: The media type of a workbook.
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NO_GUESSES: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NOT_IN_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_SHEET_NAME_LENGTH: Final = 31
#: The number of a paper size; more columns than this would be too small to read on one page.
_A4: Final = 9
_COLUMNS_A_PAGE: Final = 20


class Style:
    """Properties of cells by the names of XlsxWriter; declared once in a module, since it is looked up by identity."""

    def __init__(self, **properties: Any) -> None:
        self.properties = properties


PLAIN: Final = Style()
HEAD: Final = Style(bold=True, text_wrap=True, valign="top", bg_color="#E8EEF4")
#: Texts are wrapped: on paper what does not fit its column would be cut.
TEXT: Final = Style(text_wrap=True, valign="top")
NUMBER: Final = Style(valign="top", align="right", indent=1)
_QUOTED: Final = {"quote_prefix": True}


class Book:
    """A workbook that is being written."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[Style, bool], Format] = {}

    def format(self, style: Style, *, is_quoted: bool = False) -> Format:
        """The format of a style; one for each."""
        key = style, is_quoted
        if key not in self._formats:
            self._formats[key] = self._book.add_format(style.properties | (_QUOTED if is_quoted else {}))
        return self._formats[key]

    def sheet(self, name: str, *, head: int | None, columns: int) -> Worksheet:
        """A new sheet; what a name may not hold becomes a space.

        Printed on A4 across, the row `head` of its headings (None without one) on each page, all `columns` on one
        page if they can be read there.
        """
        cleaned = _NOT_IN_SHEET_NAME.sub(" ", name)[:_SHEET_NAME_LENGTH].strip(" '")
        # Excel reserves this name.
        sheet = self._book.add_worksheet(cleaned if cleaned and cleaned.casefold() != "history" else _("Dữ liệu"))
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&C&P / &N")
        if head is not None:
            sheet.repeat_rows(head)
        if columns <= _COLUMNS_A_PAGE:
            sheet.fit_to_pages(1, 0)
        else:
            sheet.repeat_columns(0)
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: Style = PLAIN) -> None:
        """Write a text; one that is too long for a cell is replaced by a sentence that says so.

        A text like a formula gets the quote prefix: it stays text, also after an edit of the cell.
        """
        if len(text) > MAX_CHARACTERS:
            text = _("(dài %(length)d ký tự, Excel không chứa được; hãy dùng CSV hoặc GeoPackage)", length=len(text))
        sheet.write_string(row, column, text, self.format(style, is_quoted=is_formula(text)))

    def number(self, sheet: Worksheet, row: int, column: int, number: int | Decimal, style: Style = NUMBER) -> None:
        value = float(number) if isinstance(number, Decimal) else number
        sheet.write_number(row, column, value, self.format(style))


@contextmanager
def open_book(target: Path | BinaryIO, title: str = "", made_at: datetime | None = None) -> Iterator[Book]:
    """Write a workbook to a file, row by row, or to a stream, from memory; `made_at` is that of its content."""
    options: dict[str, Any] = {"in_memory": True}
    if isinstance(target, Path):
        options = {"constant_memory": True, "tmpdir": str(target.parent)}
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, _NO_GUESSES | options) as book:
        if title:
            book.set_properties({"title": title, "created": made_at.astimezone(UTC) if made_at else None})
        yield Book(book)
