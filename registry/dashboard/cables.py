"""Cables on the overview: the underground share by owner and commune, and decommissioned cables still in place."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.cables.figures import (
    CableFilter,
    OwnerSums,
    Sums,
    added,
    sums_by_owner,
    sums_by_unit,
    sums_by_unit_of_cells,
    sums_of,
)
from registry.dashboard.figures import MIN_DISCLOSED, count_groups, withheld_units
from registry.indicators.models import IndicatorTarget
from registry.indicators.queries import target_of
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds.cable_route import KIND
from registry.structures.positions.moment import When
from registry.territory.queries import commune_parts, unit_names

_KM: Final = 1_000
#: Code of the indicator of the share underground.
UNDERGROUND: Final = "kpi_underground_cable"
#: The filter of decommissioned cables that are not removed.
DECOMMISSIONED: Final[dict[str, Any]] = {"kind": KIND.code, "status": "decommissioned"}


@dataclass(frozen=True)
class UnitSums:
    """The sums of one commune of today."""

    id: int
    name: str
    sums: Sums


@dataclass(frozen=True)
class TargetFact:
    """The target of an indicator, apart from its session."""

    value: Decimal
    citation: str
    needs_verification: bool


@dataclass(frozen=True)
class CableFigures:
    """Figures of cables on a day; `dead` counts decommissioned cables still in place, today or at the given time.

    Figures of the province disclose no single cable: `withheld` communes with few cables, and those with the next
    larger number, are left out of `units`, owners with few are combined, lengths are whole kilometres.
    """

    sums: Sums
    owners: list[OwnerSums]
    units: list[UnitSums]
    target: TargetFact | None
    dead: int
    withheld: int


SummedT = TypeVar("SummedT", OwnerSums, UnitSums)


def cable_figures(ctx: Ctx, on: date, when: When | None = None) -> CableFigures:
    """The figures over the cables that the reader's figures cover; `when` applies to the decommissioned ones only."""
    total, owners, units = sums_of(ctx, CableFilter(on), counted=True), sums_by_owner(ctx, on), _by_unit(ctx, on)
    withheld = 0
    if positions.counts_province(ctx):
        hidden = withheld_units([(unit.id, unit.name, unit.sums.cables) for unit in units])
        shown = [unit for unit in units if unit.id not in hidden]
        withheld = len(hidden)
        total, owners = in_kilometres(total), [_rounded(owner) for owner in _combine_small(owners)]
        units = [_rounded(unit) for unit in shown]
    return CableFigures(total, owners, units, fact_of(target_of(ctx, UNDERGROUND, on)), _dead(ctx, when), withheld)


def fact_of(target: IndicatorTarget | None) -> TargetFact | None:
    """What a page says of a target."""
    return (
        None
        if target is None or target.value is None
        else TargetFact(target.value, target.citation, target.needs_verification)
    )


def in_kilometres(sums: Sums) -> Sums:
    """Lengths in whole kilometres; the share stays that of the metres."""
    total_m, underground_m, unknown_m, undated_m = (
        float(round(metres / _KM) * _KM)
        for metres in (sums.total_m, sums.underground_m, sums.unknown_m, sums.undated_m)
    )
    return Sums(sums.cables, total_m, underground_m, unknown_m, sums.undated, undated_m, sums.underground_pct)


def _rounded(item: SummedT) -> SummedT:
    return replace(item, sums=in_kilometres(item.sums))


def _combine_small(owners: list[OwnerSums]) -> list[OwnerSums]:
    """Combine owners with few cables into one; add the next larger ones until it has MIN_DISCLOSED cables."""
    by_size = sorted(owners, key=lambda owner: owner.sums.cables)
    small = [owner for owner in by_size if owner.sums.cables < MIN_DISCLOSED]
    while small and len(small) < len(by_size) and sum(owner.sums.cables for owner in small) < MIN_DISCLOSED:
        small.append(by_size[len(small)])
    if not small:
        return owners
    together = functools.reduce(added, (owner.sums for owner in small))
    return [owner for owner in owners if owner not in small] + [OwnerSums(None, _("Các chủ sở hữu khác"), together)]


def _by_unit(ctx: Ctx, on: date) -> list[UnitSums]:
    """By commune of today, longest first: the metres within its borders.

    Readers of cells know of no line where it runs: theirs is the commune of the middle of its cells. A cable that no
    outline meets counts where it is recorded, in each part of a commune that was split since.
    """
    if positions.counts_province(ctx):
        by_cells = [UnitSums(*cell_row) for cell_row in sums_by_unit_of_cells(ctx, on)]
        return sorted(by_cells, key=lambda unit: (-unit.sums.total_m, unit.name))
    sums = sums_by_unit(ctx, on)
    names = unit_names(ctx.session, set(sums.within))
    sums_of_units = {unit_id: UnitSums(unit_id, names[unit_id], part) for unit_id, part in sums.within.items()}
    for part in commune_parts(ctx.session, ctx.today, sums.recorded):
        recorded = sums.recorded[part.record_id]
        if part.unit_id in sums_of_units:
            recorded = added(sums_of_units[part.unit_id].sums, recorded)
        sums_of_units[part.unit_id] = UnitSums(part.unit_id, part.name, recorded)
    return sorted(sums_of_units.values(), key=lambda unit: (-unit.sums.total_m, unit.name))


def _dead(ctx: Ctx, when: When | None) -> int:
    if positions.counts_province(ctx):
        status = Status(DECOMMISSIONED["status"])
        counted_rows = positions.counted(ctx, when, (status,))
        query = select(func.count().label("number")).where(
            counted_rows.c.status == status, counted_rows.c.kind == KIND.code
        )
        return int(positions.run(ctx, query).scalar_one())
    choices = {"kind": (KIND.code,), "status": (DECOMMISSIONED["status"],)}
    structure_filter = StructureFilter(choices=choices, when=when)
    return sum(count_groups(ctx, structure_filter, "kind").values())
