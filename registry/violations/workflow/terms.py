"""The terms of a violation: when they begin, how long they are, and the moves that the clock makes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.i18n import _l
from registry.violations.codes import SECOND, PaperDelivery, ViolationState
from registry.violations.law import limitation_term, term_end
from registry.violations.models import Violation, ViolationKind
from registry.violations.workflow.common import COMPLAINED
from registry.workflow.definition import Move

S = ViolationState
PAY_TERM: Final = "violation.pay"
DELIVER_TERM: Final = "violation.deliver"
DEFER_TERM: Final = "violation.defer"
INSTALMENTS_TERM: Final = "violation.instalments"
CLEAN_TERM: Final = "violation.clean_fine"
CLEAN_WARNING_TERM: Final = "violation.clean_warning"
EXECUTE_TERM: Final = "violation.execute"
COMPLEX_TERM: Final = "violation.decide_complex"
EXPLAIN_TERM: Final = "violation.explain"
EXPLAIN_MORE_TERM: Final = "violation.explain_more"
EXPLAIN_ORAL_TERM: Final = "violation.explain_oral"
SETTLE_TERM: Final = "violation.settle_complaint"
SETTLE_SECOND_TERM: Final = "violation.settle_second"
DEEM_RETURNED_TERM: Final = "violation.deem_returned"
DEEM_ELECTRONIC_TERM: Final = "violation.deem_electronic"
DEEM_POSTED_TERM: Final = "violation.deem_posted"
_DEEMED: Final = {
    PaperDelivery.RETURNED: DEEM_RETURNED_TERM,
    PaperDelivery.ELECTRONIC: DEEM_ELECTRONIC_TERM,
    PaperDelivery.POSTED: DEEM_POSTED_TERM,
}


def minutes_term_start(case: Violation) -> datetime:
    """The discovery; of what was found without owner, the day on which the owner was proved."""
    day = case.owner_proved_on or local_date(case.found_at)
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def decision_start(case: Violation) -> datetime:
    """The day of the minutes; after an annulment that of the verification record, whichever authority decides."""
    day = case.reopened_on or case.minutes_on
    if day is None:
        message = f"violation {case.id} has no minutes, yet the term of its decision is asked for"
        raise RuntimeError(message)
    return midnight(day)


def decision_due(ctx: Ctx, case: Violation) -> date:
    """The last day on which a fine may be decided, by the term in force; the case has minutes."""
    return term_end(ctx, decision_term_of(ctx, case), decision_start(case))


def explanation_due(ctx: Ctx, case: Violation) -> date:
    """The last day to explain in writing, with the time that was granted beyond the term; the case has minutes."""
    return case.explain_until or term_end(ctx, EXPLAIN_TERM, midnight(case.minutes_on or ctx.today))


def longest_explanation(ctx: Ctx, case: Violation) -> date:
    """The last day to explain that can be granted (Đ61)."""
    ordinary = term_end(ctx, EXPLAIN_TERM, midnight(case.minutes_on or ctx.today))
    return term_end(ctx, EXPLAIN_MORE_TERM, midnight(ordinary))


def payment_due(ctx: Ctx, case: Violation) -> date | None:
    """The last day to pay the fine, counted from the receipt of the decision; None without it, or once it is paid."""
    if case.decision_delivered_on is None or not case.fine_vnd or case.paid_on is not None:
        return None
    due = term_end(ctx, PAY_TERM, midnight(case.decision_delivered_on))
    return due if case.deferred_until is None else max(due, case.deferred_until)


def execution_end(ctx: Ctx, case: Violation) -> date | None:
    """The last day on which a fine may be executed (Đ74); remedies have no such end."""
    return None if case.decision_on is None else term_end(ctx, EXECUTE_TERM, midnight(case.decision_on))


def deemed_day(ctx: Ctx, day: date, how: PaperDelivery) -> date:
    """The day on which a paper is received, or deemed to be (Đ70): some working days after its return or posting."""
    term = _DEEMED.get(how)
    return day if term is None else term_end(ctx, term, midnight(day))


def complaint_start(case: Violation) -> datetime:
    """The day of its acceptance, until then that of the complaint."""
    day = case.complaint_accepted_on or case.complained_on
    if day is None:
        message = f"violation {case.id} has no complaint, yet the term of its settlement is asked for"
        raise RuntimeError(message)
    return midnight(day)


def complaint_term_of(ctx: Ctx, case: Violation) -> str:
    """A second complaint has a term of its own."""
    del ctx
    return SETTLE_SECOND_TERM if case.complaint_level == SECOND else SETTLE_TERM


def complaint_due(ctx: Ctx, case: Violation) -> date | None:
    """The last day to settle a pending complaint; None without one."""
    if case.state not in COMPLAINED:
        return None
    return term_end(ctx, complaint_term_of(ctx, case), complaint_start(case))


def midnight(day: date) -> datetime:
    """The beginning of a day of the procedure, from which its terms count."""
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


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
    Move(
        "settle_late",
        _l("Quá hạn giải quyết khiếu nại"),
        _l("Chưa giải quyết khiếu nại trong thời hạn"),
        (S.APPEALED,),
        S.COMPLAINT_OVERDUE,
        P.CLOCK,
        notifies=("commune", "inspector", "lead", "province", "accused"),
    ),
)
