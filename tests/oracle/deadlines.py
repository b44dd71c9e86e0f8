"""When a term ends, written apart from the registry and in another way: by lists of day numbers.

Nothing here comes from registry/workflow; the rules are those of Bộ luật Dân sự 2015, Đ.147 and Đ.148, and of the
registry's own conventions on cut-off hours and pauses:

- a day is a day at +07:00, which is Việt Nam's time since 1975;
- the day of the event is day nought; what comes after the cut-off hour, or on a day without work where there is a
  cut-off hour, counts as come on the next day of work;
- a pause takes every day that it touches, and the day of the event is not touched again;
- a month ends on the day of the same number, or on its last one;
- the last day is a day of work outside any pause.
"""

from datetime import UTC, date, datetime, timedelta

SEVEN_HOURS = timedelta(hours=7)
#: 01/01/2024 was a Monday.
A_MONDAY = date(2024, 1, 1).toordinal()
#: No term of the tests, with its pauses and holidays, is longer.
HORIZON = 1_600
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def end_of_term(days_off, worked, length, unit, cut_off, started_at, extra=0, pauses=()):
    """The last day on which acting is in time, and the first moment that is late (UTC)."""
    clock = started_at.astimezone(UTC).replace(tzinfo=None) + SEVEN_HOURS
    off, made_up = {day.toordinal() for day in days_off}, {day.toordinal() for day in worked}

    def office(number):
        is_weekend = (number - A_MONDAY) % 7 in (5, 6)
        return number not in off and (not is_weekend or number in made_up)

    nought = clock.toordinal()
    if cut_off is not None and (not office(nought) or clock.time() > cut_off):
        nought = next(number for number in range(nought + 1, nought + HORIZON) if office(number))
    paused = {
        number for first, last in pauses for number in range(first.toordinal(), last.toordinal() + 1) if number > nought
    }
    free = [number for number in range(nought + 1, nought + HORIZON) if number not in paused]
    if unit == "working_day":
        last = [number for number in free if office(number)][length + extra - 1]
    elif unit == "calendar_day":
        last = free[length + extra - 1]
    else:
        last = free[same_day_later(nought, length + extra) - nought - 1]
    last = next(number for number in free if number >= last and office(number))
    midnight = datetime.combine(date.fromordinal(last + 1), datetime.min.time(), tzinfo=UTC) - SEVEN_HOURS
    return date.fromordinal(last), midnight


def same_day_later(number, months):
    """The day number of the corresponding day so many months later, counted up month by month."""
    day = date.fromordinal(number)
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 29 if month == 2 and leap else LENGTHS[month - 1]
    return date(year, month, min(day.day, longest)).toordinal()
