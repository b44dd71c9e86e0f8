"""Days of procedures: generated clocks against a count that walks day by day; what may not be published is in none."""

import random
from dataclasses import replace
from datetime import date, timedelta
from statistics import median_low

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Role
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.workflow.calendar import TermUnit
from registry.workflow.clocks import working_calendar
from registry.workflow.definition import WORKFLOWS, Assignee
from registry.workflow.models import CaseClock, ClockState, LegalTerm
from registry.workflow.procedures import FEWEST, list_years, procedures, read_procedures
from tests.support.cases import ANSWER, FLOW, SETTLE, State, ask, at
from tests.support.extensions import adding

NOW = at("2027-12-20")
LEAD = Assignee("lead", P.CASE_ACT, roles=frozenset({Role.LEAD_DEPARTMENT}))
OF_AGENCIES = replace(FLOW, code="of_agencies", assignees=dict.fromkeys((State.ASKED, State.OVERDUE), LEAD))


@pytest.fixture
def figures_of(ctx_of, flow):
    """A function: the figures of a clock of the tried workflow in a year, where agencies alone must act."""
    del flow

    def read(clock, year):
        with adding(WORKFLOWS, OF_AGENCIES), ctx_of(None, now=NOW, read_only=True) as ctx:
            return next(
                figures
                for procedure, figures in read_procedures(ctx, year)
                if (procedure.workflow.code, procedure.clock) == (OF_AGENCIES.code, clock)
            )

    return read


def end(ctx, case, key, started_at, ended_at, pauses=(), *, late=False):
    """A clock of a case that ended."""
    term = ctx.session.scalars(select(LegalTerm).where(LegalTerm.key == key)).one()
    clock = CaseClock(
        workflow=OF_AGENCIES.code,
        case_id=case.id,
        name="answer" if key == ANSWER else "settle",
        term=term,
        law_on=local_date(started_at),
        state=ClockState.LAPSED if late else ClockState.STOPPED,
        started_at=started_at,
        ended_at=ended_at,
        extra=0,
        pauses=[{"from": first.isoformat(), "to": last.isoformat(), "reason": "waiting"} for first, last in pauses],
    )
    ctx.session.add(clock)


def walked(calendar, unit, first, last, pauses):
    """Days after the first one, walked one by one."""
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    counted = [day for day in days if not any(start <= day <= stop for start, stop in pauses)]
    return sum(unit is TermUnit.CALENDAR_DAY or calendar.is_working(day) for day in counted)


def generated(rounds, key):
    """Starts, ends and pauses of clocks of two years, over the new year and Tết."""
    chance = random.Random(f"procedures-{key}")  # noqa: S311 -- chances of a test
    for _number in range(rounds):
        first = date(2026, 1, 2) + timedelta(days=chance.randrange(640))
        last = first + timedelta(days=chance.randrange(60))
        pauses = []
        for _pause in range(chance.randrange(3)):
            start = first + timedelta(days=chance.randrange(40))
            pauses.append((start, start + timedelta(days=chance.randrange(12))))
        yield first, last, pauses, chance.random() < 0.3


@pytest.mark.parametrize(("key", "unit"), [(ANSWER, TermUnit.WORKING_DAY), (SETTLE, TermUnit.CALENDAR_DAY)])
def test_days_are_counted_as_the_term_counts_them(ctx_of, figures_of, key, unit):
    expected = {2026: [], 2027: []}
    in_time = dict.fromkeys(expected, 0)
    with ctx_of("so.khcn", now=NOW) as ctx:
        case, calendar = ask(ctx), working_calendar(ctx)
        for first, last, pauses, late in generated(60, key):
            end(ctx, case, key, at(first.isoformat()), at(last.isoformat(), "16:00"), pauses, late=late)
            expected[last.year].append(walked(calendar, unit, first, last, pauses))
            in_time[last.year] += not late
    figures = figures_of("answer" if key == ANSWER else "settle", 2027)
    took = expected[2027]
    assert (figures.done, figures.median, figures.longest) == (len(took), median_low(took), max(took))
    assert figures.median_before == median_low(expected[2026])
    assert figures.in_time_percent == round(100 * in_time[2027] / len(took))


@pytest.mark.parametrize("number", [0, FEWEST - 1, FEWEST])
def test_figures_of_few_cases_are_not_published(ctx_of, figures_of, number):
    with ctx_of("so.khcn", now=NOW) as ctx:
        case = ask(ctx)
        for _each in range(number):
            end(ctx, case, ANSWER, at("2027-03-01"), at("2027-03-03"))
    figures = figures_of("answer", 2027)
    assert figures.done == (number if number >= FEWEST else None)
    assert (figures.terms == ()) is (figures.done is None)


@pytest.mark.parametrize("number", [FEWEST - 1, FEWEST])
def test_the_open_file_has_no_row_of_few_cases(ctx_of, flow, number):
    del flow
    with ctx_of("so.khcn", now=NOW) as ctx:
        case = ask(ctx)
        for _each in range(number):
            end(ctx, case, ANSWER, at("2027-03-01"), at("2027-03-03"))
    with adding(WORKFLOWS, OF_AGENCIES), ctx_of(None, now=NOW, read_only=True) as ctx:
        source = EXPORT_LISTS["procedures"].open(ctx, MultiDict({"year": "2027"}))
        rows = [record.values for record in source.records() if record.values[0].startswith(str(FLOW.case_label))]
    assert [row[4] for row in rows] == ([number] if number >= FEWEST else [])


def test_a_clock_that_ends_on_the_last_evening_of_a_year_belongs_to_it(ctx_of, figures_of):
    with ctx_of("so.khcn", now=NOW) as ctx:
        case = ask(ctx)
        for _each in range(FEWEST):
            end(ctx, case, ANSWER, at("2026-12-30"), at("2026-12-31", "23:30"))
        assert list_years(ctx) == [2027, 2026]
    assert figures_of("answer", 2026).done == FEWEST
    assert figures_of("answer", 2027).done is None


def test_what_others_than_agencies_must_do_is_no_procedure(flow):
    assert flow.code not in {each.workflow.code for each in procedures()}
    labels = {(each.workflow.code, each.clock): each.agency for each in procedures()}
    assert labels["colocation", "settlement"] == "Sở Khoa học và Công nghệ"
    assert ("colocation", "answer") not in labels
    assert ("incident", "restore") not in labels
