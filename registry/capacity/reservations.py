"""Reservations of cases. Places are locked in the order of their ids, so that two cases never deadlock.

The audit record of the case's own move covers them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, Technology
from registry.capacity.rules import out_of_service
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _
from registry.structures.models import Structure

_NOT_OVER = "ck_capacity_place_not_over"


@dataclass(frozen=True)
class Reservation:
    """Units of a place for a holder, by a case, until a moment."""

    place_id: int
    quantity: int
    holder_id: int
    case_number: str
    expires_at: datetime
    equipment: str | None = None
    technology: Technology | None = None


def reserve(ctx: Ctx, requested: Sequence[Reservation]) -> list[CapacityEntry]:
    """Reserve places, all or none; MoveRefused where a total is unknown or not enough is free."""
    places = _locked(ctx, {wanted.place_id for wanted in requested})
    asked = Counter[int]()
    for wanted in requested:
        asked[wanted.place_id] += wanted.quantity
    _refuse_out_of_service(ctx, places.values())
    for slot in places.values():
        _refuse_lack(slot, asked[slot.id])
    entries = [
        CapacityEntry(
            organisation_id=places[wanted.place_id].organisation_id,
            place_id=wanted.place_id,
            state=EntryState.RESERVED,
            quantity=wanted.quantity,
            holder_id=wanted.holder_id,
            equipment=wanted.equipment,
            technology=wanted.technology,
            case_number=wanted.case_number,
            started_on=ctx.today,
            expires_at=wanted.expires_at,
        )
        for wanted in requested
    ]
    try:
        with ctx.session.begin_nested():
            ctx.session.add_all(entries)
    except IntegrityError as error:
        # The database maintains the sums and never lets units be reserved twice.
        if _constraint(error) != _NOT_OVER:
            raise
        raise MoveRefused(_("Không đủ chỗ trống để giữ; hãy xem lại số chỗ còn trống rồi trả lời.")) from error
    for slot in places.values():
        ctx.session.expire(slot)
    return entries


def release(ctx: Ctx, entry_ids: Collection[int]) -> None:
    """End the entries that are still reserved; their units are free again. An unused reservation has no first day."""
    for entry in _reserved(ctx, entry_ids):
        entry.state, entry.started_on, entry.ended_on, entry.expires_at = EntryState.ENDED, None, ctx.today, None
    ctx.session.flush()


def prolong(ctx: Ctx, entry_ids: Collection[int], until: datetime) -> None:
    """Extend the entries that are still reserved until a moment."""
    for entry in _reserved(ctx, entry_ids):
        entry.expires_at = until
    ctx.session.flush()


def occupy(ctx: Ctx, entry_ids: Collection[int], since: date) -> None:
    """Reserved entries are in use from a day on."""
    for entry in _reserved(ctx, entry_ids):
        entry.state, entry.started_on, entry.expires_at = EntryState.USED, since, None
    ctx.session.flush()


def vacate(ctx: Ctx, entry_ids: Collection[int], on: date) -> None:
    """Entries in use end: their units are free again from a day on."""
    for entry in _held(ctx, entry_ids, EntryState.USED):
        entry.state, entry.ended_on = EntryState.ENDED, max(on, entry.started_on or on)
    ctx.session.flush()


def replace(ctx: Ctx, former_id: int, since: date, requested: Reservation, held_id: int | None) -> CapacityEntry:
    """Another device replaces one in use: `requested` in all, of which `held_id` was reserved on top of the former.

    The former ends before the new one starts, in one transaction under the lock of their place, so that no other case
    can take the units in between.
    """
    if held_id is not None:
        release(ctx, [held_id])
    vacate(ctx, [former_id], since)
    (entry,) = reserve(ctx, [requested])
    occupy(ctx, [entry.id], since)
    return entry


def still_reserved(ctx: Ctx, entry_ids: Collection[int]) -> list[int]:
    """The entries that still hold their place."""
    query = select(CapacityEntry.id).where(
        CapacityEntry.id.in_(entry_ids), CapacityEntry.state == EntryState.RESERVED, CapacityEntry.expires_at > ctx.now
    )
    return sorted(ctx.session.scalars(query))


def in_use(ctx: Ctx, entry_ids: Collection[int]) -> list[int]:
    """The entries that are in use."""
    query = select(CapacityEntry.id).where(CapacityEntry.id.in_(entry_ids), CapacityEntry.state == EntryState.USED)
    return sorted(ctx.session.scalars(query))


def places_of(ctx: Ctx, entry_ids: Collection[int]) -> list[int]:
    """The places of entries, in any state."""
    query = select(CapacityEntry.place_id).where(CapacityEntry.id.in_(entry_ids)).distinct()
    return sorted(ctx.session.scalars(query))


def _reserved(ctx: Ctx, entry_ids: Collection[int]) -> list[CapacityEntry]:
    return _held(ctx, entry_ids, EntryState.RESERVED)


def _held(ctx: Ctx, entry_ids: Collection[int], state: EntryState) -> list[CapacityEntry]:
    """The entries in a state; their places are locked first."""
    requested = select(CapacityEntry.place_id).where(CapacityEntry.id.in_(entry_ids))
    places = _locked(ctx, set(ctx.session.scalars(requested)))
    query = (
        select(CapacityEntry)
        .where(CapacityEntry.id.in_(entry_ids), CapacityEntry.state == state)
        .order_by(CapacityEntry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    entries = list(ctx.session.scalars(query))
    for slot in places.values():
        ctx.session.expire(slot)
    return entries


def _locked(ctx: Ctx, place_ids: Collection[int]) -> dict[int, CapacityPlace]:
    query = (
        select(CapacityPlace)
        .where(CapacityPlace.id.in_(place_ids))
        .order_by(CapacityPlace.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {slot.id: slot for slot in ctx.session.scalars(query)}


def _refuse_out_of_service(ctx: Ctx, places: Iterable[CapacityPlace]) -> None:
    query = select(Structure.code, Structure.status).where(Structure.id.in_({slot.structure_id for slot in places}))
    for code, status in ctx.session.execute(query.order_by(Structure.code)):
        problem = out_of_service(code, status)
        if problem is not None:
            raise MoveRefused(problem)


def _refuse_lack(slot: CapacityPlace, asked: int) -> None:
    if slot.total is None or slot.free is None:
        raise MoveRefused(
            _(
                "“%(place)s” chưa rõ tổng số %(unit)s nên không thể giữ chỗ; hãy khai tổng số trước.",
                place=slot.label,
                unit=slot.unit.label,
            )
        )
    if asked > slot.free:
        raise MoveRefused(
            _(
                "“%(place)s” còn trống %(free)d trong tổng số %(total)d %(unit)s, không đủ cho %(asked)d cần dùng.",
                place=slot.label,
                free=slot.free,
                total=slot.total,
                unit=slot.unit.label,
                asked=asked,
            )
        )


def _constraint(error: IntegrityError) -> str | None:
    diagnostic: Any = getattr(error.orig, "diag", None)
    return diagnostic.constraint_name if diagnostic else None
