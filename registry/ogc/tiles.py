"""OGC API Tiles over the tiles of the map, with TileJSON and a style document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Response, current_app, jsonify, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds, refusal
from registry.kernel.errors import NotFound
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.ogc.openapi import TILE_SET as SET
from registry.ogc.pages import JSON, STYLE, address, link, ogc_errors
from registry.ogc.parameters import require_known
from registry.ogc.styles import layer_styles, map_symbols, structure_styles
from registry.structures.map.layers import MAP_LAYERS, MapLayer
from registry.structures.map.page import tile_of

bp = GuardedBlueprint("ogc_tiles", __name__, errors=ogc_errors, takes_tokens=True, url_prefix="/ogc")
STRUCTURES: Final = "structures"
_SET_URI: Final = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{SET}"
_MVT: Final = "application/vnd.mapbox-vector-tile"
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"
_MOST_ZOOM: Final = 18
#: Metres of Web Mercator from the middle of the world to its edge, and pixels of a tile.
_EDGE: Final = 20037508.3427892
_TILE_PIXELS: Final = 256
_PIXEL_METRES: Final = 0.00028
#: Layer of the tiles -> its attributes.
LAYERS: Final = {
    "structures": {"code": "String", "kind": "String", "sharing": "String", "status": "String"},
    "cells": {"count": "Number"},
    "clusters": {"count": "Number"},
}
#: Attributes of each layer over the map (`structures/map/layers.py`).
_LAYER_FIELDS: Final = {"id": "Number", "name": "String", "look": "String"}
#: Arguments of the list of structures that narrow its tiles.
_FILTERS: Final = ("kind", "status", "sharing_status", "as_of", "f")


def _declared(collection: str) -> MapLayer | None:
    """The layer of the map that draws a collection; None for structures, which the map itself draws.

    NotFound for a collection without tiles.
    """
    if collection == STRUCTURES:
        return None
    layer = next((each for each in MAP_LAYERS.values() if each.collection == collection), None)
    if layer is None:
        raise NotFound(_("Bộ dữ liệu “%(code)s” không có ô bản đồ.", code=shown(collection)))
    return layer


def layer_of(ctx: Ctx, collection: str) -> MapLayer | None:
    """The same for a reader of it; the refusal where the reader has no permission."""
    layer = _declared(collection)
    if layer is not None and not holds(ctx.actor, layer.permission):
        raise refusal(ctx.actor, layer.permission)
    return layer


def _require_set(tile_set: str) -> None:
    if tile_set != SET:
        raise NotFound(_("Không có lưới ô “%(code)s”.", code=shown(tile_set)))


def _tiles_address(collection: str) -> str:
    values = {"collection": collection, "tile_set": SET, "zoom": 0, "row": 0, "column": 0}
    return address("ogc_tiles.tile", **values).replace("/0/0/0", "/{z}/{y}/{x}")


def _title(layer: MapLayer | None) -> str:
    return _("Công trình") if layer is None else str(layer.label)


@bp.get("/tileMatrixSets", permission=P.PUBLIC)
def matrix_sets(_ctx: Ctx) -> Response:
    """The one grid of tiles."""
    require_known(request.args, ("f",))
    here = link("self", address("ogc_tiles.matrix_set", tile_set=SET), JSON)
    return jsonify(tileMatrixSets=[{"id": SET, "uri": _SET_URI, "title": SET, "links": [here]}])


@bp.get("/tileMatrixSets/<tile_set>", permission=P.PUBLIC)
def matrix_set(_ctx: Ctx, tile_set: str) -> Response:
    """The definition of the grid."""
    require_known(request.args, ("f",))
    _require_set(tile_set)
    matrices = []
    for zoom in range(_MOST_ZOOM + 1):
        cell = 2 * _EDGE / _TILE_PIXELS / 2**zoom
        matrices.append(
            {
                "id": str(zoom),
                "scaleDenominator": cell / _PIXEL_METRES,
                "cellSize": cell,
                "pointOfOrigin": [-_EDGE, _EDGE],
                "tileWidth": _TILE_PIXELS,
                "tileHeight": _TILE_PIXELS,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
        )
    crs = "http://www.opengis.net/def/crs/EPSG/0/3857"
    return jsonify(id=SET, title=SET, uri=_SET_URI, crs=crs, orderedAxes=["X", "Y"], tileMatrices=matrices)


@bp.get("/collections/<collection>/tiles", permission=P.PUBLIC)
def tilesets(ctx: Ctx, collection: str) -> Response:
    """The sets of tiles of a collection."""
    require_known(request.args, ("f",))
    described = _described(collection, layer_of(ctx, collection))
    return jsonify(tilesets=[described], links=[link("self", request.base_url, JSON)])


@bp.get("/collections/<collection>/tiles/<tile_set>", permission=P.PUBLIC)
def tileset(ctx: Ctx, collection: str, tile_set: str) -> Response:
    """One set of tiles: as TileJSON with `f=tilejson`."""
    require_known(request.args, ("f",))
    layer = layer_of(ctx, collection)
    _require_set(tile_set)
    if request.args.get("f") == "tilejson":
        return jsonify(_tilejson(collection, layer))
    return jsonify(_described(collection, layer))


def _described(collection: str, layer: MapLayer | None) -> dict[str, Any]:
    here = {"collection": collection, "tile_set": SET}
    template = _tiles_address(collection).replace("{z}/{y}/{x}", "{tileMatrix}/{tileRow}/{tileCol}")
    return {
        "title": _title(layer),
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": _SET_URI,
        "links": [
            link("self", address("ogc_tiles.tileset", **here), JSON),
            link(f"{_REL}/tiling-scheme", address("ogc_tiles.matrix_set", tile_set=SET), JSON),
            link("item", template, _MVT) | {"templated": True},
            link("describedby", address("ogc_tiles.tileset", **here, f="tilejson"), JSON, "TileJSON"),
            link(f"{_REL}/styles", address("ogc_tiles.style", collection=collection), STYLE),
        ],
    }


def _tilejson(collection: str, layer: MapLayer | None) -> dict[str, Any]:
    """TileJSON 3.0 of a collection."""
    fields_by_layer = LAYERS if layer is None else {layer.code: _LAYER_FIELDS}
    return {
        "tilejson": "3.0.0",
        "name": _title(layer),
        "scheme": "xyz",
        "tiles": [_tiles_address(collection)],
        "style": address("ogc_tiles.style", collection=collection),
        "minzoom": 0,
        "maxzoom": _MOST_ZOOM,
        "vector_layers": [{"id": each, "fields": fields} for each, fields in fields_by_layer.items()],
    }


@bp.get("/collections/<collection>/tiles/<tile_set>/<int:zoom>/<int:row>/<int:column>", permission=P.PUBLIC)
def tile(ctx: Ctx, collection: str, tile_set: str, zoom: int, row: int, column: int) -> Response:
    """One tile, that of the map: as far as the reader may see."""
    layer = layer_of(ctx, collection)
    require_known(request.args, _FILTERS if layer is None else ("f",))
    _require_set(tile_set)
    response: Response = (
        tile_of(ctx, zoom, column, row)
        if layer is None
        else tile_response(pack_tile(layer.draw(ctx, zoom, column, row)))
    )
    response.headers["Vary"] = "Authorization, Cookie"
    if "Authorization" in request.headers:
        # A token may end at any moment: a program that has the tile asks before it shows it again.
        response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/styles/<collection>", permission=P.PUBLIC)
def style(_ctx: Ctx, collection: str) -> Response:
    """A style (MapLibre) for the tiles of a collection, in the colours of the map.

    For everyone: it says nothing of the rows, and QGIS asks for it without signing in.
    """
    require_known(request.args, ("f",))
    layer = _declared(collection)
    symbols = map_symbols(Path(str(current_app.static_folder)) / "map" / "symbols.svg")
    layers = structure_styles(symbols) if layer is None else layer_styles(layer, symbols)
    url = url_for("ogc_tiles.tileset", collection=collection, tile_set=SET, f="tilejson", _external=True)
    response = jsonify(
        version=8,
        name=_title(layer),
        sources={collection: {"type": "vector", "url": url}},
        layers=[each | {"source": collection} for each in layers],
    )
    response.headers["Content-Type"] = STYLE
    return response
