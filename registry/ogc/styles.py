"""Styles (MapLibre) for the tiles: colours and dashes of the symbols of the map (static/map/symbols.svg).

Each look is a layer of its own with one colour and one size: QGIS reads such layers, and no choice of colours and no
slope of sizes by an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from registry.structures.codes import SharingStatus
from registry.structures.map.layers import MapLayer

_SYMBOL: Final = re.compile(r'<symbol id="([^"]+)"([^>]*)>(.*?)</symbol>', re.DOTALL)
#: A colour of a drawing; white is only what lies under it.
_FILL: Final = re.compile(r'fill="(?!#fff")(#[0-9a-fA-F]{3,6})"')
#: The pixels of lines and of points, as the map draws them.
_WIDTH, _RADIUS = 3, 5
_POINT: Final = ["==", ["geometry-type"], "Point"]
_NO_POINT: Final = ["!=", ["geometry-type"], "Point"]
#: The least number of structures of a cluster -> its radius.
_CLUSTERS: Final = {1: 7, 10: 9, 100: 13, 1_000: 18, 10_000: 24}


@dataclass(frozen=True)
class MapSymbol:
    """The colour of one symbol of the map, and the dash of its line; () for a line without gaps."""

    colour: str
    dash: tuple[float, ...]


@cache
def map_symbols(file: Path) -> Mapping[str, MapSymbol]:
    """The symbols of the map by name, as static/js/map-sprite.mjs reads them."""
    symbols = {}
    for name, attributes, drawing in _SYMBOL.findall(file.read_text(encoding="utf-8")):
        values = dict(re.findall(r'data-(line|dash)="([^"]+)"', attributes))
        filled = _FILL.search(drawing)
        colour = values.get("line") or (filled[1] if filled else "")
        symbols[name] = MapSymbol(colour, tuple(float(part) for part in values.get("dash", "").split()))
    return symbols


def layer_styles(layer: MapLayer, symbols: Mapping[str, MapSymbol]) -> list[dict[str, Any]]:
    """The layers of a style for a layer over the map: one of lines and one of points for each look."""
    return [
        drawn
        for look in layer.looks
        for drawn in _drawn(layer.code, look, ["==", ["get", "look"], look], symbols[f"{layer.code}-{look}"])
    ]


def structure_styles(symbols: Mapping[str, MapSymbol]) -> list[dict[str, Any]]:
    """The layers of the style of structures: cells, lines and points by sharing status, clusters by size."""
    cells = {"fill-color": symbols["coarse"].colour, "fill-opacity": 0.25}
    styles: list[dict[str, Any]] = [{"id": "cells", "type": "fill", "source-layer": "cells", "paint": cells}]
    for status in SharingStatus:
        is_status = ["==", ["get", "sharing"], status.value]
        styles += _drawn("structures", status.value, is_status, symbols[status.value])
    count: list[Any] = ["get", "count"]
    for least, radius in _CLUSTERS.items():
        below = next((other for other in _CLUSTERS if other > least), None)
        styles.append(
            {
                "id": f"clusters-{least}",
                "type": "circle",
                "source-layer": "clusters",
                "filter": ["all", [">=", count, least], *([["<", count, below]] if below is not None else [])],
                "paint": _circle(symbols["cluster"].colour, radius),
            }
        )
    return styles


def _drawn(source_layer: str, look: str, is_look: list[Any], symbol: MapSymbol) -> list[dict[str, Any]]:
    """One look of a layer of tiles, as lines and as points."""
    line: dict[str, Any] = {"line-color": symbol.colour, "line-width": _WIDTH}
    if symbol.dash:
        line["line-dasharray"] = list(symbol.dash)
    return [
        {
            "id": f"{source_layer}-{look}-{code}",
            "type": kind,
            "source-layer": source_layer,
            "filter": ["all", is_look, is_drawn],
            "paint": paint,
        }
        for code, kind, paint, is_drawn in (
            ("line", "line", line, _NO_POINT),
            ("point", "circle", _circle(symbol.colour, _RADIUS), _POINT),
        )
    ]


def _circle(colour: str, radius: int) -> dict[str, Any]:
    return {
        "circle-color": colour,
        "circle-radius": radius,
        "circle-stroke-color": "#fff",
        "circle-stroke-width": 1,
    }
