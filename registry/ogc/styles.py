"""Styles (MapLibre) for the tiles: colours and dashes of the symbols of the map (static/map/symbols.svg)."""

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
_FILL: Final = re.compile(r'fill="(#[0-9a-fA-F]{3,6})"')
#: The pixels of lines and of points, as the map draws them.
_WIDTH, _RADIUS = 3, 5
_POINT: Final = ["==", ["geometry-type"], "Point"]


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
    styles = []
    for look in layer.looks:
        symbol = symbols[f"{layer.code}-{look}"]
        is_look = ["==", ["get", "look"], look]
        line: dict[str, Any] = {"line-color": symbol.colour, "line-width": _WIDTH}
        if symbol.dash:
            line["line-dasharray"] = list(symbol.dash)
        for code, kind, paint, is_drawn in (
            ("line", "line", line, ["!", _POINT]),
            ("point", "circle", _circle(symbol.colour), _POINT),
        ):
            name = f"{layer.code}-{look}-{code}"
            styles.append(
                {
                    "id": name,
                    "type": kind,
                    "source-layer": layer.code,
                    "filter": ["all", is_look, is_drawn],
                    "paint": paint,
                }
            )
    return styles


def structure_styles(symbols: Mapping[str, MapSymbol]) -> list[dict[str, Any]]:
    """The layers of the style of structures: by whether they can be shared, cells, clusters by size."""
    colour: list[Any] = ["match", ["get", "sharing"]]
    for status in SharingStatus:
        colour += [status.value, symbols[status.value].colour]
    colour.append(symbols[SharingStatus.NOT_ASSESSED.value].colour)
    size = ["interpolate", ["linear"], ["get", "count"], 1, _RADIUS, 1000, 22]
    layers: tuple[tuple[str, str, str, Any, dict[str, Any]], ...] = (
        ("cells", "fill", "cells", None, {"fill-color": symbols["coarse"].colour, "fill-opacity": 0.25}),
        ("lines", "line", "structures", ["!", _POINT], {"line-color": colour, "line-width": 2}),
        ("points", "circle", "structures", _POINT, _circle(colour)),
        ("clusters", "circle", "clusters", None, _circle(symbols["cluster"].colour) | {"circle-radius": size}),
    )
    return [
        {"id": name, "type": kind, "source-layer": source, "paint": paint}
        | ({"filter": is_drawn} if is_drawn is not None else {})
        for name, kind, source, is_drawn, paint in layers
    ]


def _circle(colour: Any) -> dict[str, Any]:
    return {
        "circle-color": colour,
        "circle-radius": _RADIUS,
        "circle-stroke-color": "#fff",
        "circle-stroke-width": 1,
    }
