"""How a road or railway of a base map is drawn: from the words that open data has for its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from registry.basemap.models import LAYERS, ROADS
from registry.kernel.text import fold

_RAIL: Final = ("duong sat", "rail", "railway")
_MAIN: Final = ("quoc gia", "motorway", "trunk", "primary", "highway", "major_road")
_MAIN_ZOOM: Final = 7


def drawing_of_road(properties: Mapping[str, Any]) -> tuple[str, int]:
    """Drawing style (rail, main or minor) and lowest zoom; from class, rank, kind or highway of the attributes."""
    classes = {fold(str(properties.get(key) or "")) for key in ("class", "rank", "kind", "highway")}
    if classes & set(_RAIL):
        return "rail", _MAIN_ZOOM
    if classes & set(_MAIN):
        return "main", _MAIN_ZOOM
    return "minor", LAYERS[ROADS].min_zoom
