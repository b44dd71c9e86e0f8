"""The page of a list: one page of rows with its headings, chips, count and the addresses around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from registry.kernel.lists.choice import ColumnChoice, choose_columns
from registry.kernel.lists.columns import Column, format_value
from registry.kernel.lists.filters import Args, Chosen, Filter, Search
from registry.kernel.lists.markup import rows
from registry.kernel.lists.preference import SIZES, WHOLE, apply_default_view, has_default_view, rows_of_page
from registry.kernel.lists.view import ListView
from registry.kernel.numbers import parse_id
from registry.kernel.paging import Cursor, Page, read_cursor, sign_cursor

Ctx = Context[Any]
_MAX_DIGITS: Final = 18


@dataclass(frozen=True)
class Sort:
    """The order of a page, and the address of the list in another one: column name, "asc" or "desc"."""

    name: str
    descending: bool
    address: Callable[[str, str], str]
    #: The sortable columns that can be asked for here; None: all.
    names: Sequence[str] | None = None

    def heading(self, name: str) -> dict[str, Any]:
        """What the heading of a sortable column needs."""
        if self.names is not None and name not in self.names:
            return {}
        direction = ("desc" if self.descending else "asc") if self.name == name else None
        return {"direction": direction, "sort_url": self.address(name, "desc" if direction == "asc" else "asc")}


@dataclass(frozen=True)
class ListPage:
    """What templates/lists/list.html and the macro `records` need."""

    view: ListView
    ctx: Ctx
    chosen: Chosen
    page: Page[Any]
    columns: ColumnChoice
    #: Addresses of other pages.
    previous_url: str | None = None
    next_url: str | None = None
    #: Address of the first page where the filters of the list do not give it.
    start_url: str = ""
    sort: Sort | None = None
    #: Arguments of order and columns, which links to other states of the list carry.
    presentation: tuple[tuple[str, str], ...] = ()
    #: Sums over all rows by name of the column.
    totals: Mapping[str, Any] = field(default_factory=dict)
    #: Whether the remembered view of the list has conditions that it no longer takes.
    is_view_lost: bool = False
    is_paged: bool = True

    @property
    def rows(self) -> list[Any]:
        return self.page.rows

    @property
    def label(self) -> Any:
        return self.view.label

    @property
    def subtitle(self) -> str:
        """The line below the heading, with the day or year that the list holds for and that no chip states."""
        stated = [
            f"{each_filter.label}: {each_filter.describe(self.ctx, self.chosen[each_filter.name])}"
            for each_filter in self._given
            if each_filter.sticky and not each_filter.has_chip and not each_filter.hidden
        ]
        return " · ".join(part for part in (str(self.view.subtitle), *stated) if part)

    @property
    def sizes(self) -> list[tuple[int, bool]]:
        """The numbers of rows that a page may have, each with whether this one has so many at most."""
        size = rows_of_page(self.view.size)
        return [(number, number == size) for number in SIZES] if self.is_paged else []

    @property
    def may_remember(self) -> bool:
        """Whether filter and order of the page can become what the list opens with."""
        is_own = bool(self.view.order) and request.endpoint == self.view.endpoint
        return is_own and bool(self.view.filters or any(column.is_sortable for column in self.view.columns))

    @property
    def has_default_view(self) -> bool:
        return has_default_view(self.view)

    @property
    def _columns(self) -> tuple[Column, ...]:
        return self.columns.shown

    @property
    def headings(self) -> list[dict[str, Any]]:
        """What the macro `table` needs of each column."""
        return [
            {
                "label": column.heading or column.label,
                "numeric": column.is_numeric,
                **(self.sort.heading(column.name) if self.sort and column.is_sortable else {}),
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
    def total_cells(self) -> list[dict[str, Any]]:
        """A row below the others with the sums of all rows; none for a list without sums."""
        if not any(column.name in self.totals for column in self._columns):
            return []
        return [
            {
                "label": column.heading or column.label,
                "value": _("Tổng cộng") if column.main else format_value(self.totals.get(column.name)),
                "numeric": column.is_numeric,
            }
            for column in self._columns
        ]

    @property
    def column_choice(self) -> list[dict[str, Any]]:
        """The boxes of the form of the columns."""
        return [
            {"name": column.name, "label": column.label, "is_shown": column in self.columns.shown, "fixed": column.main}
            for column in self.columns.offered
        ]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The arguments that the form of the columns sends back."""
        return [
            (name, value)
            for name, value in request.args.items(multi=True)
            if name not in ("cursor", "columns", "remember") and value
        ]

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
        return self.address(
            {list_filter.name: self.chosen[list_filter.name] for list_filter in self._given if not list_filter.has_chip}
        )

    def address(self, filter_values: Chosen, **more: str) -> str:
        """The list under other values."""
        return list_url(self.ctx, self.view, filter_values, (*self.presentation, *more.items()))

    @property
    def _given(self) -> list[Filter]:
        return [list_filter for list_filter in self.view.filters if list_filter.name in self.chosen]

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """Each condition with the address of the list without it."""
        chips = []
        for list_filter in self._given:
            if not list_filter.has_chip or self.view.is_default(self.ctx, list_filter, self.chosen):
                continue
            for part, rest in list_filter.parts(self.chosen[list_filter.name]):
                without = {name: value for name, value in self.chosen.items() if name != list_filter.name}
                address = self.address(without if rest is None else without | {list_filter.name: rest})
                label, value = str(list_filter.chip or list_filter.label), list_filter.describe(self.ctx, part)
                chips.append({"label": label, "value": value, "remove_url": address})
        return chips

    @property
    def search(self) -> str | None:
        """The search terms; None where the list has no search."""
        name = next((list_filter.name for list_filter in self.view.filters if isinstance(list_filter, Search)), None)
        return None if name is None else self.chosen.get(name, "")

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The inputs of the filter bar, the hidden ones first."""
        kept = [*self.presentation, *([(WHOLE, "1")] if self.may_remember and self.has_default_view else [])]
        fields = [{"widget": "hidden", "name": name, "value": value} for name, value in kept]
        for each_filter in sorted(self.view.filters, key=lambda each_filter: not each_filter.hidden):
            value = self.chosen.get(each_filter.name)
            if isinstance(each_filter, Search) or (each_filter.hidden and value is None):
                continue
            if (
                value is not None
                and self.view.is_default(self.ctx, each_filter, self.chosen)
                and not each_filter.sticky
            ):
                value = None
            more = (
                each_filter.input(self.ctx, value) if not each_filter.hidden else {"value": each_filter.write(value)[0]}
            )
            fields.append(
                {
                    "widget": "hidden" if each_filter.hidden else each_filter.widget,
                    "name": each_filter.name,
                    "label": each_filter.label,
                    **more,
                }
            )
        return fields

    @property
    def empty(self) -> dict[str, Any]:
        """Title, reason and actions of a list without rows."""
        empty_state = self.view.empty
        actions = [{"label": label, "url": url_for(endpoint)} for label, endpoint in empty_state.actions]
        if self.chips and self.view.no_match is not None:
            empty_state = self.view.no_match
            actions = [{"label": self.view.clear_label or _("Xóa lọc"), "url": self.clear_url}]
        return {"title": empty_state.title, "reason": empty_state.reason, "actions": actions}


def list_page(ctx: Ctx, view: ListView, args: Args | None = None) -> ListPage:
    """The page that the arguments of the request ask for; Invalid names the argument that is wrong."""
    url_args = request.args if args is None else args
    is_view_lost = args is None and apply_default_view(ctx, view, url_args)
    view = replace(view, size=rows_of_page(view.size))
    filter_values = view.read(ctx, url_args)
    columns = choose_columns(ctx, view.code, view.endpoint, view.columns, url_args)
    sort = view.sort_of(url_args)
    ordered_view = view.sorted_by(sort)
    presentation = (*(sort.arguments if sort else ()), *columns.arguments)
    secret = str(current_app.config["SECRET_KEY"])
    if view.before:
        cursor = _before(url_args.get(view.before, ""), view.before)
    else:
        cursor_of = view.code if sort is None else f"{view.code}:{sort.name}:{sort.is_descending}"
        cursor = read_cursor(secret, cursor_of, url_args.get("cursor"))
    page = read_page(ctx, ordered_view, filter_values, cursor)

    def address(edge: Cursor | None) -> str | None:
        if edge is None:
            return None
        argument = (view.before, str(edge.id)) if view.before else ("cursor", str(sign_cursor(secret, cursor_of, edge)))
        return list_url(ctx, view, filter_values, (*presentation, argument))

    def sorted_address(name: str, order: str) -> str:
        return list_url(ctx, view, filter_values, (("sort", name), ("order", order), *columns.arguments))

    return ListPage(
        view,
        ctx,
        filter_values,
        page,
        columns,
        None if view.before else address(page.previous),
        address(page.next),
        sort=Sort(sort.name if sort else "", bool(sort and sort.is_descending), sorted_address),
        presentation=presentation,
        totals=view.totals(ctx, filter_values, columns.shown) if page.rows else {},
        is_view_lost=is_view_lost,
        is_paged=bool(view.order),
    )


def list_url(ctx: Ctx, view: ListView, filter_values: Chosen, more: Sequence[tuple[str, str]] = ()) -> str:
    """The address of a list under the values of its filters."""
    base, query = url_for(view.endpoint), urlencode([*view.arguments(ctx, filter_values), *more], safe="/")
    # Without any argument the list opens with the remembered view.
    return f"{base}?{query}" if query else f"{base}?{WHOLE}=1" if has_default_view(view) else base


def _before(text: str, name: str) -> Cursor | None:
    """The cursor of an id in the address."""
    if not text:
        return None
    if (number := parse_id(text)) is None:
        raise Invalid({name: _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    return Cursor(None, number)


def read_page(ctx: Ctx, view: ListView, filter_values: Chosen, cursor: Cursor | None) -> Page[Any]:
    """The rows from a cursor on, with the cursors of the pages around them and the count."""
    query, keys = view.query(ctx, filter_values), len(view.order)
    if not keys:
        page_rows = list(view.reads.page(ctx, query))
        return Page(page_rows, None, None, len(page_rows), len(page_rows))
    backwards = cursor is not None and cursor.backwards
    page_rows = list(view.reads.page(ctx, _from_edge(view, query, cursor, descending=view.descending != backwards)))
    more, page_rows = len(page_rows) > view.size, page_rows[: view.size]
    if backwards:
        page_rows.reverse()
    after = _edge(page_rows[-1], keys) if page_rows and (more or backwards) else None
    before = _edge(page_rows[0], keys, backwards=True) if page_rows and cursor and (more or not backwards) else None
    total = view.count_rows(ctx, filter_values, view.counted_to, query) if "%(count)s" in view.count else 0
    return Page(page_rows, after, before, total, total if view.counted_to is None else view.counted_to)


def _from_edge(view: ListView, query: Select[Any], cursor: Cursor | None, *, descending: bool) -> Select[Any]:
    keys = view.keys(query)
    if cursor is not None:
        values = [*_values(cursor, len(keys)), cursor.id]
        edge = tuple_(*(cast(literal(value), key.type) for value, key in zip(values, keys, strict=True)))
        here = tuple_(*keys)
        query = query.where(here < edge if descending else here > edge)
    query = query.add_columns(*(key.label(f"key_{at}") for at, key in enumerate(keys)))
    return view.ordered(query, descending=descending).limit(view.size + 1)


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
