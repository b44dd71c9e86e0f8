"""Periods and outcomes of requests as SQL over `ColocationRequest`, shared by the figures and the list filter.

Moments come from the events of the case, which never change: a dispute does not undo that an answer was given.

Days are counted like terms (`workflow.calendar`): the day of filing does not count, the day of the answer does; Monday
to Friday without days off, plus worked weekends, minus days on which the request was returned to the requester. The
hour of filing is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.colocation.codes import ColocationState, ItemDecision
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.kernel.clock import LOCAL_ZONE, end_of_day
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.exports.lists import Args
from registry.kernel.i18n import _, _l, _n, format_date
from registry.structures.filtering.url import read_day
from registry.workflow.models import CalendarDay, CaseClock, CaseEvent, DayKind

_ONE_DAY: Final = timedelta(days=1)
#: A default period, and the longest one in years.
_YEAR: Final = timedelta(days=365)
_MOST_YEARS: Final = 10
S = ColocationState
_CODE: Final = "colocation"
#: Moves by which an owner answers.
_ANSWERS: Final = ("accept", "reject", "offer")
#: Removing all unanswered items of a returned request completes its answer when it is sent again.
_COMPLETES: Final = (*_ANSWERS, "resubmit")
#: States in which every item has a first answer.
_ANSWERED: Final = (S.OFFERED.value, S.UPGRADING.value, S.ACCEPTED.value, S.REJECTED.value)
_LAPSE: Final = "lapse"
_DECIDE: Final = "decide"
_FINAL: Final = (ItemDecision.ACCEPTED, ItemDecision.REJECTED)
#: The clock that a return pauses and a survey extends.
_CLOCK: Final = "answer"
_SATURDAY: Final = 6


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def before(self) -> Period:
        """The period of the same length directly before."""
        return Period(self.first - (self.last - self.first) - _ONE_DAY, self.first - _ONE_DAY)


def read_period(ctx: Ctx, args: Args) -> Period:
    """The period of URL parameters, by default the last 365 days.

    Invalid for malformed days, days in the future, an end before the start, and more than ten years.
    """
    last = read_day(args, "to") or ctx.today
    first = read_day(args, "from") or last_year(last).first
    if last > ctx.today:
        sentence = _(
            "Chưa có số liệu đến ngày %(day)s; hãy chọn ngày cuối từ hôm nay %(today)s về trước.",
            day=format_date(last),
            today=format_date(ctx.today),
        )
        raise Invalid({"to": sentence})
    check_order(first, last)
    if last - first > _YEAR * _MOST_YEARS:
        sentence = _n(
            "Khoảng thời gian từ %(first)s đến %(last)s quá dài; hãy chọn tối đa %(years)d năm.",
            _MOST_YEARS,
            first=format_date(first),
            last=format_date(last),
            years=_MOST_YEARS,
        )
        raise Invalid({"from": sentence})
    return Period(first, last)


def last_year(last: date) -> Period:
    """The 365 days that end on a day."""
    return Period(last - _YEAR + _ONE_DAY, last)


def check_order(first: date | None, last: date | None) -> None:
    """Invalid if the end is before the start."""
    if first is not None and last is not None and first > last:
        sentence = _(
            "Ngày đầu %(first)s sau ngày cuối %(last)s; ngày đầu phải không muộn hơn ngày cuối.",
            first=format_date(first),
            last=format_date(last),
        )
        raise Invalid({"from": sentence})


class RequestOutcome(Choice):
    """Filter of the list of requests, beyond their state."""

    ANSWERED = "answered", _l("chủ sở hữu đã trả lời hết")
    LATE = "late", _l("chủ sở hữu trả lời quá hạn")
    ACCEPTED = "accepted", _l("có công trình được chủ sở hữu chấp thuận")
    REFUSED = "refused", _l("có công trình bị chủ sở hữu từ chối")
    DECIDED = "decided", _l("Sở đã quyết định")


def filed_between(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Requests filed on local days from `first` to `last`, both included; None leaves that side open."""
    clauses: list[ColumnElement[bool]] = [ColocationRequest.filed_at.is_not(None)]
    if first is not None:
        clauses.append(ColocationRequest.filed_at >= datetime.combine(first, time.min, tzinfo=LOCAL_ZONE))
    if last is not None:
        clauses.append(ColocationRequest.filed_at < end_of_day(last))
    return clauses


def answered_at() -> ColumnElement[datetime]:
    """When the owner had answered every item for the first time; NULL until then."""
    done, act = aliased(CaseEvent), aliased(CaseEvent)
    complete = (
        select(func.min(done.id))
        .where(*_of(done), done.move.in_(_COMPLETES), done.to_state.in_(_ANSWERED))
        .correlate(ColocationRequest)
        .scalar_subquery()
    )
    last = select(func.max(act.occurred_at)).where(*_of(act), act.move.in_(_ANSWERS), act.id <= complete)
    return last.correlate(ColocationRequest).scalar_subquery()


def is_late(ctx: Ctx) -> ColumnElement[bool]:
    """The answer term ran out before the owner had answered every item, or has run out just now."""
    running = and_(ColocationRequest.state.in_((S.UNDER_REVIEW, S.SURVEYING)), ColocationRequest.due_at <= ctx.now)
    return or_(_has_event(_LAPSE), running)


def is_decided() -> ColumnElement[bool]:
    """The department decided the request."""
    return _has_event(_DECIDE)


def decided_by_owner(decision: ItemDecision | None = None) -> ColumnElement[bool]:
    """Items with a final answer (or this one) by their owner, not by the department."""
    decided = aliased(CaseEvent)
    by_department = exists().where(
        decided.workflow == _CODE,
        decided.case_id == ColocationItem.request_id,
        decided.move == _DECIDE,
        decided.occurred_at <= ColocationItem.decided_at,
    )
    decisions = _FINAL if decision is None else (decision,)
    return and_(ColocationItem.decision.in_(decisions), not_(by_department))


def outcome_clause(ctx: Ctx, outcome: RequestOutcome) -> ColumnElement[bool] | None:
    """The clause of an outcome of a whole request; None for an outcome of items."""
    if outcome is RequestOutcome.ANSWERED:
        return answered_at().is_not(None)
    if outcome is RequestOutcome.LATE:
        return is_late(ctx)
    return is_decided() if outcome is RequestOutcome.DECIDED else None


def has_item(where: Sequence[ColumnElement[bool]], *joins: tuple[Any, ColumnElement[bool]]) -> ColumnElement[bool]:
    """Requests with one item for which all of `where` is true."""
    query: Select[Any] = select(ColocationItem.id)
    for model, on in joins:
        query = query.join(model, on)
    return query.where(ColocationItem.request_id == ColocationRequest.id, *where).correlate(ColocationRequest).exists()


def _of(event: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return event.workflow == _CODE, event.case_id == ColocationRequest.id


def _has_event(move: str) -> ColumnElement[bool]:
    event = aliased(CaseEvent)
    return select(event.id).where(*_of(event), event.move == move).correlate(ColocationRequest).exists()


def requests_with_days(ctx: Ctx, period: Period, *where: ColumnElement[bool]) -> CTE:
    """Requests filed in a period or the one before: id, owner_id, is_before, answered, days, late, decided."""
    before = period.before
    requests = (
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
    paused = _paused(requests, days)
    sent, answered = days.alias("sent"), days.alias("answered_day")
    return (
        select(
            requests.c.id,
            requests.c.owner_id,
            (requests.c.filed_on < period.first).label("is_before"),
            requests.c.answered_on.is_not(None).label("answered"),
            (answered.c.number - sent.c.number - func.coalesce(paused.c.days, 0)).label("days"),
            requests.c.late,
            requests.c.decided,
        )
        .select_from(requests)
        .join(sent, sent.c.day == requests.c.filed_on)
        .outerjoin(answered, answered.c.day == requests.c.answered_on)
        .outerjoin(paused, paused.c.case_id == requests.c.id)
        .cte("request")
    )


def _local(moment: Any) -> ColumnElement[Any]:
    """The local day of a moment."""
    return cast(func.timezone(LOCAL_ZONE.key, moment), Date)


def _calendar(ctx: Ctx, period: Period) -> CTE:
    """Each day since the first one needed: whether it is a working day, and the running number of working days."""
    span = (literal(period.before.first, Date), literal(ctx.today, Date), literal(_ONE_DAY))
    day = cast(func.generate_series(*span).column_valued("moment", joins_implicitly=True), Date)
    marked = select(CalendarDay.day).where(CalendarDay.is_active)
    is_off = day.in_(marked.where(CalendarDay.kind == DayKind.DAY_OFF))
    is_moved = day.in_(marked.where(CalendarDay.kind == DayKind.WORKED_WEEKEND))
    works = ~is_off & or_(func.extract("isodow", day) < _SATURDAY, is_moved)
    each = select(day.label("day"), works.label("works")).cte("each_day")
    number = func.sum(case((each.c.works, 1), else_=0)).over(order_by=each.c.day)
    return select(each.c.day, each.c.works, cast(number, Integer).label("number")).cte("day")


def _paused(requests: CTE, days: CTE) -> CTE:
    """Working days between filing and answer on which a request was returned to its requester."""
    pause = func.jsonb_array_elements(CaseClock.pauses).table_valued(
        column("value"), name="pause", joins_implicitly=True
    )
    first = cast(func.jsonb_extract_path_text(pause.c.value, "from"), Date)
    last = cast(func.jsonb_extract_path_text(pause.c.value, "to"), Date)
    return (
        select(CaseClock.case_id, func.count(days.c.day.distinct()).label("days"))
        .select_from(CaseClock)
        .join(requests, requests.c.id == CaseClock.case_id)
        .join(days, days.c.works)
        .where(
            CaseClock.workflow == _CODE,
            CaseClock.name == _CLOCK,
            days.c.day.between(first, last),
            days.c.day > requests.c.filed_on,
            days.c.day <= requests.c.answered_on,
        )
        .group_by(CaseClock.case_id)
        .cte("paused")
    )
