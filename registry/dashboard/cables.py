"""Cables on the overview: how much of them lies in the ground, by owner and commune, and the dead ones still there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.cables.figures import (
    CableFilter,
    OwnerSums,
    Sums,
    added,
    sums_by_owner,
    sums_by_record_unit,
    sums_of,
    target_of,
)
from registry.dashboard.figures import present_units
from registry.kernel.dated import DatedSetting
from registry.structures.filters import StructureFilter
from registry.structures.lists import count_structures
from registry.structures.past.when import When
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units

_KIND: Final = "cable_route"
#: The list of structures that shows the dead cables nobody has taken down.
DEAD: Final[dict[str, Any]] = {"kind": _KIND, "dead_flag": "true", "status": "decommissioned"}


@dataclass(frozen=True)
class UnitSums:
    """The sums of one commune of today."""

    id: int
    name: str
    sums: Sums


@dataclass(frozen=True)
class CableFigures:
    """What the overview says of cables on a day; `dead` are those still there today, or at the time asked for."""

    sums: Sums
    owners: list[OwnerSums]
    units: list[UnitSums]
    target: DatedSetting
    dead: int


def cable_figures(ctx: Ctx, on: date, when: When | None = None) -> CableFigures:
    """The figures over the cables that the reader sees exactly; only the dead ones are those known at a time."""
    return CableFigures(
        sums_of(ctx, CableFilter(on)), sums_by_owner(ctx, on), _by_unit(ctx, on), target_of(ctx, on), _dead(ctx, when)
    )


def _by_unit(ctx: Ctx, on: date) -> list[UnitSums]:
    """By the communes of today, the longest first; a cable recorded in a commune since split counts for each part."""
    recorded = sums_by_record_unit(ctx, on)
    names = {unit.id: unit.name for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)}
    found: dict[int, Sums] = {}
    for unit_id, record_id in present_units(ctx, recorded):
        sums = recorded[record_id]
        found[unit_id] = added(found[unit_id], sums) if unit_id in found else sums
    units = [UnitSums(unit_id, names[unit_id], sums) for unit_id, sums in found.items() if unit_id in names]
    return sorted(units, key=lambda unit: (-unit.sums.total_m, unit.name))


def _dead(ctx: Ctx, when: When | None) -> int:
    choices = {"kind": (_KIND,), "status": (DEAD["status"],)}
    chosen = StructureFilter(choices=choices, own_flags={"dead_flag": True}, when=when)
    return count_structures(ctx, chosen)
