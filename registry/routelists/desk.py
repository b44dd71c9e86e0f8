"""The review desk: all sent streets of one list with filters and order, their doubles, and what the last list had."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import request
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select, true

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, _l, _n, _n_noop
from registry.kernel.lists.choice import choose_columns
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import Chosen, Entity, Flag, MultiChoice, Search
from registry.kernel.lists.markup import anchor, check_box, hint
from registry.kernel.lists.page import ListPage, Sort, list_url, read_page
from registry.kernel.lists.view import Empty, ListView
from registry.kernel.paging import Page
from registry.routelists.arranging import ORDER_KEY
from registry.routelists.comments import has_open_comment, open_comment_counts
from registry.routelists.costs import Funding
from registry.routelists.differences import DifferenceKind, StreetDifference, difference_of
from registry.routelists.doubles import double_ids
from registry.routelists.list_view import YearFilter
from registry.routelists.models import ItemState, Priority, RouteItem, RouteList, WorkKind
from registry.routelists.queries import of_list
from registry.routelists.rules import WAITING
from registry.routelists.workflow import ITEM
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices
from registry.workflow.lists import search_clause, state_badge

#: The form that the boxes of the rows belong to.
BULK_FORM: Final = "bulk"
#: The argument that draws the agreed streets of the list before, and the tone of their lines.
EARLIER: Final = "earlier"
#: States that the desk shows: all that were sent.
_SHOWN: Final = tuple(
    state for state in ItemState if state not in (ItemState.PROPOSED, ItemState.WITHDRAWN, ItemState.MERGED)
)
_FIELDS: Final = fields_of(RouteItem)
_DOUBLES: Final = "routelists.doubles"
_COMMENTS: Final = "routelists.open_comments"
_LIST: Final = "routelists.desk_list"
_CHOSEN: Final = "routelists.desk"
_BASE: Final = "routelists.desk_address"
#: Degrees that a line of the overview may be off, about 5 m.
_COARSE: Final = 0.00005
_DECIMALS: Final = 6


@dataclass(frozen=True)
class ReviewDesk:
    """The rows in their order, the selected one, and its neighbours."""

    listing: ListPage
    selected: RouteItem | None
    position: int
    previous_id: int | None
    next_id: int | None
    #: Decided items and all items of the list, whatever the filters.
    decided: int
    total: int

    @property
    def is_in_order(self) -> bool:
        """Whether the rows stand in the order of the list, so that one can be moved in it."""
        return self.listing.sort is not None and not self.listing.sort.name

    def address(self, item_id: int | None) -> str:
        """The desk with another item, under the same filters and order."""
        return desk_url(self.listing.ctx, self.listing.chosen, item_id)

    @property
    def has_earlier(self) -> bool:
        """Whether the map draws the list before."""
        return EARLIER in self.listing.chosen

    @property
    def switched(self) -> str:
        """The same desk with the list before on the map, or without it."""
        values = {name: value for name, value in self.listing.chosen.items() if name != EARLIER}
        values = values if self.has_earlier else values | {EARLIER: True}
        return desk_url(self.listing.ctx, values, self.selected.id if self.selected is not None else None)


def _doubles(ctx: Ctx) -> set[int]:
    """The doubles of the list of the desk; read once a request."""
    if _DOUBLES not in ctx.memo:
        list_id: int | None = ctx.memo.get(_LIST)
        ctx.memo[_DOUBLES] = set() if list_id is None else double_ids(ctx, list_id)
    doubles: set[int] = ctx.memo[_DOUBLES]
    return doubles


def _open_comments(ctx: Ctx) -> Mapping[int, int]:
    """Item -> its open comments; read once a request."""
    if _COMMENTS not in ctx.memo:
        list_id: int | None = ctx.memo.get(_LIST)
        ctx.memo[_COMMENTS] = {} if list_id is None else open_comment_counts(ctx, list_id)
    counts: Mapping[int, int] = ctx.memo[_COMMENTS]
    return counts


def _rows(ctx: Ctx, filter_values: Chosen) -> Select[Any]:
    columns: tuple[Any, ...] = (RouteItem, AdminUnit.name.label("commune"))
    query = select(*columns).join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
    year = filter_values.get("year")
    here = [of_list(year)] if isinstance(year, RouteList) else []
    return query.where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), RouteItem.state.in_(_SHOWN), *here)


def _box(_ctx: Ctx, row: Any) -> Markup:
    item = row.RouteItem
    return check_box(BULK_FORM, "item", f"{item.id}:{item.version}", _("Chọn %(title)s", title=item.title))


def _street(ctx: Ctx, row: Any) -> Markup:
    item = row.RouteItem
    # The address of a row differs in its item alone: built once for all rows.
    if _BASE not in ctx.memo:
        ctx.memo[_BASE] = desk_url(ctx, ctx.memo[_CHOSEN], None)
    address = f"{ctx.memo[_BASE]}&item={item.id}"
    flags = [f"{item.from_place} – {item.to_place}"]
    if not item.is_urban:
        flags.append(_("ngoài đô thị"))
    if item.id in _doubles(ctx):
        flags.append(_("trùng tuyến"))
    if comments := _open_comments(ctx).get(item.id):
        flags.append(_n("%(num)d góp ý đang mở", comments))
    return anchor(address, item.street_name) + Markup(" ") + hint(" · ".join(flags))


def _metres(_ctx: Ctx, row: Any) -> Decimal | None:
    metres = row.RouteItem.length_m
    return None if metres is None else Decimal(round(metres))


#: Priorities in their order.
_PRIORITIES: Final = case({member: rank for rank, member in enumerate(Priority)}, value=RouteItem.priority)
#: Streets of one list on one page; no list of a province is near it.
_MOST_ROWS: Final = 2_000
DESK: Final = ListView(
    code="route-desk",
    label=_l("Thẩm tra danh mục"),
    endpoint="routelists.desk",
    permission=P.ROUTELIST_REVIEW,
    select=_rows,
    columns=(
        Column(
            "street_name",
            _l("Tuyến"),
            "RouteItem.street_name",
            main=True,
            wraps=True,
            sort=RouteItem.street_name,
            show=_street,
        ),
        Column("box", _l("Chọn"), "RouteItem.id", show=_box),
        Column("commune", _l("Xã, phường"), sort=AdminUnit.name),
        Column("length_m", _l("Dài (m)"), _metres, Decimal, sort=RouteItem.length_m),
        Column("work_kind", _FIELDS["work_kind"].label, "RouteItem.work_kind", sort=cast(RouteItem.work_kind, Text)),
        Column("funding", _FIELDS["funding"].label, "RouteItem.funding", sort=cast(RouteItem.funding, Text)),
        Column("priority", _FIELDS["priority"].label, "RouteItem.priority", sort=_PRIORITIES),
        Column(
            "state",
            _l("Trạng thái"),
            "RouteItem.state",
            sort=cast(RouteItem.state, Text),
            show=state_badge(ITEM, "RouteItem"),
        ),
    ),
    filters=(
        YearFilter("year", _l("Năm"), hidden=True, has_chip=False, sticky=True),
        Entity(
            "commune",
            _l("Xã, phường"),
            named=lambda ctx, number: dict(commune_choices(ctx.session, ctx.today)).get(number),
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Tất cả"),
            where=lambda _ctx, number: RouteItem.commune_id == number,
        ),
        MultiChoice(
            "kind",
            _FIELDS["work_kind"].label,
            options=WorkKind,
            where=lambda _ctx, kinds: RouteItem.work_kind.in_(kinds),
        ),
        MultiChoice(
            "funding", _FIELDS["funding"].label, options=Funding, where=lambda _ctx, kinds: RouteItem.funding.in_(kinds)
        ),
        MultiChoice(
            "priority",
            _FIELDS["priority"].label,
            options=Priority,
            where=lambda _ctx, kinds: RouteItem.priority.in_(kinds),
        ),
        MultiChoice(
            "state", _l("Trạng thái"), options=ItemState, where=lambda _ctx, states: RouteItem.state.in_(states)
        ),
        Flag(
            "doubles",
            _l("Trùng tuyến"),
            chip=_l("Trùng tuyến"),
            text=_l("có"),
            where=lambda ctx, _on: RouteItem.id.in_(_doubles(ctx)),
        ),
        Flag(
            "outside",
            _l("Ngoài đô thị"),
            chip=_l("Ngoài đô thị"),
            text=_l("có"),
            where=lambda _ctx, _on: RouteItem.is_urban.is_(False),
        ),
        Flag(
            "comments",
            _l("Góp ý đang mở"),
            chip=_l("Góp ý đang mở"),
            text=_l("có"),
            where=lambda ctx, _on: has_open_comment(ctx),
        ),
        Flag(
            EARLIER, _l("Danh mục năm trước trên bản đồ"), hidden=True, has_chip=False, where=lambda _ctx, _on: true()
        ),
        Search("q", _l("Từ khóa"), where=lambda ctx, text: search_clause(ctx, ITEM, text)),
    ),
    order=(ORDER_KEY, RouteItem.id),
    size=_MOST_ROWS,
    count=_n_noop("%(count)s tuyến"),
    empty=Empty(_l("Chưa có đề xuất nào được gửi"), _l("Đề xuất hiển thị tại đây khi đơn vị đề xuất gửi.")),
    no_match=Empty(_l("Không có tuyến nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)


def desk_url(ctx: Ctx, filter_values: Chosen, item_id: int | None, *order: tuple[str, str]) -> str:
    """The address of the desk under filters, with an item; `order` in place of that of the request."""
    kept = order or tuple((name, request.args[name]) for name in ("sort", "order") if name in request.args)
    return list_url(ctx, DESK, filter_values, kept if item_id is None else (*kept, ("item", str(item_id))))


def _read(ctx: Ctx, filter_values: Chosen) -> tuple[Any, Page[Any]]:
    """The order that the address asks for, and all rows under the filters in it."""
    ctx.memo[_LIST] = filter_values["year"].id
    order = DESK.sort_of(request.args)
    return order, read_page(ctx, DESK.sorted_by(order), filter_values, None)


def read_desk(ctx: Ctx, filter_values: Chosen, item_id: int | None) -> ReviewDesk:
    """The desk of a list; without a valid `item_id` the first item that waits is selected."""
    route_list = filter_values["year"]
    ctx.memo[_CHOSEN] = filter_values
    order, page = _read(ctx, filter_values)
    items = [row.RouteItem for row in page.rows]
    selected = next((item for item in items if item.id == item_id), None)
    selected = selected or next((item for item in items if item.state in WAITING), None)
    at = -1 if selected is None else items.index(selected)
    listing = ListPage(
        DESK,
        ctx,
        filter_values,
        page,
        choose_columns(ctx, DESK.code, DESK.endpoint, DESK.columns, request.args),
        sort=Sort(
            order.name if order else "",
            bool(order and order.is_descending),
            lambda name, way: desk_url(ctx, filter_values, item_id, ("sort", name), ("order", way)),
        ),
    )
    counted = (
        select(RouteItem.state, func.count().label("items"))
        .where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(route_list), RouteItem.state.in_(_SHOWN))
        .group_by(RouteItem.state)
    )
    counts = {row.state: row.items for row in ctx.session.execute(counted)}
    return ReviewDesk(
        listing,
        selected,
        at + 1,
        items[at - 1].id if at > 0 else None,
        items[at + 1].id if 0 <= at < len(items) - 1 else None,
        sum(count for state, count in counts.items() if state not in WAITING),
        sum(counts.values()),
    )


def next_waiting_id(ctx: Ctx, filter_values: Chosen, item_id: int) -> int | None:
    """The item that waits next after another one, in the order and under the filters of the desk."""
    values = {name: value for name, value in filter_values.items() if name != "state"}
    rows = [row.RouteItem for row in _read(ctx, values)[1].rows]
    at = next((index for index, item in enumerate(rows) if item.id == item_id), -1)
    waiting = [item.id for item in [*rows[at + 1 :], *rows[: max(at, 0)]] if item.state in WAITING]
    return waiting[0] if waiting else None


def _line_of(item: RouteItem) -> str:
    """How the map draws the line of an item that is not selected."""
    if item.state is ItemState.AGREED:
        return "reuse"
    return "full" if item.state in WAITING else "elsewhere"


def shapes_of(
    ctx: Ctx, items: Sequence[RouteItem], selected: RouteItem | None, earlier: RouteList | None
) -> list[dict[str, Any]]:
    """The lines of items as features for the map of the workspace, above the agreed streets of an earlier list."""
    tones = {item.id: "new" if item is selected else _line_of(item) for item in items}
    agreed = () if earlier is None else _agreed_in(ctx, earlier)
    simple = func.ST_AsGeoJSON(func.ST_Simplify(RouteItem.line, _COARSE), _DECIMALS)
    listed = RouteItem.id.in_(list(tones))
    query = select(RouteItem.id, simple.label("geojson")).where(or_(listed, and_(*agreed)) if agreed else listed)
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(row.geojson),
            "properties": {"number": row.id, "tone": tones.get(row.id, EARLIER), "group": ""},
        }
        for row in ctx.session.execute(query.order_by(RouteItem.id))
        if row.geojson is not None
    ]
    return sorted(features, key=lambda feature: feature["properties"]["tone"] != EARLIER)


def _agreed_in(ctx: Ctx, route_list: RouteList) -> tuple[ColumnElement[bool], ...]:
    return visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(route_list), RouteItem.state == ItemState.AGREED


def last_year(ctx: Ctx, item: RouteItem, before: RouteList | None) -> list[StreetDifference]:
    """What became of an item since an earlier list, and the other agreed items of its street there."""
    if before is None:
        return []
    compared = difference_of(ctx, item, before)
    same_street = (
        RouteItem.commune_id == item.commune_id,
        func.fold(RouteItem.street_name) == func.fold(item.street_name),
    )
    query = select(RouteItem).where(*_agreed_in(ctx, before), *same_street).order_by(RouteItem.id)
    others = [each for each in ctx.session.scalars(query) if compared.before is None or each.id != compared.before.id]
    removed = [StreetDifference(DifferenceKind.REMOVED, "", each, None) for each in others]
    return [compared, *removed]
