"""Boxes in which maps open: west, south, east and north in degrees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shapely.geometry import GeometryCollection, shape


def widened(box: Sequence[float], margin: float) -> list[float]:
    """The box with a margin in degrees on each side."""
    west, south, east, north = box
    return [west - margin, south - margin, east + margin, north + margin]


def box_of(geometries: Iterable[Mapping[str, Any]], margin: float = 0) -> list[float] | None:
    """The box around GeoJSON geometries, with a margin in degrees on each side; None around nothing."""
    drawn = GeometryCollection([shape(geometry) for geometry in geometries])
    return None if drawn.is_empty else widened(drawn.bounds, margin)


def outline_and_bounds(geojson: str | None, margin: float) -> dict[str, Any]:
    """What a page draws of a shape: its `outline` and the `bounds` of the map; both None without a shape."""
    outline = None if geojson is None else json.loads(geojson)
    bounds = None if outline is None else box_of([outline], margin)
    return {"outline": outline if bounds else None, "bounds": bounds}
