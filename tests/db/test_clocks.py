"""Clocks of cases: started, paused, gone on with, given another term, stopped; the law of the day of filing holds.

Seven working days from 01/02/2027 on lie around Tết (04/02 to 10/02): 2, 3, 11, 12, 15, 16, 17/02.
"""

from datetime import date

import pytest
from sqlalchemy import select

from registry.audit.chain import record
from registry.kernel.clock import end_of_day, last_day
from registry.kernel.errors import MoveRefused
from registry.workflow.calendar import TermUnit
from registry.workflow.clocks import open_clock, update_due_date
from registry.workflow.definition import Deadline
from registry.workflow.engine import fire
from registry.workflow.models import CaseClock, CaseEvent, ClockState
from registry.workflow.time_left import times_left
from tests.support.cases import ANSWER, SETTLE, SURVEY, State, TriedCase, add_law, ask, at

FILED = at("2027-02-01")


def clocks_of(ctx, case):
    query = select(CaseClock).where(CaseClock.workflow == "tried", CaseClock.case_id == case.id)
    return ctx.session.scalars(query.order_by(CaseClock.id)).all()


@pytest.fixture
def move(ctx_of, flow):
    """A function: make a move at a moment; the case afterwards."""

    def make(case, name, now):
        with ctx_of("so.khcn", now=now) as ctx:
            version = ctx.session.get_one(TriedCase, case.id).version
            return fire(ctx, flow, case.id, name, version=version)

    return make


@pytest.fixture
def case(ctx_of, flow):
    """Asked on 01/02/2027."""
    del flow
    with ctx_of("so.khcn", now=FILED) as ctx:
        return ask(ctx)


def test_a_clock_starts_with_the_state_and_tells_the_case_its_end(ctx_of, flow, case):
    with ctx_of("so.khcn", now=FILED) as ctx:
        clock = open_clock(ctx.session, flow.code, case.id)
        assert (clock.state, clock.name, clock.law_on) == (ClockState.RUNNING, "answer", date(2027, 2, 1))
        assert clock.due_at == case.due_at == end_of_day(date(2027, 2, 17))
        assert clock.remind_at == at("2027-02-15", "08:00")


def test_a_clock_stands_still_while_the_case_is_returned_and_goes_on_without_those_days(ctx_of, flow, case, move):
    returned = move(case, "return", at("2027-02-02", "10:00"))
    assert returned.due_at is None
    with ctx_of("so.khcn") as ctx:
        clock = open_clock(ctx.session, flow.code, case.id)
        assert (clock.state, clock.remind_at, clock.pause_reason) == (ClockState.PAUSED, None, "waiting")

    # From 02/02 to 11/02 nothing counts: 12, 15, 16, 17, 18, 19, 22/02.
    resumed = move(case, "resume", at("2027-02-11", "23:59:59.999"))
    assert last_day(resumed.due_at) == date(2027, 2, 22)
    with ctx_of("so.khcn") as ctx:
        clock = open_clock(ctx.session, flow.code, case.id)
        assert clock.pauses == [{"from": "2027-02-02", "to": "2027-02-11", "reason": "waiting"}]
        assert clock.remind_at == at("2027-02-18", "08:00")


def test_a_pause_on_the_last_day_leaves_a_day_after_it(case, move):
    move(case, "return", at("2027-02-17", "23:00"))
    assert last_day(move(case, "resume", at("2027-02-19")).due_at) == date(2027, 2, 22)


def test_another_state_may_give_the_same_clock_another_term(ctx_of, flow, case, move):
    # Fifteen working days from the same start.
    assert last_day(move(case, "survey", at("2027-02-03")).due_at) == date(2027, 3, 1)
    with ctx_of("so.khcn") as ctx:
        (clock,) = clocks_of(ctx, case)
        assert open_clock(ctx.session, flow.code, case.id).term.key == SURVEY
        assert clock.started_at == FILED


def test_a_stated_day_pauses_the_term_of_law_reminds_and_ends_by_a_move_of_its_own(ctx_of, flow, case, move):
    postponed = move(case, "postpone", at("2027-02-02", "10:00"))
    assert last_day(postponed.due_at) == date(2027, 2, 9)
    with ctx_of("so.khcn", now=at("2027-02-03")) as ctx:
        law, stated = clocks_of(ctx, case)
        assert (law.state, law.pause_reason) == (ClockState.PAUSED, "postponed")
        assert (stated.state, stated.term_id, stated.remind_at) == (ClockState.RUNNING, None, at("2027-02-03", "08:00"))
        left = times_left(ctx, flow, [ctx.session.get_one(TriedCase, case.id)])[case.id]
        assert (left.last_on, left.citation, left.text[:5]) == (date(2027, 2, 9), "", "Hẹn: ")
    # Put off once more, it has the later day and is one clock still.
    assert last_day(move(case, "postpone", at("2027-02-03", "10:00")).due_at) == date(2027, 2, 16)
    with ctx_of("so.khcn") as ctx:
        assert [clock.state for clock in clocks_of(ctx, case)] == [ClockState.PAUSED, ClockState.RUNNING]


def test_the_term_of_law_goes_on_without_the_days_until_the_stated_one(ctx_of, flow, case, move):
    move(case, "postpone", at("2027-02-02", "10:00"))
    # From 02/02 to 09/02 nothing counts: 11, 12, 15, 16, 17, 18, 19/02.
    assert last_day(move(case, "take_up", at("2027-02-09")).due_at) == date(2027, 2, 19)
    with ctx_of("so.khcn", now=at("2027-02-12")) as ctx:
        law, stated = clocks_of(ctx, case)
        assert (law.state, stated.state) == (ClockState.RUNNING, ClockState.STOPPED)
        assert times_left(ctx, flow, [ctx.session.get_one(TriedCase, case.id)])[case.id].citation == "Luật thử"


def test_the_end_of_a_stated_day_is_a_move_of_the_clock(ctx_of, case, move):
    move(case, "postpone", at("2027-02-02", "10:00"))
    # The day is over: the term of law goes on, whether or not the job has run since.
    assert move(case, "survey", at("2027-02-10", "00:00")).state is State.SURVEYED
    with ctx_of("so.khcn") as ctx:
        law, stated = clocks_of(ctx, case)
        assert (law.state, stated.state) == (ClockState.RUNNING, ClockState.LAPSED)


def test_a_case_that_ends_while_it_is_postponed_leaves_no_clock(ctx_of, case, move):
    move(case, "postpone", at("2027-02-02", "10:00"))
    assert move(case, "finish", at("2027-02-03")).due_at is None
    with ctx_of("so.khcn") as ctx:
        assert [clock.state for clock in clocks_of(ctx, case)] == [ClockState.STOPPED, ClockState.STOPPED]


def test_a_deadline_has_a_term_of_law_or_a_stated_end():
    for term, stated in (("", None), (ANSWER, lambda case: case.due_at)):
        with pytest.raises(ValueError, match="a term of law or a stated end"):
            Deadline("answer", term, "lapse", "quá hạn", stated=stated)


def test_an_extension_lengthens_the_term_in_its_own_unit(ctx_of, flow, case):
    with ctx_of("so.khcn", now=FILED) as ctx:
        clock = open_clock(ctx.session, flow.code, case.id)
        clock.extra = 3
        update_due_date(ctx, clock)
        assert last_day(clock.due_at) == date(2027, 2, 22)
        record(ctx, "tried.extend", "tried", case.id)


def test_a_clock_stops_with_its_case_and_never_goes_on(ctx_of, case, move):
    assert move(case, "finish", at("2027-02-17", "23:59:59.999")).due_at is None
    with ctx_of("so.khcn") as ctx:
        (clock,) = clocks_of(ctx, case)
        assert (clock.state, clock.remind_at) == (ClockState.STOPPED, None)
        assert clock.ended_at == at("2027-02-17", "23:59:59.999")


def test_at_24_00_the_term_is_over_even_before_the_job_comes_by(ctx_of, flow, case, move):
    late = at("2027-02-18", "00:00")
    with pytest.raises(MoveRefused, match="Quá hạn"), ctx_of("so.khcn", now=late) as ctx:
        fire(ctx, flow, case.id, "return", version=case.version)

    done = move(case, "finish", late)
    assert done.state is State.DONE
    with ctx_of("so.khcn") as ctx:
        first, second = clocks_of(ctx, case)
        assert (first.state, second.state, second.name) == (ClockState.LAPSED, ClockState.STOPPED, "settle")
        query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.workflow == "tried")
        events = ctx.session.scalars(query.order_by(CaseEvent.id)).all()
        assert [(event.move, event.actor_id is None) for event in events] == [
            ("open", False),
            ("lapse", True),
            ("finish", False),
        ]


def test_a_case_keeps_the_law_of_its_filing_and_a_later_one_has_the_new_law(ctx_of, flow, case, move):
    with ctx_of("so.khcn") as ctx:
        for key, length in ((ANSWER, 3), (SURVEY, 4), (SETTLE, 1)):
            add_law(ctx, key, length, valid_from="2027-02-05")
    with ctx_of("so.khcn", now=at("2027-02-11")) as ctx:
        later = ask(ctx)
    assert last_day(later.due_at) == date(2027, 2, 16)
    # Gone on with, given another term, and a second clock: always the law of 01/02.
    move(case, "return", at("2027-02-11"))
    assert last_day(move(case, "resume", at("2027-02-11", "10:00")).due_at) == date(2027, 2, 18)
    assert last_day(move(case, "survey", at("2027-02-12")).due_at) == date(2027, 3, 2)
    assert last_day(move(later, "survey", at("2027-02-12")).due_at) == date(2027, 2, 17)
    with ctx_of("so.khcn") as ctx:
        assert open_clock(ctx.session, flow.code, case.id).term.length == 15
        assert open_clock(ctx.session, flow.code, later.id).term.length == 4


def test_the_law_in_force_on_the_very_first_day_holds_for_what_is_filed_on_it(ctx_of, flow):
    with ctx_of("so.khcn") as ctx:
        add_law(ctx, ANSWER, 2, TermUnit.CALENDAR_DAY, valid_from="2027-03-02")
    for moment, last in (
        (at("2027-03-01", "23:59:59.999"), date(2027, 3, 10)),
        (at("2027-03-02", "00:00"), date(2027, 3, 4)),
    ):
        with ctx_of("so.khcn", now=moment) as ctx:
            assert last_day(ask(ctx).due_at) == last
