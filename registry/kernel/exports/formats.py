"""One writer per format: each takes a dataset and a path, holds one record at a time and returns their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from registry.kernel.exports.csv_file import write_csv
from registry.kernel.exports.dataset import Dataset, FileFormat
from registry.kernel.exports.geojson_file import write_geojson
from registry.kernel.exports.kml_file import write_kml
from registry.kernel.exports.map_files import write_gpkg, write_shp
from registry.kernel.exports.workbook import XLSX
from registry.kernel.exports.xlsx_file import write_xlsx

_WRITERS: Final[Mapping[FileFormat, Callable[[Dataset, Path], int]]] = {
    FileFormat.CSV: write_csv,
    FileFormat.XLSX: write_xlsx,
    FileFormat.GEOJSON: write_geojson,
    FileFormat.GPKG: write_gpkg,
    FileFormat.KML: write_kml,
    FileFormat.SHP: write_shp,
}
_ENDINGS: Final = {FileFormat.SHP: "zip", FileFormat.OFDS: "json", FileFormat.OFDS_GEOJSON: "zip"}
MEDIA_TYPES: Final[Mapping[FileFormat, str]] = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: XLSX,
    FileFormat.GEOJSON: "application/geo+json",
    FileFormat.GPKG: "application/geopackage+sqlite3",
    FileFormat.KML: "application/vnd.google-earth.kml+xml",
    FileFormat.SHP: "application/zip",
    FileFormat.OFDS: "application/json",
    FileFormat.OFDS_GEOJSON: "application/zip",
}


def write(data: Dataset, file_format: FileFormat, path: Path) -> int:
    """Write a list in a format; returns the number of records. Temporary files next to `path` are removed."""
    return _WRITERS[file_format](data, path)


def ending(file_format: FileFormat) -> str:
    return _ENDINGS.get(file_format, file_format.value)
