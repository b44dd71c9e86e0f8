"""Map"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from flask import Response, make_response, request

TYPE: Final = "application/geo+json"
#: Words of closed lists and dates as what they say.
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


class Feature(NamedTuple):
    """One thing on the map: `geometry` is GeoJSON as text."""

    id: int
    geometry: str
    properties: Mapping[str, Any]


def collection_response(features: Iterable[Feature], members: Mapping[str, Any]) -> Response:
    """A FeatureCollection with further members of its own beside the features, as an answer."""
    return geojson_response(encode_collection(features, members))


def geojson_response(data: bytes) -> Response:
    """The answer that carries a FeatureCollection."""
    return Response(data, mimetype=TYPE)


def encode_collection(features: Iterable[Feature], members: Mapping[str, Any]) -> bytes:
    """The same collection, to be kept."""
    told = ",".join(
        f'{{"type":"Feature","id":{int(one.id)},"geometry":{one.geometry},"properties":{_text(one.properties)}}}'
        for one in features
    )
    rest = _text({"type": "FeatureCollection", **members})[:-1]
    return f'{rest},"features":[{told}]}}'.encode()


def _text(value: Mapping[str, Any]) -> str:
    return _WRITER.encode(value)


MVT = "application/vnd.mapbox-vector-tile"
#: What one reader sees is nobody else's; a minute keeps panning to and fro off the database.
PRIVATE = "private, max-age=60"
_LEVEL = 1


@dataclass(frozen=True)
class PackedTile:
    """A tile as it is sent: compressed, with a tag of its content."""

    data: bytes
    tag: str


def pack_tile(body: bytes) -> PackedTile:
    """A tile compressed; the same content has the same tag, whenever and for whomever it was made."""
    return PackedTile(gzip.compress(body, _LEVEL, mtime=0), hashlib.sha256(body).hexdigest()[:32])


def tile_response(tile: PackedTile, *, cache: str = PRIVATE) -> Response:
    """A tile; an unchanged one is not sent again."""
    headers = {"Content-Type": MVT, "Content-Encoding": "gzip", "Cache-Control": cache, "ETag": f'"{tile.tag}"'}
    if cache.startswith("private"):
        headers["Vary"] = "Cookie"
    response = Response(tile.data, headers=headers)
    # Comparing tags of a request that has none takes a twentieth of a kept tile.
    return make_response(response.make_conditional(request)) if "If-None-Match" in request.headers else response
