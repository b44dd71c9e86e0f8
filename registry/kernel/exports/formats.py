"""One writer per format: each takes a dataset and a path, holds one record at a time and returns their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from xlsxwriter.worksheet import Worksheet

from registry.kernel.errors import Invalid
from registry.kernel.exports.csv_file import write_csv
from registry.kernel.exports.dataset import Dataset, ExportFormat, Value
from registry.kernel.exports.geojson_file import write_geojson
from registry.kernel.exports.kml_file import write_kml
from registry.kernel.exports.map_files import write_gpkg, write_shp
from registry.kernel.exports.workbook import HEAD, TEXT, XLSX, Book, Style, open_book
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
        sheet = book.sheet(_("Dữ liệu"), head=0, columns=len(indexes))
        for column_number, at in enumerate(indexes):
            column = data.columns[at]
            sheet.set_column(column_number, column_number, _WIDTHS.get(column.kind, _TEXT_WIDTH))
            book.text(sheet, 0, column_number, column.label, HEAD)
        sheet.freeze_panes(1, 0)
        for record in data.records():
            count += 1
            if count > MAX_ROWS:
                sentence = _("Danh sách có hơn %(most)s dòng, một trang Excel không chứa được; hãy chọn CSV.")
                raise Invalid({"format": sentence % {"most": format_number(MAX_ROWS)}})
            for column_number, at in enumerate(indexes):
                _write(book, sheet, count, column_number, record.values[at])
        about = book.sheet(_("Thông tin"), head=None, columns=2)
        about.set_column(0, 0, _TEXT_WIDTH)
        about.set_column(1, 1, _NOTE_WIDTH)
        for row, (label, text) in enumerate([(_("Danh sách"), data.title), *data.notes]):
            book.text(about, row, 0, label, _LABEL)
            book.text(about, row, 1, text, TEXT)
    return count


_WRITERS: Final[Mapping[ExportFormat, Callable[[Dataset, Path], int]]] = {
    ExportFormat.CSV: write_csv,
    ExportFormat.XLSX: write_xlsx,
    ExportFormat.GEOJSON: write_geojson,
    ExportFormat.GPKG: write_gpkg,
    ExportFormat.KML: write_kml,
    ExportFormat.SHP: write_shp,
}
_ENDINGS: Final = {ExportFormat.SHP: "zip", ExportFormat.OFDS: "json", ExportFormat.OFDS_GEOJSON: "zip"}
MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: XLSX,
    ExportFormat.GEOJSON: "application/geo+json",
    ExportFormat.GPKG: "application/geopackage+sqlite3",
    ExportFormat.KML: "application/vnd.google-earth.kml+xml",
    ExportFormat.SHP: "application/zip",
    ExportFormat.OFDS: "application/json",
    ExportFormat.OFDS_GEOJSON: "application/zip",
}


def write(data: Dataset, file_format: ExportFormat, path: Path) -> int:
    """Write a list in a format; returns the number of records. Temporary files next to `path` are removed."""
    return _WRITERS[file_format](data, path)


def file_ending(file_format: ExportFormat) -> str:
    return _ENDINGS.get(file_format, file_format.value)
