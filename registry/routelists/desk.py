"""The review desk: all sent streets of one list with filters and order, their doubles, and what the last list had."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import request
from markupsafe import Markup
from sqlalchemy import Select, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import Chosen, Entity, Flag, MultiChoice, Search
from registry.kernel.lists.markup import anchor, check_box, hint
from registry.kernel.lists.page import ListPage, Sort, list_url
from registry.kernel.lists.view import Empty, ListView
from registry.kernel.paging import Page
from registry.routelists.doubles import double_ids
from registry.routelists.list_view import YearFilter
from registry.routelists.models import Funding, ItemState, Priority, RouteItem, RouteList, WorkKind
from registry.routelists.queries import of_list, previous_list
from registry.routelists.rules import WAITING
from registry.routelists.workflow import ITEM
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices
from registry.workflow.lists import search_clause, state_badge

#: The form that the boxes of the rows belong to.
BULK_FORM: Final = "bulk"
#: States that the desk shows: all that were sent.
_SHOWN: Final = tuple(state for state in ItemState if state not in (ItemState.PROPOSED, ItemState.WITHDRAWN))
#: State -> how the map draws a line; the selected one is "new".
_TONES: Final = {
    ItemState.AGREED: "reuse",
    ItemState.UNDER_REVIEW: "full",
    ItemState.OVERDUE: "full",
}
_DOUBLES: Final = "routelists.doubles"
#: Degrees that a line of the overview may be off, about 5 m.
_COARSE: Final = 0.00005
_DECIMALS: Final = 6


@dataclass(frozen=True)
class Desk:
    """The rows in their order, the selected one, and its neighbours."""

    listing: ListPage
    selected: RouteItem | None
    position: int
    previous_id: int | None
    next_id: int | None
    #: Decided items and all items of the list, whatever the filters.
    decided: int
    total: int

    def address(self, item_id: int | None) -> str:
        """The desk with another item, under the same filters and order."""
        return desk_url(self.listing.ctx, self.listing.chosen, item_id)


def _doubles(ctx: Ctx) -> set[int]:
    """The doubles of the list of the desk; read once a request."""
    doubles: set[int] = ctx.memo.get(_DOUBLES, set())
    return doubles


def _rows(ctx: Ctx, chosen: Chosen) -> Select[Any]:
    columns: tuple[Any, ...] = (RouteItem, AdminUnit.name.label("commune"))
    query = select(*columns).join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
    year = chosen.get("year")
    here = [of_list(year)] if isinstance(year, RouteList) else []
    return query.where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), RouteItem.state.in_(_SHOWN), *here)


def _box(_ctx: Ctx, row: Any) -> Markup:
    item = row.RouteItem
    return check_box(BULK_FORM, "item", f"{item.id}:{item.version}", _("Chọn %(title)s", title=item.title))


def _street(ctx: Ctx, row: Any) -> Markup:
    item = row.RouteItem
    address = desk_url(ctx, ctx.memo["routelists.desk"], item.id)
    flags = [f"{item.from_place} – {item.to_place}"]
    if not item.is_urban:
        flags.append(_("ngoài đô thị"))
    if item.id in _doubles(ctx):
        flags.append(_("trùng tuyến"))
    return anchor(address, item.street_name) + Markup(" ") + hint(" · ".join(flags))


def _metres(_ctx: Ctx, row: Any) -> Decimal | None:
    metres = row.RouteItem.length_m
    return None if metres is None else Decimal(round(metres))


#: Name of a sortable column -> its expression.
SORTS: Final[Mapping[str, Any]] = {
    "street_name": func.fold(RouteItem.street_name),
    "commune": AdminUnit.name,
    "length_m": RouteItem.length_m,
    "work_kind": RouteItem.work_kind,
    "funding": RouteItem.funding,
    "priority": func.array_position(["high", "medium", "low"], RouteItem.priority),
    "state": RouteItem.state,
    "arrived": RouteItem.id,
}
DESK: Final = ListView(
    code="route-desk",
    label=_l("Thẩm tra danh mục"),
    endpoint="routelists.desk",
    permission=P.ROUTELIST_REVIEW,
    select=_rows,
    columns=(
        Column("street_name", _l("Tuyến"), "RouteItem.street_name", main=True, wraps=True, sortable=True, show=_street),
        Column("box", _l("Chọn"), "RouteItem.id", show=_box),
        Column("commune", _l("Xã, phường"), sortable=True),
        Column("length_m", _l("Dài (m)"), _metres, Decimal, sortable=True),
        Column("work_kind", _l("Loại công việc"), "RouteItem.work_kind", sortable=True),
        Column("funding", _l("Nguồn vốn"), "RouteItem.funding", sortable=True),
        Column("priority", _l("Mức ưu tiên"), "RouteItem.priority", sortable=True),
        Column("state", _l("Trạng thái"), "RouteItem.state", sortable=True, show=state_badge(ITEM, "RouteItem")),
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
            _l("Loại công việc"),
            options=WorkKind,
            where=lambda _ctx, kinds: RouteItem.work_kind.in_(kinds),
        ),
        MultiChoice(
            "funding", _l("Nguồn vốn"), options=Funding, where=lambda _ctx, kinds: RouteItem.funding.in_(kinds)
        ),
        MultiChoice(
            "priority", _l("Mức ưu tiên"), options=Priority, where=lambda _ctx, kinds: RouteItem.priority.in_(kinds)
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
        Search("q", _l("Từ khóa"), where=lambda ctx, text: search_clause(ctx, ITEM, text)),
    ),
    count=_n_noop("%(count)s tuyến"),
    empty=Empty(_l("Chưa có đề xuất nào được gửi"), _l("Đề xuất hiện ở đây khi đơn vị đề xuất gửi.")),
    no_match=Empty(_l("Không có tuyến nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)


def desk_url(ctx: Ctx, chosen: Chosen, item_id: int | None, **more: str) -> str:
    """The address of the desk under filters, in the order of the request, with an item."""
    kept = {name: request.args[name] for name in ("sort", "dir") if name in request.args} | more
    return list_url(ctx, DESK, chosen, **kept, **({} if item_id is None else {"item": str(item_id)}))


def read_desk(ctx: Ctx, chosen: Chosen, item_id: int | None) -> Desk:
    """The desk of a list; without a valid `item_id` the first item that waits is selected."""
    route_list = chosen["year"]
    ctx.memo["routelists.desk"] = chosen
    ctx.memo[_DOUBLES] = double_ids(ctx, route_list.id)
    name, is_descending = request.args.get("sort", "arrived"), request.args.get("dir") == "desc"
    key = SORTS.get(name, SORTS["arrived"])
    order = key.desc().nulls_last() if is_descending else key.asc().nulls_last()
    rows = list(ctx.session.execute(DESK.query(ctx, chosen).order_by(order, RouteItem.id)))
    items = [row.RouteItem for row in rows]
    selected = next((item for item in items if item.id == item_id), None)
    selected = selected or next((item for item in items if item.state in WAITING), None)
    at = -1 if selected is None else items.index(selected)
    sort = Sort(name, is_descending, lambda column, way: desk_url(ctx, chosen, item_id, sort=column, dir=way))
    counts = dict(
        ctx.session.execute(
            select(RouteItem.state, func.count())
            .where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(route_list), RouteItem.state.in_(_SHOWN))
            .group_by(RouteItem.state)
        ).all()
    )
    page = Page(rows, None, None, len(rows), len(rows))
    return Desk(
        ListPage(DESK, ctx, chosen, page, sort=sort),
        selected,
        at + 1,
        items[at - 1].id if at > 0 else None,
        items[at + 1].id if 0 <= at < len(items) - 1 else None,
        sum(count for state, count in counts.items() if state not in WAITING),
        sum(counts.values()),
    )


def next_waiting_id(ctx: Ctx, chosen: Chosen, item_id: int) -> int | None:
    """The item that waits next after another one, in the order and under the filters of the desk."""
    desk = read_desk(ctx, {name: value for name, value in chosen.items() if name != "state"}, item_id)
    rows = [row.RouteItem for row in desk.listing.rows]
    at = next((index for index, item in enumerate(rows) if item.id == item_id), -1)
    waiting = [item.id for item in [*rows[at + 1 :], *rows[: max(at, 0)]] if item.state in WAITING]
    return waiting[0] if waiting else None


def shapes_of(ctx: Ctx, items: Sequence[RouteItem], selected: RouteItem | None) -> dict[str, Any] | None:
    """The lines of items as features for the map of the workspace."""
    simple = func.ST_AsGeoJSON(func.ST_Simplify(RouteItem.line, _COARSE), _DECIMALS)
    query = select(RouteItem.id, simple.label("geojson")).where(RouteItem.id.in_([item.id for item in items]))
    lines = {row.id: row.geojson for row in ctx.session.execute(query) if row.geojson is not None}
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(lines[item.id]),
            "properties": {
                "number": item.id,
                "tone": "new" if item is selected else _TONES.get(item.state, "elsewhere"),
                "group": "",
            },
        }
        for item in items
        if item.id in lines
    ]
    return {"type": "FeatureCollection", "features": features} if features else None


def last_year(ctx: Ctx, item: RouteItem, route_list: RouteList) -> tuple[RouteList | None, list[RouteItem]]:
    """The list before, and its agreed items of the same street in the same commune."""
    before = previous_list(ctx, route_list)
    if before is None:
        return None, []
    query = select(RouteItem).where(
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        of_list(before),
        RouteItem.state == ItemState.AGREED,
        RouteItem.commune_id == item.commune_id,
        func.fold(RouteItem.street_name) == func.fold(item.street_name),
    )
    return before, list(ctx.session.scalars(query.order_by(RouteItem.id)))
