"""Streets that are proposed twice in one list, and roads outside towns: what needs a reason to enter the list."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

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
_METRES_A_DEGREE: Final = 100_000
#: Doubles that a sentence names.
_NAMED: Final = 3


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
    own = aliased(RouteItem)
    query = (
        select(RouteItem)
        .join(own, _are_doubles(own, RouteItem))
        .where(own.id == item.id, visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
    )
    return list(ctx.session.scalars(query.order_by(RouteItem.id)))


def double_ids(ctx: Ctx, list_id: int) -> set[int]:
    """The items of a list, as far as the actor may see them, that another one doubles."""
    own = aliased(RouteItem)
    query = (
        select(RouteItem.id)
        .join(own, _are_doubles(own, RouteItem))
        .where(
            RouteItem.route_list_id == list_id,
            own.route_list_id == list_id,
            own.state.not_in(OUT),
            visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        )
    )
    return set(ctx.session.scalars(query))


def _are_doubles(own: Any, other: Any) -> ColumnElement[bool]:
    """SQL: two items of one list that are of the same stretch."""
    return and_(
        other.route_list_id == own.route_list_id,
        other.id != own.id,
        other.state.not_in(OUT),
        are_of_one_stretch(own, other),
    )


def are_of_one_stretch(own: Any, other: Any) -> ColumnElement[bool]:
    """SQL: two items follow one line for a good part of the shorter one, or have the same names.

    The same names: street and both ends in one commune, without marks, in either direction.
    """
    line, other_line = func.ST_Transform(own.line, PROVINCE_GRID), func.ST_Transform(other.line, PROVINCE_GRID)
    # In a CASE, so that lines out of reach are never cut.
    is_close = other.line.op("&&")(func.ST_Expand(own.line, 2 * ALONG_M / _METRES_A_DEGREE))
    shared = func.ST_Length(func.ST_Intersection(other_line, func.ST_Buffer(line, ALONG_M)))
    overlaps = case((is_close, shared >= _SHARE * func.least(other.length_m, own.length_m)), else_=False)
    ends, other_ends = (
        tuple(func.fold(end_name) for end_name in (each.from_place, each.to_place)) for each in (own, other)
    )
    same_ends = or_(
        and_(other_ends[0] == ends[0], other_ends[1] == ends[1]),
        and_(other_ends[0] == ends[1], other_ends[1] == ends[0]),
    )
    same_names = and_(
        other.commune_id == own.commune_id, func.fold(other.street_name) == func.fold(own.street_name), same_ends
    )
    return or_(same_names, overlaps)
