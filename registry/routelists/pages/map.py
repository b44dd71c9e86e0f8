"""Tiles of the proposed streets for the map of structures."""

from __future__ import annotations

from flask import Response

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.routelists.map import tile
from registry.routelists.pages.blueprint import bp


@bp.get("/route-lists/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.ROUTELIST_ITEMS)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A tile of the streets that the reader may see."""
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))
