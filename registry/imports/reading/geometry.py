"""Geometries as WKT: two dimensions, the numbers of the file, in the file's own coordinates.

What no program could build (a line of one point, an open ring, a coordinate that is no finite number, an unknown type)
is written as the EMPTY of its type, so that every text is right WKT and the row is refused for its geometry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
import shapely

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
#: What is not here (curves, surfaces) is no geometry of a register.
_SIMPLE: Final = frozenset({*_NAMES, "GeometryCollection"})


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
        return _written(shapely.from_wkb(content, on_invalid="ignore"))
    except (NotImplementedError, shapely.errors.ShapelyError):
        return f"{COLLECTION} EMPTY"


def from_wkt(text: str) -> str:
    """The same geometry in the one spelling of this module: capitals, one blank, two dimensions."""
    try:
        return _written(shapely.from_wkt(text, on_invalid="ignore"))
    except (NotImplementedError, shapely.errors.ShapelyError):
        return f"{COLLECTION} EMPTY"


def _written(shape: Any) -> str:
    if shape is None or shape.geom_type not in _SIMPLE:
        return f"{COLLECTION} EMPTY"
    flat = shapely.force_2d(shape)
    if not numpy.isfinite(shapely.get_coordinates(flat)).all():
        return f"{_NAMES.get(shape.geom_type, COLLECTION)} EMPTY"
    return str(shapely.to_wkt(flat, rounding_precision=-1))
