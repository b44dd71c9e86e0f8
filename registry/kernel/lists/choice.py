"""The columns that a reader chose for a list: in the address, else as this browser remembers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.kernel.context import Context
from registry.kernel.i18n import _
from registry.kernel.lists.columns import Column, On, offered
from registry.kernel.lists.filters import Args
from registry.kernel.lists.preference import REMEMBER, ROWS, VIEWS, remember_rows
from registry.kernel.text import shown

#: The argument of the address; once for each column.
COLUMNS: Final = "columns"
#: Sent by the form of the columns: as chosen, or as declared.
_DECLARED: Final = "declared"
_FORM_ONLY: Final = frozenset({REMEMBER, COLUMNS, ROWS, "cursor"})
_SECONDS: Final = 400 * 24 * 3600
_MOST: Final = 100


@dataclass(frozen=True)
class ColumnChoice:
    """The columns of a page among those that the reader may have."""

    offered: tuple[Column, ...]
    shown: tuple[Column, ...]
    #: Names that the address or the browser has and the list has not.
    unknown: tuple[str, ...] = ()
    #: The argument of the address; links to other states of the list carry it.
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.offered) > 2  # noqa: PLR2004 - the main column is always shown

    @property
    def is_chosen(self) -> bool:
        return self.shown != declared(self.offered)

    @property
    def stated(self) -> tuple[tuple[str, str], ...]:
        """As arguments of an address that shows the same columns to everyone; none for the declared ones."""
        return tuple((COLUMNS, column.name) for column in self.shown) if self.is_chosen else ()

    @property
    def sentence(self) -> str:
        """What is to be said of the unknown names."""
        names = ", ".join(f"“{shown(name)}”" for name in self.unknown[:5])
        return _(
            "Chế độ xem này có cột không còn trong danh sách: %(names)s. Các cột khác vẫn hiển thị; đề nghị chọn"
            " lại cột.",
            names=names,
        )


def declared(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of a reader who has chosen none."""
    return tuple(column for column in columns if not column.optional)


def choose_columns(
    ctx: Context[Any], code: str, endpoint: str, columns: tuple[Column, ...], args: Args
) -> ColumnChoice:
    """The columns of a page of the list. The form of the columns is answered with the list, and remembered."""
    choices = tuple(offered(columns, ctx, On.PAGE))
    cookie = f"columns-{code}"
    if args.get(REMEMBER, "") not in ("", *VIEWS):
        abort(_remembered(endpoint, cookie, choices, args))
    stated = [name for name in args.getlist(COLUMNS)[:_MOST] if name]
    names = stated or list(filter(None, request.cookies.get(cookie, "")[:4000].split(".")))
    if not names:
        return ColumnChoice(choices, declared(choices))
    selected = tuple(column for column in choices if column.main or column.name in names)
    unknown = tuple(dict.fromkeys(name for name in names if all(column.name != name for column in choices)))
    if len(selected) == 1 and unknown:
        selected = declared(choices)
    return ColumnChoice(choices, selected, unknown, tuple((COLUMNS, name) for name in stated))


def _remembered(endpoint: str, cookie: str, choices: tuple[Column, ...], args: Args) -> Response:
    """The way back to the list without the form's own arguments."""
    pairs = [(name, value) for name, value in args.items(multi=True) if name not in _FORM_ONLY and value]
    names = [column.name for column in choices if column.main or column.name in args.getlist(COLUMNS)]
    path = url_for(endpoint)
    answer: Response = redirect(f"{path}?{urlencode(pairs)}" if pairs else path, code=303)
    remember_rows(answer, args.get(ROWS, ""))
    if args[REMEMBER] == _DECLARED:
        answer.delete_cookie(cookie, path=path)
    else:
        answer.set_cookie(
            cookie,
            ".".join(names),
            max_age=_SECONDS,
            path=path,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return answer
