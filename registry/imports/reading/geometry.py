"""Geometries as WKT: two dimensions, the numbers of the file, in the file's own coordinates.

What no program could build (a line of one point, an open ring, a coordinate that is no finite number, an unknown type)
is written as the EMPTY of its type, so that every text is right WKT and the row is refused for its geometry.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

Position = tuple[float, float]
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
#: Numbers of types in WKB; what is not here (curves, surfaces) is no geometry of a register.
_WKB: Final = {1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_WKB_COLLECTION: Final = 7
_ISO: Final = 1000
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000


class NoGeometryError(ValueError):
    """Coordinates that make no geometry."""


def text_of(kind: str, coordinates: Any) -> str:
    """WKT of a simple geometry by its GeoJSON type and nested coordinates."""
    name = _NAMES.get(kind)
    if name is None:
        return f"{COLLECTION} EMPTY"
    try:
        return f"{name} {_BODIES[kind](coordinates)}"
    except (NoGeometryError, TypeError, ValueError, OverflowError):
        return f"{name} EMPTY"


def together(parts: Sequence[str]) -> str:
    """One geometry of several WKT texts: the multi type where all are of one simple type."""
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
    """WKT of a GeoJSON geometry; None where the feature has none."""
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
    return text_of(str(kind), geometry.get("coordinates"))


def _position(place: Any) -> str:
    x, y = place[0], place[1]
    if type(x) not in (int, float) or type(y) not in (int, float) or not (math.isfinite(x) and math.isfinite(y)):
        raise NoGeometryError
    return f"{x!r} {y!r}"


def _point(place: Any) -> str:
    if not isinstance(place, (list, tuple)):
        raise NoGeometryError
    try:
        return f"({_position(place)})"
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


def _several(each: Callable[[Any], str], parts: Any) -> str:
    if not isinstance(parts, (list, tuple)) or not parts:
        raise NoGeometryError
    return f"({', '.join(map(each, parts))})"


def _polygon(rings: Any) -> str:
    return _several(_ring, rings)


_BODIES: Final[dict[str, Callable[[Any], str]]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": lambda parts: _several(_point, parts),
    "MultiLineString": lambda parts: _several(_line, parts),
    "MultiPolygon": lambda parts: _several(_polygon, parts),
}


def from_wkb(content: bytes | None) -> str | None:
    """WKT of well-known binary (ISO or the older form with flags); None where there is none."""
    if content is None:
        return None
    try:
        return _Binary(content).geometry(0)
    except (struct.error, NoGeometryError):
        return f"{COLLECTION} EMPTY"


class _Binary:
    """Well-known binary, read from front to back."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._order = "<"

    def geometry(self, depth: int) -> str:
        kind, skipped = self._head(depth)
        if kind == _WKB_COLLECTION:
            parts = [self.geometry(depth + 1) for _place in range(self._count(5))]
            return f"{COLLECTION} ({', '.join(parts)})" if parts else f"{COLLECTION} EMPTY"
        if kind not in _WKB:
            return f"{COLLECTION} EMPTY"
        return text_of(_WKB[kind], self._coordinates(kind, skipped, depth))

    def _head(self, depth: int) -> tuple[int, int]:
        """Type and how many numbers of each position are passed over."""
        if depth > _MAX_DEPTH:
            raise NoGeometryError
        self._order = "<" if self._content[self._at : self._at + 1] == b"\x01" else ">"
        self._at += 1
        (kind,) = self._take("I")
        skipped = bool(kind & _Z) + bool(kind & _M)
        if kind & _SRID:
            self._take("I")
        kind &= ~(_Z | _M | _SRID)
        return kind % _ISO, skipped + (0, 1, 1, 2)[kind // _ISO % 4]

    def _coordinates(self, kind: int, skipped: int, depth: int) -> Any:
        if kind == 1:
            return self._take("dd" + "d" * skipped)
        if kind == 2:  # noqa: PLR2004
            return self._line(skipped)
        if kind == 3:  # noqa: PLR2004
            return [self._line(skipped) for _place in range(self._count(4))]
        parts = []
        for _place in range(self._count(5)):
            inner, inner_skipped = self._head(depth + 1)
            if inner != kind - 3:
                raise NoGeometryError
            parts.append(self._coordinates(inner, inner_skipped, depth + 1))
        return parts

    def _line(self, skipped: int) -> list[Position]:
        width = 2 + skipped
        count = self._count(8 * width)
        numbers = self._take("d" * (count * width))
        return [(numbers[at], numbers[at + 1]) for at in range(0, count * width, width)]

    def _count(self, least_bytes: int) -> int:
        (count,) = self._take("I")
        if count * least_bytes > len(self._content) - self._at:
            raise NoGeometryError
        return int(count)

    def _take(self, form: str) -> tuple[Any, ...]:
        form = self._order + form
        found = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return found
