"""A year as twelve months of weeks, each day with what it is."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry.workflow.models import CalendarDay, DayKind

_MONTHS = range(1, 13)
_SATURDAY = 5
#: Monday first.
_WEEKS = calendar.Calendar(0)


@dataclass(frozen=True)
class DayCell:
    """One day of a month: `look` is work, weekend, off or made_up."""

    day: date
    look: str
    entry: CalendarDay | None


#: Weeks of seven days; None before the first and after the last day of the month.
Month = list[list[DayCell | None]]


def months_of(year: int, entries: Iterable[CalendarDay]) -> list[Month]:
    """The twelve months of a year."""
    by_day = {entry.day: entry for entry in entries if entry.is_active}
    return [
        [[_cell(day, by_day.get(day)) if day.month == month else None for day in week] for week in weeks]
        for month in _MONTHS
        for weeks in [_WEEKS.monthdatescalendar(year, month)]
    ]


def _cell(day: date, entry: CalendarDay | None) -> DayCell:
    if entry is not None:
        return DayCell(day, "off" if entry.kind is DayKind.DAY_OFF else "made_up", entry)
    return DayCell(day, "work" if day.weekday() < _SATURDAY else "weekend", None)
