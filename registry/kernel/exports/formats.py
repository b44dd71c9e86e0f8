"""One writer per format: each takes a dataset and a path, holds one record at a time and returns their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from registry.kernel.exports.csv_file import write_csv
from registry.kernel.exports.dataset import Dataset, ExportFormat
from registry.kernel.exports.geojson_file import write_geojson
from registry.kernel.exports.kml_file import write_kml
from registry.kernel.exports.map_files import write_gpkg, write_shp
from registry.kernel.exports.workbook import XLSX
from registry.kernel.exports.xlsx_file import write_xlsx

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


def ending(file_format: ExportFormat) -> str:
    return _ENDINGS.get(file_format, file_format.value)
