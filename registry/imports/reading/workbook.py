"""XLSX, XLS and ODS workbooks: each sheet is a table; only values are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from registry.imports.reading.encodings import check_known, converter
from registry.imports.reading.encodings.detect import detect_texts
from registry.imports.reading.error_cells import Errors, find_errors_ods, find_errors_xls, find_errors_xlsx
from registry.imports.reading.heading import Numbered, find_heading, is_not_read, width_of
from registry.imports.reading.limits import MAX_CELL, MAX_ROWS, cell_text, refuse
from registry.imports.reading.protocol import (
    MAX_ASIDES,
    FileDescription,
    FileFormat,
    ReadOptions,
    Row,
    TableDescription,
)
from registry.imports.reading.table import describe_table, rows_of_table
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n

_OLE: Final = b"\xd0\xcf\x11\xe0"
_ODS_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_FORMAT_HEAD: Final = 200
_MOST_SHEETS: Final = 200
#: Rows in which a legacy font is detected.
_FONT_ROWS: Final = 200
#: Larger sheets are not read for the description.
_COUNTED_ROWS: Final = 20_000
#: Cells merged over more rows are decoration.
_MOST_MERGED: Final = 10_000

_ERRORS: Final = {
    "xlsx": find_errors_xlsx,
    "xls": find_errors_xls,
    "ods": find_errors_ods,
}
_Covered = dict[int, list[int]]


def describe_workbook(path: Path, options: ReadOptions) -> FileDescription:
    """All sheets with headers and rows; Invalid where no sheet has them."""
    file_format, workbook = _open(path)
    tables: list[TableDescription] = []
    notes: list[str] = []
    texts: list[str] = []
    asides: list[str] = []
    refused = refuse(_("Tệp %(format)s không có trang tính nào có dữ liệu.", format=file_format.upper()))
    sheets = _sheets(workbook, file_format)
    for sheet_index, metadata in sheets:
        if options.table not in (None, metadata.name):
            continue
        sheet = _Sheet(path, workbook, sheet_index, metadata.name, file_format, options.encoding)
        if sheet.is_empty or sheet.is_not_read():
            continue
        texts += (cell for _number, cells in islice(sheet.cells(), _FONT_ROWS) for cell in cells)
        try:
            table = _described(sheet, metadata.name, options)
        except Invalid as error:
            refused = error
            asides += _filled_cells(sheet)
            continue
        hidden = metadata.visible is not SheetVisibleEnum.Visible
        tables.append(replace(table, hidden=hidden))
        sheet_notes = [_("Ô gộp nhiều dòng được hiểu là giá trị của mọi dòng trong ô đó.")] * sheet.has_merged
        sheet_notes += [_("Trang tính này bị ẩn trong tệp.")] * hidden
        notes += sheet_notes if len(sheets) == 1 else [f"{metadata.name}: {note}" for note in sheet_notes]
    if not tables:
        raise refused
    detected = detect_texts(texts)
    is_stated = options.encoding is not None
    return FileDescription(
        file_format=file_format,
        tables=tuple(tables),
        encoding=options.encoding,
        notes=(*(() if is_stated else detected.notes), *notes),
        encoding_sure=is_stated or detected.sure,
        encoding_offered=None if is_stated else detected.offered,
        asides=tuple(dict.fromkeys(asides))[:MAX_ASIDES],
    )


def _filled_cells(sheet: _Sheet) -> list[str]:
    rows = islice(sheet.cells(), _FONT_ROWS)
    return [cell[:MAX_CELL] for _number, cells in rows for cell in cells if cell.strip()]


def _described(sheet: _Sheet, name: str, options: ReadOptions) -> TableDescription:
    """A sheet; of a large one only the start is read, so its count includes empty rows."""
    width = sheet.width(options)
    if sheet.height <= _COUNTED_ROWS:
        return describe_table(name, sheet.filled(options), options, counted=True, width=width)
    table = describe_table(name, sheet.filled(options), options, counted=False, width=width)
    count = sheet.height - table.header_row
    return replace(table, row_count=count if count <= MAX_ROWS else None)


def rows_of_workbook(path: Path, options: ReadOptions) -> Iterator[Row]:
    """Rows of one sheet, of the only one where none is named."""
    file_format, workbook = _open(path)
    sheets = [(sheet_index, metadata) for sheet_index, metadata in _sheets(workbook, file_format)]
    wanted = [pair for pair in sheets if pair[1].name == options.table] if options.table is not None else sheets
    if not wanted:
        raise refuse(_("Tệp không có trang tính “%(name)s”.", name=(options.table or "")[:60]))
    sheet_index, metadata = wanted[0]
    sheet = _Sheet(path, workbook, sheet_index, metadata.name, file_format, options.encoding)
    return rows_of_table(metadata.name, sheet.filled(options), options, sheet.width(options))


def _open(path: Path) -> tuple[FileFormat, CalamineWorkbook]:
    with path.open("rb") as source:
        head = source.read(_FORMAT_HEAD)
    file_format: FileFormat = "xls" if head.startswith(_OLE) else "ods" if _ODS_TYPE in head else "xlsx"
    with _refusing(file_format):
        return file_format, CalamineWorkbook.from_path(path)


@contextmanager
def _refusing(file_format: str) -> Iterator[None]:
    """Turn errors of the library into one sentence; a damaged file may also make it panic."""
    try:
        yield
    except PasswordError as error:
        raise refuse(
            _("Tệp %(format)s có mật khẩu; hãy bỏ mật khẩu rồi tải lên lại.", format=file_format.upper())
        ) from error
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise _broken(file_format) from error
    except BaseException as error:
        # A panic of a Rust library is a BaseException without an importable class.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(file_format) from error


def _broken(file_format: str) -> Invalid:
    name = file_format.upper()
    return refuse(_("Tệp %(format)s bị hỏng, không đọc được; hãy mở bằng Excel rồi lưu lại.", format=name))


def _sheets(workbook: CalamineWorkbook, file_format: str) -> list[tuple[int, SheetMetadata]]:
    """Sheets of cells with their index; charts and macros are left out."""
    numbered_sheets = list(enumerate(workbook.sheets_metadata))
    if len(numbered_sheets) > _MOST_SHEETS:
        raise refuse(
            _n(
                "Tệp có %(count)d trang tính, tối đa %(most)d.",
                len(numbered_sheets),
                count=len(numbered_sheets),
                most=_MOST_SHEETS,
            )
        )
    return [
        (sheet_index, sheet)
        for sheet_index, sheet in numbered_sheets
        if file_format != "xlsx" or sheet.typ is SheetTypeEnum.WorkSheet
    ]


#: The last loaded sheet: its rows are read right after its description, and loading is most of the work.
_LAST: Final[dict[tuple[str, int, int, int], tuple[CalamineSheet, Errors]]] = {}


def _load(
    path: Path, workbook: CalamineWorkbook, sheet_index: int, name: str, file_format: str
) -> tuple[CalamineSheet, Errors]:
    state = path.stat()
    key = (str(path), state.st_mtime_ns, state.st_size, sheet_index)
    if key not in _LAST:
        _LAST.clear()  # before the next one is loaded: two at once would cost the memory of both
        with _refusing(file_format):
            sheet = workbook.get_sheet_by_name(name)
        _LAST[key] = sheet, _ERRORS[file_format](path, sheet_index) if sheet.start is not None else {}
    return _LAST[key]


class _Sheet:
    """Cells of one sheet as text."""

    def __init__(
        self,
        path: Path,
        workbook: CalamineWorkbook,
        sheet_index: int,
        name: str,
        file_format: str,
        encoding: str | None,
    ) -> None:
        check_known(encoding)
        self._sheet, self._errors = _load(path, workbook, sheet_index, name, file_format)
        self.is_empty = self._sheet.start is None
        self._to_unicode = converter(encoding)
        self.has_merged = False

    def is_not_read(self) -> bool:
        return any(is_not_read(cells) for _number, cells in islice(self.cells(), 1))

    @property
    def height(self) -> int:
        return self._sheet.end[0] + 1 if self._sheet.end else 0

    def width(self, options: ReadOptions) -> int:
        """Columns from A up to the last filled cell below the headings; 0 where the sheet is no wider than these."""
        heading = find_heading(self.cells(), frozenset(options.known_headers), options.header_row)
        used = self._sheet.end[1] + 1 if self._sheet.end else 0
        if used <= heading.first + len(heading.words):
            return 0
        return width_of(row for row in self.cells() if row[0] > heading.row)

    def cells(self) -> Iterator[Numbered]:
        """Rows from column A."""
        start = self._sheet.start or (0, 0)
        before, to_unicode = [""] * start[1], self._to_unicode
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            cells = before + [
                (value if value.isascii() else to_unicode(value)) if type(value) is str else cell_text(value)
                for value in row
            ]
            for column, word in self._errors.get(number, {}).items():
                if column < len(cells):
                    cells[column] = word
            yield number, cells

    def filled(self, options: ReadOptions) -> Iterator[Numbered]:
        """Rows in which the value of merged cells below the headers is repeated in each row."""
        heading = find_heading(self.cells(), frozenset(options.known_headers), options.header_row)
        covered = self._covered(heading.row)
        self.has_merged = bool(covered)
        return self._with_covered(covered) if covered else self.cells()

    def _covered(self, header_row: int) -> _Covered:
        """Row -> columns that repeat the value above, for merged cells below the headers."""
        covered_columns: _Covered = {}
        for (top, left), (bottom, _right) in self._sheet.merged_cell_ranges or ():
            if top + 1 > header_row:
                for row in range(top + 2, min(bottom + 1, top + 1 + _MOST_MERGED) + 1):
                    covered_columns.setdefault(row, []).append(left)
        return covered_columns

    def _with_covered(self, covered: _Covered) -> Iterator[Numbered]:
        above: list[str] = []
        for number, cells in self.cells():
            for column in covered.get(number, ()):
                if column < min(len(cells), len(above)) and not cells[column]:
                    cells[column] = above[column]
            above = cells
            yield number, cells
