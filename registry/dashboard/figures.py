"""Counts of what the reader may see; each carries the address arguments of the list that shows exactly those rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text

from registry.authz.actors import Ctx
from registry.authz.scopes import holds
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.kinds import KINDS
from registry.structures.past.filters import units_at
from registry.structures.past.positions import readable
from registry.structures.past.records import placed_at
from registry.structures.past.when import When
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.lists import CaseFilter, count_cases

#: Each commune of today with itself and all that went into it: what the list filtered by it shows.
_RECORD_UNITS = text(
    """
    WITH RECURSIVE record (unit_id, id) AS (
        SELECT id, id FROM admin_unit WHERE level = 'commune' AND valid_to IS NULL
        UNION
        SELECT record.unit_id, s.predecessor_id FROM record JOIN admin_succession s ON s.successor_id = record.id
    )
    SELECT unit_id, id FROM record WHERE id = ANY(:ids)
    """
)


@dataclass(frozen=True)
class KindCounts:
    """One kind: all that the reader may see of it, by sharing status, and those known by their cell only."""

    code: str
    total: int
    by_sharing: Mapping[SharingStatus, int]
    coarse: int


@dataclass(frozen=True)
class UnitCount:
    """One commune of today with the structures recorded in it or in what it was made of; of the past, one of then."""

    id: int
    name: str
    count: int


@dataclass(frozen=True)
class CaseCounts:
    """One workflow: how many cases the reader sees that are not over, how many are late, how many wait for them."""

    workflow: Workflow
    open_states: tuple[str, ...]
    open: int
    late: int
    waiting: int


def count_by_kind(ctx: Ctx, when: When | None = None) -> list[KindCounts]:
    """Structures by kind and sharing status, now or at a time, in the order of the kinds."""
    seen = readable(ctx, when)
    sides = (seen.c.kind, seen.c.exact, seen.c.sharing_status)
    rows = positions.run(ctx, select(*sides, func.count().label("number")).group_by(*sides)).all()
    found = []
    for code in KINDS:
        mine = [row for row in rows if row.kind == code]
        by_sharing = {row.sharing_status: row.number for row in mine if row.exact}
        coarse = sum(row.number for row in mine if not row.exact)
        found.append(KindCounts(code, sum(row.number for row in mine), by_sharing, coarse))
    return found


def count_by_unit(ctx: Ctx, when: When | None = None) -> list[UnitCount]:
    """Structures by the communes of today, the fullest first; one whose old commune was split counts for each part.

    Of the past, by the communes of that day, as the list of that day is filtered.
    """
    if when is not None:
        return _count_by_unit_at(ctx, when)
    seen = positions.readable(ctx)
    commune = seen.c.commune_id
    query = select(commune, func.count().label("number")).where(commune.is_not(None)).group_by(commune)
    recorded: dict[int, int] = {row.commune_id: row.number for row in positions.run(ctx, query)}
    names = {unit.id: unit.name for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)}
    counts: dict[int, int] = {}
    for unit_id, record_id in present_units(ctx, recorded):
        counts[unit_id] = counts.get(unit_id, 0) + recorded[record_id]
    found = [UnitCount(unit_id, names[unit_id], count) for unit_id, count in counts.items() if unit_id in names]
    return sorted(found, key=lambda unit: (-unit.count, unit.name))


def _count_by_unit_at(ctx: Ctx, when: When) -> list[UnitCount]:
    seen = readable(ctx, when)
    placed = placed_at(ctx, select(seen).where(seen.c.commune_id.is_not(None)).subquery("recorded_rows"), when)
    units = units_at(when.at(ctx.now), "then")
    query = (
        select(units.c.id, units.c.name, func.count().label("number"))
        .select_from(placed.join(units, units.c.id == placed.c.commune_then))
        .group_by(units.c.id, units.c.name)
    )
    found = [UnitCount(row.id, row.name, row.number) for row in positions.run(ctx, query)]
    return sorted(found, key=lambda unit: (-unit.count, unit.name))


def present_units(ctx: Ctx, recorded: Collection[int]) -> list[tuple[int, int]]:
    """(Commune of today, commune of the records) for all communes that records name; a split one stands twice."""
    return [(row.unit_id, row.id) for row in ctx.session.execute(_RECORD_UNITS, {"ids": list(recorded)})]


def count_open_cases(ctx: Ctx) -> list[CaseCounts]:
    """Open, late and waiting cases of each workflow that the reader may read."""
    found = []
    for workflow in WORKFLOWS.values():
        if not holds(ctx.actor, workflow.read):
            continue
        states = tuple(state.value for state in workflow.states if state not in workflow.ends)
        found.append(
            CaseCounts(
                workflow,
                states,
                count_cases(ctx, workflow, CaseFilter(states=states)),
                count_cases(ctx, workflow, CaseFilter(late=True)),
                count_cases(ctx, workflow, CaseFilter(waiting=True)),
            )
        )
    return found
