"""Geometries of the database (WKB) as coordinates."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

from registry.kernel.exports.dataset import GeometryShape

_POINT, _LINE, _POLYGON = 1, 2, 3
_NAMES: Final = {1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_SHAPES: Final = {
    1: GeometryShape.POINT,
    4: GeometryShape.POINT,
    2: GeometryShape.LINE,
    5: GeometryShape.LINE,
    3: GeometryShape.AREA,
    6: GeometryShape.AREA,
}
Position = tuple[float, float]


@dataclass(frozen=True)
class Geometry:
    """A geometry by its GeoJSON type and coordinates (longitude, latitude)."""

    type_name: str
    coordinates: Any
    shape: GeometryShape

    @property
    def parts(self) -> list[list[Position]]:
        """Its lines or rings; a point is one part with one position."""
        if self.type_name == "Point":
            return [[self.coordinates]]
        if self.type_name in ("LineString", "MultiPoint"):
            return [self.coordinates]
        if self.type_name == "MultiPolygon":
            return [ring for polygon in self.coordinates for ring in polygon]
        return list(self.coordinates)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        xs = [x for part in self.parts for x, _y in part]
        ys = [y for part in self.parts for _x, y in part]
        return min(xs), min(ys), max(xs), max(ys)


def read_wkb(content: bytes, decimals: int | None = None) -> Geometry:
    """The geometry of little-endian 2D WKB, rounded to `decimals` of a degree; ValueError for other WKB."""
    geometry, _end = _read(content, 0, decimals)
    return geometry


def _read(content: bytes, at: int, decimals: int | None) -> tuple[Geometry, int]:
    order, kind = struct.unpack_from("<BI", content, at)
    if order != 1 or kind not in _NAMES:
        raise ValueError(f"geometry of type {kind} in byte order {order}, expected little-endian and two-dimensional")
    at += 5
    if kind == _POINT:
        (position,), at = _positions(content, at, 1, decimals)
        return Geometry(_NAMES[kind], position, _SHAPES[kind]), at
    (count,) = struct.unpack_from("<I", content, at)
    at += 4
    if kind == _LINE:
        positions, at = _positions(content, at, count, decimals)
        return Geometry(_NAMES[kind], positions, _SHAPES[kind]), at
    parts: list[Any] = []
    for _part in range(count):
        if kind == _POLYGON:
            (length,) = struct.unpack_from("<I", content, at)
            part, at = _positions(content, at + 4, length, decimals)
        else:
            inner, at = _read(content, at, decimals)
            part = inner.coordinates
        parts.append(part)
    return Geometry(_NAMES[kind], parts, _SHAPES[kind]), at


def _positions(content: bytes, at: int, count: int, decimals: int | None) -> tuple[list[Position], int]:
    numbers = struct.unpack_from(f"<{2 * count}d", content, at)
    if decimals is not None:
        numbers = tuple(round(number, decimals) for number in numbers)
    return list(zip(numbers[::2], numbers[1::2], strict=True)), at + 16 * count
