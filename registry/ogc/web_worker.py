"""The worker of the web server (`config/gunicorn.py`), which answers programs where the head of a request is too long.

Such a request reaches no view: by itself the server answers with a page of English HTML, which programs cannot read.
"""

from __future__ import annotations

import json
from typing import Any, Final

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from registry.kernel.i18n import _

_ADDRESS: Final = b"/ogc"
_TITLES: Final = {414: "URI Too Long", 431: "Request Header Fields Too Large"}
#: So much of a request is kept to know its address.
_KEPT: Final = 200


class HeadRequest(Request):  # type: ignore[misc]  # gunicorn ships no types
    """A request whose errors know how it began."""

    _head = b""

    def read_into(self, unreader: Any, buf: bytearray, stop: bool = False) -> None:
        """Read on, and keep the first bytes."""
        super().read_into(unreader, buf, stop)
        self._head = self._head or bytes(buf[:_KEPT])

    def parse(self, unreader: Any) -> Any:
        """Read the head; an error names its beginning."""
        try:
            return super().parse(unreader)
        except ParseException as error:
            error.head = self._head
            raise


# The server chooses the parser itself, and the parser its requests by this name.
RequestParser.mesg_class = HeadRequest


class WebWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A worker with threads."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what is too long as a problem document where a program asked, and all else as before."""
        status = 414 if isinstance(exc, LimitRequestLine) else 431 if isinstance(exc, LimitRequestHeaders) else 0
        if status not in _TITLES or not _is_of_program(getattr(exc, "head", b"")):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", exc)
        try:
            util.write_nonblock(client, problem(status))
        except OSError:
            self.log.debug("The client of a request that was too long has gone.")


def _is_of_program(head: bytes) -> bool:
    parts = head.split(b" ", 2)
    return len(parts) > 1 and (parts[1].partition(b"?")[0] + b"/").startswith(_ADDRESS + b"/")


def problem(status: int) -> bytes:
    """The whole answer to a request that is too long, as RFC 9457 wants it; in Vietnamese, its language is not read."""
    detail = (
        _("Địa chỉ dài quá 8.190 byte; hãy rút ngắn bộ lọc hoặc bớt tham số.")
        if status == 414  # noqa: PLR2004
        else _("Phần đầu của yêu cầu quá dài; mỗi dòng nhận tối đa 8.190 byte.")
    )
    title = _TITLES[status]
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
