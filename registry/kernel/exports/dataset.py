"""What every writer is given: columns, notes on the whole file, and records as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from registry.kernel.db.base import Choice

Value = str | int | Decimal | bool | date | datetime | None


class FileFormat(Choice):
    """The forms in which a list is given out."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    GEOJSON = "geojson", "GeoJSON"
    GPKG = "gpkg", "GeoPackage (QGIS)"
    KML = "kml", "KML (Google Earth)"
    SHP = "shp", "Shapefile (ZIP)"
    OFDS = "ofds", "OFDS (JSON)"
    OFDS_GEOJSON = "ofds_geojson", "OFDS (GeoJSON, ZIP)"


#: For lists without geometry.
TABLES = (FileFormat.CSV, FileFormat.XLSX)
EVERY = (*TABLES, FileFormat.GEOJSON, FileFormat.GPKG, FileFormat.KML, FileFormat.SHP)
#: The forms of the Open Fibre Data Standard; a list that has them writes them itself.
OPEN_FIBRE = (FileFormat.OFDS, FileFormat.OFDS_GEOJSON)


class Shape(Enum):
    """Geometry of a record, by the word that its layer is named with."""

    POINT = "diem"
    LINE = "tuyen"
    AREA = "o_luoi"


class Only(Enum):
    """In which formats a column stands."""

    ALL = "all"
    #: Positions as text: the others have geometry.
    TABLES = "tables"


@dataclass(frozen=True)
class Column:
    """One column: `name` in ASCII for programs, `label` with its unit for people, and the type of its values."""

    name: str
    label: str
    kind: type = str
    only: Only = Only.ALL


class Record(NamedTuple):
    """One row. `geometry` is little-endian WKB in WGS 84; `owner_id` owns what is shown exactly, None for cells."""

    values: tuple[Value, ...]
    geometry: bytes | None = None
    owner_id: int | None = None


@dataclass(frozen=True)
class Dataset:
    """A table on its way into a file; `records` may be asked once, and reads as it goes."""

    title: str
    #: ASCII, for names of files and layers.
    stem: str
    columns: tuple[Column, ...]
    #: What the file must say of itself: label and text.
    notes: tuple[tuple[str, str], ...]
    records: Callable[[], Iterator[Record]]
    #: Which value names a record on a map.
    name_column: str = ""
    language: str = "vi"

    def places(self, *, geometry: bool) -> list[int]:
        """Which values stand in a file, by their place in `columns`; with a geometry positions as text do not."""
        return [at for at, column in enumerate(self.columns) if not (geometry and column.only is Only.TABLES)]


def json_value(value: Value) -> Any:
    """A value as JSON and databases of map programs take it: dates in ISO form, decimals as numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return value
