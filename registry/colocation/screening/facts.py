"""Inputs of the calculators: the structure, its places and existing loads, and the item."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.cables.models import CableMember
from registry.capacity.models import UNPLACED, CapacityEntry, CapacityPlace, EntryState, PlaceUnit, cable_use
from registry.capacity.room import rooms_of
from registry.colocation.models import ColocationItem
from registry.colocation.screening.duct import CODE as DUCT
from registry.colocation.screening.duct import DuctFacts
from registry.colocation.screening.pole import CODE as POLE
from registry.colocation.screening.pole import PoleFacts, Span
from registry.colocation.screening.result import InstalledLoad, Inventory, PlaceRoom
from registry.colocation.screening.tower import CODE as TOWER
from registry.colocation.screening.tower import TowerFacts
from registry.colocation.screening.tray import CODE as TRAY
from registry.colocation.screening.tray import TrayFacts
from registry.structures.codes import Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.antenna_tower import MastForm
from registry.structures.kinds.cable_pole import PoleRole
from registry.structures.kinds.cable_route import CableRoute
from registry.structures.kinds.kind import Hosting
from registry.structures.models import Structure
from registry.structures.visibility import IS_RESTRICTED

_OCCUPYING = (EntryState.USED, EntryState.RESERVED)
Facts = DuctFacts | PoleFacts | TowerFacts | TrayFacts
#: Hosting -> calculator, and the field that a kind needs for it (a manhole has no bore).
_CALCULATORS: Final = {
    Hosting.ANTENNAS: (TOWER, "rated_area_m2"),
    Hosting.HUNG_CABLES: (POLE, "rated_top_load_n"),
    Hosting.PULLED_CABLES: (DUCT, "bore_diameter_mm"),
    Hosting.LAID_CABLES: (TRAY, "tray_width_mm"),
}
_BENT: Final = (PoleRole.CORNER, PoleRole.END)


@dataclass(frozen=True)
class Occupants:
    """Existing loads on one structure by the ledger: by place, and of cables of which the place is not known.

    A cable that the reader may not see counts with unknown measures.
    """

    by_place: dict[int, tuple[InstalledLoad, ...]]
    unplaced: tuple[InstalledLoad, ...] = ()

    @property
    def entries(self) -> tuple[InstalledLoad, ...]:
        """The loads of all places."""
        return tuple(load for loads in self.by_place.values() for load in loads)

    def everywhere(self, *, certain: bool = True) -> tuple[Inventory, ...]:
        """All that is on the structure."""
        return (Inventory((*self.entries, *self.unplaced), certain=certain),)

    def at(self, place_id: int) -> Inventory:
        """The loads at one place; cables without a known place may be there, too."""
        return Inventory(self.by_place.get(place_id, ()), complete=not self.unplaced)


def occupants_of(
    ctx: Ctx, structure_ids: Collection[int], heights: dict[int, Decimal], leaving: Collection[int] = ()
) -> dict[int, Occupants]:
    """Occupants of structures that the reader sees exactly; `heights` of places by id.

    `leaving` entries are replaced or removed by the request and do not count.
    """
    occupants = {number: Occupants({}) for number in structure_ids}
    query = (
        select(CapacityPlace.structure_id, CapacityPlace.label, CapacityEntry, ColocationItem)
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .outerjoin(ColocationItem, ColocationItem.entry_id == CapacityEntry.id)
        .where(CapacityPlace.structure_id.in_(structure_ids), CapacityEntry.state.in_(_OCCUPYING))
        .where(CapacityEntry.id.not_in(leaving))
        .order_by(CapacityEntry.id)
    )
    cables = _cables(ctx, structure_ids)
    for structure_id, label, entry, item in ctx.session.execute(query):
        loads = _loads(entry, item, heights.get(entry.place_id), cables.get(entry.id, ()))
        listed = occupants[structure_id]
        if label == UNPLACED:
            occupants[structure_id] = replace(listed, unplaced=(*listed.unplaced, *loads))
        else:
            listed.by_place[entry.place_id] = (*listed.by_place.get(entry.place_id, ()), *loads)
    for structure_id, number in _restricted_cables(ctx, structure_ids).items():
        listed = occupants[structure_id]
        occupants[structure_id] = replace(listed, unplaced=(*listed.unplaced, *([InstalledLoad()] * number)))
    return occupants


def _loads(
    entry: CapacityEntry, item: ColocationItem | None, height: Decimal | None, cables: Sequence[InstalledLoad]
) -> tuple[InstalledLoad, ...]:
    """The loads of an entry: of its cables, where it states no measures of its own and they are all that is there."""
    stated = _load(entry, item, height)
    is_known_by_cables = stated.diameter_mm is None and len(cables) >= stated.count
    return tuple(replace(cable, height_m=stated.height_m) for cable in cables) if is_known_by_cables else (stated,)


def _load(entry: CapacityEntry, item: ColocationItem | None, height: Decimal | None) -> InstalledLoad:
    """The values of the entry; missing ones come from the request that led to it."""
    stated = InstalledLoad(
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


def _asked(item: ColocationItem) -> InstalledLoad:
    cables = item.cables or item.quantity
    return InstalledLoad(
        count=item.sub_ducts or cables,
        diameter_mm=item.sub_duct_diameter_mm if item.sub_ducts else item.cable_diameter_mm,
        height_m=item.attach_height_m,
        area_m2=item.exposed_area_m2,
        width_mm=item.tray_width_mm,
        mass_kg_m=None if item.cable_mass_kg_m is None else cables * item.cable_mass_kg_m,
    )


def _cables(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[InstalledLoad]]:
    """The cables by the entry by which they use a structure, disused ones included: they still load it."""
    is_visible: Any = visible(ctx, CableRoute, P.STRUCTURE_READ)
    query = (
        select(cable_use.c.entry_id, CableRoute.outer_diameter_mm, CableRoute.mass_kg_m, is_visible.label("is_visible"))
        .join(CableRoute, CableRoute.id == cable_use.c.cable_id)
        .where(cable_use.c.structure_id.in_(structure_ids))
        .order_by(cable_use.c.cable_id)
    )
    cables: dict[int, list[InstalledLoad]] = {}
    for row in ctx.session.execute(query):
        load = (
            InstalledLoad(diameter_mm=row.outer_diameter_mm, mass_kg_m=row.mass_kg_m)
            if row.is_visible
            else InstalledLoad()
        )
        cables.setdefault(row.entry_id, []).append(load)
    return cables


def _restricted_cables(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, int]:
    """The number of restricted cables in place over each structure: they are not in the ledger, but they load it."""
    query = (
        select(CableMember.structure_id, func.count(CableMember.cable_id.distinct()).label("cables"))
        .join(Structure, Structure.id == CableMember.cable_id)
        .where(
            CableMember.structure_id.in_(structure_ids),
            IS_RESTRICTED.clause(Structure),
            Structure.status.not_in((Status.PLANNED, Status.BUILDING, Status.REMOVED)),
        )
        .group_by(CableMember.structure_id)
    )
    return {row.structure_id: row.cables for row in ctx.session.execute(query)}


@dataclass(frozen=True)
class Site:
    """A structure with its places and occupants."""

    structure: Any
    places: Sequence[CapacityPlace]
    occupants: Occupants


def calculator_of(kind: str) -> str | None:
    """Code of the calculator of a kind; None if there is none."""
    hosting = KINDS[kind].hosting
    if hosting not in _CALCULATORS:
        return None
    code, needed = _CALCULATORS[hosting]
    return code if needed in KINDS[kind].fields() else None


def facts_of(ctx: Ctx, items: Sequence[tuple[ColocationItem, Row[Any]]]) -> dict[int, Facts]:
    """Calculator inputs by structure, for structures that the reader sees exactly and that have a calculator."""
    kinds = {row.id: row.kind for _item, row in items if calculator_of(row.kind) is not None}
    sites = _sites(ctx, kinds, [item.replaces_entry_id for item, _row in items if item.replaces_entry_id is not None])
    makers: dict[str, Callable[[ColocationItem, Site], Facts]] = {DUCT: _duct, POLE: _pole, TOWER: _tower, TRAY: _tray}
    return {
        row.id: makers[calculator_of(row.kind) or ""](item, sites[row.id]) for item, row in items if row.id in sites
    }


def _sites(ctx: Ctx, kinds: dict[int, str], leaving: Sequence[int]) -> dict[int, Site]:
    structures: dict[int, Structure] = {}
    for kind in set(kinds.values()):
        model = KINDS[kind].model
        ids = [number for number, its_kind in kinds.items() if its_kind == kind]
        query = select(model).where(model.id.in_(ids), visible(ctx, model, P.STRUCTURE_READ))
        structures |= {structure.id: structure for structure in ctx.session.scalars(query)}
    places: dict[int, list[CapacityPlace]] = {number: [] for number in structures}
    query_places = select(CapacityPlace).where(CapacityPlace.structure_id.in_(structures)).order_by(CapacityPlace.id)
    for site_slot in ctx.session.scalars(query_places.execution_options(populate_existing=True)):
        places[site_slot.structure_id].append(site_slot)
    room_heights = {
        (number, room.label): room.height_m
        for number, rooms in rooms_of(ctx, structures).items()
        for room in rooms
        if room.height_m is not None
    }
    heights = {
        site_slot.id: room_heights[number, site_slot.label]
        for number, listed in places.items()
        for site_slot in listed
        if (number, site_slot.label) in room_heights
    }
    occupants = occupants_of(ctx, structures, heights, leaving)
    return {number: Site(structure, places[number], occupants[number]) for number, structure in structures.items()}


def _place(item: ColocationItem, site: Site) -> CapacityPlace | None:
    return next((slot for slot in site.places if slot.id == item.place_id), None)


def _room(item: ColocationItem, site: Site) -> PlaceRoom:
    slot = _place(item, site)
    if slot is None:
        return PlaceRoom(None, "", None, None, item.quantity)
    unplaced = sum(each.used for each in site.places if each.label == UNPLACED)
    return PlaceRoom(slot.label, str(slot.unit.label), slot.total, slot.free, units_asked(item, slot), unplaced)


def units_asked(item: ColocationItem, slot: CapacityPlace) -> int:
    """The units of a place that an item needs; a place counted in cables needs one for each cable."""
    return max(item.quantity, item.cables or 0) if slot.unit is PlaceUnit.CABLE else item.quantity


def _shared(
    item: ColocationItem, site: Site, whole: PlaceUnit, *, is_single: bool
) -> tuple[bool, tuple[Inventory, ...]]:
    """Whether whole bores or levels are requested, and what shares the requested one.

    `is_single`: the structure has only one, so everything recorded there is in it.
    """
    slot, existing = _place(item, site), site.occupants
    if slot is None:
        return False, (Inventory(complete=False),)
    if slot.unit is whole:
        # Cables without a known place may be in any, a free one included.
        return True, (Inventory(complete=not existing.unplaced),)
    if sum(each.label != UNPLACED for each in site.places) == 1:
        return False, existing.everywhere(certain=is_single)
    return False, (existing.at(slot.id),)


def _duct(item: ColocationItem, site: Site) -> DuctFacts:
    is_whole, present = _shared(item, site, PlaceUnit.BORE, is_single=site.structure.bore_count == 1)
    return DuctFacts(
        room=_room(item, site),
        nominal_diameter_mm=site.structure.bore_diameter_mm,
        inner_diameter_mm=site.structure.bore_inner_diameter_mm,
        cable_diameter_mm=item.cable_diameter_mm,
        cables=item.cables,
        sub_ducts=item.sub_ducts or 0,
        sub_duct_diameter_mm=item.sub_duct_diameter_mm,
        present=present,
        is_whole=is_whole,
    )


def _pole(item: ColocationItem, site: Site) -> PoleFacts:
    pole = site.structure
    has_power = "voltage_kv" in KINDS[pole.kind].fields()
    span = Span(
        attach_height_m=item.attach_height_m,
        span_m=item.span_m,
        mass_kg_m=item.cable_mass_kg_m,
        tension_n=item.tension_n,
        crosses=item.crosses,
        lowest_cable_m=pole.lowest_cable_m,
        has_power=has_power,
        voltage_kv=pole.voltage_kv if has_power else None,
        lowest_power_line_m=pole.lowest_power_line_m if has_power else None,
    )
    return PoleFacts(
        room=_room(item, site),
        span=span,
        cables=item.cables,
        cable_diameter_mm=item.cable_diameter_mm,
        length_m=pole.length_m,
        setting_depth_m=pole.setting_depth_m,
        rated_top_load_n=pole.rated_top_load_n,
        is_straight=None if pole.pole_role is None else pole.pole_role not in _BENT,
        present=site.occupants.everywhere(),
    )


def _tower(item: ColocationItem, site: Site) -> TowerFacts:
    tower = site.structure
    return TowerFacts(
        room=_room(item, site),
        height_m=tower.height_m,
        attach_height_m=item.attach_height_m,
        exposed_area_m2=item.exposed_area_m2,
        rated_area_m2=tower.rated_area_m2,
        rated_area_height_m=tower.rated_area_height_m,
        load_margin_pct=tower.load_margin_pct,
        is_guyed=None if tower.mast_form is None else tower.mast_form is MastForm.GUYED,
        present=(Inventory(site.occupants.entries),),
    )


def _tray(item: ColocationItem, site: Site) -> TrayFacts:
    is_whole, present = _shared(item, site, PlaceUnit.LEVEL, is_single=False)
    return TrayFacts(
        room=_room(item, site),
        tray_width_mm=site.structure.tray_width_mm,
        tray_rated_kg_m=site.structure.tray_rated_kg_m,
        cables=item.cables,
        cable_diameter_mm=item.cable_diameter_mm,
        width_mm=item.tray_width_mm,
        mass_kg_m=item.cable_mass_kg_m,
        present=present,
        is_whole=is_whole,
    )
