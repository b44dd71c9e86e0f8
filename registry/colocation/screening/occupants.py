"""Who is there already, as loads without names: entries of the ledger and recorded cables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.cables.models import CableMember
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.models import ColocationItem
from registry.colocation.screening.result import Load, Present
from registry.structures.codes import Status
from registry.structures.kinds.cable_route import CableRoute

_HERE = (EntryState.USED, EntryState.RESERVED)


@dataclass(frozen=True)
class Occupants:
    """What is on one structure: loads of the ledger by place, and those of the cables that pass.

    Of a cable that the reader may not see only that it is there counts: its measures are unknown.
    """

    by_place: dict[int, tuple[Load, ...]]
    cables: tuple[Load, ...] = ()

    @property
    def entries(self) -> tuple[Load, ...]:
        """The loads of all places."""
        return tuple(load for loads in self.by_place.values() for load in loads)

    def everywhere(self, *, certain: bool = True) -> tuple[Present, ...]:
        """Two lists of the same things, of which the longer one may be complete."""
        listed, recorded = count(self.entries), len(self.cables)
        ledger = Present(self.entries, complete=listed >= recorded, certain=certain)
        if not recorded:
            return (ledger,)
        return ledger, Present(self.cables, complete=recorded >= listed, certain=certain)

    def at(self, place_id: int) -> Present:
        """What the ledger says of one place; recorded cables that it does not know may lie there as well."""
        return Present(self.by_place.get(place_id, ()), complete=count(self.entries) >= len(self.cables))


def count(loads: Sequence[Load]) -> int:
    """How many pieces loads are."""
    return sum(load.count for load in loads)


def occupants_of(
    ctx: Ctx, structure_ids: Collection[int], heights: dict[int, Decimal], leaving: Collection[int] = ()
) -> dict[int, Occupants]:
    """The occupants of structures that the reader sees exactly; `heights` are those that places tell, by their ids.

    Entries that are `leaving` make room for what is asked and no longer count.
    """
    found = {number: Occupants({}) for number in structure_ids}
    query = (
        select(CapacityPlace.structure_id, CapacityEntry, ColocationItem)
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .outerjoin(ColocationItem, ColocationItem.entry_id == CapacityEntry.id)
        .where(CapacityPlace.structure_id.in_(structure_ids), CapacityEntry.state.in_(_HERE))
        .where(CapacityEntry.id.not_in(leaving))
        .order_by(CapacityEntry.id)
    )
    for structure_id, entry, item in ctx.session.execute(query):
        places = found[structure_id].by_place
        places[entry.place_id] = (*places.get(entry.place_id, ()), _load(entry, item, heights.get(entry.place_id)))
    for structure_id, loads in _cables(ctx, structure_ids).items():
        found[structure_id] = replace(found[structure_id], cables=tuple(loads))
    return found


def _load(entry: CapacityEntry, item: ColocationItem | None, height: Decimal | None) -> Load:
    """What the owner wrote at the entry; where it wrote nothing, what the request that led to it said."""
    stated = Load(
        count=entry.quantity,
        diameter_mm=entry.cable_diameter_mm,
        height_m=entry.attach_height_m if entry.attach_height_m is not None else height,
        area_m2=entry.exposed_area_m2,
        width_mm=entry.tray_width_mm,
        mass_kg_m=entry.load_kg_m,
    )
    if item is None:
        return stated
    asked = _asked(item)
    if stated.diameter_mm is None:
        stated = replace(stated, count=max(stated.count, asked.count), diameter_mm=asked.diameter_mm)
    return replace(
        stated,
        height_m=next((each for each in (entry.attach_height_m, asked.height_m, height) if each is not None), None),
        area_m2=stated.area_m2 if stated.area_m2 is not None else asked.area_m2,
        width_mm=stated.width_mm if stated.width_mm is not None else asked.width_mm,
        mass_kg_m=stated.mass_kg_m if stated.mass_kg_m is not None else asked.mass_kg_m,
    )


def _asked(item: ColocationItem) -> Load:
    cables = item.cables or item.quantity
    return Load(
        count=item.sub_ducts or cables,
        diameter_mm=item.sub_duct_diameter_mm if item.sub_ducts else item.cable_diameter_mm,
        height_m=item.attach_height_m,
        area_m2=item.exposed_area_m2,
        width_mm=item.tray_width_mm,
        mass_kg_m=None if item.cable_mass_kg_m is None else cables * item.cable_mass_kg_m,
    )


def _cables(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[Load]]:
    """The recorded cables over each structure, dead ones too: they still hang there."""
    seen: Any = visible(ctx, CableRoute, P.STRUCTURE_READ)
    query = (
        select(
            CableMember.structure_id,
            CableRoute.id,
            CableRoute.outer_diameter_mm,
            CableRoute.mass_kg_m,
            seen.label("seen"),
        )
        .join(CableRoute, CableRoute.id == CableMember.cable_id)
        .where(
            CableMember.structure_id.in_(structure_ids),
            CableRoute.status.not_in((Status.PLANNED, Status.BUILDING, Status.REMOVED)),
        )
        .distinct()
    )
    found: dict[int, list[Load]] = {}
    for row in ctx.session.execute(query):
        load = Load(diameter_mm=row.outer_diameter_mm, mass_kg_m=row.mass_kg_m) if row.seen else Load()
        found.setdefault(row.structure_id, []).append(load)
    return found
