"""The base map for browsers: which one there is, and its tiles; public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, jsonify, make_response, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.basemap.archive import ARCHIVE, Archive, ArchiveInfo
from registry.basemap.queries import attributions, is_own_ground, land_bounds, last_imported_at, tile, tiles_version
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import MVT, pack_tile, tile_response
from registry.kernel.services import Service

#: The URL of a tile contains its version, so that browsers may cache it.
_TILE_CACHE: Final = "public, max-age=86400"
_INFO_CACHE: Final = "public, max-age=60"
_LAYERS_MAX_ZOOM: Final = 16

bp = GuardedBlueprint("basemap", __name__, errors=html_errors, url_prefix="/basemap")


@dataclass(frozen=True)
class TileServer:
    """An external server of image tiles from the settings: URL template with {z}, {x} and {y}, and attribution."""

    url: str
    attribution: str


#: None where the own base map is shown.
TILE_SERVER = Service[TileServer | None]("registry.tile_server")


@bp.get("", permission=P.PUBLIC)
def about(ctx: Ctx) -> Response:
    """Which base map there is: a tile server, else a PMTiles file, else layers, else none (before the first start)."""
    server = TILE_SERVER.current()
    archive = _archive().info()
    imported_at = last_imported_at(ctx.session)
    if server is not None:
        description = _description("images", server.url, server.attribution, 0, 22)
    elif archive is not None:
        kind = "vector" if archive.media_type == MVT else "images"
        description = _description(
            kind,
            _tile_url("basemap.file_tile", archive.version),
            archive.attribution,
            archive.min_zoom,
            archive.max_zoom,
        )
    elif imported_at is not None:
        url = _tile_url("basemap.layer_tile", tiles_version(ctx.session))
        attribution = " | ".join(attributions(ctx.session))
        description = _description("layers", url, attribution, 0, _LAYERS_MAX_ZOOM)
        description |= {"land": land_bounds(ctx.session), "approximate": is_own_ground(ctx.session)}
    else:
        description = {"kind": "none"}
    response = jsonify(description)
    response.headers["Cache-Control"] = _INFO_CACHE
    return response


@bp.get("/layers/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.PUBLIC)
def layer_tile(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A tile of the layers, imported or drawn by the program, with communes and streets of the register."""
    return tile_response(pack_tile(tile(ctx.session, zoom, x, y, ctx.today)), cache=_TILE_CACHE)


@bp.get("/file/<int:zoom>/<int:x>/<int:y>", permission=P.PUBLIC)
def file_tile(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A tile of the PMTiles file; an empty one where it has none."""
    del ctx
    archive: ArchiveInfo | None = _archive().info()
    inside = archive is not None and zoom <= archive.max_zoom and max(x, y) < 2**zoom
    body = _archive().tile(zoom, x, y) if inside else b""
    if archive is None or archive.media_type == MVT:
        return tile_response(pack_tile(body), cache=_TILE_CACHE)
    response = make_response(body)
    response.headers["Content-Type"] = archive.media_type
    response.headers["Cache-Control"] = _TILE_CACHE
    return response


def _archive() -> Archive:
    return ARCHIVE.current()


def _tile_url(endpoint: str, version: int | str) -> str:
    numbers = url_for(endpoint, zoom=0, x=0, y=0, v=version)
    return numbers.replace("/0/0/0", "/{z}/{x}/{y}")


def _description(kind: str, tiles: str, attribution: str, min_zoom: int, max_zoom: int) -> dict[str, Any]:
    return {"kind": kind, "tiles": tiles, "attribution": attribution, "minzoom": min_zoom, "maxzoom": max_zoom}
