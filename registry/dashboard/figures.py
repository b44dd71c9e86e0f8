"""Counts of what the reader may see; each carries the address arguments of the list that shows exactly those rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.scopes import holds
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.filtering.list_rows import with_owner_and_commune_id
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions import counted
from registry.structures.positions.moment import When
from registry.structures.positions.versions import units_at
from registry.territory.queries import commune_parts
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.lists import CaseFilter, count_cases

#: Fewer structures of a commune would show where single ones stand to readers who see them as cells.
LEAST: Final = 3


@dataclass(frozen=True)
class KindCounts:
    """One kind: all that the reader may see of it, by sharing status, and those known by their cell only.

    Of figures of the province `by_sharing` counts what the reader sees as cells, too.
    """

    code: str
    total: int
    by_sharing: Mapping[SharingStatus, int]
    coarse: int


@dataclass(frozen=True)
class UnitCount:
    """One commune of today with the structures recorded in it or in what it was made of; of the past, one of then.

    `count` is None where the figures are of the province and there are fewer than LEAST structures.
    """

    id: int
    name: str
    count: int | None


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
    seen = counted(ctx, when)
    sides = (seen.c.kind, seen.c.exact, seen.c.sharing_status)
    rows = positions.run(ctx, select(*sides, func.count().label("number")).group_by(*sides)).all()
    found = []
    for code in KINDS:
        mine = [row for row in rows if row.kind == code]
        by_sharing = {row.sharing_status: row.number for row in mine if row.exact}
        total = sum(row.number for row in mine)
        coarse = sum(row.number for row in mine if not row.exact)
        found.append(KindCounts(code, total, by_sharing, total if positions.counts_province(ctx) else coarse))
    return found


def count_by_unit(ctx: Ctx, when: When | None = None) -> list[UnitCount]:
    """Structures by the communes of today, the fullest first; one whose old commune was split counts for each part.

    Of the past, by the communes of that day, as the list of that day is filtered. Figures of the province go by the
    public cells alone.
    """
    if positions.counts_province(ctx):
        return _count_by_unit_of_cells(ctx, when)
    if when is not None:
        return _count_by_unit_at(ctx, when)
    seen = positions.counted(ctx)
    commune = seen.c.commune_id
    query = select(commune, func.count().label("number")).where(commune.is_not(None)).group_by(commune)
    recorded: dict[int, int] = {row.commune_id: row.number for row in positions.run(ctx, query)}
    names: dict[int, str] = {}
    counts: Counter[int] = Counter()
    for part in commune_parts(ctx.session, ctx.today, recorded):
        names[part.unit_id] = part.name
        counts[part.unit_id] += recorded[part.record_id]
    return _fullest_first(ctx, ((unit_id, names[unit_id], count) for unit_id, count in counts.items()))


def _count_by_unit_of_cells(ctx: Ctx, when: When | None) -> list[UnitCount]:
    seen, cells = counted(ctx, when), positions.public_cells()
    # Of any time by the cells of today (see docs/hidden.md); what is gone has none.
    groups = select(cells.label("cells"), func.count().label("number")).join(seen, seen.c.id == Structure.id)
    day = when.at(ctx.now).day if when is not None else ctx.today
    rows = positions.run(ctx, positions.by_unit_of_cells(groups.group_by(cells).subquery("groups"), day))
    return _fullest_first(ctx, ((row.id, row.name, int(row.number)) for row in rows))


def _count_by_unit_at(ctx: Ctx, when: When) -> list[UnitCount]:
    seen = counted(ctx, when)
    placed = with_owner_and_commune_id(
        ctx, select(seen).where(seen.c.commune_id.is_not(None)).subquery("recorded_rows"), when
    )
    units = units_at(when.at(ctx.now), "then")
    query = (
        select(units.c.id, units.c.name, func.count().label("number"))
        .select_from(placed.join(units, units.c.id == placed.c.commune_then))
        .group_by(units.c.id, units.c.name)
    )
    return _fullest_first(ctx, ((row.id, row.name, row.number) for row in positions.run(ctx, query)))


def _fullest_first(ctx: Ctx, found: Iterable[tuple[int, str, int]]) -> list[UnitCount]:
    least = LEAST if positions.counts_province(ctx) else 0
    ordered = sorted(found, key=lambda unit: (-unit[2], unit[1]))
    return [UnitCount(unit_id, name, count if count >= least else None) for unit_id, name, count in ordered]


def count_open_cases(ctx: Ctx) -> list[CaseCounts]:
    """Open, late and waiting cases of each workflow that the reader may read."""
    found = []
    for workflow in WORKFLOWS.values():
        if not holds(ctx.actor, workflow.read):
            continue
        states = tuple(state.value for state in workflow.states if state not in workflow.final_states)
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
