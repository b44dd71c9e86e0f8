"""Span and order of the days of a form: one rule for moves, forms, models and imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.kernel.clock import local_date, utc_now
from registry.kernel.i18n import _, _n, format_date

_LEAP_DAY: Final = (2, 29)


def years_after(day: date, years: int) -> date:
    """The same day some years later, or earlier for a negative number; 28 February for 29 February."""
    short = (day.month, day.day) == _LEAP_DAY
    return day.replace(year=day.year + years, day=28 if short else day.day)


@dataclass(frozen=True)
class DaySpan:
    """The sensible days of a field, against typing errors: whole years before and after today, both inclusive.

    `since` replaces `back` by a fixed first day, where the field may state what happened long ago. What exactly is
    possible, such as a day after another fact, is the rule of the service; the span only has to contain it.
    """

    back: int = 0
    ahead: int = 0
    since: date | None = None

    def first(self, today: date) -> date:
        return self.since or years_after(today, -self.back)

    def last(self, today: date) -> date:
        return years_after(today, self.ahead)

    def problem(self, label: Any, day: date, today: date | None = None) -> str | None:
        """The sentence for a day outside of the span; `today` is the legal day of the moment by default."""
        today = today or local_date(utc_now())
        first, last = self.first(today), self.last(today)
        if first <= day <= last:
            return None
        return _(
            "“%(field)s” là %(day)s; cần từ %(first)s đến %(last)s.",
            field=label,
            day=format_date(day),
            first=format_date(first),
            last=format_date(last),
        )


# Spans of what forms ask for, each with the reason for its bounds. A field with other bounds declares its own.
#: Built, surveyed or licensed: the oldest structures of the register are of the first half of the 20th century.
BUILT: Final = DaySpan(since=date(1900, 1, 1), ahead=1)
#: Put up, taken down or drawn: no cable or equipment in use is older.
EQUIPPED: Final = DaySpan(since=date(1950, 1, 1), ahead=1)
#: A test that was made: the same, and never in the future.
TESTED: Final = DaySpan(since=date(1950, 1, 1))
#: A service that is there: mobile and fibre networks began after 1990.
SERVED: Final = DaySpan(since=date(1990, 1, 1))
#: From when a rule or a calendar applies: no rule that the register cites is older, and few are set ten years ahead.
REGULATED: Final = DaySpan(since=date(2000, 1, 1), ahead=10)
#: A paper or an act of a case, as long as cases are kept open; that it does not lie ahead is the rule of the service.
PAPER: Final = DaySpan(back=10, ahead=1)
#: What began long before anyone recorded it: an occupation, an old contract, a merged village.
FORMER: Final = DaySpan(back=30, ahead=1)
#: What happened to a case that is open: it is closed long before five years are over.
RECENT: Final = DaySpan(back=5, ahead=1)
#: A day that is set for somebody: a meeting, a survey, an answer.
APPOINTED: Final = DaySpan(back=1, ahead=3)
#: Days that an address may ask for, where its page says nothing narrower.
ANY_DAY: Final = DaySpan(since=date(1990, 1, 1), ahead=30)


@dataclass(frozen=True)
class DayOrder:
    """Two day fields of one entity: `later` is not before `earlier`, or after it where `is_strict`.

    With `lead_years` it may come so many years before it, but no more.
    """

    earlier: str
    later: str
    is_strict: bool = False
    lead_years: int = 0


def later_problem(
    earlier: tuple[Any, date | None], later: tuple[Any, date | None], *, is_strict: bool = False
) -> str | None:
    """The sentence for two labelled days in the wrong order; a missing day has no order."""
    order = DayOrder("earlier", "later", is_strict)
    labels, values = {"earlier": earlier[0], "later": later[0]}, {"earlier": earlier[1], "later": later[1]}
    return order_problems((order,), labels, values).get("later")


def order_problems(
    orders: Iterable[DayOrder], labels: Mapping[str, Any], values: Mapping[str, date | None]
) -> dict[str, str]:
    """Sentences by field for days in the wrong order; a missing day has no order."""
    problems: dict[str, str] = {}
    for order in orders:
        first, last = values.get(order.earlier), values.get(order.later)
        if first is None or last is None:
            continue
        bound = years_after(first, -order.lead_years)
        if bound < last or (bound == last and not order.is_strict):
            continue
        words = {
            "later": labels[order.later],
            "last": format_date(last),
            "earlier": labels[order.earlier],
            "first": format_date(first),
        }
        if order.lead_years:
            problems[order.later] = _n(
                "“%(later)s” là %(last)s; cần không sớm hơn “%(earlier)s” %(first)s quá %(num)d năm.",
                order.lead_years,
                **words,
            )
        elif order.is_strict:
            problems[order.later] = _("“%(later)s” là %(last)s; cần sau “%(earlier)s” %(first)s.", **words)
        else:
            problems[order.later] = _("“%(later)s” là %(last)s; cần từ “%(earlier)s” %(first)s trở đi.", **words)
    return problems
