"""Layers that features above lay over the map of structures; they register them, so that this feature knows none.

A layer is vector tiles of one `source` layer whose features have `id`, `name` and `look`; each look has a symbol
`<code>-<look>` in static/map/symbols.svg, which says its colour on the map, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds


@dataclass(frozen=True)
class MapLayer:
    """One layer: its words, who may switch it on, where its tiles and the pages of its records lie."""

    #: Also the name of the layer in its tiles.
    code: str
    label: Any
    permission: P
    #: Route of its tiles (zoom, x, y), with the same permission; each row passes its own visible() clause.
    tiles: str
    #: Route of a record's page.
    record: str
    #: "line" or "point".
    shape: str
    #: Look -> words, in the order of the legend.
    looks: Mapping[str, Any]
    #: The name of the record's id in that route.
    record_id: str = "case_id"


_LAYERS: dict[str, MapLayer] = {}


def register_layer(layer: MapLayer) -> None:
    """Offer one more layer on the map; registering twice changes nothing."""
    _LAYERS.setdefault(layer.code, layer)


def layers_of(ctx: Ctx) -> list[MapLayer]:
    """The layers that the actor may switch on."""
    return [layer for layer in _LAYERS.values() if holds(ctx.actor, layer.permission)]
