"""Which functions read which format: the reading process loads a format's module before it closes itself in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from registry.imports.reading.protocol import FileDescription, ReadOptions, Row

#: Describe a whole file: each table with its header and first rows. Raises `table.refuse(sentence)`.
Describe = Callable[[Path, ReadOptions], FileDescription]
#: The rows of one table. The options come filled: `table`, `encoding`, `separator` and `header_row` are those of the
#: description, so nothing is guessed twice. It streams: no list of all rows is held. Raises `table.refuse(sentence)`.
Rows = Callable[[Path, ReadOptions], Iterator[Row]]


@dataclass(frozen=True)
class Reader:
    """The functions of one format; `needs_closed_network` where a library reads it that could reach for other files."""

    describe: Describe
    rows: Rows
    needs_closed_network: bool


_HERE: Final = "registry.imports.reading"
#: Format by content -> module and the names of its two functions. The file lies under a name of ours without suffix
#: in the private directory. Archives passed the archive rules (`archive.py`) before these are called.
_PLACES: Final = {
    "text": ("text", "describe_text", "rows_of_text"),  # it tells csv from tsv itself
    "xlsx": ("workbook", "describe_workbook", "rows_of_workbook"),
    "xls": ("workbook", "describe_workbook", "rows_of_workbook"),
    "ods": ("workbook", "describe_workbook", "rows_of_workbook"),
    "geojson": ("geojson", "describe_features", "rows_of_features"),
    "kml": ("kml", "describe_kml", "rows_of_kml"),
    "kmz": ("kml", "describe_kml", "rows_of_kml"),
    "shp": ("shapefile", "describe_shapefile", "rows_of_shapefile"),
    "gpkg": ("geopackage", "describe_geopackage", "rows_of_geopackage"),
}
#: What a file may turn out to be, by its first bytes.
_FAMILIES: Final = {
    "text": ("text",),
    "json": ("geojson",),
    "xml": ("kml",),
    "zip": ("xlsx", "ods", "kmz", "shp"),
    "ole2": ("xls",),
    "sqlite": ("gpkg",),
}
#: Read by GDAL.
_LIBRARY: Final = frozenset({"shp", "gpkg"})


def load(family: str) -> dict[str, Reader]:
    """Import all that a file of a family may need; to be called before the process closes itself in."""
    found = {}
    for file_format in _FAMILIES[family]:
        module, describe, rows = _PLACES[file_format]
        loaded = import_module(f"{_HERE}.{module}")
        if file_format in _LIBRARY:
            loaded.prepare()
        found[file_format] = Reader(getattr(loaded, describe), getattr(loaded, rows), file_format in _LIBRARY)
    return found
