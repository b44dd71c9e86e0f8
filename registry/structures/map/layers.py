"""Layers over the map of structures, which the features above provide.

A layer is vector tiles of one `source` layer whose features have `id`, `name` and `look`; each look has a symbol
`<code>-<look>` in static/map/symbols.svg, which sets its colour on the map, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.feature import KeyedExtensionPoint


@dataclass(frozen=True)
class MapLayer:
    """One layer: its labels, its permission, the routes of its tiles and of the pages of its records."""

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
    #: Look -> label, in the order of the legend.
    looks: Mapping[str, Any]
    #: The tile (zoom, x, y) as its reader may see it, which that route and `/ogc` answer.
    draw: Callable[[Ctx, int, int, int], bytes]
    #: The collection of `/ogc` whose rows it draws; "" without one.
    collection: str = ""
    #: Name of the record's id in that route.
    record_id: str = "case_id"


MAP_LAYERS = KeyedExtensionPoint[MapLayer]("structures.map_layers", key=lambda layer: layer.code)


def layers_of(ctx: Ctx) -> list[MapLayer]:
    """The layers that the actor may switch on."""
    return [layer for layer in MAP_LAYERS.values() if holds(ctx.actor, layer.permission)]
