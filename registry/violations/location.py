"""The location of a violation: its administrative unit, nearby violations, nearby structures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func, not_, or_, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of, visible
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n, format_date, format_metres
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.positions.points import grid_point
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import UnitHit, communes_crossed, point, unit_at, unit_on_border
from registry.territory.reforms import LAST_DISTRICT_DAY
from registry.violations.codes import SAME_PLACE, ViolationState
from registry.violations.models import Violation
from registry.violations.shown_place import knows_place

#: Structures within this distance may be involved in the violation.
STRUCTURE_REACH_M: Final = 100
_MOST: Final = 10
#: Units that a sentence about an area names.
_NAMED_UNITS: Final = 6
#: Degrees that cover the reach at this latitude, for the index; the distance decides.
_REACH_DEGREES: Final = 0.0015


@dataclass(frozen=True)
class NearbyViolation:
    """A recent violation nearby, possibly the same one."""

    id: int
    number: str
    title: str
    metres: int
    days: int
    reported_at: datetime
    #: The office that handles it, of a case that the actor may not read; None of one that it may.
    office: str | None = None


def unit_for(ctx: Ctx, lon: float, lat: float, on: date) -> UnitHit:
    """The unit of a position on a day within the actor's area: commune, or district while districts existed.

    Invalid (field `position`) if it is in neither, naming the unit found and the actor's area.
    """
    is_of_province = logs_everywhere(ctx)
    commune = unit_at(ctx.session, lon, lat, UnitLevel.COMMUNE, on)
    district = unit_at(ctx.session, lon, lat, UnitLevel.DISTRICT, on) if on <= LAST_DISTRICT_DAY else None
    for hit in (commune, district):
        if hit is not None and (is_of_province or hit.id in ctx.actor.unit_ids):
            return hit
        own = None if hit is None else unit_on_border(ctx.session, lon, lat, hit, ctx.actor.unit_ids, on)
        if own is not None:
            return own
    unit_in_charge = commune or district
    if unit_in_charge is None:
        raise Invalid({"position": _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ.")})
    raise Invalid(
        {
            "position": _(
                "Vị trí thuộc %(unit)s (tại ngày %(day)s), ngoài địa bàn được giao: %(area)s.",
                unit=unit_in_charge.name,
                day=format_date(on),
                area=describe_area(ctx),
            )
        }
    )


def unit_of_day(ctx: Ctx, case: Violation, on: date) -> AdminUnit:
    """The unit that papers of a day name: that of the case, or the commune at its place where that one has ended."""
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    if unit.is_in_force(on):
        return unit
    hit = unit_at(ctx.session, *position_of(ctx, case.id), UnitLevel.COMMUNE, on)
    return unit if hit is None else ctx.session.get_one(AdminUnit, hit.id)


def logs_everywhere(ctx: Ctx) -> bool:
    """Whether the actor logs violations in the whole province, as the departments do."""
    return ALL in scopes_of(ctx.actor, P.VIOLATION_LOG)


def list_crossed_units(ctx: Ctx, violation: Violation) -> list[str]:
    """The names of the communes that the structure of a case crossed on the day of the act, if there are several.

    The case belongs to the one at its place; empty where the actor does not see the structure exactly.
    """
    if violation.structure_id is None:
        return []
    readable_rows = positions.readable(ctx)
    query = communes_crossed(readable_rows, readable_rows.c.geom, violation.occurred_on).where(
        readable_rows.c.id == violation.structure_id, readable_rows.c.exact
    )
    names = list(positions.run(ctx, query).scalars())
    return names if len(names) > 1 else []


def describe_area(ctx: Ctx) -> str:
    """The communes of today in the actor's area; districts have ended, whatever an assignment is named after."""
    if logs_everywhere(ctx):
        return _("toàn tỉnh")
    query = (
        select(AdminUnit.name)
        .where(
            AdminUnit.id.in_(sorted(ctx.actor.unit_ids)),
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.in_force(ctx.today),
        )
        .order_by(AdminUnit.name)
        .distinct()
    )
    names = list(ctx.session.scalars(query))
    if not names:
        return _("chưa được giao")
    named, more = ", ".join(names[:_NAMED_UNITS]), len(names) - _NAMED_UNITS
    return named if more <= 0 else _("%(names)s và %(more)d xã, phường khác", names=named, more=more)


def list_nearby(ctx: Ctx, lon: float, lat: float) -> list[NearbyViolation]:
    """Visible violations near and recent enough to be the same one, nearest first."""
    reach: dict[str, int] = setting(ctx.session, SAME_PLACE, ctx.today)
    here = grid_point(lon, lat)
    metres = func.ST_Distance(Violation.place_m, here).label("metres")
    query = (
        select(Violation.id, Violation.number, Violation.title, Violation.created_at, metres)
        .where(
            visible(ctx, Violation, P.VIOLATION_READ),
            func.ST_DWithin(Violation.place_m, here, reach["metres"]),
            Violation.created_at >= ctx.now - timedelta(days=reach["days"]),
            Violation.state != ViolationState.NOT_VIOLATION,
        )
        .order_by(metres, Violation.id)
        .limit(_MOST)
    )
    return [
        NearbyViolation(
            row.id, row.number, row.title, round(row.metres), max((ctx.now - row.created_at).days, 0), row.created_at
        )
        for row in ctx.session.execute(query)
    ]


def list_nearby_of_others(ctx: Ctx, lon: float, lat: float) -> list[NearbyViolation]:
    """The same for cases that other offices handle and the actor may not read: number, act and office, no distance.

    Only where no place of a structure that is not public would follow from it.
    """
    reach: dict[str, int] = setting(ctx.session, SAME_PLACE, ctx.today)
    here = grid_point(lon, lat)
    of_public = select(Structure.id).where(Structure.id == Violation.structure_id, Structure.is_published)
    query = (
        select(Violation.id, Violation.number, Violation.title, Violation.created_at, Organisation.short_name)
        .join(Organisation, Organisation.id == Violation.handler_organisation_id)
        .where(
            not_(visible(ctx, Violation, P.VIOLATION_READ)),
            Violation.is_open_rule(),
            or_(Violation.structure_id.is_(None), of_public.exists()),
            func.ST_DWithin(Violation.place_m, here, reach["metres"]),
            Violation.created_at >= ctx.now - timedelta(days=reach["days"]),
            Violation.state != ViolationState.NOT_VIOLATION,
        )
        .order_by(Violation.id)
        .limit(_MOST)
    )
    return [
        NearbyViolation(
            row.id,
            row.number,
            row.title,
            reach["metres"],
            max((ctx.now - row.created_at).days, 0),
            row.created_at,
            row.short_name,
        )
        for row in ctx.session.execute(query)
    ]


def describe_nearby(near: NearbyViolation) -> str:
    """Distance and age as text."""
    if near.office is not None:
        return _(
            "%(number)s: %(title)s, trong phạm vi %(distance)s, %(office)s đang xử lý.",
            number=near.number,
            title=near.title,
            distance=format_metres(near.metres),
            office=near.office,
        )
    when = _("hôm nay") if near.days == 0 else _n("%(num)d ngày trước", near.days)
    return _(
        "%(number)s: %(title)s, cách %(distance)s, báo %(when)s.",
        number=near.number,
        title=near.title,
        distance=format_metres(near.metres),
        when=when,
    )


def list_nearby_structures(ctx: Ctx, lon: float, lat: float) -> list[Row[Any]]:
    """Structures within reach that the actor sees exactly (id, code, name, metres), nearest first."""
    here = point(lon, lat)
    readable_rows = positions.readable(ctx)
    metres = func.ST_Distance(func.Geography(readable_rows.c.geom), func.Geography(here)).label("metres")
    query = (
        select(
            readable_rows.c.id,
            readable_rows.c.code,
            readable_rows.c.name,
            readable_rows.c.owner_organisation_id,
            metres,
        )
        .where(
            readable_rows.c.exact,
            readable_rows.c.geom.op("&&")(func.ST_Expand(here, _REACH_DEGREES)),
            metres <= STRUCTURE_REACH_M,
        )
        .order_by(metres, readable_rows.c.id)
        .limit(_MOST)
    )
    return list(positions.run(ctx, query))


def show_nearby_structures(ctx: Ctx, lon: float, lat: float) -> list[Row[Any]]:
    """The same for a page; recorded as access to the positions of their owners."""
    rows = list_nearby_structures(ctx, lon, lat)
    log_access(ctx, "violation", {row.owner_organisation_id for row in rows}, rows=len(rows))
    return rows


def position_of(ctx: Ctx, violation_id: int) -> tuple[float, float]:
    """Longitude and latitude of a violation whose exact place the actor may read."""
    row = ctx.session.execute(
        select(func.ST_X(Violation.place), func.ST_Y(Violation.place)).where(
            Violation.id == violation_id, visible(ctx, Violation, P.VIOLATION_READ), knows_place(ctx)
        )
    ).one()
    return float(row[0]), float(row[1])
