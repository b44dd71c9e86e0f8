"""Watches a browser while a test uses it: foreign requests, errors of scripts, refusals of the content policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

#: What the browser itself says of answers with an error status; `Watch` judges those by their status.
_ERROR_STATUS = re.compile(r"Failed to load resource: the server responded with a status of \d+")
#: Drawing without a graphics card is slow, and the browser says so.
_SLOW_DRAWING = re.compile(r"\[\.WebGL-.*GL Driver Message .*Performance")
#: A test that looks at the pixels of a picture more than once.
_READ_BACK = re.compile(r"Canvas2D: Multiple readback operations")
#: Pages that refuse have these statuses by design; parts of a page never have.
_REFUSALS = (403, 404, 409, 410, 422)
#: What a form sent by a script is told when its session is over.
_SESSION_OVER = 400
#: A test that breaks the line on purpose, as a phone without a signal does.
_BROKEN_LINE = re.compile(r"Failed to load resource: net::ERR_CONNECTION_RESET")
_LOCAL_SCHEMES = ("data", "blob", "about")


@dataclass
class Watch:
    """What went wrong in one browser context."""

    url: str
    problems: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of the context from now on."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        # The program by its address, or by the name of this machine, as passkeys need it.
        addresses = (f"{self.url}/", f"{self.url.replace('127.0.0.1', 'localhost')}/")
        own = request.url.startswith(addresses)
        if not own and urlsplit(request.url).scheme not in _LOCAL_SCHEMES:
            self.problems.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        # A form may be refused, also where a script sends it.
        request = response.request
        is_page = request.resource_type == "document" or request.method == "POST" or "hx-request" in request.headers
        allowed = _REFUSALS if is_page else ()
        if response.request.method == "POST" and response.request.resource_type == "fetch":
            allowed = (*allowed, _SESSION_OVER)
        if response.status >= 400 and response.status not in allowed:
            self.problems.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")
        is_known = any(each.match(message.text) for each in (_ERROR_STATUS, _SLOW_DRAWING, _READ_BACK, _BROKEN_LINE))
        if message.type in ("error", "warning") and not is_known:
            self.problems.append(f"console: {message.text}")


def has_side_scroll(page: Page) -> bool:
    """Whether the page is wider than its window, once it has loaded."""
    page.wait_for_load_state()
    wider: bool = page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider
