"""Reads the rest of a request's body before its answer is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

_BLOCK: Final = 64 * 1024
#: What a proxy lets through at most (deploy/Caddyfile), and the time that a slow sender may take of a thread.
MOST_BYTES: Final = 110 * 1024 * 1024
MOST_SECONDS: Final = 20.0


class DrainedBodies:
    """WSGI: a refusal reaches a sender that is still sending, also through a proxy.

    A connection that is closed with unread data is reset, and with it the answer that was on its way. Beyond the limits
    it is closed all the same.
    """

    def __init__(self, app: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if environ.get("HTTP_TRANSFER_ENCODING") or (length.isdecimal() and int(length) > 0):
            self._drain(environ["wsgi.input"])
        return answer

    def _drain(self, body: Any) -> None:
        ends = self._clock() + MOST_SECONDS
        left = MOST_BYTES
        while left > 0 and self._clock() < ends:
            try:
                block = body.read(min(_BLOCK, left))
            except (OSError, ValueError):
                # The sender is gone, or sent what is no body.
                return
            if not block:
                return
            left -= len(block)
