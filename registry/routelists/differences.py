"""A list against the one before, street by street: added, removed, moved, changed, as before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.base import Choice
from registry.kernel.fields import display_value, fields_of
from registry.kernel.geo.linear import in_metres
from registry.kernel.i18n import _l
from registry.kernel.text import natural_key
from registry.routelists.doubles import ALONG_M, are_of_one_stretch, stretches
from registry.routelists.models import ItemState, RouteItem, RouteList
from registry.routelists.queries import of_list
from registry.routelists.rules import OUT
from registry.territory.models import AdminUnit

#: Degrees that a line of the map may be off, about 5 m.
_COARSE: Final = 0.00005
_DECIMALS: Final = 6
#: Fields that are compared.
_COMPARED: Final = (
    *("street_name", "from_place", "to_place", "work_kind", "is_urban", "side", "duct_m", "bores"),
    *("removed_cable_m", "cost_vnd", "funding", "investor"),
)
_FIELDS: Final = fields_of(RouteItem)


class DifferenceKind(Choice):
    """What became of a street."""

    ADDED = "added", _l("Thêm mới")
    REMOVED = "removed", _l("Không còn")
    MOVED = "moved", _l("Đổi vị trí")
    CHANGED = "changed", _l("Đổi nội dung")
    SAME = "same", _l("Như trước")


#: How the map draws each: tones of a route, which differ by their dashes as well.
LINES: Final = {
    DifferenceKind.ADDED: "new",
    DifferenceKind.REMOVED: "elsewhere",
    DifferenceKind.MOVED: "full",
    DifferenceKind.CHANGED: "full",
    DifferenceKind.SAME: "reuse",
}


@dataclass(frozen=True)
class StreetDifference:
    """A street of one or both lists; `changes`: label, value before, value now."""

    kind: DifferenceKind
    commune: str
    before: RouteItem | None
    now: RouteItem | None
    changes: tuple[tuple[Any, str, str], ...] = ()


def street_differences(ctx: Ctx, now: RouteList, before: RouteList) -> list[StreetDifference]:
    """All streets of two lists, paired by their stretch, as far as the actor may see them; by kind, commune and name.

    The list before has its agreed streets, the present one also those that are still reviewed.
    """
    present = {
        row.RouteItem.id: row for row in ctx.session.execute(_items(ctx, now).where(RouteItem.state.not_in(OUT)))
    }
    agreed = RouteItem.state == ItemState.AGREED
    former = {row.RouteItem.id: row for row in ctx.session.execute(_items(ctx, before).where(agreed))}
    differences, paired = [], set()
    for former_id, present_id, is_near in _pairs(
        ctx, [RouteItem.id.in_(list(former))], [RouteItem.id.in_(list(present))]
    ):
        if former_id in paired or present_id in paired:
            continue
        paired |= {former_id, present_id}
        old, new = former[former_id].RouteItem, present[present_id].RouteItem
        changes = tuple(_changes(old, new))
        kind = DifferenceKind.CHANGED if changes else DifferenceKind.SAME
        if not is_near:
            kind = DifferenceKind.MOVED
        differences.append(StreetDifference(kind, present[present_id].commune, old, new, changes))
    for number, row in former.items():
        if number not in paired:
            differences.append(StreetDifference(DifferenceKind.REMOVED, row.commune, row.RouteItem, None))
    for number, row in present.items():
        if number not in paired:
            differences.append(StreetDifference(DifferenceKind.ADDED, row.commune, None, row.RouteItem))
    rank = {kind: at for at, kind in enumerate(DifferenceKind)}
    return sorted(
        differences,
        key=lambda each: (rank[each.kind], natural_key(each.commune), natural_key(_street(each).street_name)),
    )


def difference_of(ctx: Ctx, item: RouteItem, before: RouteList) -> StreetDifference:
    """What became of one item since an earlier list, paired with the closest agreed one of its stretch."""
    if item.length_m is None:
        return StreetDifference(DifferenceKind.ADDED, "", None, item)
    agreed = (visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(before), RouteItem.state == ItemState.AGREED)
    pair = next(iter(_pairs(ctx, agreed, [RouteItem.id == item.id])), None)
    if pair is None:
        return StreetDifference(DifferenceKind.ADDED, "", None, item)
    former_id, _present_id, is_near = pair
    old = ctx.session.get_one(RouteItem, former_id)
    changes = tuple(_changes(old, item))
    kind = DifferenceKind.CHANGED if changes else DifferenceKind.SAME
    return StreetDifference(kind if is_near else DifferenceKind.MOVED, "", old, item, changes)


def _street(difference: StreetDifference) -> RouteItem:
    street = difference.now or difference.before
    if street is None:
        message = "a difference without a street"
        raise ValueError(message)
    return street


def _items(ctx: Ctx, route_list: RouteList) -> Any:
    columns: tuple[Any, ...] = (RouteItem, AdminUnit.name.label("commune"))
    query = select(*columns).join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
    return query.where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(route_list), RouteItem.line.is_not(None))


def _pairs(ctx: Ctx, former: Sequence[Any], present: Sequence[Any]) -> list[tuple[int, int, bool]]:
    """Id before, id now, and whether both lines run within reach of each other; the closest pairs first.

    `former` and `present` are the conditions of both sides.
    """
    old, new = stretches("former", *former), stretches("present", *present)
    apart = func.ST_HausdorffDistance(in_metres(old.c.line), in_metres(new.c.line))
    query = (
        select(old.c.id.label("former"), new.c.id.label("present"), apart.label("metres"))
        .join(new, are_of_one_stretch(old.c, new.c))
        .order_by(apart, old.c.id, new.c.id)
    )
    return [(row.former, row.present, row.metres <= ALONG_M) for row in ctx.session.execute(query)]


def _changes(old: RouteItem, new: RouteItem) -> list[tuple[Any, str, str]]:
    return [
        (_FIELDS[name].label, display_value(_FIELDS[name], earlier), display_value(_FIELDS[name], later))
        for name in _COMPARED
        if (earlier := getattr(old, name)) != (later := getattr(new, name))
    ]


def shapes_of_differences(ctx: Ctx, differences: Sequence[StreetDifference]) -> dict[str, Any] | None:
    """The lines as features for the map of the workspace; of a street that was moved both of its lines."""
    tones = {}
    for each in differences:
        if each.before is not None and (each.now is None or each.kind is DifferenceKind.MOVED):
            tones[each.before.id] = LINES[DifferenceKind.REMOVED]
        if each.now is not None:
            tones[each.now.id] = LINES[each.kind]
    simple = func.ST_AsGeoJSON(func.ST_Simplify(RouteItem.line, _COARSE), _DECIMALS)
    query = select(RouteItem.id, simple.label("geojson")).where(RouteItem.id.in_(list(tones)))
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(row.geojson),
            "properties": {"number": row.id, "tone": tones[row.id], "group": ""},
        }
        for row in ctx.session.execute(query)
        if row.geojson is not None
    ]
    return {"type": "FeatureCollection", "features": features} if features else None
