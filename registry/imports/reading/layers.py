"""Shared by readers of map files: columns found while records are read, and the table description."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from registry.imports.reading.heading import numbered
from registry.imports.reading.limits import MAX_COLUMNS, MAX_ROWS, MAX_ROWS_TEXT, refuse, storable
from registry.imports.reading.protocol import Declared, TableDescription
from registry.kernel.i18n import _

SAMPLES: Final = 10
_TYPES: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}

Cells = dict[str, str]


class TableBuilder:
    """Columns, number, samples and geometry types of a stream of records."""

    def __init__(self) -> None:
        self.columns: dict[str, None] = {}
        self.count = 0
        self.samples: list[Cells] = []
        self.types: set[str] = set()

    def add(self, cells: Cells, geometry: str | None) -> None:
        """Add a record; Invalid beyond the limits of rows and columns."""
        self.count += 1
        check_rows(self.count)
        if not cells.keys() <= self.columns.keys():
            self.columns.update(dict.fromkeys(cells))
            check_columns(len(self.columns))
        if len(self.samples) < SAMPLES:
            self.samples.append(cells)
        if geometry is not None:
            self.types.add(_TYPES.get(geometry.partition(" ")[0], "mixed"))

    def table(self, name: str, crs: Declared | None, role: str = "") -> TableDescription:
        return TableDescription(
            name=display_name(name),
            title="",
            header=headings(self.columns),
            header_row=0,
            row_count=self.count,
            samples=tuple(cells_of(self.columns, cells) for cells in self.samples),
            geometry_type=(next(iter(self.types)) if len(self.types) == 1 else "mixed") if self.types else None,
            crs=crs,
            role=role,
        )


def cells_of(columns: Iterable[str], cells: Cells) -> tuple[str, ...]:
    return tuple([cells.get(name, "") for name in columns])


def headings(names: Iterable[str]) -> tuple[str, ...]:
    """Unique column names in NFC, as headers are compared, without unstorable characters."""
    return numbered(" ".join(unicodedata.normalize("NFC", storable(name)).split())[:200] for name in names)


def display_name(name: str) -> str:
    """Layer name in one line of at most 200 characters."""
    return " ".join(storable(name).split())[:200]


def check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise refuse(_("Tệp có hơn %(most)s đối tượng; hãy chia thành nhiều tệp.", most=MAX_ROWS_TEXT))


def check_columns(count: int) -> None:
    if count > MAX_COLUMNS:
        raise refuse(_("Tệp có hơn %(most)d cột; hãy bỏ bớt các cột không dùng.", most=MAX_COLUMNS))
