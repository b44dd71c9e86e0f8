"""The jobs of deadlines and of the calendar, and the command that fills the calendar.

The deadline job reminds before a term ends, and makes the move that follows its end. Each case is one transaction that
goes as far as its terms have ended, the earliest end first, so that a failure stops no other case. Running the job
twice, late, or with a test's clock has the same outcome for the same moment.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime

import click
from flask.cli import AppGroup
from procrastinate import JobContext
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.blueprint import DATABASE
from registry.kernel.clock import last_day, utc_now
from registry.kernel.db.session import Database
from registry.kernel.i18n import _n
from registry.kernel.jobs import queue, resources_of
from registry.workflow.calendar_service import FIRST_YEAR, LAST_YEAR
from registry.workflow.clocks import next_reminder
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.engine import CLOCK_ORIGIN, fire_by_clock, lock_case
from registry.workflow.models import CaseClock, ClockState
from registry.workflow.notice_events import REMINDER
from registry.workflow.notices import notify_reminder
from registry.workflow.seed import seed_calendar, seed_next_year

group = AppGroup("calendar", help="Days off and worked weekends.")
_SPAN = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")
log = logging.getLogger(__name__)
#: Terms handled in one run; the rest waits for the next minute.
_AT_ONCE = 500


class Years(click.ParamType[range]):
    """A year, or a span such as 2023-2027."""

    name = "years"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        if isinstance(value, range):
            return value
        match = _SPAN.fullmatch(str(value))
        if match:
            years = range(int(match[1]), int(match[2] or match[1]) + 1)
            if years and years[0] >= FIRST_YEAR and years[-1] <= LAST_YEAR:
                return years
        return self.fail(f"{value!r} is no year or span of years such as 2027 or 2023-2027.", param, ctx)


@group.command("seed")
@click.option("--years", type=Years(), required=True, help="A year or a span, for instance 2023-2027.")
def seed(years: range) -> None:
    """Enter the days off and worked weekends that are missing; what people entered or withdrew stays.

    Example: flask calendar seed --years 2023-2027
    """
    database = DATABASE.current()
    with database.transaction(SYSTEM_ACTOR, origin="cli") as ctx:
        added = seed_calendar(ctx, years)
    click.echo(_n("Đã thêm %(num)d ngày vào lịch làm việc.", added))


@queue.periodic(cron="23 3 * * *")
@queue.task(name="workflow.calendar", queueing_lock="workflow.calendar", pass_context=True)
def seed_coming_year(job: JobContext, timestamp: int) -> None:
    """Nightly, so that a missed night does not matter."""
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
        seed_next_year(ctx)


@dataclass
class ClockRun:
    """Counts of one run."""

    moved: int = 0
    reminded: int = 0
    failed: int = 0


@queue.periodic(cron="* * * * *")
@queue.task(name="workflow.clocks", queueing_lock="workflow.clocks", pass_context=True)
def watch(job: JobContext, timestamp: int) -> None:
    del timestamp
    run_clocks(resources_of(job).database, utc_now())


def run_clocks(database: Database, now: datetime) -> ClockRun:
    """Send the reminders and make the moves that are due at a moment."""
    run = ClockRun()
    with database.transaction(SYSTEM_ACTOR, now=now, origin=CLOCK_ORIGIN, read_only=True) as ctx:
        reminders = _due(ctx, CaseClock.remind_at)
        ends = _due(ctx, CaseClock.due_at)
    for clock_id in reminders:
        run.reminded += _process(database, now, clock_id, run, remind=True)
    for clock_id in ends:
        run.moved += _process(database, now, clock_id, run, remind=False)
    return run


def _due(ctx: Ctx, moment: InstrumentedAttribute[datetime | None]) -> list[int]:
    query = (
        select(CaseClock.id)
        .where(CaseClock.state == ClockState.RUNNING, moment <= ctx.now, CaseClock.workflow.in_(WORKFLOWS))
        .order_by(moment, CaseClock.id)
        .limit(_AT_ONCE)
    )
    return list(ctx.session.scalars(query))


def _process(database: Database, now: datetime, clock_id: int, run: ClockRun, *, remind: bool) -> bool:
    """Process one clock in its own transaction; failures are logged and counted."""
    try:
        with database.transaction(SYSTEM_ACTOR, now=now, origin=CLOCK_ORIGIN) as ctx:
            return _send_reminder(ctx, clock_id) if remind else _make_overdue_move(ctx, clock_id)
    except Exception:
        # A defect of one feature must not stop the deadlines of all others.
        log.exception("clock %s could not be followed", clock_id)
        run.failed += 1
        return False


def _make_overdue_move(ctx: Ctx, clock_id: int) -> bool:
    clock, workflow = _locked(ctx, clock_id)
    if clock.state is not ClockState.RUNNING or clock.due_at is None or clock.due_at > ctx.now:
        return False
    case = lock_case(ctx, workflow, clock.case_id)
    deadline = workflow.deadlines[case.state]
    fire_by_clock(ctx, workflow, case, deadline.overdue)
    return True


def _send_reminder(ctx: Ctx, clock_id: int) -> bool:
    clock, workflow = _locked(ctx, clock_id)
    if clock.state is not ClockState.RUNNING or clock.remind_at is None or clock.remind_at > ctx.now:
        return False
    clock.remind_at = next_reminder(ctx, clock)
    case = ctx.session.get_one(workflow.model, clock.case_id)
    if clock.due_at is not None and clock.due_at > ctx.now:
        notify_reminder(ctx, workflow, case, last_day(clock.due_at).isoformat())
    ctx.session.flush()
    record(ctx, f"{workflow.code}.{REMINDER}", workflow.code, case.id, number=case.number)
    return True


def _locked(ctx: Ctx, clock_id: int) -> tuple[CaseClock, Workflow]:
    """The clock with its term; its case is locked first, as in every move."""
    where = CaseClock.id == clock_id
    clock = ctx.session.execute(select(CaseClock.workflow, CaseClock.case_id).where(where)).one()
    workflow = WORKFLOWS[clock.workflow]
    lock_case(ctx, workflow, clock.case_id)
    query = select(CaseClock).where(where).options(joinedload(CaseClock.term))
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one(), workflow
