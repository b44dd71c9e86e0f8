"""The job of all clocks: reminders go out once, moves at 24:00 and not before; no case stops another."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.kernel.clock import end_of_day, last_day
from registry.notices.models import Notice
from registry.workflow.engine import fire
from registry.workflow.jobs import ClockRun, run_clocks
from registry.workflow.models import CaseClock, CaseEvent, ClockState
from registry.workflow.notice_events import REMINDER
from tests.support.cases import State, TriedCase, ask, at

FILED = at("2027-02-01")
#: Seven working days around Tết.
DUE = end_of_day(date(2027, 2, 17))
MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def case(ctx_of, flow):
    del flow
    with ctx_of("so.khcn", now=FILED) as ctx:
        return ask(ctx)


@pytest.fixture
def stands(ctx_of):
    """A function: the case as it stands now."""

    def read(case):
        with ctx_of("so.khcn", read_only=True) as ctx:
            return ctx.session.get_one(TriedCase, case.id)

    return read


@pytest.fixture
def count(ctx_of):
    """A function: how many rows there are."""

    def counted(model, *where):
        with ctx_of("so.khcn", read_only=True) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(model).where(*where))

    return counted


def test_a_case_lapses_at_24_00_and_not_a_millisecond_before(database, case, stands):
    assert run_clocks(database, DUE - MILLISECOND).moved == 0
    assert stands(case).state is State.ASKED

    assert run_clocks(database, DUE) == ClockRun(moved=1)
    lapsed = stands(case)
    assert (lapsed.state, lapsed.state_since) == (State.OVERDUE, DUE)
    # The next term began: five calendar days.
    assert last_day(lapsed.due_at) == date(2027, 2, 23)


def test_a_second_run_at_the_same_moment_changes_nothing(database, case, count):
    run_clocks(database, DUE)
    before = [count(model) for model in (CaseEvent, CaseClock, Notice, AuditEvent)]
    assert run_clocks(database, DUE) == ClockRun()
    assert [count(model) for model in (CaseEvent, CaseClock, Notice, AuditEvent)] == before


def test_each_reminder_goes_out_once_when_offices_open(database, case, count):
    days, clocks = ("2027-02-12", "2027-02-15", "2027-02-16", "2027-02-17"), ("07:59:59.999", "08:00", "08:01", "20:00")
    runs = [(day, clock) for day in days for clock in clocks]
    sent = [run for run in runs if run_clocks(database, at(*run)).reminded]
    assert sent == [("2027-02-15", "08:00"), ("2027-02-16", "08:00"), ("2027-02-17", "08:00")]
    assert count(Notice, Notice.event == REMINDER, Notice.subject_kind == "tried") == 3


def test_after_three_days_away_the_job_does_what_is_due_and_reminds_once(database, case, count):
    assert run_clocks(database, at("2027-02-14")) == ClockRun()
    # Two reminders fell into the time away; one goes out, and the next one is that of the last day.
    assert run_clocks(database, at("2027-02-16", "09:00")) == ClockRun(reminded=1)
    assert run_clocks(database, at("2027-02-16", "09:01")) == ClockRun()
    assert run_clocks(database, at("2027-02-17", "08:00")) == ClockRun(reminded=1)
    assert count(Notice, Notice.event == REMINDER) == 2


def test_after_three_days_away_a_lapse_tells_when_it_was_due_and_when_it_was_done(database, ctx_of, case, stands):
    back = DUE + timedelta(days=3)
    assert run_clocks(database, back).moved == 1
    assert stands(case).state is State.OVERDUE
    with ctx_of("so.khcn", read_only=True) as ctx:
        event = ctx.session.scalars(select(CaseEvent).where(CaseEvent.move == "lapse")).one()
        assert (event.due_at, event.occurred_at, event.actor_id) == (DUE, DUE, None)
        done = ctx.session.scalars(select(AuditEvent).where(AuditEvent.action.like("%.lapse"))).one()
        assert done.occurred_at == back


def test_the_replay_of_a_month_day_by_day_and_at_once_end_alike(database, case, stands):
    """Job or no job in between, the answer term ends once, and so does the one after it."""
    moved = 0
    for day in range(60):
        moved += run_clocks(database, FILED + timedelta(days=day)).moved
    assert (moved, stands(case).state) == (2, State.DONE)


@pytest.mark.parametrize("broken", ["refused", "defect"])
def test_a_case_that_fails_stops_no_other(database, ctx_of, case, stands, broken, caplog):
    with ctx_of("so.khcn", now=FILED - timedelta(minutes=1)) as ctx:
        earlier = ask(ctx, broken)
    run = run_clocks(database, DUE)
    assert (run.moved, run.failed) == (1, 1)
    assert (stands(earlier).state, stands(case).state) == (State.ASKED, State.OVERDUE)
    assert "could not be followed" in caplog.text
    # And is tried again by the next run.
    assert run_clocks(database, DUE + timedelta(minutes=1)).failed == 1


def test_a_paused_case_neither_reminds_nor_lapses(database, ctx_of, flow, case, stands):
    with ctx_of("so.khcn", now=at("2027-02-12")) as ctx:
        fire(ctx, flow, case.id, "return", version=case.version)
    assert run_clocks(database, DUE + timedelta(days=100)) == ClockRun()
    assert stands(case).state is State.WAITING


def test_a_finished_case_is_left_alone(database, ctx_of, flow, case, count):
    with ctx_of("so.khcn", now=at("2027-02-12")) as ctx:
        fire(ctx, flow, case.id, "finish", version=case.version)
    assert run_clocks(database, DUE + timedelta(days=100)) == ClockRun()
    assert count(CaseClock, CaseClock.workflow == "tried", CaseClock.state == ClockState.STOPPED) == 1
