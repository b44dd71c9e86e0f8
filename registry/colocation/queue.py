"""Reservations of requests, and the queue for places in order of filing (QĐ 72/2025/QĐ-UBND Bắc Ninh Đ7).

An item waits while its owner owes an answer. After a refusal for lack of capacity it waits on as long as its request
is open and no other item was granted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.capacity.reservations import places_of, prolong, release
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.rules import SETTLING
from registry.kernel.clock import local_date
from registry.kernel.db.row_access import sees_all_rows
from registry.workflow.calendar import Term, compute_due_date
from registry.workflow.clocks import find_term, working_calendar
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import note_event
from registry.workflow.notices import notify_event

CODE: Final = "colocation"
RESERVATION_TERM: Final = "colocation.reservation"
S = ColocationState
#: The owner or the department owes an answer.
AWAITING_ANSWER = (S.UNDER_REVIEW, S.SURVEYING, S.OVERDUE, S.OFFERED, S.UPGRADING, *SETTLING)
#: As long as nothing is granted, a refusal for lack of capacity can still be reversed.
AWAITING_CAPACITY = (*AWAITING_ANSWER, S.REJECTED)
ROOM = "room"
PASSED_OVER = "passed_over"


@dataclass(frozen=True)
class QueuedItem:
    """One item that waits for a place."""

    place_id: int
    request_id: int
    item_id: int
    quantity: int
    filed_at: datetime


@sees_all_rows(ColocationRequest.__tablename__)
def queues_of(ctx: Ctx, place_ids: Collection[int]) -> dict[int, list[QueuedItem]]:
    """Waiting items by place, first filed first. A requester may see its own position, never the names."""
    query = (
        select(
            ColocationItem.place_id,
            ColocationItem.request_id,
            ColocationItem.id,
            ColocationItem.quantity,
            ColocationRequest.filed_at,
        )
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(ColocationItem.place_id.in_(place_ids), is_waiting())
        .order_by(ColocationRequest.filed_at, ColocationItem.id)
    )
    queues: dict[int, list[QueuedItem]] = {}
    for row in ctx.session.execute(query):
        place_id, request_id, item_id, quantity, filed_at = row
        # Place and day of filing are set for every waiting item.
        waiting = QueuedItem(place_id or 0, request_id, item_id, quantity, filed_at or ctx.now)
        queues.setdefault(waiting.place_id, []).append(waiting)
    return queues


def is_waiting() -> ColumnElement[bool]:
    """SQL over items joined to their requests: whether an item waits for its place."""
    unanswered = and_(ColocationItem.decision == ItemDecision.PENDING, ColocationRequest.state.in_(AWAITING_ANSWER))
    without_capacity = and_(
        ColocationItem.decision == ItemDecision.REJECTED,
        ColocationItem.ground == RefusalGround.NO_CAPACITY,
        ColocationRequest.state.in_(AWAITING_CAPACITY),
    )
    return or_(unanswered, without_capacity)


def is_filed_before(waiting: QueuedItem, request: ColocationRequest) -> bool:
    """Whether an item was filed before a request."""
    return request.filed_at is not None and (waiting.filed_at, waiting.request_id) < (request.filed_at, request.id)


@sees_all_rows(ColocationRequest.__tablename__)
def notify_passed_over(ctx: Ctx, request_id: int, reason: str) -> None:
    """Notify the requester of an earlier request that a later one was granted first, and record the reason."""
    request = ctx.session.get_one(ColocationRequest, request_id)
    note_event(ctx, CODE, request, PASSED_OVER, reason=reason)
    notify_event(ctx, WORKFLOWS[CODE], request, PASSED_OVER)


@sees_all_rows(ColocationRequest.__tablename__)
def notify_queue(ctx: Ctx, place_ids: Collection[int]) -> None:
    """Notify requester and owner of the first waiting item at each place with free capacity."""
    queues = queues_of(ctx, place_ids)
    rows = select(CapacityPlace).where(CapacityPlace.id.in_(queues), CapacityPlace.free > 0)
    places = ctx.session.scalars(rows.execution_options(populate_existing=True)).all()
    for request_id in sorted({queues[slot.id][0].request_id for slot in places}):
        request = ctx.session.get_one(ColocationRequest, request_id)
        notify_event(ctx, WORKFLOWS[CODE], request, ROOM)


def reserved_until(ctx: Ctx, case: ColocationRequest) -> datetime:
    """End of a reservation that begins now, by the term in force on the day of filing; `due_at` if that clock runs."""
    if case.state in (S.ACCEPTED, S.DECIDED) and case.due_at is not None:
        return case.due_at
    law_on = local_date(case.filed_at) if case.filed_at else ctx.today
    row = find_term(ctx.session, RESERVATION_TERM, law_on, case.owner_organisation_id)
    return compute_due_date(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), ctx.now).due_at


def reservation_ids(ctx: Ctx, case: ColocationRequest) -> list[int]:
    """Ids of the reservations of a request."""
    query = select(ColocationItem.entry_id).where(
        ColocationItem.request_id == case.id, ColocationItem.entry_id.is_not(None)
    )
    return [number for number in ctx.session.scalars(query) if number is not None]


def release_reservations(ctx: Ctx, entries: Collection[int]) -> None:
    """Release reservations and notify the queue."""
    release(ctx, entries)
    notify_queue(ctx, places_of(ctx, entries))


def move_reservations(ctx: Ctx, case: ColocationRequest) -> None:
    """Reservations end with the term of their case, also after it was recalculated."""
    if case.due_at is not None:
        prolong(ctx, reservation_ids(ctx, case), case.due_at)
