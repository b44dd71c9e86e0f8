"""Cables on the overview: how much of them lies in the ground, by owner and commune, and the dead ones still there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

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
from registry.dashboard.figures import LEAST
from registry.kernel.dated import DatedSetting
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.filters import StructureFilter
from registry.structures.kinds.cable_route.model import CableRoute
from registry.structures.lists import count_structures
from registry.structures.past import positions as past
from registry.structures.past.versions import rows_at
from registry.structures.past.when import When
from registry.territory.queries import commune_parts

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
    """What the overview says of cables on a day; `dead` are those still there today, or at the time asked for.

    `withheld` communes are left out of `units`: too few cables of each for figures of the province.
    """

    sums: Sums
    owners: list[OwnerSums]
    units: list[UnitSums]
    target: DatedSetting
    dead: int
    withheld: int


def cable_figures(ctx: Ctx, on: date, when: When | None = None) -> CableFigures:
    """The figures over the cables that the reader's figures are of; only the dead ones are those known at a time."""
    units = _by_unit(ctx, on)
    least = LEAST if positions.counts_province(ctx) else 0
    shown = [unit for unit in units if unit.sums.cables >= least]
    return CableFigures(
        sums_of(ctx, CableFilter(on), counted=True),
        sums_by_owner(ctx, on),
        shown,
        target_of(ctx, on),
        _dead(ctx, when),
        len(units) - len(shown),
    )


def _by_unit(ctx: Ctx, on: date) -> list[UnitSums]:
    """By the communes of today, the longest first; a cable recorded in a commune since split counts for each part."""
    recorded = sums_by_record_unit(ctx, on)
    found: dict[int, UnitSums] = {}
    for part in commune_parts(ctx.session, ctx.today, recorded):
        sums = recorded[part.record_id]
        if part.unit_id in found:
            sums = added(found[part.unit_id].sums, sums)
        found[part.unit_id] = UnitSums(part.unit_id, part.name, sums)
    return sorted(found.values(), key=lambda unit: (-unit.sums.total_m, unit.name))


def _dead(ctx: Ctx, when: When | None) -> int:
    if positions.counts_province(ctx):
        status = Status(DEAD["status"])
        seen = past.counted(ctx, when, (status,))
        own: Any = CableRoute.__table__ if when is None else rows_at(CableRoute, when.at(ctx.now), "own")
        dead = select(own.c.id).where(own.c.dead_flag)
        query = select(func.count().label("number")).where(seen.c.status == status, seen.c.id.in_(dead))
        return int(positions.run(ctx, query).scalar_one())
    choices = {"kind": (_KIND,), "status": (DEAD["status"],)}
    chosen = StructureFilter(choices=choices, own_flags={"dead_flag": True}, when=when)
    return count_structures(ctx, chosen)
