"""What every writer gets: columns, notes on the file, and records that are read on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from registry.kernel.db.base import Choice

Value = str | int | Decimal | bool | date | datetime | None


class ExportFormat(Choice):
    """The file formats of exports."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    GEOJSON = "geojson", "GeoJSON"
    GPKG = "gpkg", "GeoPackage (QGIS)"
    KML = "kml", "KML (Google Earth)"
    SHP = "shp", "Shapefile (ZIP)"
    OFDS = "ofds", "OFDS (JSON)"
    OFDS_GEOJSON = "ofds_geojson", "OFDS (GeoJSON, ZIP)"


#: For lists without geometry.
TABLES = (ExportFormat.CSV, ExportFormat.XLSX)
EVERY = (*TABLES, ExportFormat.GEOJSON, ExportFormat.GPKG, ExportFormat.KML, ExportFormat.SHP)
#: Formats of the Open Fibre Data Standard; a list that offers them has its own writer.
OPEN_FIBRE = (ExportFormat.OFDS, ExportFormat.OFDS_GEOJSON)


class GeometryShape(Enum):
    """Geometry of a record; the value is the suffix of its layer name."""

    POINT = "diem"
    LINE = "tuyen"
    AREA = "o_luoi"


class Only(Enum):
    """In which formats a column appears."""

    ALL = "all"
    #: Positions as text; the other formats have geometry.
    TABLES = "tables"


@dataclass(frozen=True)
class FileColumn:
    """One column: `name` in ASCII for programs, `label` with its unit for people, and the type of its values."""

    name: str
    label: str
    kind: type = str
    only: Only = Only.ALL


class ExportRecord(NamedTuple):
    """One row. `geometry` is little-endian WKB in WGS 84; `owner_id` owns an exact position, None for grid cells."""

    values: tuple[Value, ...]
    geometry: bytes | None = None
    owner_id: int | None = None


@dataclass(frozen=True)
class Dataset:
    """A table to be written; `records` may be called once and reads on demand."""

    title: str
    #: ASCII, for names of files and layers.
    stem: str
    columns: tuple[FileColumn, ...]
    #: Statements about the file: label and text.
    notes: tuple[tuple[str, str], ...]
    records: Callable[[], Iterator[ExportRecord]]
    #: Name of the column that labels a record on a map.
    name_column: str = ""
    language: str = "vi"

    def column_indexes(self, *, geometry: bool) -> list[int]:
        """Indexes of the columns in a file; a file with geometry leaves out positions as text."""
        return [at for at, column in enumerate(self.columns) if not (geometry and column.only is Only.TABLES)]


def json_value(value: Value) -> Any:
    """A value for JSON and map programs: dates in ISO form, decimals as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return value
