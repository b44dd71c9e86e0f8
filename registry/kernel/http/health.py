"""/healthz and /readyz: for supervisors and load balancers, under any host name, without session or guard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from werkzeug.wrappers import Response

from registry.kernel.http.errors import RETRY_AFTER_S
from registry.kernel.readiness import Readiness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HEADERS: Final = {"Cache-Control": "no-store"}


class HealthProbes:
    """Answers the two addresses before the application sees them; they say four yes or no, and nothing else."""

    def __init__(self, application: WSGIApplication, ask: Callable[[], Readiness]) -> None:
        self._application = application
        self._ask = ask

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/healthz":
            return Response("ok\n", headers=_HEADERS)(environ, start_response)
        if path == "/readyz":
            return self._ready()(environ, start_response)
        return self._application(environ, start_response)

    def _ready(self) -> Response:
        readiness = self._ask()
        response = Response(json.dumps(asdict(readiness)), mimetype="application/json", headers=_HEADERS)
        if not readiness.is_ready:
            response.status_code = 503
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
