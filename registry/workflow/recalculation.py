"""A change of calendar or of terms reckons the open clocks anew, in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from registry.authz.actors import Ctx
from registry.notices.service import Audience, notify
from registry.workflow.calendar import last_day
from registry.workflow.clocks import forget_calendar, set_due
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.engine import note_event
from registry.workflow.models import CaseClock, ClockState

#: Kind of the events that record it in the history of a case.
RECALCULATED = "recalculated"


def recalculate(ctx: Ctx, why: str, *where: ColumnElement[bool]) -> int:
    """Reckon the running clocks (those that match) anew; the number of cases whose term now ends on another day.

    The caller holds the calendar (`clocks.hold_calendar`), so that nobody starts or moves a clock meanwhile, and
    records its change in the audit chain. Paused clocks are reckoned when they go on.
    """
    forget_calendar(ctx)
    query = select(CaseClock).where(CaseClock.state == ClockState.RUNNING, *where)
    query = query.options(joinedload(CaseClock.term, innerjoin=True)).order_by(CaseClock.workflow, CaseClock.case_id)
    return sum(_again(ctx, clock, why) for clock in ctx.session.scalars(query).all())


def _again(ctx: Ctx, clock: CaseClock, why: str) -> bool:
    before, reminder = clock.due_at, clock.remind_at
    set_due(ctx, clock)
    if reminder is not None and reminder <= ctx.now:
        # It waits for the job, which is about to send it.
        clock.remind_at = reminder
    if before is None or clock.due_at == before:
        return False
    workflow = WORKFLOWS[clock.workflow]
    case = ctx.session.get_one(workflow.model, clock.case_id, with_for_update=True)
    case.due_at = clock.due_at
    moved = workflow.deadlines[case.state].moved
    if moved is not None:
        moved(ctx, case)
    said = {"was": _day(before), "is": _day(clock.due_at), "why": why}
    note_event(ctx, clock.workflow, case, RECALCULATED, due_at=before, **said)
    _tell(ctx, workflow, case, before, clock.due_at)
    return True


def _tell(ctx: Ctx, workflow: Workflow, case: Any, before: datetime, due_at: datetime | None) -> None:
    """A notice to all parties of a case of the day on which its term now ends."""
    audiences = [party.audience(ctx, case) for party in workflow.parties.values()]
    audience = Audience(
        organisation_ids=frozenset().union(*(one.organisation_ids for one in audiences if not one.roles)),
    )
    days = {"was": _day(before), "is": _day(due_at)}
    named = {"number": case.number or "", "title": case.title}
    if audience.organisation_ids:
        notify(ctx, workflow.code, case.id, RECALCULATED, audience, **named, **days)
    for one in audiences:
        if one.roles:
            notify(ctx, workflow.code, case.id, RECALCULATED, one, **named, **days)


def _day(due_at: datetime | None) -> str:
    return last_day(due_at).isoformat() if due_at else ""
