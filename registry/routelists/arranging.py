"""Writes of the review desk that divide and order a list: splitting a street, its place among the others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import shapely
from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import fields_of
from registry.kernel.geo.linear import in_metres
from registry.kernel.i18n import _
from registry.kernel.units import M
from registry.routelists.common import require_open, share_list_lock
from registry.routelists.doubles import ALONG_M
from registry.routelists.merging import line_of, put_shape
from registry.routelists.models import RouteItem
from registry.routelists.parts import LEAST_M, cut_line, share_by_house
from registry.routelists.rules import WAITING, title_of
from registry.routelists.workflow import ITEM, SPLIT
from registry.streets.stretches import lines_of_commune, metres_along, street_key
from registry.structures.commands import GivenPosition
from registry.structures.writing.create_edit import street_of
from registry.territory.models import WGS84
from registry.workflow.clocks import open_clocks
from registry.workflow.engine import check_version, lock_case, note_event, open_case, touch

#: Amounts that are divided by length.
_AMOUNTS: Final = ("duct_m", "removed_cable_m", "cost_vnd")

_MOST_TEXT: Final = 200
#: SQL: the order of a list; an item that was never moved stands by its id.
ORDER_KEY: Final = func.coalesce(RouteItem.order_key, RouteItem.id)


def _waiting(ctx: Ctx, item_id: int, version: int | None, act: str) -> RouteItem:
    """The locked item that still waits for the department, in a list that takes changes."""
    item: RouteItem = lock_case(ctx, ITEM, item_id)
    require(ctx, P.ROUTELIST_REVIEW, item)
    check_version(item, version)
    if item.state not in WAITING:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không %(act)s được.",
                title=item.number or item.title,
                state=item.state.label,
                act=act,
            )
        )
    require_open(share_list_lock(ctx, item.route_list_id))
    return item


def split_item(ctx: Ctx, item_id: int, version: int | None, place_name: str, point: GivenPosition | None) -> RouteItem:
    """Split a waiting item at a crossing, house number or point; the part behind it is a new item of its proposer.

    Amounts are divided by length. The term of the review goes on for both. Invalid (fields `cut_at`, `point`) where the
    place is not on the street.
    """
    item = _waiting(ctx, item_id, version, _("tách"))
    name = " ".join(place_name.split())[:_MOST_TEXT]
    if not name:
        raise Invalid({"cut_at": _("Chưa nhập; cần tên điểm tách, ví dụ: ngã tư Hàng Đồng, số nhà 45.")})
    line = line_of(ctx, item)
    parts = cut_line(line, _cut_at(ctx, item, line, name, point))
    if parts is None:
        raise Invalid(
            {"cut_at": _("Điểm tách nằm ở đầu tuyến; cần cách hai đầu ít nhất %(least)s.", least=M.display(LEAST_M, 0))}
        )
    second = RouteItem(
        route_list_id=item.route_list_id,
        organisation_id=item.organisation_id,
        commune_id=item.commune_id,
        version=1,
        planned_kinds=list(item.planned_kinds),
        split_from_id=item.id,
        order_key=item.order_key,
        number=None,
    )
    for field in fields_of(RouteItem):
        setattr(second, field, getattr(item, field))
    share = Decimal(parts[0].length) / Decimal(line.length)
    for field in _AMOUNTS:
        if (amount := getattr(item, field)) is not None:
            first = max(Decimal(1), Decimal(round(amount * share)))
            setattr(item, field, first)
            setattr(second, field, max(Decimal(1), amount - first))
    if (whole := item.cost_plan) is not None:
        first_plan = whole.scaled(share)
        for each, plan in ((item, first_plan), (second, whole.plus(first_plan, sign=-1))):
            each.cost_plan = plan if plan.years else None
            if plan.years:
                each.cost_vnd, each.funding = plan.total, plan.funding
    item.to_place = second.from_place = name
    for each, shape in ((item, parts[0]), (second, parts[1])):
        put_shape(ctx, each, shape)
        each.title = title_of({field: getattr(each, field) for field in ("street_name", "from_place", "to_place")})
        each.street_id = street_of(ctx.session, each.street_name, each.commune_id)
    touch(ctx, ITEM, item, SPLIT)
    open_case(ctx, ITEM, second, numbered=True, state=item.state)
    _go_on_with_term(ctx, item, second)
    note_event(ctx, ITEM.code, item, SPLIT, reason=f"{second.number} {second.title}")
    return second


def _go_on_with_term(ctx: Ctx, item: RouteItem, part: RouteItem) -> None:
    """The part has the term of the item: a split does not begin the review again."""
    clocks = {clock.name: clock for clock in open_clocks(ctx.session, ITEM.code, item.id)}
    for clock in open_clocks(ctx.session, ITEM.code, part.id):
        if (first := clocks.get(clock.name)) is not None:
            clock.started_at, clock.law_on, clock.term_id = first.started_at, first.law_on, first.term_id
            clock.due_at, clock.remind_at = first.due_at, first.remind_at
            clock.extra, clock.extra_unit, clock.pauses = first.extra, first.extra_unit, list(first.pauses)
    part.due_at, part.state_since = item.due_at, item.state_since
    ctx.session.flush()


def _cut_at(ctx: Ctx, item: RouteItem, line: Any, name: str, point: GivenPosition | None) -> float:
    """Metres from the start of a line: of the point if given, else of the crossing or house that is named."""
    if point is not None:
        position = func.ST_SetSRID(func.ST_GeomFromGeoJSON(point.geojson), WGS84)
        placed = shapely.from_wkb(bytes(ctx.session.scalars(select(func.ST_AsBinary(in_metres(position)))).one()))
        away = Decimal(line.distance(placed))
        if away > 2 * ALONG_M:
            sentence = _("Điểm tách cách tuyến %(metres)s; cần một điểm trên tuyến.", metres=M.display(away, 0))
            raise Invalid({"point": sentence})
        return float(line.project(placed))
    lines = lines_of_commune(ctx.session, item.commune_id)
    at = metres_along(line, lines, street_key(item.street_name), name)
    if at is None:
        share = share_by_house(item.from_place, item.to_place, name)
        at = None if share is None else share * float(line.length)
    if at is None:
        raise Invalid(
            {
                "cut_at": _(
                    "Không xác định được “%(place)s” trên tuyến; cần nêu nơi giao với một đường đã có tên, số nhà "
                    "giữa hai đầu tuyến, hoặc chọn vị trí trên bản đồ.",
                    place=name[:60],
                )
            }
        )
    return at


def move_item(ctx: Ctx, item_id: int, version: int | None, *, before_id: int | None, after_id: int | None) -> RouteItem:
    """Put a waiting item before or after another one of its list; the others keep their places."""
    item = _waiting(ctx, item_id, version, _("đổi thứ tự"))
    neighbour_id = before_id if before_id is not None else after_id
    query = select(RouteItem.id, ORDER_KEY.label("place")).where(
        RouteItem.id == neighbour_id,
        RouteItem.id != item.id,
        RouteItem.route_list_id == item.route_list_id,
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
    )
    neighbour = ctx.session.execute(query).one_or_none()
    if neighbour is None:
        raise Invalid({"cut_at": _("Không có tuyến liền kề này trong danh mục; hãy mở lại trang.")})
    beyond = neighbour.place > ORDER_KEY if before_id is not None else neighbour.place < ORDER_KEY
    edge = func.max(ORDER_KEY) if before_id is not None else func.min(ORDER_KEY)
    others = RouteItem.route_list_id == item.route_list_id, RouteItem.id != item.id
    limit = ctx.session.scalar(select(edge).where(*others, beyond))
    step = Decimal(-1 if before_id is not None else 1)
    item.order_key = (
        Decimal(neighbour.place) + step if limit is None else (Decimal(neighbour.place) + Decimal(limit)) / 2
    )
    touch(ctx, ITEM, item, "edit")
    return item
