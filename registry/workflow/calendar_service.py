"""Writes and reads of the calendar and of the legal terms.

A change of either recalculates the due dates of open cases in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.directory import directory
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.dated_rows.service import begin, check_first_day, record_change, standing_rows, take_out
from registry.dated_rows.tables import DatedTable
from registry.kernel.clock import last_day
from registry.kernel.dated_rows import Unconfirmed
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.i18n.stored import stored_text
from registry.workflow.calendar import TermUnit
from registry.workflow.clocks import clear_calendar_cache, find_term, lock_calendar, update_due_date
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import note_event
from registry.workflow.models import CalendarDay, CaseClock, ClockState, DayKind, LegalTerm
from registry.workflow.notice_events import RECALCULATED
from registry.workflow.notices import notify_event

_SATURDAY = 5
#: The years that the calendar covers.
FIRST_YEAR, LAST_YEAR = 2000, 2100
#: Why due dates move: a text, or what was done with days of the calendar (`act`, `days` with their names, `source`).
Why = str | Mapping[str, Any]
#: What was done with days, as the reason of new due dates.
_ACTS: Final[Mapping[str, Any]] = {
    "calendar.add": _l("Thêm vào lịch: %(days)s (%(source)s)"),
    "calendar.change": _l("Sửa trong lịch: %(days)s (%(source)s)"),
    "calendar.withdraw": _l("Bỏ khỏi lịch: %(days)s (%(source)s)"),
}
TERMS: Final = DatedTable(
    LegalTerm,
    "term",
    P.CALENDAR_EDIT,
    ("key", "organisation_id"),
    # The rows of one owner may all go: the general ones apply then.
    keeps_first=lambda row: row.organisation_id is None,
    own_lock=lock_calendar,
)
_NEWEST_FIRST = select(LegalTerm).order_by(LegalTerm.key, LegalTerm.valid_from.desc(), LegalTerm.id.desc())


@dataclass(frozen=True)
class SaveDay:
    """A day as the calendar shall have it."""

    day: date
    kind: DayKind
    name: str
    source: str
    needs_verification: bool
    makes_up_for: date | None = None


@dataclass(frozen=True)
class AddTerm:
    """A row of a term; `reminders` are working days before the due date.

    `owner` is the code of the organisation for whose cases alone the row is valid; "" for all.
    """

    key: str
    valid_from: date
    length: int
    unit: TermUnit
    cut_off: time | None
    reminders: tuple[int, ...]
    citation: str
    needs_verification: bool
    owner: str = ""


def list_days(ctx: Ctx, year: int) -> list[CalendarDay]:
    """The days of a year in order, withdrawn ones included."""
    where = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return list(ctx.session.scalars(select(CalendarDay).where(where).order_by(CalendarDay.day)))


def list_years(ctx: Ctx) -> list[int]:
    """The years with entries."""
    year = func.extract("year", CalendarDay.day)
    return [int(value_of_year) for value_of_year in ctx.session.scalars(select(year).distinct().order_by(year))]


def get_day(ctx: Ctx, day_id: int) -> CalendarDay:
    calendar_day = ctx.session.get(CalendarDay, day_id)
    if calendar_day is None:
        raise NotFound
    return calendar_day


def add_day(ctx: Ctx, command: SaveDay) -> int:
    """Enter a day, also one that was withdrawn; returns the number of cases with a new due date."""
    require(ctx, P.CALENDAR_EDIT)
    lock_calendar(ctx)
    _check(ctx, command)
    row = ctx.session.scalars(select(CalendarDay).where(CalendarDay.day == command.day)).one_or_none()
    if row is not None and row.is_active:
        raise Invalid(
            {"day": _("Ngày %(day)s đã có trong lịch (%(name)s); hãy sửa ngày đó.", day=_day_label(row), name=row.name)}
        )
    if row is None:
        row = CalendarDay(day=command.day, entered_at=ctx.now)
        ctx.session.add(row)
    return _set(ctx, row, command, "calendar.add")


def change_day(ctx: Ctx, day_id: int, command: SaveDay) -> int:
    """Change kind or source of a day; returns the number of cases with a new due date."""
    require(ctx, P.CALENDAR_EDIT)
    row = _active(ctx, day_id)
    _check(ctx, command)
    worked = made_up_by(ctx, row)
    if worked and command.kind is not DayKind.DAY_OFF:
        sentence = _(
            "Ngày %(day)s có ngày làm bù %(worked)s nên phải là “%(kind)s”; hãy bỏ ngày làm bù trước.",
            day=_day_label(row),
            worked=", ".join(map(_day_label, worked)),
            kind=DayKind.DAY_OFF.label,
        )
        raise Invalid({"kind": sentence})
    return _set(ctx, row, command, "calendar.change")


def withdraw_day(ctx: Ctx, day_id: int, source: str) -> int:
    """Restore the rule of the week, also on the days that made up for it; returns the number of new due dates."""
    require(ctx, P.CALENDAR_EDIT)
    row = _active(ctx, day_id)
    rows = [row, *made_up_by(ctx, row)]
    for each in rows:
        each.is_active, each.source, each.entered_at = False, source, ctx.now
    return _recorded(ctx, rows, "calendar.withdraw")


def made_up_by(ctx: Ctx, row: CalendarDay) -> list[CalendarDay]:
    """The worked weekends that make up for a day off, and go with it."""
    query = select(CalendarDay).where(CalendarDay.makes_up_for == row.day, CalendarDay.is_active)
    return list(ctx.session.scalars(query.order_by(CalendarDay.day)))


def _active(ctx: Ctx, day_id: int) -> CalendarDay:
    lock_calendar(ctx)
    row = get_day(ctx, day_id)
    if not row.is_active:
        raise Conflict(_("Ngày %(day)s đã được bỏ khỏi lịch.", day=_day_label(row)))
    return row


def _check(ctx: Ctx, command: SaveDay) -> None:
    if not FIRST_YEAR <= command.day.year <= LAST_YEAR:
        sentence = _(
            "Ngày %(day)s ngoài lịch; cần năm từ %(first)d đến %(last)d.",
            day=format_date(command.day),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"day": sentence})
    if command.kind is DayKind.WORKED_WEEKEND and command.day.weekday() < _SATURDAY:
        sentence = _(
            "Ngày %(day)s không phải thứ Bảy hay Chủ nhật nên không thể là ngày làm bù; hãy chọn ngày khác.",
            day=format_date(command.day),
        )
        raise Invalid({"kind": sentence})
    if command.makes_up_for is None:
        return
    if command.kind is not DayKind.WORKED_WEEKEND:
        sentence = _(
            "Ngày %(day)s là ngày nghỉ nên không làm bù cho ngày nào; cần để trống hoặc chọn loại ngày “%(kind)s”.",
            day=format_date(command.day),
            kind=DayKind.WORKED_WEEKEND.label,
        )
        raise Invalid({"makes_up_for": sentence})
    off = (CalendarDay.day == command.makes_up_for, CalendarDay.kind == DayKind.DAY_OFF, CalendarDay.is_active)
    if ctx.session.scalar(select(CalendarDay.id).where(*off)) is None:
        sentence = _(
            "Ngày %(day)s không phải ngày nghỉ trong lịch nên không có gì để làm bù; cần một ngày nghỉ đã ghi.",
            day=format_date(command.makes_up_for),
        )
        raise Invalid({"makes_up_for": sentence})


def _set(ctx: Ctx, row: CalendarDay, command: SaveDay, action: str) -> int:
    row.kind, row.name, row.source = command.kind, command.name, command.source
    row.needs_verification, row.is_active, row.entered_at = command.needs_verification, True, ctx.now
    row.makes_up_for = command.makes_up_for
    return _recorded(ctx, [row], action)


def _recorded(ctx: Ctx, rows: Sequence[CalendarDay], action: str) -> int:
    """Recalculate open cases, which state what was done with the days, and write the audit event."""
    ctx.session.flush()
    first = rows[0]
    days = [[row.day.isoformat(), row.name] for row in rows]
    count = recalculate(ctx, {"act": action, "days": days, "source": first.source})
    for row in rows:
        record(ctx, action, "calendar_day", row.id, day=row.day.isoformat(), recalculated=count if row is first else 0)
    return count


def _day_label(row: CalendarDay) -> str:
    return format_date(row.day)


@dataclass(frozen=True)
class TermHistory:
    """One term: the label of its purpose, and its rows, newest first."""

    key: str
    label: str
    rows: Sequence[LegalTerm]
    #: The row that cases filed today have; None before the first day of all.
    in_force: LegalTerm | None


def list_terms(ctx: Ctx) -> list[TermHistory]:
    """All terms by key."""
    by_key: dict[str, list[LegalTerm]] = {}
    for row in ctx.session.scalars(_NEWEST_FIRST):
        by_key.setdefault(row.key, []).append(row)
    return [_history(ctx, key, rows) for key, rows in by_key.items()]


def get_term(ctx: Ctx, key: str) -> TermHistory:
    """One term; NotFound for a key without rows."""
    rows = ctx.session.scalars(_NEWEST_FIRST.where(LegalTerm.key == key)).all()
    if not rows:
        raise NotFound(_("Không có thời hạn “%(key)s”.", key=key))
    return _history(ctx, key, rows)


@dataclass(frozen=True)
class TermChange:
    """The consequences of a change of terms: the number of new due dates, the row of it, and the rows it replaced."""

    moved: int
    row: LegalTerm
    replaced: tuple[LegalTerm, ...] = ()


def add_term(ctx: Ctx, command: AddTerm, **details: Any) -> TermChange:
    """Add a row to a term. One person proposes it and another confirms it: pages call `term_proposals`.

    Cases filed before its first day keep their row. If that day is in the past, open cases filed since take the new
    row. Scheduled rows that would begin on that day or later are replaced; they stay on record.
    """
    change = put_term(ctx, command)
    replaced = [former.id for former in change.replaced]
    record_change(ctx, TERMS, "add", change.row, recalculated=change.moved, replaced=replaced, **details)
    return change


def put_term(ctx: Ctx, command: AddTerm) -> TermChange:
    """The same without its record, for a savepoint that shows what the change would do."""
    begin(ctx, TERMS)
    get_term(ctx, command.key)
    owner_id = organisation_of(ctx, command)
    if owner_id is not None and command.valid_from <= ctx.today:
        raise Invalid({"valid_from": _("Thời hạn riêng của một chủ sở hữu chỉ có hiệu lực từ ngày mai trở đi.")})
    facts = {name: value for name, value in vars(command).items() if name != "owner"}
    row = LegalTerm(organisation_id=owner_id, **{**facts, "reminders": list(command.reminders)})
    standing = standing_rows(ctx, TERMS, row)
    replaced = [other for other in standing if ctx.today < other.valid_from >= command.valid_from]
    remaining = [other for other in standing if other not in replaced]
    if not remaining and owner_id is None:
        # The first row of all has to stay.
        remaining, replaced = standing, []
    check_first_day(ctx, TERMS, row, remaining)
    for former in replaced:
        former.withdrawn_at = ctx.now
    ctx.session.flush()
    ctx.session.add(row)
    ctx.session.flush()
    for former in replaced:
        former.replaced_by_id = row.id
    # An owner's own row begins in the future, so that no case has it yet; one who has its own keeps it.
    since = select(CaseClock).where(
        CaseClock.term.has(key=row.key, organisation_id=None),
        CaseClock.law_on >= row.valid_from,
        CaseClock.ended_at.is_(None),
    )
    for clock in ctx.session.scalars(since).all() if row.organisation_id is None else ():
        clock.term = row
    ctx.session.flush()
    moved = recalculate(ctx, row.citation, CaseClock.term_id == row.id)
    return TermChange(moved, row, tuple(replaced))


def withdraw_term(ctx: Ctx, term_id: int, reason: str, **details: Any) -> TermChange:
    """Withdraw a mistaken row; its open cases take the row before it. As `add_term` by two persons.

    Conflict if it was withdrawn or replaced already, Invalid if there is no general row before it.
    """
    change = take_term_out(ctx, term_id, reason)
    record_change(ctx, TERMS, "withdraw", change.row, recalculated=change.moved, **details)
    return change


def take_term_out(ctx: Ctx, term_id: int, reason: str) -> TermChange:
    """The same without its record, for a savepoint that shows what the change would do."""
    row = take_out(ctx, TERMS, term_id, reason)
    open_ones = select(CaseClock).where(CaseClock.term_id == row.id, CaseClock.ended_at.is_(None))
    clocks = ctx.session.scalars(open_ones).all()
    for clock in clocks:
        clock.term = find_term(ctx.session, row.key, clock.law_on, row.organisation_id)
    ctx.session.flush()
    moved = recalculate(ctx, reason, CaseClock.id.in_([clock.id for clock in clocks]))
    return TermChange(moved, row)


def scheduled_rows(ctx: Ctx, key: str) -> list[LegalTerm]:
    """The rows of a term that have not begun, earliest first: a new row may replace them."""
    return [row for row in reversed(get_term(ctx, key).rows) if row.withdrawn_at is None and row.valid_from > ctx.today]


def organisation_of(ctx: Ctx, command: AddTerm) -> int | None:
    """The organisation that a row is for; None for all."""
    if not command.owner:
        return None
    organisation_id = directory().organisation_id(ctx, command.owner)
    if organisation_id is None:
        raise Invalid({"owner": _("Không có đơn vị nào mang mã “%(code)s”.", code=command.owner)})
    return organisation_id


def owner_names(ctx: Ctx, terms: Sequence[TermHistory]) -> Mapping[int, str]:
    """The short names of the organisations that have rows of their own."""
    return owner_names_of(ctx, [row.organisation_id for term in terms for row in term.rows])


def owner_names_of(ctx: Ctx, organisation_ids: Sequence[int | None]) -> Mapping[int, str]:
    """The short names of organisations by id."""
    return directory().organisation_names(ctx, {number for number in organisation_ids if number is not None})


def _history(ctx: Ctx, key: str, rows: Sequence[LegalTerm]) -> TermHistory:
    in_force = next(
        (
            row
            for row in rows
            if row.organisation_id is None and row.withdrawn_at is None and row.valid_from <= ctx.today
        ),
        None,
    )
    return TermHistory(key, term_label(key), rows, in_force)


def term_label(key: str) -> str:
    """The states in which a term runs; the key itself if there are none."""
    names = [
        f"{workflow.label}: {state.label}"
        for workflow in WORKFLOWS.values()
        for state, deadline in workflow.deadlines.items()
        if deadline.term == key
    ]
    names += [f"{flow.label}: {flow.terms[key]}" for flow in WORKFLOWS.values() if key in flow.terms]
    return "; ".join(names) or key


def recalculate(ctx: Ctx, why: Why, *where: ColumnElement[bool]) -> int:
    """Recalculate the running clocks that match; returns the number of cases with a new due date.

    The caller holds the calendar lock (`clocks.lock_calendar`) and records its change in the audit chain. Paused clocks
    are recalculated when they resume.
    """
    clear_calendar_cache(ctx)
    query = select(CaseClock).where(CaseClock.state == ClockState.RUNNING, *where)
    query = query.options(joinedload(CaseClock.term)).order_by(CaseClock.workflow, CaseClock.case_id)
    return sum(_recalculate_clock(ctx, clock, why) for clock in ctx.session.scalars(query).all())


def _recalculate_clock(ctx: Ctx, clock: CaseClock, why: Why) -> bool:
    before, reminder = clock.due_at, clock.remind_at
    update_due_date(ctx, clock)
    if reminder is not None and reminder <= ctx.now:
        # It waits for the job, which is about to send it.
        clock.remind_at = reminder
    if before is None or clock.due_at == before:
        return False
    workflow = WORKFLOWS[clock.workflow]
    case = ctx.session.get_one(workflow.model, clock.case_id, with_for_update=True)
    case.due_at = clock.due_at
    moved = workflow.deadlines[case.state].on_due_change
    if moved is not None:
        moved(ctx, case)
    params: dict[str, Any] = {"was": _day(before), "is": _day(clock.due_at), "why": why}
    note_event(ctx, clock.workflow, case, RECALCULATED, due_at=before, **params)
    notify_event(ctx, workflow, case, RECALCULATED, **params)
    return True


def reason_text(why: Why) -> str:
    """The reason of a recalculation in the reader's language."""
    if isinstance(why, str):
        return stored_text(why)
    days = ", ".join(f"{format_date(date.fromisoformat(day))} – {stored_text(name)}" for day, name in why["days"])
    return str(_ACTS[why["act"]]) % {"days": days, "source": stored_text(why["source"])}


def with_reason(sentence: str, params: Mapping[str, Any]) -> str:
    """A sentence of a notice about new due dates, with their reason; notices before it was stored have none."""
    if "why" not in params:
        return sentence
    return _("%(sentence)s Lý do: %(why)s.", sentence=sentence, why=reason_text(params["why"]))


def _day(due_at: datetime | None) -> str:
    return last_day(due_at).isoformat() if due_at else ""


def unconfirmed_terms(ctx: Ctx) -> list[Unconfirmed]:
    """The rows of terms that are in force or will be, and are still to be confirmed."""
    return [
        Unconfirmed(term.label, row.unit.length_of(row.length), row.citation, "calendar.terms", {"_anchor": term.key})
        for term in list_terms(ctx)
        for row in term.rows
        if row.needs_verification
        and row.withdrawn_at is None
        and (row is term.in_force or row.valid_from > ctx.today or row.organisation_id is not None)
    ]


def unconfirmed_days(ctx: Ctx) -> list[Unconfirmed]:
    """The days of this year and later that are still to be confirmed, in order."""
    where = (CalendarDay.needs_verification, CalendarDay.is_active, CalendarDay.day >= date(ctx.today.year, 1, 1))
    days = ctx.session.scalars(select(CalendarDay).where(*where).order_by(CalendarDay.day))
    return [
        Unconfirmed(_day_label(row), stored_text(row.name), row.source, "calendar.day_edit", {"day_id": row.id})
        for row in days
    ]
