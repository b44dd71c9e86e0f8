"""Geometries as two-dimensional WKT with the numbers and coordinates of the file, and columns that hold geometries.

Invalid geometries (a line of one point, an open ring, a number that is not finite, an unknown type) become the EMPTY of
their type, so that the WKT is always valid and the check refuses the row.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy
import shapely

from registry.imports.reading.heading import header_key
from registry.imports.reading.protocol import Declared

_NAMES: Final = {
    "Point": "POINT",
    "LineString": "LINESTRING",
    "Polygon": "POLYGON",
    "MultiPoint": "MULTIPOINT",
    "MultiLineString": "MULTILINESTRING",
    "MultiPolygon": "MULTIPOLYGON",
}
COLLECTION: Final = "GEOMETRYCOLLECTION"
_MAX_DEPTH: Final = 8
_LEAST_LINE, _LEAST_RING = 2, 4
#: Other types (curves, surfaces) are not supported.
_SIMPLE: Final = frozenset({*_NAMES, "GeometryCollection"})


class NoGeometryError(ValueError):
    """Coordinates that form no geometry."""


def wkt_of(kind: str, coordinates: Any) -> str:
    """WKT of a simple geometry, from its GeoJSON type and coordinates."""
    name = _NAMES.get(kind)
    if name is None:
        return f"{COLLECTION} EMPTY"
    try:
        return f"{name} {_BODIES[kind](coordinates)}"
    except (NoGeometryError, TypeError, ValueError, OverflowError):
        return f"{name} EMPTY"


def combine(parts: Sequence[str]) -> str:
    """Combine WKT texts: a multi geometry where all have one simple type, else a collection."""
    if not parts:
        return f"{COLLECTION} EMPTY"
    if len(parts) == 1:
        return parts[0]
    names = {part.partition(" ")[0] for part in parts}
    name = names.pop()
    if names or name.startswith(("MULTI", COLLECTION)) or any(part.endswith("EMPTY") for part in parts):
        return f"{COLLECTION} ({', '.join(parts)})"
    return f"MULTI{name} ({', '.join(part.partition(' ')[2] for part in parts)})"


def from_geojson(geometry: Any, depth: int = 0) -> str | None:
    """WKT of a GeoJSON geometry; None for null."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or "crs" in geometry or depth > _MAX_DEPTH:
        return f"{COLLECTION} EMPTY"
    kind = geometry.get("type")
    if kind == "Point":  # nearly all
        coordinates = geometry.get("coordinates")
        if type(coordinates) is list and len(coordinates) > 1:
            x, y = coordinates[0], coordinates[1]
            if type(x) is float and type(y) is float:
                return f"POINT ({x!r} {y!r})"
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        parts = [from_geojson(part, depth + 1) for part in members] if isinstance(members, list) else []
        kept = [part for part in parts if part is not None]
        return f"{COLLECTION} ({', '.join(kept)})" if kept else f"{COLLECTION} EMPTY"
    return wkt_of(str(kind), geometry.get("coordinates"))


def _position(coordinate: Any) -> str:
    x, y = coordinate[0], coordinate[1]
    if type(x) not in (int, float) or type(y) not in (int, float) or not (math.isfinite(x) and math.isfinite(y)):
        raise NoGeometryError
    return f"{x!r} {y!r}"


def _point(coordinate: Any) -> str:
    if not isinstance(coordinate, (list, tuple)):
        raise NoGeometryError
    try:
        return f"({_position(coordinate)})"
    except IndexError as error:
        raise NoGeometryError from error


def _positions(places: Any, least: int) -> str:
    if not isinstance(places, (list, tuple)) or len(places) < least:
        raise NoGeometryError
    try:
        return f"({', '.join(map(_position, places))})"
    except (IndexError, KeyError) as error:
        raise NoGeometryError from error


def _line(places: Any) -> str:
    return _positions(places, _LEAST_LINE)


def _ring(places: Any) -> str:
    text = _positions(places, _LEAST_RING)
    if places[0][:2] != places[-1][:2]:
        raise NoGeometryError
    return text


def _parts(each: Callable[[Any], str], parts: Any) -> str:
    if not isinstance(parts, (list, tuple)) or not parts:
        raise NoGeometryError
    return f"({', '.join(map(each, parts))})"


def _polygon(rings: Any) -> str:
    return _parts(_ring, rings)


_BODIES: Final[dict[str, Callable[[Any], str]]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": lambda parts: _parts(_point, parts),
    "MultiLineString": lambda parts: _parts(_line, parts),
    "MultiPolygon": lambda parts: _parts(_polygon, parts),
}


def from_wkb(content: bytes | None) -> str | None:
    """WKT of well-known binary (ISO or extended); None for None."""
    if content is None:
        return None
    try:
        return _to_wkt(shapely.from_wkb(content, on_invalid="ignore"))
    except (NotImplementedError, shapely.errors.ShapelyError):
        return f"{COLLECTION} EMPTY"


def from_wkt(text: str) -> str:
    """Normalised WKT: upper case, single blanks, two dimensions."""
    try:
        return _to_wkt(shapely.from_wkt(text, on_invalid="ignore"))
    except (NotImplementedError, shapely.errors.ShapelyError):
        return f"{COLLECTION} EMPTY"


def _to_wkt(shape: Any) -> str:
    if shape is None or shape.geom_type not in _SIMPLE:
        return f"{COLLECTION} EMPTY"
    flat = shapely.force_2d(shape)
    if not numpy.isfinite(shapely.get_coordinates(flat)).all():
        return f"{_NAMES.get(shape.geom_type, COLLECTION)} EMPTY"
    return str(shapely.to_wkt(flat, rounding_precision=-1))


# --- columns of geometries ----------------------------------------------------------------------------------------
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
_TYPE_NAMES: Final = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
_WGS84: Final = 4326
#: WKB of at least one position, little or big endian.
_HEX: Final = re.compile(r"0[01][0-9A-Fa-f]{40,}")
_SRID_FLAG: Final = 0x20000000
MIXED: Final = "mixed"


@dataclass(frozen=True)
class GeometryColumn:
    """The geometry column of a table; `dropped` are the indexes of the columns that it replaces."""

    at: int
    dropped: tuple[int, ...]
    geometry_type: str
    crs: Declared | None
    #: Converts a cell to WKT; other text is kept, for the check to refuse.
    read: Callable[[str], str]

    def split(self, cells: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
        """Other cells of a row, and its geometry as WKT (None for an empty cell)."""
        text = cells[self.at].strip()
        others = tuple(cell for index, cell in enumerate(cells) if index not in self.dropped)
        return others, self.read(text) if text else None


def find_geometry(header: Sequence[str], samples: Sequence[Sequence[str]]) -> GeometryColumn | None:
    """Find the geometry column by header and sample cells; more reliable formats first."""
    columns = [(at, word, [row[at].strip() for row in samples if row[at].strip()]) for at, word in enumerate(header)]
    filled = [column for column in columns if column[2]]
    for find in (_coordinates_column, _wkt_column, _geojson_column, _binary_column):
        for at, word, cells in filled:
            geometry_column = find(at, word, cells, header)
            if geometry_column is not None:
                return geometry_column
    return None


def _coordinates_column(at: int, word: str, cells: list[str], header: Sequence[str]) -> GeometryColumn | None:
    match = _COORDINATES.search(word)
    if match is None or any(_wkt_of_pairs(cell) == cell for cell in cells):
        return None
    kinds = [index for index, other in enumerate(header) if _TYPE.search(other) and match[1] in other]
    name = "Point" if match[1] == "location" else "LineString"
    return GeometryColumn(at, (*kinds, at), name, Declared("OFDS, CRS84", _WGS84, "layer"), _wkt_of_pairs)


def _wkt_column(at: int, word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    key = header_key(word)
    matches = [match for cell in cells if (match := _WKT.match(cell))]
    if len(matches) < len(cells) or not {key, key.rpartition(" ")[2]} & _WKT_WORDS:
        return None
    crs = _declared({match[1] for match in matches})
    return GeometryColumn(at, (at,), _type_of({match[2].upper() for match in matches}), crs, _from_wkt)


def _geojson_column(at: int, _word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    read = [_from_geojson(cell) for cell in cells if cell.startswith("{")]
    if len(read) < len(cells) or any(wkt == cell for wkt, cell in zip(read, cells, strict=True)):
        return None
    types = {wkt.partition(" ")[0] for wkt in read}
    return GeometryColumn(at, (at,), _type_of(types), Declared("GeoJSON", _WGS84, "member"), _from_geojson)


def _binary_column(at: int, _word: str, cells: list[str], _header: Sequence[str]) -> GeometryColumn | None:
    """Hexadecimal WKB, as PostGIS writes it into CSV."""
    if not all(map(_HEX.fullmatch, cells)):
        return None
    types = {_from_hex(cell).partition(" ")[0] for cell in cells}
    if COLLECTION in types:
        return None
    return GeometryColumn(at, (at,), _type_of(types), _declared({_srid_of(cell) for cell in cells}), _from_hex)


def _declared(srids: set[str | None]) -> Declared | None:
    srid = srids.pop() if len(srids) == 1 else None
    return Declared(f"SRID={srid}", int(srid), "words") if srid and int(srid) else None


def _from_wkt(text: str) -> str:
    """Normalised WKT; other text is kept, for the check to quote."""
    match = _WKT.match(text)
    return from_wkt(text.partition(";")[2] if match and match[1] else text) if match else _keep_text(text)


def _keep_text(text: str) -> str:
    return text if text.isascii() else f"{COLLECTION} EMPTY"


def _from_geojson(text: str) -> str:
    try:
        geometry = json.loads(text)
    except (ValueError, RecursionError):
        return _keep_text(text)
    return from_geojson(geometry) or text if isinstance(geometry, dict) and "type" in geometry else _keep_text(text)


def _from_hex(text: str) -> str:
    try:
        return from_wkb(bytes.fromhex(text)) or text
    except ValueError:
        return _keep_text(text)


def _srid_of(text: str) -> str | None:
    """SRID of extended WKB."""
    content = bytes.fromhex(text[:18])
    order: Literal["little", "big"] = "little" if content[0] == 1 else "big"
    has_srid = int.from_bytes(content[1:5], order) & _SRID_FLAG
    return str(int.from_bytes(content[5:9], order)) if has_srid else None


def _type_of(names: set[str]) -> str:
    name = names.pop() if len(names) == 1 else ""
    return _TYPE_NAMES.get(name) or (f"Multi{_TYPE_NAMES[name[5:]]}" if name[5:] in _TYPE_NAMES else MIXED)


def _wkt_of_pairs(text: str) -> str:
    """WKT of "lon;lat", "lon,lat" or "lon,lat;lon,lat;..."; other text is kept."""
    single = _PLACE_SEMICOLON.fullmatch(text.strip())
    if single:
        return f"POINT ({single[1]} {single[2]})"
    parts = [
        part
        for part in re.split(r";|\]\s*,\s*(?=\[)", text.strip().removeprefix("[[").removesuffix("]]"))
        if part.strip()
    ]
    places = [_PLACE.fullmatch(part.strip()) for part in parts]
    pairs = [f"{coordinate[1]} {coordinate[2]}" for coordinate in places if coordinate]
    if not pairs or len(pairs) < len(places):
        return _keep_text(text)
    return f"POINT ({pairs[0]})" if len(pairs) == 1 else f"LINESTRING ({', '.join(pairs)})"
