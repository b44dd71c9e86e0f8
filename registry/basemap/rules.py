"""Which layers the ground may have, and how their features are sorted for drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.kernel.text import fold, normalise

POINT, LINE, AREA = 1, 2, 3
LAND: Final = "land"
#: GeoJSON's types by what they are made of.
SHAPE_OF: Final = {
    "Point": POINT,
    "MultiPoint": POINT,
    "LineString": LINE,
    "MultiLineString": LINE,
    "Polygon": AREA,
    "MultiPolygon": AREA,
}
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Ground:
    """A layer that the map knows how to draw."""

    shape: int
    #: From this zoom on, unless `sort_of` says otherwise.
    min_zoom: int = 0


#: By the name of the file without its ending.
LAYERS: Final[Mapping[str, Ground]] = {
    LAND: Ground(AREA),
    "provinces_around": Ground(AREA),
    "water": Ground(AREA, 6),
    "rivers": Ground(LINE, 7),
    "roads": Ground(LINE, 10),
    "places": Ground(POINT, 9),
}
_RAIL: Final = ("duong sat", "rail", "railway")
_MAIN: Final = ("quoc gia", "motorway", "trunk", "primary", "highway", "major_road")
_MAIN_ZOOM: Final = 7


def sort_of(layer: str, properties: Mapping[str, Any]) -> tuple[str | None, int]:
    """How a feature is drawn and from which zoom on: roads are told apart by class, rank, kind or highway."""
    if layer != "roads":
        return None, LAYERS[layer].min_zoom
    words = {fold(str(properties.get(key) or "")) for key in ("class", "rank", "kind", "highway")}
    if words & set(_RAIL):
        return "rail", _MAIN_ZOOM
    if words & set(_MAIN):
        return "main", _MAIN_ZOOM
    return "minor", LAYERS[layer].min_zoom


def name_of(properties: Mapping[str, Any]) -> str | None:
    """The name that stands on the map; TextRefused where it cannot be stored."""
    name = properties.get("name")
    return normalise(name)[:_LONGEST_NAME] or None if isinstance(name, str) else None
