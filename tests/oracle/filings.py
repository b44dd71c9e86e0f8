"""Generated filings for the comparison with the oracle: calendars, terms, moments, pauses, server zones."""

import contextlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as time_of_day

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.workflow.calendar import Term, TermUnit, WorkingCalendar, compute_due_date
from registry.workflow.models import DayKind
from registry.workflow.seed import seed_days
from tests.oracle.deadlines import end_of_term

YEARS = range(2023, 2028)
SERVER_ZONES = ("UTC", "Asia/Ho_Chi_Minh")
LOCAL = timezone(timedelta(hours=7))
MICROSECOND = timedelta(microseconds=1)
CUT_OFFS = (time_of_day(16, 30), time_of_day(17), time_of_day(0), time_of_day(23, 59, 59, 999_999))
#: Days that five units of a term take.
DAYS_OF = {TermUnit.WORKING_DAY: 7, TermUnit.CALENDAR_DAY: 5, TermUnit.MONTH: 152}
#: Tết of each year, swapped Saturdays, ends of months and years, the leap day, and days around them.
TELLING_DAYS = (
    *(date(2023, month, day) for month, day in ((1, 19), (1, 31))),
    *(date(2024, month, day) for month, day in ((1, 31), (2, 7), (2, 28), (2, 29), (4, 26), (5, 4), (12, 31))),
    *(date(2025, month, day) for month, day in ((1, 24), (2, 28), (4, 25), (4, 26), (12, 31))),
    *(date(2026, month, day) for month, day in ((1, 10), (2, 13), (2, 15), (8, 22), (8, 28), (11, 23), (11, 24))),
    *(date(2027, month, day) for month, day in ((1, 31), (2, 3), (2, 6), (3, 31), (8, 31))),
)
TELLING_TIMES = (
    time_of_day(0),
    time_of_day(0, 0, 0, 1),
    time_of_day(6, 59, 59, 999_999),
    time_of_day(7),
    time_of_day(16, 30),
    time_of_day(16, 30, 0, 1),
    time_of_day(23, 59, 59, 999_000),
    time_of_day(23, 59, 59, 999_999),
)


@dataclass(frozen=True)
class Filing:
    """One case as both reckon it."""

    days_off: frozenset[date]
    worked: frozenset[date]
    term: Term
    started_at: datetime
    extra: int
    pauses: tuple[tuple[date, date], ...]

    def by_registry(self, started_at=None):
        """What the registry says."""
        calendar = WorkingCalendar(self.days_off, self.worked)
        return compute_due_date(
            calendar,
            self.term,
            started_at or self.started_at,
            extra=Term(self.extra, self.term.unit),
            pauses=self.pauses,
        )

    def by_hand(self):
        """What the oracle says."""
        term = self.term
        return end_of_term(
            self.days_off,
            self.worked,
            term.length,
            term.unit.value,
            term.cut_off,
            self.started_at,
            self.extra,
            self.pauses,
        )


def seeded():
    """The calendar as the seed fills it: days off, worked weekends."""
    rows = seed_days(YEARS)
    return tuple(frozenset(row.day for row in rows if row.kind is kind) for kind in DayKind)


SEEDED = seeded()


@st.composite
def calendars(draw):
    """The seeded calendar, as it is or with more days off and worked weekends."""
    if draw(st.booleans()):
        return SEEDED
    days = st.dates(date(2023, 1, 1), date(2028, 12, 31))
    off = SEEDED[0] | draw(st.frozensets(days, max_size=30))
    start = draw(days)
    off |= {start + timedelta(days=number) for number in range(draw(st.integers(0, 20)))}
    weekends = draw(st.frozensets(days.filter(lambda day: day.weekday() >= 5), max_size=10))
    return frozenset(off - weekends), (SEEDED[1] | weekends) - (off - weekends)


@st.composite
def filings(draw):
    """A filing in a calendar, with a term of any unit, pauses and an extension."""
    days_off, worked = draw(calendars())
    # A term in hours has no days to count; tests/unit/test_calendar.py tries it.
    unit = draw(st.sampled_from(sorted(DAYS_OF)))
    length = draw(st.integers(1, 24 if unit is TermUnit.MONTH else 90))
    cut_off = draw(st.none() | st.sampled_from(CUT_OFFS))
    day = draw(st.sampled_from(TELLING_DAYS) | st.dates(date(2023, 1, 1), date(2027, 12, 31)))
    moment = draw(st.sampled_from(TELLING_TIMES) | st.times())
    local = datetime.combine(day, moment, tzinfo=LOCAL)
    # Some pauses begin soon after the filing, others about when the term would end without them.
    soon, near_end = st.integers(0, 40), st.integers(-3, 8).map(lambda days: max(0, days + length * DAYS_OF[unit] // 5))
    pauses = draw(st.lists(st.tuples(soon | near_end, st.integers(0, 25)), max_size=3))
    spans = tuple((day + timedelta(days=after), day + timedelta(days=after + more)) for after, more in pauses)
    extra = draw(st.just(0) | st.integers(1, 15))
    started_at = draw(st.sampled_from((local, local.astimezone(UTC))))
    return Filing(days_off, worked, Term(length, unit, cut_off), started_at, extra, spans)


@contextlib.contextmanager
def server_zone(name):
    """The zone of the server's own clock, for as long as the block runs."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def compare(cases, zone):
    """Registry and oracle agree on so many generated filings, on a server of this zone; how many were tried."""
    tried = 0

    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(filings())
    def agree(filing):
        nonlocal tried
        tried += 1
        date_calculation = filing.by_registry()
        assert (date_calculation.last_on, date_calculation.due_at.astimezone(UTC)) == filing.by_hand()

    with server_zone(zone):
        agree()
    return tried
