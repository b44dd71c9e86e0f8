"""The page of a list: one page of rows with its headings, chips, count and the addresses around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from flask import current_app, request, url_for
from markupsafe import Markup
from sqlalchemy import Select, cast, literal, tuple_

from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n, format_number
from registry.kernel.lists.columns import On, offered
from registry.kernel.lists.filters import Args, Chosen, Filter, Search
from registry.kernel.lists.markup import rows
from registry.kernel.lists.view import ListView
from registry.kernel.paging import Cursor, Page, read_cursor, sign_cursor

Ctx = Context[Any]
_MAX_DIGITS: Final = 18


@dataclass(frozen=True)
class Sort:
    """The order of a page, and the address of the list in another one: column name, "asc" or "desc"."""

    name: str
    descending: bool
    address: Callable[[str, str], str]

    def heading(self, name: str) -> dict[str, Any]:
        """What the heading of a sortable column needs."""
        direction = ("desc" if self.descending else "asc") if self.name == name else None
        return {"direction": direction, "sort_url": self.address(name, "desc" if direction == "asc" else "asc")}


@dataclass(frozen=True)
class ListPage:
    """What templates/lists/list.html and the macro `records` need."""

    view: ListView
    ctx: Ctx
    chosen: Chosen
    page: Page[Any]
    #: Addresses of other pages.
    previous_url: str | None = None
    next_url: str | None = None
    #: Address of the first page where the filters of the list do not give it.
    start_url: str = ""
    sort: Sort | None = None

    @property
    def rows(self) -> list[Any]:
        return self.page.rows

    @property
    def label(self) -> Any:
        return self.view.label

    @cached_property
    def _columns(self) -> list[Any]:
        return offered(self.view.columns, self.ctx, On.PAGE)

    @property
    def headings(self) -> list[dict[str, Any]]:
        """What the macro `table` needs of each column."""
        return [
            {
                "label": column.heading or column.label,
                "numeric": column.is_numeric,
                **(self.sort.heading(column.name) if self.sort and column.sortable else {}),
            }
            for column in self._columns
        ]

    @property
    def body(self) -> Markup:
        """The rows of the table."""
        if self.view.prepare is not None:
            self.view.prepare(self.ctx, self.page.rows)
        return rows(self.ctx, self._columns, self.page.rows, self.view.row_id)

    @property
    def summary(self) -> str:
        """The sentence above the rows."""
        if self.view.count_more and self.page.is_more_than_counted:
            return str(self.view.count_more)
        return _n(self.view.count, self.page.total, count=format_number(self.page.total))

    @property
    def base_url(self) -> str:
        return url_for(self.view.endpoint)

    @property
    def first_url(self) -> str:
        return self.start_url or self.address(self.chosen)

    @property
    def clear_url(self) -> str:
        """The list without the conditions that have chips."""
        return self.address({one.name: self.chosen[one.name] for one in self._given if not one.has_chip})

    def address(self, chosen: Chosen, **more: str) -> str:
        """The list under other values."""
        return list_url(self.ctx, self.view, chosen, **more)

    @property
    def _given(self) -> list[Filter]:
        return [one for one in self.view.filters if one.name in self.chosen]

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """Each condition with the address of the list without it."""
        found = []
        for one in self._given:
            if not one.has_chip or self.view.is_default(self.ctx, one, self.chosen):
                continue
            for part, rest in one.parts(self.chosen[one.name]):
                without = {name: value for name, value in self.chosen.items() if name != one.name}
                address = self.address(without if rest is None else without | {one.name: rest})
                label, value = str(one.chip or one.label), one.describe(self.ctx, part)
                found.append({"label": label, "value": value, "remove_url": address})
        return found

    @property
    def search(self) -> str | None:
        """The search terms; None where the list has no search."""
        name = next((one.name for one in self.view.filters if isinstance(one, Search)), None)
        return None if name is None else self.chosen.get(name, "")

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The inputs of the filter bar, the hidden ones first."""
        found = []
        for one in sorted(self.view.filters, key=lambda one: not one.hidden):
            value = self.chosen.get(one.name)
            if isinstance(one, Search) or (one.hidden and value is None):
                continue
            if value is not None and self.view.is_default(self.ctx, one, self.chosen) and not one.sticky:
                value = None
            more = one.input(self.ctx, value) if not one.hidden else {"value": one.write(value)[0]}
            found.append(
                {"widget": "hidden" if one.hidden else one.widget, "name": one.name, "label": one.label, **more}
            )
        return found

    @property
    def empty(self) -> dict[str, Any]:
        """Title, reason and actions of a list without rows."""
        found = self.view.empty
        actions = [{"label": label, "url": url_for(endpoint)} for label, endpoint in found.actions]
        if self.chips and self.view.no_match is not None:
            found = self.view.no_match
            actions = [{"label": self.view.clear_label or _("Xóa lọc"), "url": self.clear_url}]
        return {"title": found.title, "reason": found.reason, "actions": actions}


def list_page(ctx: Ctx, view: ListView, args: Args | None = None) -> ListPage:
    """The page that the arguments of the request ask for; Invalid names the argument that is wrong."""
    given = request.args if args is None else args
    chosen = view.read(ctx, given)
    secret = str(current_app.config["SECRET_KEY"])
    if view.before:
        page = read_page(ctx, view, chosen, _before(given.get(view.before, ""), view.before))
        following = list_url(ctx, view, chosen, **{view.before: str(page.next.id)}) if page.next else None
        return ListPage(view, ctx, chosen, page, None, following)
    page = read_page(ctx, view, chosen, read_cursor(secret, view.code, given.get("cursor")))

    def address(edge: Cursor | None) -> str | None:
        signed = sign_cursor(secret, view.code, edge)
        return signed and list_url(ctx, view, chosen, cursor=signed)

    return ListPage(view, ctx, chosen, page, address(page.previous), address(page.next))


def list_url(ctx: Ctx, view: ListView, chosen: Chosen, **more: str) -> str:
    """The address of a list under the values of its filters."""
    base, query = url_for(view.endpoint), urlencode([*view.arguments(ctx, chosen), *more.items()], safe="/")
    return f"{base}?{query}" if query else base


def _before(text: str, name: str) -> Cursor | None:
    """The cursor of an id in the address."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise Invalid({name: _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    return Cursor(None, int(text))


def read_page(ctx: Ctx, view: ListView, chosen: Chosen, cursor: Cursor | None) -> Page[Any]:
    """The rows from a cursor on, with the cursors of the pages around them and the count."""
    query, keys = view.query(ctx, chosen), len(view.order)
    if not keys:
        found = list(view.reads.page(ctx, query))
        return Page(found, None, None, len(found), len(found))
    backwards = cursor is not None and cursor.backwards
    found = list(view.reads.page(ctx, _from_edge(view, query, cursor, falling=view.descending != backwards)))
    more, found = len(found) > view.size, found[: view.size]
    if backwards:
        found.reverse()
    after = _edge(found[-1], keys) if found and (more or backwards) else None
    before = _edge(found[0], keys, backwards=True) if found and cursor and (more or not backwards) else None
    total = view.count_rows(ctx, chosen, view.counted_to, query) if "%(count)s" in view.count else 0
    return Page(found, after, before, total, total if view.counted_to is None else view.counted_to)


def _from_edge(view: ListView, query: Select[Any], cursor: Cursor | None, *, falling: bool) -> Select[Any]:
    keys = view.keys(query)
    if cursor is not None:
        values = [*_values(cursor, len(keys)), cursor.id]
        edge = tuple_(*(cast(literal(value), key.type) for value, key in zip(values, keys, strict=True)))
        here = tuple_(*keys)
        query = query.where(here < edge if falling else here > edge)
    query = query.add_columns(*(key.label(f"key_{at}") for at, key in enumerate(keys)))
    return view.ordered(query, falling=falling).limit(view.size + 1)


def _values(cursor: Cursor, keys: int) -> list[Any]:
    """The values of the cursor before its id: none, one, or a list."""
    if keys == 1:
        return []
    return [cursor.value] if keys == 2 else list(cursor.value)  # noqa: PLR2004


def _edge(row: Any, keys: int, *, backwards: bool = False) -> Cursor:
    *values, number = (getattr(row, f"key_{at}") for at in range(keys))
    plain = [
        value.value if isinstance(value, Choice) else value if isinstance(value, int | str) else str(value)
        for value in values
    ]
    return Cursor((None if not plain else plain[0] if len(plain) == 1 else plain), number, backwards)
