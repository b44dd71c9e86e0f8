"""The terms of a violation: when they begin, how long they are, and the moves that the clock makes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.i18n import _l
from registry.violations.codes import ViolationState
from registry.violations.law import limitation_term, term_end
from registry.violations.models import Violation, ViolationKind
from registry.workflow.definition import Move

S = ViolationState
PAY_TERM: Final = "violation.pay"
COMPLEX_TERM: Final = "violation.decide_complex"


def minutes_term_start(case: Violation) -> datetime:
    """The discovery; of what was found without owner, the day on which the owner was proved."""
    day = case.owner_proved_on or local_date(case.found_at)
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def payment_due(ctx: Ctx, case: Violation) -> date | None:
    """The last day to pay the fine, by the term in force; None without a fine or after the payment."""
    if case.decision_on is None or not case.fine_vnd or case.paid_on is not None:
        return None
    return term_end(ctx, PAY_TERM, datetime.combine(case.decision_on, time.min, tzinfo=LOCAL_ZONE))


def remedy_start(case: Violation) -> datetime:
    """The day by which it was to be remedied."""
    if case.remedy_due_on is None:
        message = f"violation {case.id} has no day of the remedy, yet its term is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.remedy_due_on, time.min, tzinfo=LOCAL_ZONE)


def decision_term_of(ctx: Ctx, case: Violation) -> str:
    """Longest of an especially complex case, then after an explanation, then of a transferred case."""
    del ctx
    if case.complex_on is not None:
        return COMPLEX_TERM
    if case.explained_on is not None:
        return "violation.decide_explained"
    return "violation.decide" if case.transferred_to is None else "violation.decide_transferred"


def limitation_of(ctx: Ctx, case: Violation) -> str:
    """The term of the field of law of the act."""
    return limitation_term(ctx.session.get_one(ViolationKind, case.kind_id).sector)


MOVES: Final = (
    Move(
        "minutes_late",
        _l("Quá hạn lập biên bản"),
        _l("Chưa lập biên bản trong thời hạn"),
        (S.REPORTED, S.VERIFYING, S.COMPLEX),
        S.MINUTES_OVERDUE,
        P.CLOCK,
        notifies=("inspector", "commune", "lead"),
    ),
    Move(
        "remedy_late",
        _l("Quá hạn khắc phục"),
        _l("Chưa xác nhận khắc phục trong thời hạn"),
        (S.REMEDYING,),
        S.REMEDY_OVERDUE,
        P.CLOCK,
        notifies=("inspector", "commune", "accused"),
    ),
    Move(
        "time_bar",
        _l("Hết thời hiệu"),
        _l("Hết thời hiệu xử phạt khi chưa lập biên bản"),
        (S.MINUTES_OVERDUE,),
        S.TIME_BARRED,
        P.CLOCK,
        notifies=("inspector", "commune", "lead"),
    ),
    Move(
        "lapse",
        _l("Quá hạn ra quyết định"),
        _l("Chưa có quyết định trong thời hạn"),
        (S.MINUTES_MADE, S.EXPLAINING, S.TRANSFERRED),
        S.DECISION_OVERDUE,
        P.CLOCK,
        notifies=("commune", "inspector", "lead", "province"),
    ),
)
