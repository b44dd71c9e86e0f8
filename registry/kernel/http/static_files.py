"""Static files: compressed, and cached by browsers where the path contains the version."""

from __future__ import annotations

import gzip
import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, Response, make_response, request, session

from registry.kernel.http.urls import VENDORED, module_urls, release_of, static_url

_COMPRESSIBLE = ("text/css", "text/javascript", "image/svg+xml")
_RELEASE = re.compile(r"r[0-9a-f]{16}")
_SHEET = "css/site.css"
#: A sheet of all pages, or one in the folder of its feature.
_IMPORT = re.compile(rb'@import "((?:\.\./\.\./[a-z_]+/)?[a-z0-9_-]+\.css)";\n')
_ONE_YEAR_S = 31_536_000
_CACHED_FILES = 128
_WHOLE, _UNCHANGED = 200, 304
_LEVEL = 9


def init_static_files(app: Flask) -> None:
    """Serve static files with gzip and cache headers.

    Pages are not compressed: compressing a token together with typed text would leak it by its length (BREACH).
    """

    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals["module_urls"] = module_urls
    versioned = (VENDORED, f"{release_of(str(app.static_folder))}/")

    def send(filename: str) -> Response:
        release, _slash, rest = filename.partition("/")
        # A page of an older release gets the current file, without permission to cache it.
        name = rest if _RELEASE.fullmatch(release) else filename
        if name != _SHEET:
            return app.send_static_file(name)
        response = app.response_class(joined_sheet(Path(str(app.static_folder)) / _SHEET), mimetype="text/css")
        response.cache_control.no_cache = True
        response.add_etag()
        return make_response(response.make_conditional(request))

    app.view_functions["static"] = send

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code not in (_WHOLE, _UNCHANGED):
            return response
        if (request.view_args or {}).get("filename", "").startswith(versioned):
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = _ONE_YEAR_S
            response.cache_control.immutable = True
        # Files do not depend on the session: without this, "Vary: Cookie" would defeat the browser cache.
        session.accessed = False
        if response.mimetype in _COMPRESSIBLE:
            response.vary.add("Accept-Encoding")
            if response.status_code == _WHOLE and request.method == "GET" and request.accept_encodings["gzip"]:
                _compress(response)
        return response


@cache
def joined_sheet(sheet: Path) -> bytes:
    """A style sheet with its imports inlined: one request instead of twenty."""
    return _IMPORT.sub(lambda match: (sheet.parent / match[1].decode()).read_bytes(), sheet.read_bytes())


def _compress(response: Response) -> None:
    response.direct_passthrough = False
    response.set_data(_compressed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    etag, _weak = response.get_etag()
    if etag is not None:
        # Weak: the bytes differ from the uncompressed file, the content does not.
        response.set_etag(etag, weak=True)


@lru_cache(maxsize=_CACHED_FILES)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, _LEVEL, mtime=0)
