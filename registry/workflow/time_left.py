"""The remaining time of a case as text, with the law and the calculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE, last_day
from registry.kernel.dated_rows import cite
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _, _n, format_date, format_date_near, format_datetime, format_moment_near
from registry.workflow.calendar import TermUnit, working_days_between
from registry.workflow.clocks import due_date_calculation, working_calendar
from registry.workflow.definition import Branch, Deadline, Workflow
from registry.workflow.models import CaseClock, ClockState, LegalTerm
from registry.workflow.notice_events import notified_sentence

#: Share of a term that is left when its badge turns to a warning.
_WARN_SHARE = 0.2
_MINUTES_AN_HOUR = 60
_MINUTES_A_DAY = 24 * _MINUTES_AN_HOUR
#: From here on a term in hours is described in days.
_MANY_MINUTES = 2 * _MINUTES_A_DAY


@dataclass(frozen=True)
class TimeLeft:
    """A term as its badge shows it.

    `days` are the working days left, today included; negative if late, None while paused.
    """

    days: int | None
    last_on: date | None
    tone: str
    text: str
    #: The law that sets the term; "" where the case states its last day itself.
    citation: str = ""
    needs_verification: bool = False
    #: How the end was found, line by line.
    calculation: tuple[str, ...] = ()
    consequence: str = ""


def times_left(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> dict[int, TimeLeft]:
    """Case id -> its running or paused term, else the term whose end led an open case to its present state.

    A case without either may state its own last day (`Workflow.stated_due_at`).
    """
    by_id = {each.id: each for each in cases}
    query = (
        select(CaseClock)
        .where(CaseClock.workflow == workflow.code, CaseClock.case_id.in_(by_id))
        .ext(distinct_on(CaseClock.case_id))
        .order_by(
            CaseClock.case_id,
            CaseClock.ended_at.is_not(None),
            CaseClock.state == ClockState.PAUSED,
            CaseClock.id.desc(),
        )
        .options(joinedload(CaseClock.term))
    )
    texts_by_case = {}
    for clock in ctx.session.scalars(query):
        its_case = by_id[clock.case_id]
        has_lapsed = clock.state is ClockState.LAPSED and its_case.state in workflow.open_states
        if clock.ended_at is None or has_lapsed:
            texts_by_case[clock.case_id] = _time_left(ctx, workflow, its_case, clock)
    for case_id, (held_in, missed_text) in _missed_before(
        ctx, workflow, [by_id[each] for each in texts_by_case]
    ).items():
        text = _both_terms(workflow, held_in, missed_text, by_id[case_id].state, texts_by_case[case_id].text)
        texts_by_case[case_id] = replace(texts_by_case[case_id], tone="bad", text=text)
    if workflow.stated_due_at is not None:
        without = [each for each in cases if each.due_at is not None and each.id not in texts_by_case]
        texts_by_case |= {each.id: _stated(ctx, each.due_at) for each in without}
    return texts_by_case


def _missed_before(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> dict[int, tuple[Choice, str]]:
    """Case id -> the state in which a term was missed whose end started the term that runs now, and its text."""
    states = overdue_states(workflow)
    by_id = {each.id: each for each in cases if each.state in states and each.state in workflow.deadlines}
    if not by_id:
        return {}
    query = (
        select(CaseClock)
        .where(CaseClock.workflow == workflow.code, CaseClock.case_id.in_(by_id), CaseClock.state == ClockState.LAPSED)
        .ext(distinct_on(CaseClock.case_id))
        .order_by(CaseClock.case_id, CaseClock.id.desc())
        .options(joinedload(CaseClock.term))
    )
    missed = {}
    for clock in ctx.session.scalars(query):
        held_in = next((state for state, deadline in workflow.deadlines.items() if deadline.clock == clock.name), None)
        if clock.due_at is not None and held_in is not None:
            missed[clock.case_id] = held_in, describe_time_left(ctx, clock.due_at, clock.term)[1]
    return missed


def _both_terms(workflow: Workflow, held_in: Choice, missed: str, state: Choice, running: str) -> str:
    """The term that was missed and the one that runs now, each with the party that it binds where these differ."""
    former, present = _holder(workflow, held_in), _holder(workflow, state)
    if former != present:
        labels = [workflow.parties[party].label if party else "" for party in (former, present)]
        return "; ".join(
            f"{label}: {text}" if label else text for label, text in zip(labels, (missed, running), strict=True)
        )
    # A label of its own names the further term already.
    if not workflow.deadlines[state].label:
        running = _("thời hạn tiếp theo: %(left)s", left=running)
    return f"{missed}; {running}"


def _holder(workflow: Workflow, state: Choice) -> str:
    """The code of the party that a state waits for; "" for none."""
    assignee = next(iter(workflow.assignees_in(state)), None)
    return assignee.party if assignee is not None else ""


def overdue_states(workflow: Workflow) -> list[Choice]:
    """The states that only the end of a term leads to, and that are off the way of a case.

    A window that closes is no delay, nor is a state that waits for none. Branches are ignored: they often lead back
    to the state where the case was.
    """
    overdue = {deadline.overdue for deadline in workflow.deadlines.values()}
    straight = [move for move in workflow.moves if not isinstance(move.target, Branch)]
    lapsed = {target for move in straight if move.name in overdue for target in move.targets}
    by_people = {target for move in straight if move.name not in overdue for target in move.targets}
    waiting = set(workflow.open_states) | set(workflow.deadlines)
    return sorted((lapsed & waiting) - by_people - set(workflow.final_states) - set(workflow.main_path))


def _stated(ctx: Ctx, due_at: datetime) -> TimeLeft:
    """A last day that no term of law set."""
    days, text, tone = describe_time_left(ctx, due_at)
    return TimeLeft(days, last_day(due_at), tone, text)


def term_end_of(workflow: Workflow) -> ColumnElement[datetime | None]:
    """The end of the term that `times_left` shows for an open case of a workflow; NULL without one or while paused."""
    model = workflow.model
    missed = (
        select(sql_case((CaseClock.state == ClockState.LAPSED, CaseClock.due_at)))
        .where(CaseClock.workflow == workflow.code, CaseClock.case_id == model.id)
        .order_by(CaseClock.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sql_case((model.state.in_(workflow.open_states), func.coalesce(model.due_at, missed)), else_=model.due_at)


def urgent_end_of(workflow: Workflow) -> ColumnElement[datetime | None]:
    """`term_end_of`, but the end that was missed where the party that missed it has to act still."""
    model = workflow.model
    ends = []
    for state, clocks in clocks_missed_by_holder(workflow).items():
        missed = (
            select(sql_case((CaseClock.name.in_(sorted(clocks)), CaseClock.due_at)))
            .where(
                CaseClock.workflow == workflow.code,
                CaseClock.case_id == model.id,
                CaseClock.state == ClockState.LAPSED,
            )
            .order_by(CaseClock.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        ends.append((model.state == state, func.coalesce(missed, model.due_at)))
    return sql_case(*ends, else_=term_end_of(workflow)) if ends else term_end_of(workflow)


def clocks_missed_by_holder(workflow: Workflow) -> dict[Choice, set[str]]:
    """Overdue state with a further term -> the clocks that led to it and bound the party that it waits for."""
    overdue = overdue_states(workflow)
    clocks: dict[Choice, set[str]] = {}
    for state, deadline in workflow.deadlines.items():
        for move in workflow.moves:
            if move.name != deadline.overdue or isinstance(move.target, Branch):
                continue
            for target in move.targets:
                if target not in overdue or target not in workflow.deadlines:
                    continue
                if _holder(workflow, target) == _holder(workflow, state):
                    clocks.setdefault(target, set()).add(deadline.clock)
    return clocks


def _time_left(ctx: Ctx, workflow: Workflow, case: Any, clock: CaseClock) -> TimeLeft:
    term = clock.term
    deadline = workflow.deadlines.get(case.state)
    consequence = f"{deadline.consequence} {notified_sentence(workflow, deadline.overdue)}".strip() if deadline else ""
    if term is None:
        return _stated_clock(ctx, clock, deadline, consequence)
    if clock.state is ClockState.PAUSED or clock.due_at is None:
        state = workflow.states(clock.pause_reason or "")
        text = _("tạm dừng: %(reason)s", reason=workflow.pauses[state])
        return TimeLeft(
            None,
            None,
            "neutral",
            text,
            cite(term.citation, needs_verification=term.needs_verification),
            term.needs_verification,
            (),
            consequence,
        )
    last = last_day(clock.due_at)
    days, text, tone = describe_time_left(ctx, clock.due_at, term)
    if deadline is not None and deadline.label:
        text = f"{deadline.label}: {text}"
    return TimeLeft(
        days,
        last,
        tone,
        text,
        cite(term.citation, needs_verification=term.needs_verification),
        term.needs_verification,
        _calculation(ctx, clock),
        consequence,
    )


def _stated_clock(ctx: Ctx, clock: CaseClock, deadline: Deadline | None, consequence: str) -> TimeLeft:
    """A deadline that the case states itself, with its own day and without a law."""
    if clock.due_at is None:
        message = f"clock {clock.id} has neither a term nor a stated end"
        raise RuntimeError(message)
    days, text, tone = describe_time_left(ctx, clock.due_at)
    label = f"{deadline.label}: " if deadline is not None and deadline.label else ""
    return TimeLeft(days, last_day(clock.due_at), tone, f"{label}{text}", consequence=consequence)


def describe_time_left(ctx: Ctx, due_at: datetime, term: LegalTerm | None = None) -> tuple[int, str, str]:
    """Working days left, text and tone of a term that ends at `due_at`."""
    if due_at.astimezone(LOCAL_ZONE).time() != time.min:
        return _describe_hours(ctx, due_at, term)
    workdays, last = working_calendar(ctx), last_day(due_at)
    if due_at <= ctx.now:
        late = working_days_between(workdays, last, ctx.today)
        text = _n("quá hạn %(num)d ngày làm việc (hạn %(day)s)", late, day=format_date_near(last, ctx.today))
        return -late, text, "bad"
    days = working_days_between(workdays, ctx.today, last)
    text = (
        _("hạn cuối hôm nay (%(day)s)", day=format_date_near(last, ctx.today))
        if last == ctx.today
        else _n("còn %(num)d ngày làm việc (hạn %(day)s)", days, day=format_date_near(last, ctx.today))
    )
    near = max(1, round((term.length if term else 0) * _WARN_SHARE))
    return days, text, "warn" if days <= near else "info"


def _describe_hours(ctx: Ctx, due_at: datetime, term: LegalTerm | None) -> tuple[int, str, str]:
    """The same for a term in hours, whose days are 0, or negative if it is late."""
    minutes = round(abs((due_at - ctx.now).total_seconds()) / 60)
    length = _n("%(num)d giờ", minutes // _MINUTES_AN_HOUR)
    if minutes < _MINUTES_AN_HOUR:
        length = _n("%(num)d phút", minutes)
    elif minutes >= _MANY_MINUTES:
        length = _n("%(num)d ngày", minutes // _MINUTES_A_DAY)
    moment = format_moment_near(due_at, ctx.today)
    if due_at <= ctx.now:
        days = max(1, (ctx.now - due_at).days)
        return -days, _("quá hạn %(length)s (hạn %(moment)s)", length=length, moment=moment), "bad"
    near = (term.length if term else 0) * _WARN_SHARE * _MINUTES_AN_HOUR
    tone = "warn" if minutes <= max(near, _MINUTES_AN_HOUR) else "info"
    return 0, _("còn %(length)s (hạn %(moment)s)", length=length, moment=moment), tone


def _calculation(ctx: Ctx, clock: CaseClock) -> tuple[str, ...]:
    date_calculation = due_date_calculation(ctx, clock)
    term = clock.law
    if term.unit is TermUnit.HOUR:
        return (
            _("Thời hạn: %(length)s, tính cả ngày nghỉ.", length=term.unit.length_of(term.length)),
            _("Tính từ: %(moment)s.", moment=format_datetime(clock.started_at)),
            _("Hết hạn: %(moment)s.", moment=format_datetime(date_calculation.due_at)),
        )
    lines = [
        _("Thời hạn: %(length)s.", length=term.unit.length_of(term.length)),
        _("Ngày bắt đầu (không tính): %(day)s.", day=format_date(date_calculation.event_on)),
    ]
    if clock.extra:
        unit = (clock.extra_unit or term.unit).label
        lines.append(_("Được gia hạn thêm: %(extra)d %(unit)s.", extra=clock.extra, unit=unit))
    if date_calculation.skipped:
        days = ", ".join(format_date(day) for day in date_calculation.skipped)
        lines.append(_("Không tính (ngày nghỉ hoặc tạm dừng): %(days)s.", days=days))
    lines.append(_("Hết hạn: 24 giờ ngày %(day)s.", day=format_date(date_calculation.last_on)))
    return tuple(lines)
