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
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.structures import positions
from registry.structures.kinds.cable_route import KIND, CableRoute, Laying
from registry.structures.models import Structure
from registry.structures.positions.versions import in_use_on
from registry.territory.queries import area_unit_ids

UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class CableFilter:
    """The cables in use on a day: of one part (a code of Laying, "unknown" or "" for all), owner or unit."""

    on: date
    part: str = ""
    owner_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Sums:
    """Metres of cables: in all, underground, and of cables without a stated laying."""

    cables: int
    total_m: float
    underground_m: float
    unknown_m: float

    @property
    def underground_pct(self) -> float | None:
        """The share underground in percent; None where there is no cable."""
        return 100 * self.underground_m / self.total_m if self.total_m else None


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
    query = (
        select(Organisation.id, Organisation.short_name, *_sums(cables))
        .join(Organisation, Organisation.id == cables.c.owner_organisation_id)
        .group_by(Organisation.id, Organisation.short_name)
        .order_by(func.sum(cables.c.length_m).desc(), Organisation.short_name)
    )
    return [OwnerSums(row.id, row.short_name, _as_sums(row)) for row in positions.run(ctx, query)]


def sums_by_record_unit(ctx: Ctx, on: date) -> dict[int, Sums]:
    """The same sums by the recorded commune of each cable, which may be a former one."""
    cables = _in_use(ctx, CableFilter(on), counted=True).subquery()
    recorded = cables.c.commune_id
    query = select(recorded, *_sums(cables)).where(recorded.is_not(None)).group_by(recorded)
    return {row.commune_id: _as_sums(row) for row in positions.run(ctx, query)}


def sums_by_unit_of_cells(ctx: Ctx, on: date) -> list[tuple[int, str, Sums]]:
    """The same sums by the commune of today that contains the middle of a cable's public cells: its id, its name."""
    cables, cells = _in_use(ctx, CableFilter(on), counted=True).subquery(), positions.public_cells()
    groups = select(cells.label("cells"), *_sums(cables)).join(cables, cables.c.id == Structure.id).group_by(cells)
    rows = positions.run(ctx, positions.by_unit_of_cells(groups.subquery("groups"), ctx.today))
    return [(row.id, row.name, _as_sums(row)) for row in rows]


def cables_query(ctx: Ctx, cable_filter: CableFilter) -> Select[Any]:
    """All cables under a filter, by code, each with its owner and its metres; a read of positions."""
    cables = _in_use(ctx, cable_filter).subquery()
    query = select(cables, Organisation.short_name.label("owner")).join(
        Organisation, Organisation.id == cables.c.owner_organisation_id
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
    )


def _sums(cables: Any) -> tuple[ColumnElement[Any], ...]:
    whole = cables.c.length_m
    return (
        func.count().label("cables"),
        func.coalesce(func.sum(whole), 0).label("total_m"),
        func.coalesce(func.sum(cables.c.below_m), 0).label("underground_m"),
        func.coalesce(func.sum(whole).filter(cables.c.laying.is_(None)), 0).label("unknown_m"),
    )


def _as_sums(row: Row[Any]) -> Sums:
    return Sums(int(row.cables), float(row.total_m), float(row.underground_m), float(row.unknown_m))


def _in_use(ctx: Ctx, cable_filter: CableFilter, *, counted: bool = False) -> Select[Any]:
    """The cables in use that the reader sees exactly, each with its metres in all and underground.

    Restricted ones are left out for every reader: the ratio is one.
    """
    measured = positions.lengths(ctx, counted=counted)
    whole = measured.c.length_m
    below = case(
        (CableRoute.laying == Laying.UNDERGROUND, whole),
        (CableRoute.laying == Laying.MIXED, func.least(CableRoute.underground_m, whole)),
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
        )
        .join(measured, measured.c.id == CableRoute.id)
        .where(_used_on(ctx, cable_filter.on), CableRoute.is_open_rule())
    )
    if cable_filter.part:
        query = query.where(
            CableRoute.laying.is_(None)
            if cable_filter.part == UNKNOWN
            else CableRoute.laying == Laying(cable_filter.part)
        )
    if cable_filter.owner_id is not None:
        query = query.where(CableRoute.owner_organisation_id == cable_filter.owner_id)
    if cable_filter.unit_id is not None:
        query = query.where(CableRoute.commune_id.in_(area_unit_ids(ctx.session, [cable_filter.unit_id])))
    return query


def _used_on(ctx: Ctx, on: date) -> ColumnElement[bool]:
    """Installed by that day, not removed, found dead or decommissioned by it, and in use on it."""
    ended = func.least(CableRoute.removed_on, CableRoute.dead_on, CableRoute.valid_to)
    return and_(
        or_(CableRoute.installed_on.is_(None), CableRoute.installed_on <= on),
        in_use_on(ctx, on, [KIND.code], ended),
    )
