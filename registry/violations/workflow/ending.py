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
from registry.violations.codes import SECOND, Authority, ViolationState
from registry.violations.law import term_end
from registry.violations.models import Violation
from registry.violations.rules import past_day_problem
from registry.violations.workflow.common import (
    IN_FORCE,
    NOTIFIED,
    NUMBER,
    SPAN,
    is_paid,
    procedure_day,
    without_decision,
)
from registry.violations.workflow.correcting import BACK, back_from_complaint
from registry.violations.workflow.terms import midnight
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState
COMPLAIN_TERM: Final = "violation.complain"
COMPLAIN_AGAIN_TERM: Final = "violation.complain_again"
SETTLE_TERM: Final = "violation.settle_complaint"
SETTLE_SECOND_TERM: Final = "violation.settle_second"


def is_unfinished(ctx: Ctx, case: Violation) -> str | None:
    """The fine is paid, and without a state of the remedy nothing is left to remedy."""
    if case.decision_on is None:
        return None
    if is_paid(ctx, case) is None:
        return _("Chưa ghi nhận nộp phạt; hãy ghi nhận nộp phạt trước khi đóng hồ sơ.")
    if case.state == "decided" and (case.remedies or fold(case.remedy or "").strip(". ") != "khong"):
        return _("Quyết định có nội dung phải khắc phục; hãy ấn định thời hạn và xác nhận khắc phục trước khi đóng.")
    return None


def complaint_due(ctx: Ctx, case: Violation) -> date | None:
    """The last day to settle a pending complaint, counted from its acceptance, else from the complaint."""
    start = case.complaint_accepted_on or case.complained_on
    if case.state is not S.APPEALED or start is None:
        return None
    return term_end(ctx, SETTLE_SECOND_TERM if case.complaint_level == SECOND else SETTLE_TERM, midnight(start))


def may_complain(ctx: Ctx, case: Violation, data: Data) -> None:
    """After the receipt of the decision, within the term of its level."""
    on: date = data["complained_on"]
    is_second = case.complaint_level is not None
    received = case.decision_delivered_on or case.decision_on or on
    # A second complaint is counted from the result, which is not before the first one.
    start = case.complained_on if is_second and case.complained_on else received
    problem = past_day_problem(on, start, _("ngày nhận quyết định"), ctx.today)
    if problem is None and not is_second:
        last = term_end(ctx, COMPLAIN_TERM, midnight(received))
        if on > last:
            problem = _(
                "Ngày khiếu nại %(day)s sau ngày cuối của thời hiệu khiếu nại (%(last)s).",
                day=format_date(on),
                last=format_date(last),
            )
    errors = {"complained_on": problem} if problem else {}
    accepted: date | None = data.get("accepted_on")
    if accepted is not None and (late := past_day_problem(accepted, on, _("ngày khiếu nại"), ctx.today)):
        errors["accepted_on"] = late
    if errors:
        raise Invalid(errors)


def complain(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the complaint: the first goes to the issuer, the next to its superior; the execution goes on (Đ15.3)."""
    del ctx
    case.complaint_level = 1 if case.complaint_level is None else SECOND
    case.complained_on, case.complaint_accepted_on = data["complained_on"], data.get("accepted_on")
    case.state_before_complaint = case.state.value


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
        problem = _("Không có hồ sơ vi phạm nào khác mang số «%(number)s».", number=data["other_number"][:60])
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
        (*IN_FORCE, S.CLOSED),
        S.APPEALED,
        P.VIOLATION_HANDLE,
        needs=(
            procedure_day("complained_on", _l("Ngày khiếu nại")),
            Field("complainant", _l("Người khiếu nại"), max_length=200),
            Field("accepted_on", _l("Ngày thụ lý"), python_type=date, span=SPAN),
            text_need("text", _l("Nội dung khiếu nại")),
            FilesNeed("files", _l("Đơn khiếu nại")),
        ),
        obstacle=without_decision,
        guard=may_complain,
        effect=complain,
        notifies=("commune", "lead", "province"),
        presets=lambda ctx, _case: {"complained_on": ctx.today},
    ),
    Move(
        "uphold",
        _l("Giữ nguyên quyết định"),
        _l("Giải quyết khiếu nại: giữ nguyên quyết định"),
        (S.APPEALED,),
        Branch(BACK, back_from_complaint),
        P.VIOLATION_REVIEW,
        needs=(
            text_need("text", _l("Kết quả giải quyết khiếu nại")),
            FilesNeed("files", _l("Quyết định giải quyết khiếu nại")),
        ),
        obstacle=settles_elsewhere,
        notifies=NOTIFIED,
        tone="primary",
    ),
    Move(
        "sue",
        _l("Ghi nhận khởi kiện"),
        _l("Bên bị xử phạt khởi kiện"),
        (*IN_FORCE, S.APPEALED, S.CLOSED),
        Branch((*IN_FORCE, S.APPEALED, S.CLOSED), same_state),
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
            text_need("text", _l("Vì sao là cùng một vi phạm")),
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
