"""Requests with the working days that their owners took to answer, as one piece of SQL for the figures.

Days are counted as terms are (`workflow.calendar`): the day of sending does not count, the day of the answer does;
Monday to Friday without days off, with weekend days worked instead, without the days that a return to the requester
touched. The hour of sending is left out, which makes an answer to a late sending no shorter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Date, Integer, case, cast, column, func, literal, or_, select

from registry.authz.actors import Ctx
from registry.colocation.models import ColocationRequest
from registry.colocation.outcomes import answered_at, filed_between, is_decided, is_late
from registry.colocation.periods import Period
from registry.kernel.clock import LOCAL_ZONE
from registry.workflow.models import CalendarDay, CaseClock, DayKind

_CODE: Final = "colocation"
#: The clock that a return stops and a survey lengthens.
_CLOCK: Final = "answer"
_SATURDAY: Final = 6
_ONE_DAY: Final = timedelta(days=1)


def requests_with_days(ctx: Ctx, period: Period, *where: ColumnElement[bool]) -> CTE:
    """The requests sent in a period or the one before: id, owner_id, is_before, answered, days, late, decided."""
    before = period.before
    found = (
        select(
            ColocationRequest.id,
            ColocationRequest.owner_organisation_id.label("owner_id"),
            _local(ColocationRequest.filed_at).label("filed_on"),
            _local(answered_at()).label("answered_on"),
            is_late(ctx).label("late"),
            is_decided().label("decided"),
        )
        .where(*filed_between(before.first, period.last), *where)
        .cte("asked")
    )
    days = _calendar(ctx, period)
    paused = _paused(found, days)
    sent, answered = days.alias("sent"), days.alias("answered_day")
    return (
        select(
            found.c.id,
            found.c.owner_id,
            (found.c.filed_on < period.first).label("is_before"),
            found.c.answered_on.is_not(None).label("answered"),
            (answered.c.number - sent.c.number - func.coalesce(paused.c.days, 0)).label("days"),
            found.c.late,
            found.c.decided,
        )
        .select_from(found)
        .join(sent, sent.c.day == found.c.filed_on)
        .outerjoin(answered, answered.c.day == found.c.answered_on)
        .outerjoin(paused, paused.c.case_id == found.c.id)
        .cte("request")
    )


def _local(moment: Any) -> ColumnElement[Any]:
    """The legal day of a moment."""
    return cast(func.timezone(LOCAL_ZONE.key, moment), Date)


def _calendar(ctx: Ctx, period: Period) -> CTE:
    """Each day from the first that is asked of until today: whether it is worked on, and how many such there were."""
    span = (literal(period.before.first, Date), literal(ctx.today, Date), literal(_ONE_DAY))
    day = cast(func.generate_series(*span).column_valued("moment", joins_implicitly=True), Date)
    marked = select(CalendarDay.day).where(CalendarDay.is_active)
    is_off = day.in_(marked.where(CalendarDay.kind == DayKind.DAY_OFF))
    is_moved = day.in_(marked.where(CalendarDay.kind == DayKind.WORKED_WEEKEND))
    works = ~is_off & or_(func.extract("isodow", day) < _SATURDAY, is_moved)
    each = select(day.label("day"), works.label("works")).cte("each_day")
    number = func.sum(case((each.c.works, 1), else_=0)).over(order_by=each.c.day)
    return select(each.c.day, each.c.works, cast(number, Integer).label("number")).cte("day")


def _paused(found: CTE, days: CTE) -> CTE:
    """Working days between sending and answer on which a request lay with its requester."""
    pause = func.jsonb_array_elements(CaseClock.pauses).table_valued(
        column("value"), name="pause", joins_implicitly=True
    )
    first = cast(func.jsonb_extract_path_text(pause.c.value, "from"), Date)
    last = cast(func.jsonb_extract_path_text(pause.c.value, "to"), Date)
    return (
        select(CaseClock.case_id, func.count(days.c.day.distinct()).label("days"))
        .select_from(CaseClock)
        .join(found, found.c.id == CaseClock.case_id)
        .join(days, days.c.works)
        .where(
            CaseClock.workflow == _CODE,
            CaseClock.name == _CLOCK,
            days.c.day.between(first, last),
            days.c.day > found.c.filed_on,
            days.c.day <= found.c.answered_on,
        )
        .group_by(CaseClock.case_id)
        .cte("paused")
    )
