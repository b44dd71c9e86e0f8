"""Working days and due dates (Bộ luật Dân sự 2015 Đ.147, Đ.148).

The day of the event is not counted (Đ.147). A term ends at 24:00 of its last day; if that day is a weekend or a
holiday, at 24:00 of the next working day (Đ.148). Days are days in Việt Nam, whatever the server's time zone.
"""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from registry.kernel.clock import LOCAL_ZONE, end_of_day, last_day, local_date
from registry.kernel.db.base import Choice
from registry.kernel.i18n import Number, _l, _n, _n_noop, format_number

ONE_DAY = timedelta(days=1)
_SATURDAY, _WEEK = 5, 7
_MONTHS_A_YEAR = 12
#: A span of days that nothing is counted on; both ends included.
Span = tuple[date, date]


class TermUnit(Choice):
    """The unit of a term; hours run day and night, on days off too."""

    HOUR = "hour", _l("giờ")
    WORKING_DAY = "working_day", _l("ngày làm việc")
    CALENDAR_DAY = "calendar_day", _l("ngày")
    MONTH = "month", _l("tháng")

    def length_of(self, number: Number) -> str:
        """So many of it as a text says it: "1 working day", "2.5 working days"."""
        if number != int(number):
            return f"{format_number(number)} {self.label}"
        return _n(_LENGTHS[self.value], int(number))


_LENGTHS: Final = {
    "hour": _n_noop("%(num)d giờ"),
    "working_day": _n_noop("%(num)d ngày làm việc"),
    "calendar_day": _n_noop("%(num)d ngày"),
    "month": _n_noop("%(num)d tháng"),
}


def _within(days: Sequence[date], after: date, until: date) -> int:
    """How many of sorted days lie after one and not after another."""
    return bisect_right(days, until) - bisect_right(days, after)


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday, without `days_off`, plus `worked_weekends` (weekend days swapped for working days)."""

    days_off: Collection[date]
    worked_weekends: Collection[date]

    def is_working(self, day: date) -> bool:
        if day in self.days_off:
            return False
        return day.weekday() < _SATURDAY or day in self.worked_weekends

    def next_working(self, day: date) -> date:
        """The day itself if it is a working day, else the next working day."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def count(self, after: date, until: date) -> int:
        """Working days after `after` up to and including `until`, in a time that does not grow with their number."""
        weeks, more = divmod((until - after).days, _WEEK)
        weekdays = weeks * _SATURDAY + sum((after.weekday() + day) % _WEEK < _SATURDAY for day in range(1, more + 1))
        return weekdays - _within(self._weekdays_off, after, until) + _within(self._weekends_worked, after, until)

    @cached_property
    def _weekdays_off(self) -> Sequence[date]:
        return sorted(day for day in self.days_off if day.weekday() < _SATURDAY)

    @cached_property
    def _weekends_worked(self) -> Sequence[date]:
        return sorted(day for day in self.worked_weekends if day.weekday() >= _SATURDAY and day not in self.days_off)


@dataclass(frozen=True)
class Term:
    """A length of time that a law grants.

    `cut_off`: an arrival after this time of day, or on a day off, counts as an arrival on the next working day; None if
    the law does not say.
    """

    length: int
    unit: TermUnit
    cut_off: time | None = None


@dataclass(frozen=True)
class DueDateCalculation:
    """A due date with the days that led to it.

    `event_on` is the day that is not counted, `last_on` the last day in time, `due_at` its 24:00. `skipped` are the
    days between the two that did not count, or on which the term could not end. A term in hours ends at its minute.
    """

    event_on: date
    last_on: date
    due_at: datetime
    skipped: Sequence[date]


def compute_due_date(
    workdays: WorkingCalendar,
    term: Term,
    started_at: datetime,
    *,
    extra: Term | None = None,
    pauses: Sequence[Span] = (),
) -> DueDateCalculation:
    """The due date of a term that began at a moment; days in `pauses` do not count.

    `extra` extends the term: in the same unit both are one term, in another one it is counted from the term's last day.
    The last day is always a working day outside of the pauses.
    """
    if term.unit is TermUnit.HOUR:
        return _after_hours(term, started_at, extra)
    event_on = _event_day(workdays, term, started_at)
    still = frozenset(day for first, last in pauses for day in _days(max(first, event_on + ONE_DAY), last))
    parts: list[tuple[TermUnit, int]] = [(term.unit, term.length)]
    if extra is not None and extra.unit is term.unit:
        parts = [(term.unit, term.length + extra.length)]
    elif extra is not None and extra.length:
        parts.append((extra.unit, extra.length))
    end, skipped = event_on, list[date]()
    for unit, length in parts:
        end, left_out = _end_of_part(workdays, unit, end, length, still)
        skipped += left_out
    return DueDateCalculation(event_on, end, end_of_day(end), tuple(skipped))


def _after_hours(term: Term, started_at: datetime, extra: Term | None) -> DueDateCalculation:
    """Bộ luật Dân sự Đ.147 khoản 1: a term in hours begins at its moment. Days of a pause cannot be taken off hours."""
    more = extra.length if extra is not None and extra.unit is TermUnit.HOUR else 0
    due_at = started_at + timedelta(hours=term.length + more)
    return DueDateCalculation(local_date(started_at), last_day(due_at), due_at, ())


def _end_of_part(
    workdays: WorkingCalendar, unit: TermUnit, begun_on: date, length: int, still: Collection[date]
) -> tuple[date, list[date]]:
    """The last day of a length of time that begins after a day, and the skipped days."""
    if unit is TermUnit.MONTH:
        last, skipped = _later(_months_after(begun_on, length), still)
    else:
        last, skipped = _counted(workdays, unit, begun_on, length, still)
    end = last
    while end in still or not workdays.is_working(end):
        end += ONE_DAY
    return end, skipped + [day for day in _days(last, end - ONE_DAY) if day not in skipped]


def working_days_between(workdays: WorkingCalendar, after: date, until: date) -> int:
    """Working days after `after` up to and including `until`; negative if `until` is earlier."""
    if until < after:
        return -working_days_between(workdays, until, after)
    return workdays.count(after, until)


def _event_day(workdays: WorkingCalendar, term: Term, started_at: datetime) -> date:
    local = started_at.astimezone(LOCAL_ZONE)
    day = local.date()
    if term.cut_off is None:
        return day
    if workdays.is_working(day) and local.time() > term.cut_off:
        day += ONE_DAY
    return workdays.next_working(day)


def _counted(
    workdays: WorkingCalendar, unit: TermUnit, event_on: date, length: int, still: Collection[date]
) -> tuple[date, list[date]]:
    """The last day of a term in days, and the skipped days."""
    counted, last = 0, event_on
    skipped: list[date] = []
    while counted < length:
        last += ONE_DAY
        if last not in still and (unit is TermUnit.CALENDAR_DAY or workdays.is_working(last)):
            counted += 1
        else:
            skipped.append(last)
    return last, skipped


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last day of that month if it is shorter."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _later(end: date, still: Collection[date]) -> tuple[date, list[date]]:
    """A day moved on by one day for each paused day before it, and those days."""
    moved: list[date] = []
    for day in sorted(still):
        if day <= end:
            end += ONE_DAY
            moved.append(day)
    return end, moved


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
