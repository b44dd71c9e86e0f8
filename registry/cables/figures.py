"""The share of underground cable by length, from the cables in use on a day that the reader sees exactly.

No legal text defines the formula (DOMAIN 6: kpi_underground_cable), so it is shown with the figure: metres of
underground cable in use / metres of all cable in use. A cable is in use from the day of its installation until it is
removed, found dead or decommissioned, and not while it is suspended; its length is that of its line on the map. Of a
mixed cable its stated length underground counts, at most its whole length; one without a stated laying counts as not
underground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, func, not_, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.indicators.declared import percent_of
from registry.structures import positions
from registry.structures.kinds.cable_route import KIND, CableRoute, Laying
from registry.structures.models import Structure
from registry.structures.positions.versions import begun_by, in_use_on
from registry.territory.queries import area_unit_ids

UNKNOWN: Final = "unknown"
#: Cables of which it is not known whether they were there on the day.
UNDATED: Final = "undated"


@dataclass(frozen=True)
class CableFilter:
    """The cables in use on a day: of one part (a code of Laying, "unknown", "undated", "" for all), owner or unit."""

    on: date
    part: str = ""
    owner_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Sums:
    """Metres of cables: in all, underground, and of cables without a stated laying.

    `undated` cables, of which it is not known whether they had begun, are in none of them. `exact_pct` is the share
    where the metres are rounded for a reader, computed before they were.
    """

    cables: int
    total_m: float
    underground_m: float
    unknown_m: float
    undated: int = 0
    undated_m: float = 0.0
    exact_pct: Decimal | None = None

    @property
    def underground_pct(self) -> Decimal | None:
        """The share underground in percent; None where there is no cable."""
        if self.exact_pct is not None:
            return self.exact_pct
        return percent_of(self.underground_m, self.total_m)


@dataclass(frozen=True)
class OwnerSums:
    """The sums of one owner; without an id, of several together."""

    id: int | None
    name: str
    sums: Sums


def sums_of(ctx: Ctx, cable_filter: CableFilter, *, counted: bool = False) -> Sums:
    """The sums under a filter; with `counted` of all cables that the reader's figures cover."""
    cables = _in_use(ctx, cable_filter, counted=counted).subquery()
    return _as_sums(positions.run(ctx, select(*_sums(cables))).one())


def sums_by_owner(ctx: Ctx, on: date) -> list[OwnerSums]:
    """The sums of each owner over all that the reader's figures cover, the longest network first."""
    cables = _in_use(ctx, CableFilter(on), counted=True).subquery()
    sums = _sums(cables)
    query = (
        select(Organisation.id, Organisation.short_name, *sums)
        .join(Organisation, Organisation.id == cables.c.owner_organisation_id)
        .where(not_(cables.c.is_undated))
        .group_by(Organisation.id, Organisation.short_name)
        .order_by(func.sum(cables.c.length_m).desc(), Organisation.short_name)
    )
    return [OwnerSums(row.id, row.short_name, _as_sums(row)) for row in positions.run(ctx, query)]


@dataclass(frozen=True)
class SumsOfUnits:
    """Sums by the commune of today whose borders the metres are in, and, of cables that no outline meets, as recorded.

    A cable counts in each commune that it passes; metres add up.
    """

    within: dict[int, Sums]
    recorded: dict[int, Sums]


def sums_by_unit(ctx: Ctx, on: date) -> SumsOfUnits:
    """The same sums by commune, for a reader who sees the cables exactly."""
    cables = _in_use(ctx, CableFilter(on), counted=True).subquery()
    shares = positions.lengths_by_commune(ctx, ctx.today, counted=True)
    recorded = case((shares.c.unit_id.is_(None), cables.c.commune_id)).label("recorded")
    query = (
        select(shares.c.unit_id, recorded, *_sums(cables, func.coalesce(shares.c.share, 1)))
        .select_from(cables)
        .outerjoin(shares, shares.c.id == cables.c.id)
        .where(not_(cables.c.is_undated))
        .group_by(shares.c.unit_id, recorded)
    )
    sums = SumsOfUnits({}, {})
    for row in positions.run(ctx, query):
        if row.unit_id is not None:
            sums.within[row.unit_id] = _as_sums(row)
        elif row.recorded is not None:
            sums.recorded[row.recorded] = _as_sums(row)
    return sums


def sums_by_unit_of_cells(ctx: Ctx, on: date) -> list[tuple[int, str, Sums]]:
    """The same sums by the commune of today that contains the middle of a cable's public cells: its id, its name."""
    cables, cells = _in_use(ctx, CableFilter(on), counted=True).subquery(), positions.public_cells()
    groups = (
        select(cells.label("cells"), *_sums(cables))
        .join(cables, cables.c.id == Structure.id)
        .where(not_(cables.c.is_undated))
        .group_by(cells)
    )
    rows = positions.run(ctx, positions.by_unit_of_cells(groups.subquery("groups"), ctx.today))
    return [(row.id, row.name, _as_sums(row)) for row in rows]


def cables_query(ctx: Ctx, cable_filter: CableFilter) -> Select[Any]:
    """All cables under a filter, by code, each with its owner and its metres; a read of positions."""
    cables = _in_use(ctx, cable_filter).subquery()
    query = (
        select(cables, Organisation.short_name.label("owner"))
        .join(Organisation, Organisation.id == cables.c.owner_organisation_id)
        .where(cables.c.is_undated.is_(cable_filter.part == UNDATED))
    )
    return query.order_by(cables.c.code)


def added(left: Sums, other: Sums) -> Sums:
    """The sum of both."""
    return replace(
        left,
        cables=left.cables + other.cables,
        total_m=left.total_m + other.total_m,
        underground_m=left.underground_m + other.underground_m,
        unknown_m=left.unknown_m + other.unknown_m,
        undated=left.undated + other.undated,
        undated_m=left.undated_m + other.undated_m,
    )


def _sums(cables: Any, share: ColumnElement[Any] | None = None) -> tuple[ColumnElement[Any], ...]:
    """The columns of `Sums`; with `share` of a part of each cable."""
    part = 1 if share is None else share
    whole, is_sure = cables.c.length_m * part, not_(cables.c.is_undated)
    return (
        func.count().filter(is_sure).label("cables"),
        func.coalesce(func.sum(whole).filter(is_sure), 0).label("total_m"),
        func.coalesce(func.sum(cables.c.below_m * part).filter(is_sure), 0).label("underground_m"),
        func.coalesce(func.sum(whole).filter(is_sure, cables.c.laying.is_(None)), 0).label("unknown_m"),
        func.count().filter(cables.c.is_undated).label("undated"),
        func.coalesce(func.sum(whole).filter(cables.c.is_undated), 0).label("undated_m"),
    )


def _as_sums(row: Row[Any]) -> Sums:
    metres = (float(row.total_m), float(row.underground_m), float(row.unknown_m))
    return Sums(int(row.cables), *metres, int(row.undated), float(row.undated_m))


def _in_use(ctx: Ctx, cable_filter: CableFilter, *, counted: bool = False) -> Select[Any]:
    """The cables in use that the reader sees exactly, each with its metres in all and underground.

    Restricted ones are left out for every reader: the ratio is one.
    """
    measured = positions.lengths(ctx, counted=counted)
    begun = begun_by(ctx, cable_filter.on, CableRoute.installed_on.expression, CableRoute)
    of_unit = None if cable_filter.unit_id is None else _within(ctx, cable_filter.unit_id)
    part = 1 if of_unit is None else of_unit.c.share
    whole = (measured.c.length_m * part).label("length_m")
    below = case(
        (CableRoute.laying == Laying.UNDERGROUND, whole),
        (CableRoute.laying == Laying.MIXED, func.least(CableRoute.underground_m, measured.c.length_m) * part),
        else_=0,
    )
    query = (
        select(
            CableRoute.id,
            CableRoute.code,
            CableRoute.name,
            CableRoute.owner_organisation_id,
            CableRoute.commune_id,
            CableRoute.cable_kind,
            CableRoute.laying,
            whole,
            below.label("below_m"),
            begun.unknown.label("is_undated"),
        )
        .join(measured, measured.c.id == CableRoute.id)
        .where(or_(begun.sure, begun.unknown), _used_on(ctx, cable_filter.on), CableRoute.is_open_rule())
    )
    if cable_filter.part and cable_filter.part != UNDATED:
        query = query.where(
            CableRoute.laying.is_(None)
            if cable_filter.part == UNKNOWN
            else CableRoute.laying == Laying(cable_filter.part)
        )
    if cable_filter.owner_id is not None:
        query = query.where(CableRoute.owner_organisation_id == cable_filter.owner_id)
    return query if of_unit is None else query.join(of_unit, of_unit.c.id == CableRoute.id)


def _within(ctx: Ctx, unit_id: int) -> Subquery:
    """Id and share of the length of the lines in a unit; all of a line recorded there that no outline meets."""
    units = area_unit_ids(ctx.session, [unit_id])
    shares = positions.lengths_by_commune(ctx, ctx.today)
    is_within = or_(shares.c.unit_id.in_(units), and_(shares.c.unit_id.is_(None), CableRoute.commune_id.in_(units)))
    share = func.sum(func.coalesce(shares.c.share, 1)).label("share")
    rows = select(CableRoute.id, share).outerjoin(shares, shares.c.id == CableRoute.id).where(is_within)
    return rows.group_by(CableRoute.id).subquery("within")


def _used_on(ctx: Ctx, on: date) -> ColumnElement[bool]:
    """Not removed, found dead or decommissioned by that day, and in use on it."""
    ended = func.least(CableRoute.removed_on, CableRoute.dead_on, CableRoute.valid_to)
    return in_use_on(ctx, on, [KIND.code], ended)
