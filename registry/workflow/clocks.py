"""The clocks of cases: started, paused, resumed and stopped by state, with the terms of the law that applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session, joinedload

from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE, last_day, local_date
from registry.kernel.db.alike import flush_alike
from registry.workflow.calendar import ONE_DAY, DueDateCalculation, Span, Term, WorkingCalendar, compute_due_date
from registry.workflow.definition import Deadline, Workflow
from registry.workflow.models import CalendarDay, CaseClock, ClockState, DayKind, LegalTerm

#: Reminders go out when offices open.
REMINDER_TIME = time(8)
_MEMO = "workflow.calendar"
_HELD = "workflow.calendar.held"
#: Shared by moves of cases, exclusive for changes of calendar or terms; taken before any case is locked.
_CALENDAR_LOCK = 7_204_016
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:key)")
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:key)")


def share_calendar_lock(ctx: Ctx) -> None:
    """Prevent changes of calendar and terms until this transaction ends."""
    if not ctx.read_only and _HELD not in ctx.locks:
        ctx.locks.add(_HELD)
        # What was read under a lock that a savepoint took back may have changed.
        clear_calendar_cache(ctx)
        ctx.session.execute(_SHARE, {"key": _CALENDAR_LOCK})


def lock_calendar(ctx: Ctx) -> None:
    """Exclude other transactions from clocks until this one ends: it changes calendar or terms."""
    ctx.locks.add(_HELD)
    ctx.session.execute(_EXCLUSIVE, {"key": _CALENDAR_LOCK})


def working_calendar(ctx: Ctx) -> WorkingCalendar:
    """The current calendar, read once per transaction."""
    calendar: WorkingCalendar | None = ctx.memo.get(_MEMO)
    if calendar is None:
        share_calendar_lock(ctx)
        rows = ctx.session.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.is_active)).all()
        off = frozenset(row.day for row in rows if row.kind is DayKind.DAY_OFF)
        worked = frozenset(row.day for row in rows if row.kind is DayKind.WORKED_WEEKEND)
        calendar = ctx.memo[_MEMO] = WorkingCalendar(off, worked)
    return calendar


def clear_calendar_cache(ctx: Ctx) -> None:
    """To be called after the calendar was changed in this transaction."""
    ctx.memo.pop(_MEMO, None)


def find_term(session: Session, key: str, on: date, organisation_id: int | None = None) -> LegalTerm:
    """The row of a term in force on a day, an organisation's own before the general one; LookupError without one."""
    query = (
        select(LegalTerm)
        .where(
            LegalTerm.key == key,
            LegalTerm.valid_from <= on,
            LegalTerm.withdrawn_at.is_(None),
            or_(LegalTerm.organisation_id.is_(None), LegalTerm.organisation_id == organisation_id),
        )
        .order_by(LegalTerm.organisation_id.is_(None), LegalTerm.valid_from.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        message = f"no term {key} on {on.isoformat()}"
        raise LookupError(message)
    return row


def term_owner_id(case: Any) -> int | None:
    """The organisation whose own terms apply to a case: its owner side."""
    side: str | None = getattr(type(case), "SIDES", {}).get("owner")
    return getattr(case, side) if side else None


def open_clocks(session: Session, workflow: str, case_id: int) -> list[CaseClock]:
    """The clocks of a case that have not ended, with their terms, a running one first."""
    return _open_clocks_of(session, workflow, [case_id])[case_id]


def _open_clocks_of(session: Session, workflow: str, case_ids: Sequence[int]) -> dict[int, list[CaseClock]]:
    query = (
        select(CaseClock)
        .where(CaseClock.workflow == workflow, CaseClock.case_id.in_(case_ids), CaseClock.ended_at.is_(None))
        .order_by(CaseClock.state == ClockState.PAUSED, CaseClock.id.desc())
    )
    clocks: dict[int, list[CaseClock]] = {case_id: [] for case_id in case_ids}
    for clock in session.scalars(query.options(joinedload(CaseClock.term))):
        clocks[clock.case_id].append(clock)
    return clocks


def open_clock(session: Session, workflow: str, case_id: int) -> CaseClock | None:
    """The running clock of a case, else the paused one."""
    return next(iter(open_clocks(session, workflow, case_id)), None)


def sync_clock(ctx: Ctx, workflow: Workflow, case: Any) -> None:
    """Start, pause, resume or stop the clocks of a case as its state declares, and set the case's `due_at`.

    Without a clock `due_at` is the day that the case states itself (`Workflow.stated_due_at`), if any.
    """
    sync_clocks(ctx, workflow, [case])


def sync_clocks(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> None:
    """`sync_clock` for several cases, with as many statements as for one."""
    # Where clocks only end, a case is written once, with its state and its due date.
    with ctx.session.no_autoflush:
        clocks = _open_clocks_of(ctx.session, workflow.code, [case.id for case in cases])
        going_on = {case.id: _end_others(ctx, workflow, case, clocks[case.id]) for case in cases}
    written = [*cases, *(clock for each in clocks.values() for clock in each)]
    starting = [case for case in cases if case.state in workflow.deadlines and going_on[case.id] is None]
    if starting or any(going_on.values()):
        # Only one clock of a case may be open, only one runs, and the start of a term may be read from the database.
        flush_alike(ctx.session, written)
    laws = _law_days(ctx, workflow, starting)
    terms: dict[tuple[str, date, int | None], LegalTerm] = {}
    for case in cases:
        deadline = workflow.deadlines.get(case.state)
        current = going_on[case.id]
        if deadline is not None and current is not None:
            _resume(ctx, case, current, deadline)
        elif deadline is not None:
            current = _start(ctx, workflow, case, deadline, laws.get(case.id) or ctx.today, terms)
        is_paused = any(clock.state is ClockState.PAUSED for clock in clocks[case.id] if clock is not current)
        if current is not None or is_paused or workflow.stated_due_at is None:
            case.due_at = current.due_at if current is not None else None
        else:
            case.due_at = workflow.stated_due_at(case)
    flush_alike(ctx.session, written)
    for case in cases:
        deadline = workflow.deadlines.get(case.state)
        if deadline is not None and deadline.on_due_change is not None:
            deadline.on_due_change(ctx, case)


def _end_others(ctx: Ctx, workflow: Workflow, case: Any, clocks: Sequence[CaseClock]) -> CaseClock | None:
    """Pause or stop the open clocks of a case but that of its state, which is returned."""
    deadline = workflow.deadlines.get(case.state)
    current = next((clock for clock in clocks if deadline is not None and clock.name == deadline.clock), None)
    for clock in clocks:
        if clock is current:
            continue
        # A stated day goes on running, so that a pause ends it.
        if case.state in workflow.pauses and clock.term is not None:
            _pause(ctx, clock, case.state.value)
        else:
            _stop(ctx, clock)
    return current


def _law_days(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> dict[int, date]:
    """Case id -> the day whose law the first clock of the case has; none for cases without any clock."""
    if not cases:
        return {}
    query = (
        select(CaseClock.case_id, CaseClock.law_on)
        .where(CaseClock.workflow == workflow.code, CaseClock.case_id.in_([case.id for case in cases]))
        .order_by(CaseClock.id.desc())
    )
    # The first one, which comes last, replaces the others.
    return {row.case_id: row.law_on for row in ctx.session.execute(query)}


def extend_clock(ctx: Ctx, workflow: str, case_id: int, extra: int) -> None:
    """Extend the open clock of a case by units of its current term; `sync_clock` computes the new due date.

    The extension keeps its unit if the case later gets a term of another unit.
    """
    clock = open_clock(ctx.session, workflow, case_id)
    if clock is None:
        message = f"{workflow} {case_id} has no clock to lengthen"
        raise LookupError(message)
    clock.extra += extra
    clock.extra_unit = clock.law.unit
    ctx.session.flush()


def days_of(pause: Mapping[str, Any]) -> Iterator[date]:
    """The days that a pause of a clock touches, which do not count."""
    day, last = date.fromisoformat(pause["from"]), date.fromisoformat(pause["to"])
    while day <= last:
        yield day
        day += ONE_DAY


def due_date_calculation(ctx: Ctx, clock: CaseClock) -> DueDateCalculation:
    """The due date of a term of law that is not paused."""
    pauses: list[Span] = [(date.fromisoformat(p["from"]), date.fromisoformat(p["to"])) for p in clock.pauses]
    law = clock.law
    term = Term(law.length, law.unit, law.cut_off)
    extra = Term(clock.extra, clock.extra_unit or law.unit)
    return compute_due_date(working_calendar(ctx), term, clock.started_at, extra=extra, pauses=pauses)


def update_due_date(ctx: Ctx, clock: CaseClock) -> None:
    """Set the due date of a running clock, which a stated one has from its case, and its next reminder."""
    if clock.term is not None:
        clock.due_at = due_date_calculation(ctx, clock).due_at
    clock.remind_at = next_reminder(ctx, clock)


def next_reminder(ctx: Ctx, clock: CaseClock) -> datetime | None:
    """The first reminder after now; None if none is left."""
    if clock.due_at is None:
        return None
    last = last_day(clock.due_at)
    reminders = clock.term.reminders if clock.term is not None else clock.reminders or ()
    moments = (_opening_before(working_calendar(ctx), last, ahead) for ahead in sorted(reminders))
    return min((moment for moment in moments if moment > ctx.now), default=None)


def _opening_before(workdays: WorkingCalendar, last: date, ahead: int) -> datetime:
    """When offices open `ahead` working days before the last day."""
    day = last
    for _count in range(ahead):
        day -= ONE_DAY
        while not workdays.is_working(day):
            day -= ONE_DAY
    return datetime.combine(day, REMINDER_TIME, tzinfo=LOCAL_ZONE)


def _start(
    ctx: Ctx,
    workflow: Workflow,
    case: Any,
    deadline: Deadline,
    law_on: date,
    terms: dict[tuple[str, date, int | None], LegalTerm],
) -> CaseClock:
    """A new clock; `terms` are those that were read for other cases."""
    clock = CaseClock(
        workflow=workflow.code,
        case_id=case.id,
        name=deadline.clock,
        term=None,
        law_on=law_on,
        state=ClockState.RUNNING,
        started_at=deadline.start(case) if deadline.start else ctx.now,
        extra=0,
        pauses=[],
    )
    if deadline.stated is not None:
        clock.due_at, clock.reminders = deadline.stated(case), list(deadline.reminders)
    else:
        key = (deadline.term_for(ctx, case), law_on, term_owner_id(case))
        if key not in terms:
            terms[key] = find_term(ctx.session, *key)
        clock.term = terms[key]
    update_due_date(ctx, clock)
    ctx.session.add(clock)
    return clock


def _pause(ctx: Ctx, clock: CaseClock, reason: str) -> None:
    if clock.state is ClockState.PAUSED:
        return
    clock.state, clock.paused_at, clock.pause_reason = ClockState.PAUSED, ctx.now, reason
    clock.due_at = clock.remind_at = None


def _resume(ctx: Ctx, case: Any, clock: CaseClock, deadline: Deadline) -> None:
    if clock.state is ClockState.PAUSED and clock.paused_at is not None:
        pause = {"from": local_date(clock.paused_at).isoformat(), "to": ctx.today.isoformat()}
        clock.pauses = [*clock.pauses, pause | {"reason": clock.pause_reason}]
    if deadline.start is not None:
        # Its start may have changed, such as the end of a renewed contract.
        clock.started_at = deadline.start(case)
    if deadline.stated is not None:
        # Its end may have been put off once more.
        clock.due_at, clock.reminders = deadline.stated(case), list(deadline.reminders)
    elif clock.law.key != (key := deadline.term_for(ctx, case)):
        clock.term = find_term(ctx.session, key, clock.law_on, term_owner_id(case))
    update_due_date(ctx, clock)
    # Set to running last: reads in between may flush, and a running clock needs a due date.
    clock.state, clock.paused_at, clock.pause_reason = ClockState.RUNNING, None, None


def _stop(ctx: Ctx, clock: CaseClock) -> None:
    late = clock.due_at is not None and clock.due_at <= ctx.now
    clock.state = ClockState.LAPSED if late else ClockState.STOPPED
    clock.ended_at, clock.paused_at, clock.pause_reason, clock.remind_at = ctx.now, None, None, None
