"""How the days of a case follow from its terms, in a sentence at each: length, beginning, what comes on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.authz.actors import Ctx
from registry.kernel.i18n import _, format_date
from registry.violations.models import Violation
from registry.violations.workflow.common import COMPLAINED, UNDECIDED
from registry.violations.workflow.explaining import without_right_to_explain
from registry.violations.workflow.terms import (
    DEEM_ELECTRONIC_TERM,
    DEEM_POSTED_TERM,
    DEEM_RETURNED_TERM,
    EXPLAIN_MORE_TERM,
    EXPLAIN_TERM,
    PAY_TERM,
    complaint_term_of,
    decision_term_of,
    explanation_due,
)
from registry.workflow.clocks import find_term


@dataclass(frozen=True)
class TermTexts:
    """A sentence for each term that the page of a case shows; "" for those that it does not."""

    delivery: str
    explanation: str
    explanation_due: date | None
    decision: str
    payment: str
    complaint: str


def term_texts(ctx: Ctx, case: Violation) -> TermTexts:
    """The sentences of a case with minutes; all empty before."""
    if case.minutes_on is None:
        return TermTexts("", "", None, "", "", "")
    may_explain = case.state in UNDECIDED and without_right_to_explain(ctx, case) is None
    is_delivered = case.minutes_delivered_on is not None or case.decision_on is not None
    owes = case.decision_delivered_on is not None and bool(case.fine_vnd) and case.paid_on is None
    # Each term that is not shown would cost a query.
    return TermTexts(
        delivery=_delivery(ctx) if is_delivered else "",
        explanation=_explanation(ctx, case) if may_explain else "",
        explanation_due=explanation_due(ctx, case) if may_explain else None,
        decision=_decision(ctx, case, case.reopened_on or case.minutes_on) if case.decision_on is None else "",
        payment=_("%(length)s từ ngày nhận quyết định.", length=length_of(ctx, PAY_TERM)) if owes else "",
        complaint=_complaint(ctx, case) if case.state in COMPLAINED else "",
    )


def _delivery(ctx: Ctx) -> str:
    return _(
        "Ngày nhận, hoặc ngày được coi là đã nhận: %(returned)s sau lần bưu điện trả lại thứ ba, %(electronic)s sau"
        " khi gửi điện tử, %(posted)s sau khi niêm yết.",
        returned=length_of(ctx, DEEM_RETURNED_TERM),
        electronic=length_of(ctx, DEEM_ELECTRONIC_TERM),
        posted=length_of(ctx, DEEM_POSTED_TERM),
    )


def _decision(ctx: Ctx, case: Violation, start: date) -> str:
    return _(
        "%(length)s từ ngày %(day)s; dài hơn khi có giải trình, xác minh hoặc vụ việc đặc biệt phức tạp.",
        length=length_of(ctx, decision_term_of(ctx, case)),
        day=format_date(start),
    )


def _complaint(ctx: Ctx, case: Violation) -> str:
    return _(
        "%(length)s từ ngày thụ lý, khi chưa thụ lý thì từ ngày khiếu nại.",
        length=length_of(ctx, complaint_term_of(ctx, case)),
    )


def _explanation(ctx: Ctx, case: Violation) -> str:
    if case.explain_until is not None:
        return _("Đã gia hạn; thời hạn thường là %(length)s từ ngày lập biên bản.", length=length_of(ctx, EXPLAIN_TERM))
    return _(
        "%(length)s từ ngày lập biên bản; người có thẩm quyền có thể gia hạn thêm không quá %(more)s khi bên vi phạm đề"
        " nghị.",
        length=length_of(ctx, EXPLAIN_TERM),
        more=length_of(ctx, EXPLAIN_MORE_TERM),
    )


def length_of(ctx: Ctx, term: str) -> str:
    """The length of a term in force today, in words."""
    row = find_term(ctx.session, term, ctx.today)
    return f"{row.length} {str(row.unit.label).lower()}"
