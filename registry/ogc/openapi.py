"""The OpenAPI 3.0 document, from the collections that a reader may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.i18n import _
from registry.ogc.collections import FeatureCollection
from registry.ogc.crs import SYSTEMS
from registry.ogc.parameters import FILTER_LANGUAGES, MAX_LIMIT, USUAL_LIMIT
from registry.structures.map.layers import layers_of

#: Of the document: its main number grows with the first change that a client can notice (docs/interfaces.md).
VERSION: Final = "1.0.0"
#: The one grid of tiles.
TILE_SET: Final = "WebMercatorQuad"
_NUMBERS: Final = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}


def has_tiles(ctx: Ctx, collection: str) -> bool:
    """Whether the reader has tiles of a collection: those of structures, and of the layers over the map."""
    return collection == "structures" or any(layer.collection == collection for layer in layers_of(ctx))


def _parameter(name: str, schema: dict[str, Any], description: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description} | more


def _parameters() -> dict[str, Any]:
    system = {"type": "string", "format": "uri", "enum": list(SYSTEMS)}
    listed = {"style": "form", "explode": False}
    text = {"type": "string"}
    return {
        "f": _parameter("f", {"type": "string", "enum": ["json", "html"]}),
        "limit": _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": USUAL_LIMIT}),
        "bbox": _parameter("bbox", _NUMBERS, _("Nhỏ x, nhỏ y, lớn x, lớn y trong hệ của bbox-crs."), **listed),
        "bbox-crs": _parameter("bbox-crs", system),
        "crs": _parameter("crs", system),
        "datetime": _parameter("datetime", text, _("Thời điểm hoặc khoảng RFC 3339.")),
        "filter": _parameter("filter", text, "CQL2"),
        "filter-lang": _parameter("filter-lang", {"type": "string", "enum": list(FILTER_LANGUAGES)}),
        "filter-crs": _parameter("filter-crs", system),
        "sortby": _parameter("sortby", text, _("Tên thuộc tính, cách nhau bởi dấu phẩy; “-” là giảm dần.")),
        "properties": _parameter("properties", text, _("Tên thuộc tính được trả về, cách nhau bởi dấu phẩy.")),
        "cursor": _parameter("cursor", text, _("Vị trí bắt đầu của trang; lấy từ liên kết “next”.")),
    }


def _operation(summary: str, media: str, *names: str, costs: bool = False, own: Sequence[Any] = ()) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {
            "description": summary,
            "content": {media: {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}},
        },
        **{status: {"$ref": f"#/components/responses/{status}"} for status in ("400", "401", "403", "404", "503")},
    }
    if costs:
        answers["429"] = {"$ref": "#/components/responses/503"}
    parameters = [*own, *({"$ref": f"#/components/parameters/{name}"} for name in names)]
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


_TILE_NUMBERS: Final = tuple(
    {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    for name in ("tileMatrix", "tileRow", "tileCol")
)
_TILESET_FORMAT: Final = _parameter("f", {"type": "string", "enum": ["json", "tilejson"]})


def openapi_document(ctx: Ctx, collections: Sequence[FeatureCollection], host: str) -> dict[str, Any]:
    """The document, for the server of this address."""
    parameters = _parameters()
    feature_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    problem = {
        "description": _("Từ chối, với tên tham số."),
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    paths: dict[str, Any] = {
        "/": _operation(_("Trang đầu của giao diện"), "application/json", "f"),
        "/conformance": _operation(_("Chuẩn áp dụng"), "application/json", "f"),
        "/collections": _operation(_("Các bộ dữ liệu"), "application/json", "f"),
    }
    for each in collections:
        root, title = f"/collections/{each.code}", str(each.title)
        properties = [
            _parameter(prop.name, {key: value for key, value in prop.schema().items() if key != "format"})
            for prop in each.source.properties(ctx)
            if prop.name not in parameters
        ]
        paths[root] = _operation(title, "application/json", "f")
        paths[f"{root}/queryables"] = _operation(title, "application/schema+json", "f")
        paths[f"{root}/schema"] = _operation(title, "application/schema+json", "f")
        paths[f"{root}/items"] = _operation(title, "application/geo+json", *parameters, costs=True, own=properties)
        paths[f"{root}/items/{{featureId}}"] = _operation(
            title, "application/geo+json", "f", "crs", "datetime", own=[feature_id]
        )
        if has_tiles(ctx, each.code):
            paths[f"{root}/tiles"] = _operation(title, "application/json", "f")
            paths[f"/styles/{each.code}"] = _operation(title, "application/vnd.mapbox.style+json")
            paths[f"{root}/tiles/{TILE_SET}"] = _operation(title, "application/json", own=[_TILESET_FORMAT])
            paths[f"{root}/tiles/{TILE_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = _operation(
                title, "application/vnd.mapbox-vector-tile", own=_TILE_NUMBERS
            )
    return {
        "openapi": "3.0.3",
        "info": {
            "title": _("Cơ sở dữ liệu hạ tầng viễn thông thụ động: giao diện OGC API"),
            "version": VERSION,
        },
        "servers": [{"url": host.rstrip("/") + "/ogc"}],
        "paths": paths,
        "components": {
            "parameters": parameters,
            "responses": dict.fromkeys(("400", "401", "403", "404", "503"), problem),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{}, {"token": []}, {"password": []}],
    }
