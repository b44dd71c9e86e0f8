"""What this browser remembers of a list besides its columns: rows of a page, filter and order that it opens with."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from flask import abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from registry.kernel.context import Context
from registry.kernel.errors import Invalid
from registry.kernel.lists.filters import Args
from registry.kernel.lists.view import ListView

#: Rows of a page that a reader may ask for, for all lists alike.
SIZES: Final = (20, 50)
#: What the form of a list sends to remember the state that is shown, or to forget it.
REMEMBER: Final = "remember"
VIEWS: Final = ("view", "no-view")
#: The argument of the rows of a page, and the cookie of it.
ROWS: Final = "rows"
#: The list as declared, where it would open with a remembered view.
WHOLE: Final = "whole"
_NOT_OF_A_VIEW: Final = frozenset({"cursor", REMEMBER, ROWS, WHOLE})
_SECONDS: Final = 400 * 24 * 3600
_LONGEST: Final = 2000


def rows_of_page(size: int) -> int:
    """The rows of a page: as this browser remembers, few on a phone that says it is one, else `size`."""
    remembered = request.cookies.get(ROWS, "")
    if remembered in map(str, SIZES):
        return int(remembered)
    return min(SIZES[0], size) if request.headers.get("Sec-CH-UA-Mobile") == "?1" else size


def remember_rows(answer: Response, typed: str) -> None:
    """Let the browser remember how many rows a page has; any other number than those offered is left out."""
    if typed in map(str, SIZES):
        answer.set_cookie(ROWS, typed, max_age=_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)


def has_default_view(view: ListView) -> bool:
    """Whether the list opens with a remembered filter or order."""
    return bool(request.cookies.get(_cookie(view)))


def apply_default_view(ctx: Context[Any], view: ListView, args: Args) -> bool:
    """Lead to the remembered view, or remember the one that is shown; whether a remembered one no longer holds."""
    asked = args.get(REMEMBER)
    if asked in VIEWS:
        abort(_remembered(view, args, forget=asked == VIEWS[1]))
    if args or request.endpoint != view.endpoint:
        return False
    stored = MultiDict(parse_qsl(request.cookies.get(_cookie(view), "")[:_LONGEST]))
    if not stored:
        return False
    try:
        view.read(ctx, stored)
        view.sort_of(stored)
    except Invalid:
        return True
    return abort(redirect(f"{url_for(view.endpoint)}?{urlencode(list(stored.items(multi=True)))}", code=303))


def _cookie(view: ListView) -> str:
    return f"view-{view.code}"


def _remembered(view: ListView, args: Args, *, forget: bool) -> Response:
    path = url_for(view.endpoint)
    query = urlencode([(name, value) for name, value in args.items(multi=True) if name not in _NOT_OF_A_VIEW and value])
    answer: Response = redirect(f"{path}?{query}" if query else path, code=303)
    if forget or not query or len(query) > _LONGEST:
        answer.delete_cookie(_cookie(view), path=path)
    else:
        answer.set_cookie(
            _cookie(view),
            query,
            max_age=_SECONDS,
            path=path,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return answer
