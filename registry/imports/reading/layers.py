"""What readers of map files share: columns found while records are read, and their description."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from registry.imports.reading.limits import MAX_COLUMNS, MAX_ROWS, MAX_ROWS_SAID, refuse, storable
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


class Gathering:
    """The columns, the count, the first rows and the geometry types of records that come one by one."""

    def __init__(self) -> None:
        self.columns: dict[str, None] = {}
        self.count = 0
        self.samples: list[Cells] = []
        self.types: set[str] = set()

    def add(self, cells: Cells, geometry: str | None) -> None:
        """Take one record; Invalid where there are too many of them or of their columns."""
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
        """The description of the table."""
        return TableDescription(
            name=shown_name(name),
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
    """The cells of a record in the order of the columns."""
    return tuple([cells.get(name, "") for name in columns])


def headings(names: Iterable[str]) -> tuple[str, ...]:
    """Names of columns, each once, without what cannot be kept; composed, as headings are compared."""
    found: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        word = " ".join(unicodedata.normalize("NFC", storable(name)).split())[:200] or _("Cột %(place)d", place=place)
        once, again = word, 2
        while once in found:
            once, again = f"{word} ({again})", again + 1
        found[once] = None
    return tuple(found)


def shown_name(name: str) -> str:
    """The name of a layer, short and in one line."""
    return " ".join(storable(name).split())[:200]


def check_rows(count: int) -> None:
    """Invalid for more records than one import takes."""
    if count > MAX_ROWS:
        raise refuse(_("Tệp có hơn %(most)s đối tượng; hãy chia thành nhiều tệp.", most=MAX_ROWS_SAID))


def check_columns(count: int) -> None:
    """Invalid for more columns than one import takes."""
    if count > MAX_COLUMNS:
        raise refuse(_("Tệp có hơn %(most)d cột; hãy bỏ bớt các cột không dùng.", most=MAX_COLUMNS))
