"""What maps ask of the ground they are drawn on: what it is, and its tiles; open to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, current_app, jsonify, make_response, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.basemap.archive import ARCHIVE, About, Archive
from registry.basemap.queries import attributions, land_bounds, newest, tile
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import MVT, pack_tile, tile_response

TILE_SERVER: Final = "registry.tile_server"
#: The address of tiles names its version, so that browsers may keep them.
_KEPT: Final = "public, max-age=86400"
_ASKED_AGAIN: Final = "public, max-age=60"
_DEEPEST: Final = 16

bp = GuardedBlueprint("basemap", __name__, errors=html_errors, url_prefix="/basemap")


@dataclass(frozen=True)
class TileServer:
    """Somebody's tiles (images) that an administrator named: address with {z}, {x} and {y}, and whom to thank."""

    address: str
    attribution: str


@bp.get("", permission=P.PUBLIC)
def about(ctx: Ctx) -> Response:
    """Which ground there is: a configured address before a PMTiles file before loaded layers before nothing."""
    server: TileServer | None = current_app.extensions[TILE_SERVER]
    found = _archive().about()
    loaded = newest(ctx.session)
    if server is not None:
        said = _said("images", server.address, server.attribution, 0, 22)
    elif found is not None:
        kind = "vector" if found.media_type == MVT else "images"
        said = _said(
            kind, _address("basemap.file_tile", found.version), found.attribution, found.min_zoom, found.max_zoom
        )
    elif loaded is not None:
        address = _address("basemap.layer_tile", int(loaded.timestamp()))
        thanks = " | ".join(attributions(ctx.session))
        said = _said("layers", address, thanks, 0, _DEEPEST) | {"land": land_bounds(ctx.session)}
    else:
        said = {"kind": "none"}
    response = jsonify(said)
    response.headers["Cache-Control"] = _ASKED_AGAIN
    return response


@bp.get("/layers/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.PUBLIC)
def layer_tile(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A tile of the loaded layers."""
    return tile_response(pack_tile(tile(ctx.session, zoom, x, y)), cache=_KEPT)


@bp.get("/file/<int:zoom>/<int:x>/<int:y>", permission=P.PUBLIC)
def file_tile(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A tile of the PMTiles file; an empty one where it has none."""
    del ctx
    found: About | None = _archive().about()
    inside = found is not None and zoom <= found.max_zoom and max(x, y) < 2**zoom
    body = _archive().tile(zoom, x, y) if inside else b""
    if found is None or found.media_type == MVT:
        return tile_response(pack_tile(body), cache=_KEPT)
    response = make_response(body)
    response.headers["Content-Type"] = found.media_type
    response.headers["Cache-Control"] = _KEPT
    return response


def _archive() -> Archive:
    archive: Archive = current_app.extensions[ARCHIVE]
    return archive


def _address(endpoint: str, version: int) -> str:
    numbers = url_for(endpoint, zoom=0, x=0, y=0, v=version)
    return numbers.replace("/0/0/0", "/{z}/{x}/{y}")


def _said(kind: str, tiles: str, attribution: str, least: int, deepest: int) -> dict[str, Any]:
    return {"kind": kind, "tiles": tiles, "attribution": attribution, "minzoom": least, "maxzoom": deepest}
