"""The answer that carries a vector tile."""

from __future__ import annotations

import gzip
import hashlib

from flask import Response, make_response, request

MVT = "application/vnd.mapbox-vector-tile"
#: What one reader sees is nobody else's; a minute keeps panning to and fro off the database.
PRIVATE = "private, max-age=60"
_LEVEL = 1


def tile_answer(body: bytes, *, cache: str = PRIVATE) -> Response:
    """A tile, compressed, with a tag of its content, so that an unchanged one is not sent again."""
    response = make_response(gzip.compress(body, _LEVEL, mtime=0))
    response.headers["Content-Type"] = MVT
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = cache
    if cache.startswith("private"):
        response.headers["Vary"] = "Cookie"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response
