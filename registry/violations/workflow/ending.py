"""Moves that end a case: complaint and its result, suit, merging with another case, closing."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.text import fold, register_code
from registry.violations.codes import SECOND, Authority, PaperKind, ViolationState
from registry.violations.law import term_end
from registry.violations.models import Violation
from registry.violations.numbers import issue_paper
from registry.violations.workflow.common import (
    COMPLAINED,
    IN_FORCE,
    NOTIFIED,
    NUMBER,
    SPAN,
    check_day,
    check_paper,
    day_problem,
    is_paid,
    paper_needs,
    procedure_day,
    without_decision,
)
from registry.violations.workflow.correcting import BACK, back_from_complaint
from registry.violations.workflow.terms import midnight
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState
COMPLAIN_TERM: Final = "violation.complain"
COMPLAIN_AGAIN_TERM: Final = "violation.complain_again"


def is_unfinished(ctx: Ctx, case: Violation) -> str | None:
    """The fine is paid, and without a state of the remedy nothing is left to remedy."""
    if case.decision_on is None:
        return None
    if is_paid(ctx, case) is None:
        return _("Chưa ghi nhận nộp phạt; hãy ghi nhận nộp phạt trước khi đóng hồ sơ.")
    if case.state == "decided" and (case.remedies or fold(case.remedy or "").strip(". ") != "khong"):
        return _("Quyết định có nội dung phải khắc phục; hãy ấn định thời hạn và xác nhận khắc phục trước khi đóng.")
    return None


def complaint_problem(ctx: Ctx, case: Violation, on: date) -> str | None:
    """A first complaint follows the receipt of the decision, a second one the result of the first, each in its term."""
    if case.complaint_level is None:
        # Until the decision is delivered it is known from its own day.
        received = case.decision_delivered_on or case.decision_on or on
        problem, term = day_problem(ctx, on, received, _("ngày nhận quyết định")), COMPLAIN_TERM
    else:
        received = case.complaint_settled_on or case.complained_on or on
        problem, term = day_problem(ctx, on, received, _("ngày giải quyết khiếu nại lần đầu")), COMPLAIN_AGAIN_TERM
    last = term_end(ctx, term, midnight(received))
    if problem is None and on > last:
        problem = _(
            "Ngày khiếu nại %(day)s sau ngày cuối của thời hiệu khiếu nại (%(last)s).",
            day=format_date(on),
            last=format_date(last),
        )
    return problem


def complained_twice(ctx: Ctx, case: Violation) -> str | None:
    """After the second complaint only a suit is left."""
    del ctx
    if case.complaint_level != SECOND:
        return None
    return _("%(number)s đã có khiếu nại lần hai; sau đó chỉ còn khởi kiện.", number=case.number)


def cannot_complain(ctx: Ctx, case: Violation) -> str | None:
    return without_decision(ctx, case) or complained_twice(ctx, case)


def may_complain(ctx: Ctx, case: Violation, data: Data) -> None:
    """After the receipt of the decision, within the term of its level."""
    on: date = data["complained_on"]
    accepted: date | None = data.get("accepted_on")
    problems = {
        "complained_on": complaint_problem(ctx, case, on),
        "accepted_on": accepted and day_problem(ctx, accepted, on, _("ngày khiếu nại")),
    }
    if errors := {name: problem for name, problem in problems.items() if problem}:
        raise Invalid(errors)


def complain(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the complaint: the first goes to the issuer, the next to its superior; the execution goes on (Đ15.3)."""
    del ctx
    case.complaint_level = 1 if case.complaint_level is None else SECOND
    case.complained_on, case.complaint_accepted_on = data["complained_on"], data.get("accepted_on")
    case.state_before_complaint = case.state.value
    case.complaint_settled_on = None


def complaint_accepted(ctx: Ctx, case: Violation) -> str | None:
    del ctx
    if case.complaint_accepted_on is None:
        return None
    return _("Khiếu nại đã thụ lý ngày %(day)s.", day=format_date(case.complaint_accepted_on))


def may_accept_complaint(ctx: Ctx, case: Violation, data: Data) -> None:
    check_day(ctx, data, "accepted_on", case.complained_on, _("ngày khiếu nại"))


def accept_complaint(ctx: Ctx, case: Violation, data: Data) -> None:
    """The term of the settlement runs from this day."""
    del ctx
    case.complaint_accepted_on = data["accepted_on"]


def may_uphold(ctx: Ctx, case: Violation, data: Data) -> None:
    first = case.complaint_accepted_on or case.complained_on
    names = ("settlement_number", "settled_on")
    check_paper(ctx, PaperKind.SETTLEMENT, data, names, first, _("ngày thụ lý, ngày khiếu nại"))


def uphold(ctx: Ctx, case: Violation, data: Data) -> None:
    """A second complaint is counted from this day; the result is a paper of its own."""
    case.complaint_settled_on = data["settled_on"]
    issue_paper(ctx, case, PaperKind.SETTLEMENT, data["settled_on"], data.get("settlement_number"))


def settles_elsewhere(ctx: Ctx, case: Violation) -> str | None:
    """A second complaint is settled by the superior of the issuer, a first one by the issuer."""
    decided_here = case.authority is Authority.PROVINCE_CHAIR
    of_province = Role.PROVINCIAL_PC in ctx.actor.roles
    if case.complaint_level == SECOND and not decided_here and not of_province:
        return _("Khiếu nại lần hai do Chủ tịch UBND tỉnh giải quyết.")
    if case.complaint_level != SECOND and not decided_here and of_province:
        return _("Khiếu nại lần đầu do người đã ra quyết định giải quyết.")
    return None


def may_merge(ctx: Ctx, case: Violation, data: Data) -> None:
    """The other case is one that the actor reads, of the same act and not itself merged or dropped."""
    other = _other_case(ctx, data["other_number"])
    problem = None
    if other is None or other.id == case.id:
        problem = _("Không có hồ sơ vi phạm nào khác mang số “%(number)s”.", number=data["other_number"][:60])
    elif other.duplicate_of_id is not None or other.state is S.NOT_VIOLATION:
        problem = _(
            "%(number)s đã được gộp hoặc kết luận không vi phạm; hãy chọn hồ sơ đang xử lý.", number=other.number
        )
    elif other.kind_id != case.kind_id:
        problem = _("%(number)s là về hành vi khác; chỉ gộp hồ sơ của cùng một hành vi.", number=other.number)
    if problem:
        raise Invalid({"other_number": problem})


def merge(ctx: Ctx, case: Violation, data: Data) -> None:
    """The other case goes on; this one is closed and names it."""
    other = _other_case(ctx, data["other_number"])
    case.duplicate_of_id, case.closed_on = other.id if other else None, ctx.today


def _other_case(ctx: Ctx, typed: str) -> Violation | None:
    query = select(Violation).where(Violation.number == register_code(typed), visible(ctx, Violation, P.VIOLATION_READ))
    return ctx.session.scalars(query).one_or_none()


def close(ctx: Ctx, case: Violation, data: Data) -> None:
    del data
    case.closed_on = ctx.today


MOVES: Final = (
    Move(
        "appeal",
        _l("Ghi nhận khiếu nại"),
        _l("Có khiếu nại"),
        BACK,
        S.APPEALED,
        P.VIOLATION_HANDLE,
        needs=(
            procedure_day("complained_on", _l("Ngày khiếu nại")),
            Field("complainant", _l("Người khiếu nại"), max_length=200),
            Field("accepted_on", _l("Ngày thụ lý"), python_type=date, span=SPAN),
            text_need("text", _l("Nội dung khiếu nại")),
            FilesNeed("files", _l("Đơn khiếu nại")),
        ),
        obstacle=cannot_complain,
        guard=may_complain,
        effect=complain,
        notifies=("accused", "commune", "lead", "province"),
        presets=lambda ctx, _case: {"complained_on": ctx.today},
    ),
    Move(
        "accept_complaint",
        _l("Thụ lý khiếu nại"),
        _l("Đã thụ lý khiếu nại"),
        COMPLAINED,
        S.APPEALED,
        P.VIOLATION_REVIEW,
        needs=(
            procedure_day("accepted_on", _l("Ngày thụ lý")),
            text_need("text", _l("Ghi chú"), required=False),
            FilesNeed("files", _l("Thông báo thụ lý")),
        ),
        obstacle=lambda ctx, case: settles_elsewhere(ctx, case) or complaint_accepted(ctx, case),
        guard=may_accept_complaint,
        effect=accept_complaint,
        notifies=NOTIFIED,
        presets=lambda ctx, _case: {"accepted_on": ctx.today},
    ),
    Move(
        "uphold",
        _l("Giữ nguyên quyết định"),
        _l("Giải quyết khiếu nại: giữ nguyên quyết định"),
        COMPLAINED,
        Branch(BACK, back_from_complaint),
        P.VIOLATION_REVIEW,
        needs=(
            *paper_needs(
                "settlement_number",
                "settled_on",
                _l("Số quyết định giải quyết khiếu nại"),
                _l("Ngày quyết định giải quyết khiếu nại"),
            ),
            text_need("text", _l("Kết quả giải quyết khiếu nại")),
            FilesNeed("files", _l("Quyết định giải quyết khiếu nại")),
        ),
        obstacle=settles_elsewhere,
        guard=may_uphold,
        effect=uphold,
        presets=lambda ctx, _case: {"settled_on": ctx.today},
        notifies=NOTIFIED,
        tone="primary",
    ),
    Move(
        "sue",
        _l("Ghi nhận khởi kiện"),
        _l("Bên bị xử phạt khởi kiện"),
        (*IN_FORCE, *COMPLAINED, S.CLOSED),
        Branch((*IN_FORCE, *COMPLAINED, S.CLOSED), same_state),
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Tòa án, ngày thụ lý, yêu cầu khởi kiện")),
            FilesNeed("files", _l("Thông báo thụ lý")),
        ),
        obstacle=without_decision,
        notifies=("commune", "lead", "province"),
    ),
    Move(
        "merge",
        _l("Gộp vào hồ sơ khác"),
        _l("Đã gộp vào hồ sơ khác của cùng hành vi"),
        (S.REPORTED, S.VERIFYING, S.COMPLEX, S.MINUTES_OVERDUE, S.OPEN_FINDING, S.MINUTES_MADE, S.EXPLAINING),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        needs=(
            Field("other_number", _l("Số hồ sơ tiếp tục xử lý"), max_length=NUMBER, required=True),
            text_need("text", _l("Căn cứ xác định là cùng một vi phạm")),
        ),
        guard=may_merge,
        effect=merge,
        notifies=("commune", "accused"),
    ),
    Move(
        "close",
        _l("Đóng hồ sơ"),
        _l("Đã đóng hồ sơ"),
        (S.NOT_VIOLATION, S.DECIDED, S.REMEDIED, S.TIME_BARRED, S.ANNULLED),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        obstacle=is_unfinished,
        effect=close,
        notifies=("accused",),
        tone="primary",
    ),
)
