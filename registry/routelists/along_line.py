"""Streets of the lists along a planned route, and agreed streets near a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Subquery, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo import linear
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.rules import OUT


@dataclass(frozen=True)
class ItemAlongRoute:
    """A proposed street along a route: `at_m` where they first meet, `along_m` the length that they share."""

    case_id: int
    title: str
    note: str
    at_m: float
    along_m: float
    endpoint: str = "routelists.item"


@dataclass(frozen=True)
class AgreedStreet:
    """An agreed street with its line in metres of the province's grid."""

    label: str
    shape: Any


def items_along_route(ctx: Ctx, geojson: str, metres: float, degrees: float) -> list[ItemAlongRoute]:
    """The visible proposed streets that a line crosses or follows, in the order of meeting."""
    along = linear.legs(geojson, metres)
    first_m: dict[int, float] = {}
    shared_m: dict[int, float] = {}
    for row in ctx.session.execute(linear.crossings(along, _shapes(ctx))):
        first_m[row.id] = min(row.at_m, first_m.get(row.id, row.at_m))
    for row in ctx.session.execute(linear.runs(along, _shapes(ctx), metres, degrees)):
        first_m[row.id] = min(row.from_m, first_m.get(row.id, row.from_m))
        shared_m[row.id] = shared_m.get(row.id, 0.0) + row.to_m - row.from_m
    query = select(RouteItem).where(RouteItem.id.in_(sorted(first_m)), visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
    met = [
        ItemAlongRoute(
            item.id,
            item.title,
            f"{item.work_kind.label} · {item.state.label}",
            first_m[item.id],
            shared_m.get(item.id, 0.0),
        )
        for item in ctx.session.scalars(query)
    ]
    return sorted(met, key=lambda item: (item.at_m, item.case_id))


def agreed_within(ctx: Ctx, geojson: str, metres: float, most: int) -> list[AgreedStreet]:
    """Agreed streets within `metres` of a line, at most `most + 1`: places where digging is planned anyway."""
    inside = linear.around(geojson, metres)
    query = (
        select(RouteItem.street_name, func.ST_AsBinary(linear.in_metres(RouteItem.line)).label("shape"))
        .where(
            visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
            RouteItem.state == ItemState.AGREED,
            RouteItem.line.op("&&")(inside),
            func.ST_Intersects(RouteItem.line, inside),
        )
        .order_by(RouteItem.id)
        .limit(most + 1)
    )
    return [AgreedStreet(row.street_name, shapely.from_wkb(bytes(row.shape))) for row in ctx.session.execute(query)]


def _shapes(ctx: Ctx) -> Subquery:
    query = select(RouteItem.id, RouteItem.line.label("shape"))
    return query.where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), RouteItem.state.not_in(OUT)).subquery("items")
