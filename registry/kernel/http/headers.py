"""Security headers of every response, and the id of every request."""

from __future__ import annotations

import re
from uuid import uuid4

from flask import Flask, Response, g, request

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
#: Directives that allow the external host of base map tiles.
_TILE_DIRECTIVES = ("img-src", "connect-src")
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
_ONE_YEAR = 31_536_000


def content_policy(tile_origin: str | None = None) -> str:
    """The content security policy; `tile_origin` is an external host of base map tiles."""
    allowed = {name: f"{sources} {tile_origin}" for name, sources in _DIRECTIVES.items() if name in _TILE_DIRECTIVES}
    directives = _DIRECTIVES | allowed if tile_origin else _DIRECTIVES
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def init_headers(app: Flask, *, https: bool, tile_origin: str | None = None) -> None:
    """Give each request an id and each response the security headers (PROMISES 7.8)."""
    headers = _HEADERS | {"Content-Security-Policy": content_policy(tile_origin)}
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}; includeSubDomains"
    names = {name: name.lower() for name in headers}

    @app.before_request
    def name_request() -> None:
        request_id = request.headers.get("X-Request-ID", "")
        g.request_id = request_id if _REQUEST_ID.fullmatch(request_id) else uuid4().hex

    @app.after_request
    def add_headers(response: Response) -> Response:
        # Collected once: each lookup in the headers is a linear search.
        present = {name.lower() for name, _value in response.headers}
        for name, value in headers.items():
            if names[name] not in present:
                response.headers.add(name, value)
        response.headers.add("X-Request-ID", g.get("request_id", ""))
        if "cache-control" not in present and request.endpoint != "static":
            response.headers.add("Cache-Control", "no-store")
        return response
