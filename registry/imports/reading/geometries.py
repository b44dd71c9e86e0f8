"""Columns of whole geometries: WKT, GeoJSON, hexadecimal WKB, or coordinates as OFDS flattens them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from registry.imports.reading.geometry import COLLECTION, from_geojson, from_wkb, from_wkt
from registry.imports.reading.protocol import Declared
from registry.imports.reading.words import header_key

_WKT: Final = re.compile(
    r"\s*(?:SRID=(\d{1,6});)?\s*((?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)",
    re.IGNORECASE,
)
_WKT_WORDS: Final = frozenset(
    {"wkt", "geometry", "geom", "the geom", "wkt geom", "shape", "hinh hoc", "ewkt", "location", "route"}
)
_COORDINATES: Final = re.compile(r"(?:^|[/.])(location|route)[/.]coordinates$")
_TYPE: Final = re.compile(r"(?:^|[/.])(location|route)[/.]type$")
_NUMBER: Final = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_PLACE: Final = re.compile(rf"\[?\s*({_NUMBER})\s*,\s*({_NUMBER})(?:\s*,\s*{_NUMBER})?\s*\]?")
_PLACE_SEMICOLON: Final = re.compile(rf"({_NUMBER})\s*;\s*({_NUMBER})")
_NAMES: Final = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
_WGS84: Final = 4326
#: Well-known binary of at least one position, little or big endian.
_HEX: Final = re.compile(r"0[01][0-9A-Fa-f]{40,}")
_SRID_FLAG: Final = 0x20000000
MIXED: Final = "mixed"


@dataclass(frozen=True)
class GeometryColumn:
    """Where the geometry of a row stands; `dropped` are the places of the columns that it replaces."""

    at: int
    dropped: tuple[int, ...]
    geometry_type: str
    crs: Declared | None
    #: The WKT of a cell; the cell as it stands where it is something else, for the check to refuse.
    read: Callable[[str], str]

    def split(self, cells: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
        """The other cells of a row, and its geometry as WKT; None for an empty cell."""
        text = cells[self.at].strip()
        others = tuple(cell for place, cell in enumerate(cells) if place not in self.dropped)
        return others, self.read(text) if text else None


def find_geometry(header: Sequence[str], samples: Sequence[Sequence[str]]) -> GeometryColumn | None:
    """The geometry column of a table, by its heading and its first cells: the first of the surest sort."""
    columns = [(at, word, [row[at].strip() for row in samples if row[at].strip()]) for at, word in enumerate(header)]
    filled = [column for column in columns if column[2]]
    for find in (_coordinates_column, _wkt_column, _geojson_column, _binary_column):
        for at, word, cells in filled:
            found = find(at, word, cells, header)
            if found is not None:
                return found
    return None


def _coordinates_column(at: int, word: str, cells: list[str], header: Sequence[str]) -> GeometryColumn | None:
    match = _COORDINATES.search(word)
    if match is None or any(_wkt(cell) == cell for cell in cells):
        return None
    kinds = [place for place, other in enumerate(header) if _TYPE.search(other) and match[1] in other]
    name = "Point" if match[1] == "location" else "LineString"
    return GeometryColumn(at, (*kinds, at), name, Declared("OFDS, CRS84", _WGS84, "layer"), _wkt)


def _wkt_column(at: int, word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    key = header_key(word)
    found = [match for cell in cells if (match := _WKT.match(cell))]
    if len(found) < len(cells) or not {key, key.rpartition(" ")[2]} & _WKT_WORDS:
        return None
    crs = _declared({match[1] for match in found})
    return GeometryColumn(at, (at,), _type_of({match[2].upper() for match in found}), crs, _from_wkt)


def _geojson_column(at: int, _word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    read = [_from_geojson(cell) for cell in cells if cell.startswith("{")]
    if len(read) < len(cells) or any(made == cell for made, cell in zip(read, cells, strict=True)):
        return None
    types = {made.partition(" ")[0] for made in read}
    return GeometryColumn(at, (at,), _type_of(types), Declared("GeoJSON", _WGS84, "member"), _from_geojson)


def _binary_column(at: int, _word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    """Hexadecimal WKB, as PostGIS writes geometries into CSV."""
    if not all(map(_HEX.fullmatch, cells)):
        return None
    types = {_from_hex(cell).partition(" ")[0] for cell in cells}
    if COLLECTION in types:
        return None
    return GeometryColumn(at, (at,), _type_of(types), _declared({_srid_of(cell) for cell in cells}), _from_hex)


def _declared(srids: set[str | None]) -> Declared | None:
    """The system that all cells name alike."""
    srid = srids.pop() if len(srids) == 1 else None
    return Declared(f"SRID={srid}", int(srid), "words") if srid and int(srid) else None


def _from_wkt(text: str) -> str:
    """The geometry in its one spelling; a cell that holds something else stays, for the check to quote it."""
    found = _WKT.match(text)
    return from_wkt(text.partition(";")[2] if found and found[1] else text) if found else _kept(text)


def _kept(text: str) -> str:
    return text if text.isascii() else f"{COLLECTION} EMPTY"


def _from_geojson(text: str) -> str:
    try:
        geometry = json.loads(text)
    except (ValueError, RecursionError):
        return _kept(text)
    return from_geojson(geometry) or text if isinstance(geometry, dict) and "type" in geometry else _kept(text)


def _from_hex(text: str) -> str:
    try:
        return from_wkb(bytes.fromhex(text)) or text
    except ValueError:
        return _kept(text)


def _srid_of(text: str) -> str | None:
    """The SRID in the head of extended WKB."""
    content = bytes.fromhex(text[:18])
    order: Literal["little", "big"] = "little" if content[0] == 1 else "big"
    has_srid = int.from_bytes(content[1:5], order) & _SRID_FLAG
    return str(int.from_bytes(content[5:9], order)) if has_srid else None


def _type_of(names: set[str]) -> str:
    """The type of a column by the words of its cells; mixed where there are several."""
    name = names.pop() if len(names) == 1 else ""
    return _NAMES.get(name) or (f"Multi{_NAMES[name[5:]]}" if name[5:] in _NAMES else MIXED)


def _wkt(text: str) -> str:
    """Coordinates "lon;lat", "lon,lat" or "lon,lat;lon,lat;..." as WKT; the text itself where they are none."""
    single = _PLACE_SEMICOLON.fullmatch(text.strip())
    if single:
        return f"POINT ({single[1]} {single[2]})"
    parts = [
        part
        for part in re.split(r";|\]\s*,\s*(?=\[)", text.strip().removeprefix("[[").removesuffix("]]"))
        if part.strip()
    ]
    places = [_PLACE.fullmatch(part.strip()) for part in parts]
    pairs = [f"{place[1]} {place[2]}" for place in places if place]
    if not pairs or len(pairs) < len(places):
        return _kept(text)
    return f"POINT ({pairs[0]})" if len(pairs) == 1 else f"LINESTRING ({', '.join(pairs)})"
