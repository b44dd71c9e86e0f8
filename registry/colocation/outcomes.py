"""What became of requests, as SQL over `ColocationRequest`: the figures count with it and the list filters by it.

Moments come from the events of the case, which nothing changes later: a dispute does not undo that an answer was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.colocation.codes import ColocationState, ItemDecision
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l
from registry.workflow.calendar import end_of_day
from registry.workflow.models import CaseEvent

S = ColocationState
_CODE: Final = "colocation"
#: What an owner answers with.
_ANSWERS: Final = ("accept", "reject", "offer")
#: A request whose unanswered structures were taken out while it was returned is wholly answered when it comes back.
_COMPLETES: Final = (*_ANSWERS, "resubmit")
#: Where a request stands once no structure waits for a first answer.
_ANSWERED: Final = (S.OFFERED.value, S.UPGRADING.value, S.ACCEPTED.value, S.REJECTED.value)
_LAPSE: Final = "lapse"
_DECIDE: Final = "decide"
_FINAL: Final = (ItemDecision.ACCEPTED, ItemDecision.REJECTED)


class Outcome(Choice):
    """What the list of requests can be narrowed to beyond the state of each."""

    ANSWERED = "answered", _l("chủ sở hữu đã trả lời hết")
    LATE = "late", _l("chủ sở hữu trả lời quá hạn")
    ACCEPTED = "accepted", _l("có công trình được chủ sở hữu chấp thuận")
    REFUSED = "refused", _l("có công trình bị chủ sở hữu từ chối")
    DECIDED = "decided", _l("Sở đã quyết định")


def filed_between(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Requests sent in legal days from `first` to `last`, both included; None leaves that side open."""
    found: list[ColumnElement[bool]] = [ColocationRequest.filed_at.is_not(None)]
    if first is not None:
        found.append(ColocationRequest.filed_at >= datetime.combine(first, time.min, tzinfo=LOCAL_ZONE))
    if last is not None:
        found.append(ColocationRequest.filed_at < end_of_day(last))
    return found


def answered_at() -> ColumnElement[datetime]:
    """When the owner had answered every structure of a request for the first time; NULL until then."""
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
    """The term of answering ran out before the owner had answered all; also where it has run out just now."""
    running = and_(ColocationRequest.state.in_((S.UNDER_REVIEW, S.SURVEYING)), ColocationRequest.due_at <= ctx.now)
    return or_(_has_event(_LAPSE), running)


def is_decided() -> ColumnElement[bool]:
    """The department decided on a request."""
    return _has_event(_DECIDE)


def by_owner(decision: ItemDecision | None = None) -> ColumnElement[bool]:
    """Items that their owner has answered for good (so), and not the department in its place."""
    decided = aliased(CaseEvent)
    by_department = exists().where(
        decided.workflow == _CODE,
        decided.case_id == ColocationItem.request_id,
        decided.move == _DECIDE,
        decided.occurred_at <= ColocationItem.decided_at,
    )
    wanted = _FINAL if decision is None else (decision,)
    return and_(ColocationItem.decision.in_(wanted), not_(by_department))


def is_so(ctx: Ctx, outcome: Outcome) -> ColumnElement[bool] | None:
    """The requests of an outcome that is one of the whole request; None where it is one of its items."""
    if outcome is Outcome.ANSWERED:
        return answered_at().is_not(None)
    if outcome is Outcome.LATE:
        return is_late(ctx)
    return is_decided() if outcome is Outcome.DECIDED else None


def has_item(where: Sequence[ColumnElement[bool]], *joins: tuple[Any, ColumnElement[bool]]) -> ColumnElement[bool]:
    """The requests with one item of which all of `where` is true."""
    query: Select[Any] = select(ColocationItem.id)
    for model, on in joins:
        query = query.join(model, on)
    return query.where(ColocationItem.request_id == ColocationRequest.id, *where).correlate(ColocationRequest).exists()


def _of(event: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return event.workflow == _CODE, event.case_id == ColocationRequest.id


def _has_event(move: str) -> ColumnElement[bool]:
    event = aliased(CaseEvent)
    return select(event.id).where(*_of(event), event.move == move).correlate(ColocationRequest).exists()
