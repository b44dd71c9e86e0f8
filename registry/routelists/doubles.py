"""Streets that are proposed twice in one list, and roads outside towns: what needs a reason to enter the list."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, case, func, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _, format_number
from registry.kernel.text import fold
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

    They follow its line for a good part of the shorter one, or have the same street and ends in the same commune by
    names without marks, in either direction. The item is stored.
    """
    own = select(RouteItem.line).where(RouteItem.id == item.id).scalar_subquery()
    line, other = func.ST_Transform(own, PROVINCE_GRID), func.ST_Transform(RouteItem.line, PROVINCE_GRID)
    # In a CASE, so that lines out of reach are never cut.
    is_close = RouteItem.line.op("&&")(func.ST_Expand(own, 2 * ALONG_M / _METRES_A_DEGREE))
    shared = func.ST_Length(func.ST_Intersection(other, func.ST_Buffer(line, ALONG_M)))
    overlaps = case((is_close, shared >= _SHARE * func.least(RouteItem.length_m, item.length_m or 0)), else_=False)
    ends = fold(item.from_place), fold(item.to_place)
    other_ends = func.fold(RouteItem.from_place), func.fold(RouteItem.to_place)
    same_names = and_(
        RouteItem.commune_id == item.commune_id,
        func.fold(RouteItem.street_name) == fold(item.street_name),
        or_(
            and_(other_ends[0] == ends[0], other_ends[1] == ends[1]),
            and_(other_ends[0] == ends[1], other_ends[1] == ends[0]),
        ),
    )
    query = select(RouteItem).where(
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        RouteItem.route_list_id == item.route_list_id,
        RouteItem.id != item.id,
        RouteItem.state.not_in(OUT),
        or_(same_names, overlaps) if item.length_m is not None else same_names,
    )
    return list(ctx.session.scalars(query.order_by(RouteItem.id)))
