"""Geometries of KML, element by element."""

from __future__ import annotations

import re
from typing import Any, Final

from registry.imports.reading.geometry import text_of, together

#: Elements that are a geometry or part one.
GEOMETRIES: Final = frozenset(
    {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model"}
    | {"outerBoundaryIs", "innerBoundaryIs"}
)
_MANY: Final = ("MultiGeometry", "MultiTrack")
_COMMA: Final = re.compile(r"\s*,\s*")


class Shape:
    """The geometry of one placemark while its elements are read."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._parts: list[str] = []
        self._rings: list[list[Any]] = []
        self._places: list[Any] = []
        self._is_track = False

    def begin(self, name: str) -> None:
        """An element of a geometry opens."""
        self._open.append(name)
        if name in ("Polygon", "Point", "LineString", "Track"):
            self._places, self._rings = [], []
        elif name == "LinearRing":
            self._places = []

    def place(self, text: str, *, is_track: bool) -> None:
        """Positions: "lon,lat[,height] lon,lat", or one "lon lat height" of a track."""
        if is_track:
            self._places.append(_numbers(text.split()))
        else:
            self._places = [_numbers(word.split(",")) for word in _COMMA.sub(",", text).split()]

    def end(self) -> None:
        """The innermost element closes."""
        name = self._open.pop() if self._open else ""
        if name == "LinearRing" and "Polygon" in self._open:
            self._rings.append(self._places)
        elif name == "Polygon":
            self._parts.append(text_of("Polygon", self._rings))
        elif name == "Point":
            self._parts.append(text_of("Point", self._places[0] if len(self._places) == 1 else None))
        elif name in ("LineString", "LinearRing", "Track"):
            self._parts.append(text_of("LineString", self._places))
        elif name == "Model":
            self._parts.append(text_of("Model", None))

    def text(self) -> str | None:
        """WKT of all that was read; None where there was no geometry."""
        return together(self._parts) if self._parts else None


def _numbers(words: list[str]) -> tuple[float, ...]:
    """The numbers of a position; what is none makes the geometry empty."""
    try:
        return tuple(float(word) for word in words) if "_" not in "".join(words) else ()
    except ValueError:
        return ()
