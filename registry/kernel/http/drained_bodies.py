"""Reads the rest of a request's body before its answer is sent."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Timer
from typing import Any, Final

_BLOCK: Final = 64 * 1024
#: More than a proxy lets through (deploy/Caddyfile), and the time that a sender, slow or stalled, may take of a thread.
MOST_BYTES: Final = 110 * 1024 * 1024
MOST_SECONDS: Final = 20.0
#: In the environment of a request: its own seconds.
MOST_SECONDS_KEY: Final = "registry.most_seconds_to_drain"


class DrainedBodies:
    """WSGI: a refusal reaches a sender that is still sending, also through a proxy.

    A connection that is closed with unread data is reset, and with it the answer that was on its way. Beyond the limits
    it is closed all the same.
    """

    def __init__(
        self, app: Any, clock: Callable[[], float] = time.monotonic, most_seconds: float = MOST_SECONDS
    ) -> None:
        self._app = app
        self._clock = clock
        self._most_seconds = most_seconds

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        has_body = environ.get("HTTP_TRANSFER_ENCODING") or (length.isdecimal() and int(length) > 0)
        # Of a server whose input does not end with the body (that of tests) a read would wait for the next request.
        if has_body and environ.get("wsgi.input_terminated"):
            seconds = min(self._most_seconds, environ.get(MOST_SECONDS_KEY, self._most_seconds))
            self._drain_in_time(environ["wsgi.input"], environ.get("gunicorn.socket"), seconds)
        return answer

    def _drain_in_time(self, body: Any, connection: socket.socket | None, seconds: float) -> None:
        # How much of a body of a stated length the server has not read yet.
        if getattr(getattr(body, "reader", None), "length", None) == 0:
            return
        if connection is None:
            self._drain(body, seconds)
            return
        # A read waits for a whole block, also from a sender that stalls: then it ends as at the end of the body.
        timer = Timer(seconds, _stop_reading, (connection,))
        timer.daemon = True
        timer.start()
        try:
            self._drain(body, seconds)
        finally:
            timer.cancel()

    def _drain(self, body: Any, seconds: float) -> None:
        ends = self._clock() + seconds
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


def _stop_reading(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
