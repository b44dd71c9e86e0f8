"""Reads of capacity: sums for actors who see the structure exactly, occupants only for those who may know them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, visible
from registry.capacity.models import (
    LOADS,
    MEASURES,
    UNPLACED,
    CapacityEntry,
    CapacityPlace,
    EntryState,
    PlaceUnit,
    Technology,
)
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.kernel.fields import display_value, fields_of
from registry.kernel.i18n import _
from registry.structures.history import HistoryChange, HistoryPart
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.positions.versions import rows_at
from registry.structures.visibility import IS_OPEN

_LOADS: Final = fields_of(CapacityEntry)
_PLACE: Final = fields_of(CapacityPlace)
_MEMO: Final = "capacity.places"


@dataclass(frozen=True)
class EntryView:
    """One entry as the reader may see it; `holder` and `equipment` are "" where the reader may not know them."""

    id: int
    state: EntryState
    quantity: int
    holder: str
    equipment: str
    technology: Technology | None
    started_on: date | None
    ended_on: date | None
    expires_at: datetime | None
    #: Label and value of its stated loads.
    loads: tuple[tuple[str, str], ...] = ()
    attach_height_m: Decimal | None = None
    cable_diameter_mm: Decimal | None = None
    #: Of a passing cable, which its owner ends by its list.
    of_cable: bool = False


@dataclass(frozen=True)
class PlaceView:
    """One place with its sums and entries; `total` and `free` None are unknown."""

    id: int
    label: str
    unit: PlaceUnit
    total: int | None
    used: int
    reserved: int
    blocked: int
    free: int | None
    entries: tuple[EntryView, ...]
    #: Label and value of its known measures.
    measures: tuple[tuple[str, str], ...] = ()
    height_m: Decimal | None = None
    diameter_mm: Decimal | None = None
    level: int | None = None

    @property
    def is_unplaced(self) -> bool:
        """Of cables of which it is not known where they are; the database keeps it."""
        return self.label == UNPLACED


@dataclass(frozen=True)
class Totals:
    """The sums of all places of one structure; `total` and `free` are None where the total of a place is unknown.

    A cable of which it is not known where it is may be in any free place, which is then not free.
    """

    total: int | None
    used: int
    reserved: int
    free: int | None


def may_see_holders(ctx: Ctx, structure: Structure) -> bool:
    """Whether the reader may know the occupants: its owner, the two departments, the roles of its area."""
    return allowed(ctx, P.CAPACITY_HOLDERS, structure)


def holders_known(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """The condition of `may_see_holders`, for queries on structures."""
    return visible(ctx, model, P.CAPACITY_HOLDERS)


def list_places(ctx: Ctx, structure: Structure) -> list[PlaceView]:
    """The places of a structure that the reader sees exactly, by label; entries only if holders may be known.

    In a read-only transaction the answer is cached: several panels of one page show them.
    """
    cache: dict[int, list[PlaceView]] = ctx.memo.setdefault(_MEMO, {}) if ctx.read_only else {}
    if structure.id not in cache:
        holders = {structure.id} if may_see_holders(ctx, structure) else set()
        cache[structure.id] = places_by_structure(ctx, [structure.id], holders)[structure.id]
    return cache[structure.id]


def places_by_structure(
    ctx: Ctx, structure_ids: Collection[int], known_holders: Collection[int]
) -> dict[int, list[PlaceView]]:
    """The places of structures that the reader sees exactly, by label; entries of those in `known_holders`."""
    query = (
        select(CapacityPlace)
        .where(
            CapacityPlace.structure_id.in_(structure_ids),
            or_(CapacityPlace.label != UNPLACED, CapacityPlace.used > 0),
        )
        .order_by(CapacityPlace.label)
    )
    places = list(ctx.session.scalars(query))
    entries = _entries(ctx, [slot.id for slot in places if slot.structure_id in known_holders])
    views: dict[int, list[PlaceView]] = {number: [] for number in structure_ids}
    for slot in places:
        views[slot.structure_id].append(_place_view(slot, entries.get(slot.id, ())))
    return views


def place_labelled(ctx: Ctx, structure: Structure, label: str) -> CapacityPlace | None:
    """The place of a structure with a label, compared exactly."""
    places = ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.structure_id == structure.id))
    return next((slot for slot in places if slot.label == label), None)


def place_fingerprint(slot: CapacityPlace) -> str:
    """The values of a place that its form rests on, to detect a concurrent change."""
    names = ("unit", "total", *MEASURES)
    return "/".join(str(getattr(slot, name)) for name in names)


def list_places_at(ctx: Ctx, structure_id: int, when: When) -> list[PlaceView]:
    """The places of a structure as they were, by label, without entries; the caller has checked the access."""
    slot = rows_at(CapacityPlace, when.at(ctx.now), "place")
    query = select(slot).where(slot.c.structure_id == structure_id).order_by(slot.c.label)
    return [_place_view(row) for row in ctx.session.execute(query)]


def _place_view(slot: Any, entries: Sequence[EntryView] = ()) -> PlaceView:
    return PlaceView(
        slot.id,
        slot.label,
        slot.unit,
        slot.total,
        slot.used,
        slot.reserved,
        slot.blocked,
        slot.free,
        tuple(entries),
        _measures(slot),
        slot.height_m,
        slot.diameter_mm,
        slot.level,
    )


def _measures(slot: Any) -> tuple[tuple[str, str], ...]:
    measures = ((_PLACE[name], getattr(slot, name)) for name in MEASURES)
    return tuple((str(field.label), display_value(field, value)) for field, value in measures if value is not None)


def place_changes(ctx: Ctx, structure: Structure) -> list[HistoryPart]:
    """The changes of total, unit and measures of the places of a structure, for its timeline; without occupants."""
    slot_history = history_of(CapacityPlace)
    query = select(slot_history).where(slot_history.c.structure_id == structure.id).order_by(slot_history.c.history_id)
    last: dict[int, str] = {}
    parts: dict[int, HistoryPart] = {}
    for row in ctx.session.execute(query):
        before, after = last.get(row.id, ""), _place_text(row)
        if before == after:
            continue
        last[row.id] = after
        change = HistoryChange(_("Vị trí “%(label)s”", label=row.label), before, after)
        part = parts.get(row.change_id)
        parts[row.change_id] = HistoryPart(row.change_id, row.recorded_from, (*(part.changes if part else ()), change))
    return list(parts.values())


def _place_text(row: Any) -> str:
    total = _("chưa rõ tổng số") if row.total is None else str(row.total)
    parts = [f"{total} {PlaceUnit(row.unit).label}", *(f"{label}: {value}" for label, value in _measures(row))]
    return "; ".join(parts)


def _entries(ctx: Ctx, place_ids: list[int]) -> dict[int, list[EntryView]]:
    """The entries of places, those in force first, then the latest."""
    cable = aliased(Structure)
    query = (
        select(CapacityEntry, Organisation.short_name, cable.code.label("cable"))
        .outerjoin(Organisation, Organisation.id == CapacityEntry.holder_id)
        .outerjoin(cable, and_(cable.id == CapacityEntry.cable_id, IS_OPEN.clause(cable)))
        .where(
            CapacityEntry.place_id.in_(place_ids),
            or_(CapacityEntry.state != EntryState.ENDED, CapacityEntry.was_used_rule()),
        )
        .order_by(
            (CapacityEntry.state == EntryState.ENDED),
            CapacityEntry.started_on.desc().nulls_last(),
            CapacityEntry.id,
        )
    )
    entries: dict[int, list[EntryView]] = {}
    if not place_ids:
        return entries
    for entry, holder, cable_code in ctx.session.execute(query):
        view = EntryView(
            entry.id,
            entry.state,
            entry.quantity,
            holder or entry.holder_name or "",
            entry.equipment or cable_code or "",
            entry.technology,
            entry.started_on,
            entry.ended_on,
            entry.expires_at,
            tuple(
                (str(_LOADS[name].label), display_value(_LOADS[name], value))
                for name in LOADS
                if (value := getattr(entry, name)) is not None
            ),
            entry.attach_height_m,
            entry.cable_diameter_mm,
            entry.cable_id is not None,
        )
        entries.setdefault(entry.place_id, []).append(view)
    return entries


def place_totals(ctx: Ctx, structure_ids: Iterable[int]) -> dict[int, Totals]:
    """The sums of several structures, for lists; only of those that the reader sees exactly."""
    ids = list(structure_ids)
    if not ids:
        return {}
    is_placed = CapacityPlace.label != UNPLACED
    unknown = func.bool_or(CapacityPlace.total.is_(None)).filter(is_placed)
    unplaced = func.coalesce(func.sum(CapacityPlace.used).filter(~is_placed), 0)
    query = (
        select(
            CapacityPlace.structure_id,
            func.coalesce(unknown, True).label("unknown"),
            func.sum(CapacityPlace.total).label("total"),
            func.sum(CapacityPlace.used).label("used"),
            func.sum(CapacityPlace.reserved).label("reserved"),
            func.greatest(func.sum(CapacityPlace.free) - unplaced, 0).label("free"),
        )
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(CapacityPlace.structure_id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ))
        .group_by(CapacityPlace.structure_id)
    )
    return {
        row.structure_id: Totals(
            None if row.unknown else int(row.total),
            int(row.used),
            int(row.reserved),
            None if row.unknown else int(row.free),
        )
        for row in ctx.session.execute(query)
    }


def get_entry_owner(ctx: Ctx, entry_id: int, code: str) -> int:
    """The owner of an entry of the structure `code` that the actor may edit; NotFound otherwise."""
    query = (
        select(CapacityEntry.organisation_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(CapacityEntry.id == entry_id, Structure.code == code, visible(ctx, CapacityEntry, P.CAPACITY_EDIT))
    )
    owner: int | None = ctx.session.scalar(query)
    if owner is None:
        raise NotFound
    return owner
