"""The ledger of occupants for structures that go out of service: entries end, or move to another structure.

The audit record of the structure's own step covers them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.capacity.models import LOADS, UNPLACED, CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.rules import out_of_service
from registry.capacity.use_notices import EVENTS, UsedStructure, holders_of_entries, holders_on, notify_holders
from registry.kernel.db.history import history_of
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing.occupants import Occupancy

_OPEN: Final = (EntryState.USED, EntryState.RESERVED, EntryState.BLOCKED)


class PlaceLedger:
    """Implements `registry.structures.writing.occupants.Ledger`."""

    def occupancy(self, ctx: Ctx, structure: Structure) -> Occupancy:
        """The current use, reservations and blocked places of a structure."""
        query = (
            select(CapacityEntry, CapacityPlace, Organisation.short_name)
            .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
            .outerjoin(Organisation, Organisation.id == CapacityEntry.holder_id)
            .where(CapacityPlace.structure_id == structure.id, CapacityEntry.state.in_(_OPEN))
            .order_by(CapacityPlace.label, CapacityEntry.id)
        )
        entries, cases = [], []
        for entry, slot, holder in ctx.session.execute(query):
            if entry.case_number is not None:
                cases.append(entry.case_number)
                continue
            entries.append(
                _(
                    "%(place)s: %(pieces)s, %(holder)s",
                    place=slot.label,
                    pieces=slot.unit.counted(entry.quantity),
                    holder=holder or entry.holder_name or entry.state.label,
                )
            )
        return Occupancy(tuple(entries), tuple(dict.fromkeys(cases)))

    def end(self, ctx: Ctx, structure: Structure, last: date) -> None:
        """End all entries without a case; an entry that starts later ends on its own first day."""
        entries = _entries(ctx, structure)
        for entry in entries:
            _end(entry, last)
        ctx.session.flush()
        notify_holders(ctx, EVENTS["ended"], structure, entries)

    def narrowed(self, ctx: Ctx, structure_ids: Collection[int], event: str) -> None:
        """Notify the users of structures of others that these are suspended or closed."""
        users = holders_on(ctx, structure_ids)
        for structure in ctx.session.scalars(select(Structure).where(Structure.id.in_(users)).order_by(Structure.id)):
            notify_holders(ctx, EVENTS[event], structure, users[structure.id])

    def watch_revert(self, ctx: Ctx, change_id: int) -> Callable[[], None]:
        """Afterwards notify the users of structures of others whose entries of the change are in force no more."""
        version = history_of(CapacityEntry)
        of_change = select(version.c.id).where(version.c.change_id == change_id)
        before = holders_of_entries(ctx, CapacityEntry.id.in_(of_change))

        def notify_users() -> None:
            still = {row.id for row in holders_of_entries(ctx, CapacityEntry.id.in_([row.id for row in before]))}
            lost = [row for row in before if row.id not in still]
            for row in {row.structure_id: row for row in lost}.values():
                uses = [each for each in lost if each.structure_id == row.structure_id]
                notify_holders(
                    ctx, EVENTS["ended"], UsedStructure(row.structure_id, row.code, row.owner_organisation_id), uses
                )

        return notify_users

    def move(self, ctx: Ctx, structure: Structure, to_code: str, last: date) -> None:
        """End all entries without a case; entries in use continue on the structure of the other code.

        The list of a cable is its owner's, who is notified: its place there waits for the cable.
        """
        target = _target(ctx, structure, to_code)
        places = _places(ctx, target)
        entries = _entries(ctx, structure)
        for entry in entries:
            former = ctx.session.get_one(CapacityPlace, entry.place_id)
            is_used = entry.state is EntryState.USED
            _end(entry, last)
            if not is_used:
                continue
            slot = _room(places, former, entry.quantity)
            if slot is None and former.label == UNPLACED:
                slot = _unplaced(ctx, target)
                places.append(slot)
            if slot is None:
                sentence = _(
                    "Công trình %(code)s không còn đủ %(quantity)d %(unit)s trống cho “%(place)s”; "
                    "cần một công trình khác, hoặc kết thúc mục sử dụng.",
                    code=target.code,
                    quantity=entry.quantity,
                    unit=former.unit.label,
                    place=former.label,
                )
                raise Invalid({"move_to": sentence})
            ctx.session.add(_continued(entry, slot))
            ctx.session.flush()
            ctx.session.refresh(slot)
        ended = [entry for entry in entries if entry.state is EntryState.ENDED]
        notify_holders(ctx, EVENTS["moved"], structure, ended, to=target.code)


def _entries(ctx: Ctx, structure: Structure) -> list[CapacityEntry]:
    """The open entries without a case; their places are locked in the order of their ids."""
    places = [slot.id for slot in _places(ctx, structure)]
    query = (
        select(CapacityEntry)
        .where(
            CapacityEntry.place_id.in_(places),
            CapacityEntry.state.in_(_OPEN),
            CapacityEntry.case_number.is_(None),
        )
        .order_by(CapacityEntry.id)
        .with_for_update()
    )
    return list(ctx.session.scalars(query))


def _places(ctx: Ctx, structure: Structure) -> list[CapacityPlace]:
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure.id).order_by(CapacityPlace.id)
    return list(ctx.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _end(entry: CapacityEntry, last: date) -> None:
    entry.state, entry.expires_at = EntryState.ENDED, None
    entry.ended_on = max(last, entry.started_on or last)


def _target(ctx: Ctx, structure: Structure, code: str) -> Structure:
    missing = _(
        "Không có công trình “%(code)s” của chủ sở hữu này; cần mã tỉnh của một công trình đang khai thác khác.",
        code=shown(code),
    )
    try:
        target = get_structure(ctx, code.strip().upper())
    except NotFound as unknown:
        raise Invalid({"move_to": missing}) from unknown
    is_other = target.id != structure.id and target.owner_organisation_id == structure.owner_organisation_id
    if not is_other or not allowed(ctx, P.CAPACITY_EDIT, target):
        raise Invalid({"move_to": missing})
    problem = out_of_service(target.code, target.status)
    if problem is not None:
        raise Invalid({"move_to": problem})
    return target


def _room(places: list[CapacityPlace], former: CapacityPlace, quantity: int) -> CapacityPlace | None:
    """A place of the same unit with enough room, one with the same label first."""
    fitting = [
        slot
        for slot in places
        if slot.unit is former.unit and ((slot.free or 0) >= quantity or slot.label == former.label == UNPLACED)
    ]
    return min(fitting, key=lambda slot: (slot.label != former.label, slot.id), default=None)


def _unplaced(ctx: Ctx, structure: Structure) -> CapacityPlace:
    """The new place of cables of which it is not known where on the structure they are."""
    slot = CapacityPlace(
        organisation_id=structure.owner_organisation_id,
        structure_id=structure.id,
        label=UNPLACED,
        unit=PlaceUnit.CABLE,
    )
    ctx.session.add(slot)
    ctx.session.flush()
    return slot


def _continued(entry: CapacityEntry, slot: CapacityPlace) -> CapacityEntry:
    return CapacityEntry(
        organisation_id=slot.organisation_id,
        place_id=slot.id,
        state=EntryState.USED,
        quantity=entry.quantity,
        holder_id=entry.holder_id,
        holder_name=entry.holder_name,
        equipment=entry.equipment,
        technology=entry.technology,
        started_on=entry.ended_on,
        **{name: getattr(entry, name) for name in LOADS},
    )
