"""What stands before the application: the probes of supervisors, and only requests that name one of the registry's own
hosts (OWASP: host header attacks)."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Request, Response

from registry.kernel.http.errors import RETRY_AFTER_S
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale
from registry.kernel.readiness import Readiness
from registry.kernel.text import shown

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


#: A name, an IPv4 address or an IPv6 address in brackets, and a port.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?")


_LONGEST_NAME = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def is_host_name(text: str) -> bool:
    """Whether a Host header without port may be this: a name, an IPv4 address, or an IPv6 address in brackets."""
    if text.startswith("["):
        try:
            return text.endswith("]") and ipaddress.ip_address(text[1:-1]).version == 6  # noqa: PLR2004
        except ValueError:
            return False
    return len(text) <= _LONGEST_NAME and all(_LABEL.fullmatch(part) for part in text.lower().rstrip(".").split("."))


class TrustedHosts:
    """WSGI: 400 in one sentence for a Host header with another name; below the proxy headers, above everything else."""

    def __init__(self, app: Any, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        named = str(environ.get("HTTP_HOST", ""))
        match = _HOST.fullmatch(named.lower())
        if match is not None and match[1] in self._hosts:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        with force_locale(DEFAULT_LANGUAGE):
            sentence = _(
                "Tên máy chủ “%(value)s” không phải của hệ thống này; cần địa chỉ đã công bố (REGISTRY_TRUSTED_HOSTS).",
                value=shown(named),
            )
        refusal = Response(sentence, status=400, content_type="text/plain; charset=utf-8")
        return refusal(Request(environ).environ, start_response)
