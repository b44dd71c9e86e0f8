"""The answer that carries a vector tile."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from flask import Response, make_response, request

MVT = "application/vnd.mapbox-vector-tile"
#: What one reader sees is nobody else's; a minute keeps panning to and fro off the database.
PRIVATE = "private, max-age=60"
_LEVEL = 1


@dataclass(frozen=True)
class PackedTile:
    """A tile as it is sent: compressed, with a tag of its content."""

    data: bytes
    tag: str


def packed(body: bytes) -> PackedTile:
    """A tile compressed; the same content has the same tag, whenever and for whomever it was made."""
    return PackedTile(gzip.compress(body, _LEVEL, mtime=0), hashlib.sha256(body).hexdigest()[:32])


def tile_answer(tile: PackedTile, *, cache: str = PRIVATE) -> Response:
    """A tile; an unchanged one is not sent again."""
    headers = {"Content-Type": MVT, "Content-Encoding": "gzip", "Cache-Control": cache, "ETag": f'"{tile.tag}"'}
    if cache.startswith("private"):
        headers["Vary"] = "Cookie"
    response = Response(tile.data, headers=headers)
    # Comparing tags of a request that has none takes a twentieth of a kept tile.
    return make_response(response.make_conditional(request)) if "If-None-Match" in request.headers else response
