"""Streets that are proposed twice in one list, and roads outside towns: what needs a reason to enter the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _, format_number
from registry.routelists.models import RouteItem
from registry.routelists.rules import OUT
from registry.structures.models import PROVINCE_GRID

#: Two lines follow one street within these metres.
ALONG_M: Final = 15
#: The part of the shorter line that both share from which two proposals are of one stretch; crossings share less.
_SHARE: Final = 0.3
#: Less than a degree has, so that the expanded box contains all lines within reach.
METRES_A_DEGREE: Final = 100_000
#: Doubles that a sentence names.
_NAMED: Final = 3
_DOUBLES: Final = "routelists.doubles_of"


def exception_of(ctx: Ctx, item: RouteItem) -> str | None:
    """Why the list should have an item only with a reason, as a sentence; None for all others."""
    parts = []
    if not item.is_urban:
        parts.append(_("Tuyến ngoài đô thị, danh mục dành cho tuyến trong đô thị."))
    doubles = find_doubles(ctx, item)
    if doubles:
        draft = _("bản nháp")
        names = [f"{double.number or draft} {double.title}" for double in doubles[:_NAMED]]
        more = len(doubles) - _NAMED
        text = _("Tuyến trùng với %(others)s trong cùng danh mục.", others="; ".join(names))
        parts.append(
            text if more <= 0 else text + " " + _("Còn %(count)s tuyến trùng khác.", count=format_number(more))
        )
    return " ".join(parts) or None


def find_doubles(ctx: Ctx, item: RouteItem) -> list[RouteItem]:
    """The other items of the list of an item, as far as the actor may see them, that are of the same stretch.

    The item is stored.
    """
    read: Mapping[int, list[RouteItem]] = ctx.memo.get(_DOUBLES, {})
    return read[item.id] if item.id in read else _doubles_in(ctx, item.route_list_id, [item.id])[item.id]


@contextmanager
def read_doubles(ctx: Ctx, items: Sequence[RouteItem]) -> Iterator[None]:
    """Read the doubles of these items at once, for the block, in which none enters or leaves a list."""
    by_list: dict[int, list[int]] = {}
    for item in items:
        by_list.setdefault(item.route_list_id, []).append(item.id)
    ctx.memo[_DOUBLES] = {
        item_id: doubles
        for list_id, ids in by_list.items()
        for item_id, doubles in _doubles_in(ctx, list_id, ids).items()
    }
    try:
        yield
    finally:
        del ctx.memo[_DOUBLES]


def _doubles_in(ctx: Ctx, list_id: int, item_ids: Sequence[int]) -> dict[int, list[RouteItem]]:
    """Item id -> the other items of its list of the same stretch, in the order of their ids."""
    own = stretches("own", RouteItem.id.in_(item_ids))
    other = stretches(
        "other",
        RouteItem.route_list_id == list_id,
        RouteItem.state.not_in(OUT),
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
    )
    both = and_(other.c.id != own.c.id, are_of_one_stretch(own.c, other.c))
    pairs = [
        (row.item, row.double)
        for row in ctx.session.execute(select(own.c.id.label("item"), other.c.id.label("double")).join(other, both))
    ]
    doubles: dict[int, list[RouteItem]] = {item_id: [] for item_id in item_ids}
    if pairs:
        query = select(RouteItem).where(RouteItem.id.in_({double for _item, double in pairs}))
        items = {item.id: item for item in ctx.session.scalars(query)}
        for item_id, double_id in sorted(pairs):
            doubles[item_id].append(items[double_id])
    return doubles


def double_ids(ctx: Ctx, list_id: int) -> set[int]:
    """The items of a list, as far as the actor may see them, that another one doubles."""
    listed = RouteItem.route_list_id == list_id, RouteItem.state.not_in(OUT)
    own = stretches("own", *listed)
    other = stretches("other", *listed, visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
    query = select(other.c.id).join(own, and_(own.c.id != other.c.id, are_of_one_stretch(own.c, other.c)))
    return set(ctx.session.scalars(query))


def stretches(name: str, *conditions: ColumnElement[bool]) -> CTE:
    """SQL: items as `are_of_one_stretch` compares them; names are folded once an item, not once a pair."""
    columns = (
        RouteItem.id,
        RouteItem.commune_id,
        func.fold(RouteItem.street_name).label("street"),
        func.fold(RouteItem.from_place).label("from_end"),
        func.fold(RouteItem.to_place).label("to_end"),
        RouteItem.line,
        func.ST_Expand(RouteItem.line, 2 * ALONG_M / METRES_A_DEGREE).label("reach"),
        RouteItem.length_m,
    )
    return select(*columns).where(*conditions).cte(name).prefix_with("MATERIALIZED")


def are_of_one_stretch(own: Any, other: Any) -> ColumnElement[bool]:
    """SQL: two items, columns of `stretches`, follow one line for a good part of the shorter one, or have equal names.

    Equal names: street and both ends in one commune, without marks, in either direction.
    """
    line, other_line = func.ST_Transform(own.line, PROVINCE_GRID), func.ST_Transform(other.line, PROVINCE_GRID)
    # In a CASE, so that lines out of reach are never cut.
    is_close = other.line.op("&&")(own.reach)
    shared = func.ST_Length(func.ST_Intersection(other_line, func.ST_Buffer(line, ALONG_M)))
    overlaps = case((is_close, shared >= _SHARE * func.least(other.length_m, own.length_m)), else_=False)
    same_ends = or_(
        and_(other.from_end == own.from_end, other.to_end == own.to_end),
        and_(other.from_end == own.to_end, other.to_end == own.from_end),
    )
    same_names = and_(other.commune_id == own.commune_id, other.street == own.street, same_ends)
    return or_(same_names, overlaps)
