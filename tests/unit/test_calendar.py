"""Ends of terms: equal to an oracle written apart, to the reviewed examples, and to what must hold of any end."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.kernel.clock import LOCAL_ZONE, end_of_day, last_day
from registry.workflow.calendar import Term, TermUnit, WorkingCalendar, compute_due_date, working_days_between
from tests.oracle.filings import MICROSECOND, SEEDED, SERVER_ZONES, compare, filings, server_zone

REVIEWED = Path(__file__).parents[1] / "oracle" / "reviewed.csv"
UNITS = {str(unit.label): unit for unit in TermUnit}
CASES = 150
SEEDED_CALENDAR = WorkingCalendar(*SEEDED)


def reviewed():
    with REVIEWED.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def a_day(text):
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=LOCAL_ZONE).date()


def a_moment(text):
    day, clock = text.split(" ")
    return datetime.combine(a_day(day), time.fromisoformat(clock), tzinfo=LOCAL_ZONE)


def spans(text):
    return [tuple(a_day(part) for part in span.split("–")) for span in text.split(";") if span]


@pytest.mark.parametrize("zone", SERVER_ZONES)
def test_filings_end_as_the_oracle_says(zone):
    assert compare(CASES, zone) >= CASES


@pytest.mark.parametrize("zone", SERVER_ZONES)
@pytest.mark.parametrize("row", reviewed(), ids=lambda row: row["Số"])
def test_a_reviewed_example_ends_on_its_day(row, zone):
    term = Term(
        int(row["Độ dài"]),
        UNITS[row["Đơn vị"]],
        time.fromisoformat(row["Giờ chốt"]) if row["Giờ chốt"] else None,
    )
    with server_zone(zone):
        due = compute_due_date(
            SEEDED_CALENDAR,
            term,
            a_moment(row["Nhận lúc"]),
            extra=Term(int(row["Gia hạn"]), term.unit),
            pauses=spans(row["Tạm dừng"]),
        )
    assert due.last_on == a_day(row["Ngày cuối"]), row["Giải thích"]


@settings(max_examples=80, deadline=None)
@given(filings())
def test_an_end_is_midnight_after_a_day_of_work_on_which_the_clock_runs(filing):
    term = filing.by_registry()
    calendar = WorkingCalendar(filing.days_off, filing.worked)
    assert calendar.is_working(term.last_on)
    assert not any(first <= term.last_on <= last for first, last in filing.pauses)
    local = term.due_at.astimezone(LOCAL_ZONE)
    assert (local.time(), local.date()) == (time(0), term.last_on + timedelta(days=1))
    assert last_day(term.due_at) == term.last_on
    assert filing.started_at < term.due_at


@settings(max_examples=80, deadline=None)
@given(filings(), st.integers(0, 40), st.integers(0, 86_399))
def test_who_files_later_never_has_an_earlier_end(filing, days, seconds):
    later = filing.started_at + timedelta(days=days, seconds=seconds)
    # A clock pauses after it has begun, so pauses come after both filings.
    shift = timedelta(days=days + 2)
    pauses = tuple((first + shift, last + shift) for first, last in filing.pauses)
    both = type(filing)(**{**vars(filing), "pauses": pauses})
    assert both.by_registry().due_at <= both.by_registry(later).due_at


@settings(max_examples=80, deadline=None)
@given(filings())
def test_the_days_between_are_either_counted_or_told_as_skipped(filing):
    term = filing.by_registry()
    between = (term.last_on - term.event_on).days
    length = filing.term.length + filing.extra
    assert len(set(term.skipped)) == len(term.skipped)
    assert all(term.event_on < day < term.last_on for day in term.skipped)
    if filing.term.unit is not TermUnit.MONTH:
        # Where the count is full on a day on which nothing can end, the last day stands for that one.
        assert between - len(term.skipped) == length


@pytest.mark.parametrize(
    ("term", "extra", "last"),
    [
        # Twenty-five days from Wednesday, 25 November 2026, end on Sunday, 20 December; ten working days more are asked
        # for from the last day of the fifteen, Thursday, 10 December.
        (Term(15, TermUnit.CALENDAR_DAY), Term(10, TermUnit.CALENDAR_DAY), date(2026, 12, 21)),
        (Term(15, TermUnit.CALENDAR_DAY), Term(10, TermUnit.WORKING_DAY), date(2026, 12, 24)),
        (Term(7, TermUnit.WORKING_DAY), Term(10, TermUnit.WORKING_DAY), date(2026, 12, 18)),
        (Term(7, TermUnit.WORKING_DAY), Term(13, TermUnit.CALENDAR_DAY), date(2026, 12, 17)),
        (Term(12, TermUnit.MONTH), Term(10, TermUnit.WORKING_DAY), date(2027, 12, 9)),
    ],
)
def test_an_extension_counts_in_the_unit_that_it_was_given_in(term, extra, last):
    calendar = WorkingCalendar(frozenset(), frozenset())
    filed = datetime(2026, 11, 25, 10, tzinfo=LOCAL_ZONE)
    assert compute_due_date(calendar, term, filed, extra=extra).last_on == last


def test_the_last_moment_in_time_and_the_first_late_one():
    due = end_of_day(date(2026, 3, 11))
    assert due == datetime(2026, 3, 12, tzinfo=LOCAL_ZONE)
    assert last_day(due) == date(2026, 3, 11)
    assert last_day(due + MICROSECOND) == date(2026, 3, 12)


def test_working_days_left_count_to_the_end_and_below_nought():
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)
    assert working_days_between(SEEDED_CALENDAR, friday, monday) == 1
    assert working_days_between(SEEDED_CALENDAR, monday, monday) == 0
    assert working_days_between(SEEDED_CALENDAR, monday, friday) == -1
    # Tết of 2027: one working day between 03/02 and 11/02.
    assert working_days_between(SEEDED_CALENDAR, date(2027, 2, 3), date(2027, 2, 11)) == 1


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 31))


@given(st.frozensets(DAYS), st.frozensets(DAYS), DAYS, DAYS)
def test_working_days_between_are_those_counted_one_by_one(off, worked, first, other):
    workdays, (after, until) = WorkingCalendar(off, worked), sorted((first, other))
    counted = sum(workdays.is_working(after + timedelta(days=more)) for more in range(1, (until - after).days + 1))
    assert working_days_between(workdays, after, until) == counted
    assert working_days_between(workdays, until, after) == -counted
