"""What the guards and effects of all parties share: which items a move names, until when places are held."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.reservations import places_of, prolong, release
from registry.colocation.codes import ColocationState, ItemDecision
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items
from registry.colocation.queue import tell_queue
from registry.colocation.rules import OPEN, state_after_answer
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.workflow.calendar import Term, compute_due_date
from registry.workflow.clocks import find_term, working_calendar
from registry.workflow.definition import Data

CODE: Final = "colocation"
#: How far ahead meetings and surveys are set: a bound against slips of the pen.
ONE_YEAR: Final = timedelta(days=365)
RESERVATION_TERM: Final = "colocation.reservation"


def item_codes(ctx: Ctx, case: ColocationRequest) -> Mapping[int, str]:
    """The codes of the structures by the ids of their items."""
    return {item.id: row.code for item, row in list_items(ctx, case)}


def check_day(name: str, day: date, first: date, last: date) -> None:
    """Invalid, by the name of the field, for a day outside a span; both ends are within it."""
    if not first <= day <= last:
        sentence = _(
            "Ngày %(day)s không hợp lý; cần từ %(first)s đến %(last)s.",
            day=format_date(day),
            first=format_date(first),
            last=format_date(last),
        )
        raise Invalid({name: sentence})


def chosen_of(data: Data, options: Sequence[tuple[int, str]], need: str = "items") -> set[int]:
    """The items that a move names; Invalid for one that is not open (any more)."""
    chosen = set(data.get(need) or ())
    if not chosen <= {number for number, _words in options}:
        raise Invalid({need: _("Có công trình không còn chờ trả lời; hãy chọn lại trong danh sách.")})
    return chosen


def items_named(ctx: Ctx, case: ColocationRequest, chosen: Collection[int]) -> list[ColocationItem]:
    """The items of a request with these ids, by the codes of their structures."""
    return [item for item, _row in list_items(ctx, case) if item.id in chosen]


def decisions_of(ctx: Ctx, case: ColocationRequest) -> list[ItemDecision]:
    """What was answered about each item."""
    return list(ctx.session.scalars(select(ColocationItem.decision).where(ColocationItem.request_id == case.id)))


def after_answer(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """Where the request stands now."""
    return state_after_answer(case.state, decisions_of(ctx, case))


def answered_on(case: ColocationRequest) -> datetime:
    """When the last answer was given: the terms that follow it run from there."""
    if case.decided_at is None:
        raise LookupError("nothing is decided")
    return case.decided_at


def decide_item(ctx: Ctx, item: ColocationItem, decision: ItemDecision, answer: str | None) -> None:
    """Keep an answer with its item; of the clock's own steps the one before stands."""
    item.decision, item.answer = decision, answer
    item.decided_at, item.decided_by_id = ctx.now, ctx.actor.id or item.decided_by_id


def reopen_item(item: ColocationItem) -> None:
    """Nothing is answered about an item any more."""
    item.decision = ItemDecision.PENDING
    item.ground = item.evidence = item.answer = item.decided_at = item.decided_by_id = None


def answered(ctx: Ctx, case: ColocationRequest) -> None:
    """With the last open item the request is decided, and its reservations begin to run together."""
    ctx.session.flush()
    if any(decision in OPEN for decision in decisions_of(ctx, case)):
        return
    last = max((item for item, _row in list_items(ctx, case)), key=lambda item: (item.decided_at, item.id))
    prolong(ctx, entry_ids(ctx, case), reserved_until(ctx, case))
    case.decided_at, case.decided_by_id, case.upgrade_by = last.decided_at, last.decided_by_id, None


def reserved_until(ctx: Ctx, case: ColocationRequest) -> datetime:
    """End of a reservation that begins now, by the law of the day of filing; that of its clock where one runs."""
    if case.state in (ColocationState.ACCEPTED, ColocationState.DECIDED) and case.due_at is not None:
        return case.due_at
    law_on = local_date(case.filed_at) if case.filed_at else ctx.today
    row = find_term(ctx.session, RESERVATION_TERM, law_on, case.owner_organisation_id)
    return compute_due_date(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), ctx.now).due_at


def entry_ids(ctx: Ctx, case: ColocationRequest) -> list[int]:
    """The reservations of a request."""
    query = select(ColocationItem.entry_id).where(
        ColocationItem.request_id == case.id, ColocationItem.entry_id.is_not(None)
    )
    return [number for number in ctx.session.scalars(query) if number is not None]


def give_back(ctx: Ctx, entries: Collection[int]) -> None:
    """Free what was reserved, and tell those who wait for it."""
    release(ctx, entries)
    tell_queue(ctx, places_of(ctx, entries))


def move_reservations(ctx: Ctx, case: ColocationRequest) -> None:
    """What is reserved ends with the term of its case, also where that was reckoned anew."""
    if case.due_at is not None:
        prolong(ctx, entry_ids(ctx, case), case.due_at)
