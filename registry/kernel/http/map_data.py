"""Responses with map data: GeoJSON collections (RFC 7946) and vector tiles."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zlib import crc32

from flask import Response, make_response, request

TYPE: Final = "application/geo+json"
#: Members of closed lists and dates are encoded as text.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


class MapFeature(NamedTuple):
    """One feature; `geometry` is GeoJSON as text, as the database wrote it."""

    id: int
    geometry: str
    properties: Mapping[str, Any]


def collection_response(features: Iterable[MapFeature], members: Mapping[str, Any]) -> Response:
    return geojson_response(encode_collection(features, members))


def geojson_response(data: bytes) -> Response:
    return Response(data, mimetype=TYPE)


def encode_collection(features: Iterable[MapFeature], members: Mapping[str, Any]) -> bytes:
    """A FeatureCollection with additional members, encoded."""
    encoded = ",".join(
        f'{{"type":"Feature","id":{int(feature.id)},"geometry":{feature.geometry},"properties":{_text(feature.properties)}}}'
        for feature in features
    )
    rest = _text({"type": "FeatureCollection", **members})[:-1]
    return f'{rest},"features":[{encoded}]}}'.encode()


def _text(value: Mapping[str, Any]) -> str:
    return _ENCODER.encode(value)


MVT = "application/vnd.mapbox-vector-tile"
#: Tiles depend on the reader; caching for a minute keeps panning off the database.
PRIVATE = "private, max-age=60"
_LEVEL = 1


@dataclass(frozen=True)
class PackedTile:
    """A compressed tile with a digest of its content."""

    data: bytes
    tag: str


def pack_tile(body: bytes) -> PackedTile:
    """A tile, compressed; the same content always has the same tag."""
    return PackedTile(gzip.compress(body, _LEVEL, mtime=0), hashlib.sha256(body).hexdigest()[:32])


def tile_response(tile: PackedTile, *, cache: str = PRIVATE) -> Response:
    """The response with a tile, or 304 where the browser has it."""
    # A filter is part of the tag: where the tile of another filter is the same to its tag, MapLibre draws nothing again
    # and its map never says that it is idle.
    tag = f'"{tile.tag}-{crc32(request.query_string):x}"'
    headers = {"Content-Type": MVT, "Content-Encoding": "gzip", "Cache-Control": cache, "ETag": tag}
    if cache.startswith("private"):
        headers["Vary"] = "Cookie"
    response = Response(tile.data, headers=headers)
    # The comparison is skipped without a tag: it takes 5 % of the time of a cached tile.
    return make_response(response.make_conditional(request)) if "If-None-Match" in request.headers else response
