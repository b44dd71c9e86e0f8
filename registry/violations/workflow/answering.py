"""Moves of the accused organisation: explanation, the true violator, proof of remedy, payment, complaint."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.violations import known_facts
from registry.violations.codes import Offender, ViolationState
from registry.violations.models import Violation
from registry.violations.workflow.common import (
    IN_FORCE,
    NUMBER,
    UNDECIDED,
    check_after_decision,
    check_proof,
    is_paid,
    payment_needs,
    proof_needs,
)
from registry.violations.workflow.correcting import BACK
from registry.violations.workflow.ending import cannot_complain, complain, complaint_problem
from registry.violations.workflow.explaining import explanation_problem, without_explanation
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState
#: Moves whose texts are read by the organisation that wrote them and by the offices alone.
ANSWERS: Final = frozenset({"send_explanation", "name_violator", "send_proof", "report_payment", "send_complaint"})


def _fines_another(ctx: Ctx, case: Violation) -> str | None:
    """The organisation is named in the case, but a person is fined."""
    del ctx
    if case.offender is not Offender.INDIVIDUAL:
        return None
    return _("Bên vi phạm của %(number)s là cá nhân; chỉ cá nhân đó được giải trình, khiếu nại.", number=case.number)


def _no_explanation(ctx: Ctx, case: Violation) -> str | None:
    # Who was granted more time has asked already, and still sends it.
    used = without_explanation(ctx, case) if case.explain_until is None else None
    return _fines_another(ctx, case) or used or explanation_problem(ctx, case, ctx.today)


def send_explanation(ctx: Ctx, case: Violation, data: Data) -> None:
    """From here on the decision has the term of explained cases."""
    del data
    case.explained_on = case.explained_on or ctx.today


def _no_proof(ctx: Ctx, case: Violation) -> str | None:
    """A person has to remedy it, or nothing is left to be remedied."""
    if case.remedied_on is None:
        return _fines_another(ctx, case)
    return _("Đã xác nhận khắc phục ngày %(day)s.", day=format_date(case.remedied_on))


def _no_payment(ctx: Ctx, case: Violation) -> str | None:
    return _fines_another(ctx, case) or is_paid(ctx, case)


def may_report_payment(ctx: Ctx, case: Violation, data: Data) -> None:
    """It was paid after the decision; the office compares the sum with the receipt."""
    check_after_decision(ctx, case, data, "paid_on")


def _no_complaint(ctx: Ctx, case: Violation) -> str | None:
    return _fines_another(ctx, case) or cannot_complain(ctx, case) or complaint_problem(ctx, case, ctx.today)


def send_complaint(ctx: Ctx, case: Violation, data: Data) -> None:
    del data
    complain(ctx, case, {"complained_on": ctx.today})


#: The inspector who found it, and who holds the case.
_OFFICES: Final = ("inspector", "holder")
MOVES: Final = (
    Move(
        "send_explanation",
        _l("Gửi giải trình"),
        _l("Bên vi phạm gửi giải trình qua hệ thống"),
        (S.MINUTES_MADE, S.EXPLAINING),
        S.EXPLAINING,
        P.VIOLATION_ANSWER,
        needs=(
            text_need("text", _l("Nội dung giải trình")),
            FilesNeed("files", _l("Tài liệu kèm theo")),
        ),
        obstacle=_no_explanation,
        effect=send_explanation,
        notifies=_OFFICES,
        tone="primary",
    ),
    Move(
        "name_violator",
        _l("Nêu bên vi phạm khác"),
        _l("Tổ chức nêu bên vi phạm khác"),
        UNDECIDED,
        Branch(UNDECIDED, same_state),
        P.VIOLATION_ANSWER,
        needs=(
            Field("offender", _l("Bên vi phạm là"), choices=Offender, required=True),
            Field(
                "offender_name",
                _l("Tên bên vi phạm"),
                max_length=200,
                required=True,
                hint=_l("Chỉ cơ quan xử lý xem được tên cá nhân."),
            ),
            Field("offender_code", _l("Mã số thuế, số định danh"), max_length=NUMBER),
            Field("offender_address", _l("Địa chỉ"), max_length=300),
            text_need("text", _l("Căn cứ"), hint=_l("Ví dụ: hợp đồng thuê cột, biên bản bàn giao tuyến cáp.")),
            FilesNeed("files", _l("Tài liệu chứng minh")),
        ),
        notifies=_OFFICES,
    ),
    Move(
        "send_proof",
        _l("Gửi bằng chứng khắc phục"),
        _l("Bên vi phạm gửi bằng chứng khắc phục"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_ANSWER,
        needs=proof_needs(_l("Nội dung đã khắc phục")),
        obstacle=_no_proof,
        guard=check_proof,
        notifies=_OFFICES,
        presets=lambda ctx, _case: {"remedied_on": ctx.today},
        tone="primary",
    ),
    Move(
        "report_payment",
        _l("Báo đã nộp phạt"),
        _l("Bên vi phạm báo đã nộp phạt"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_ANSWER,
        needs=payment_needs(_l("Số tiền đã nộp")),
        obstacle=_no_payment,
        guard=may_report_payment,
        notifies=_OFFICES,
        presets=known_facts.known_for_payment,
    ),
    Move(
        "send_complaint",
        _l("Khiếu nại"),
        _l("Bên bị xử phạt khiếu nại qua hệ thống"),
        BACK,
        S.APPEALED,
        P.VIOLATION_ANSWER,
        needs=(
            text_need("text", _l("Nội dung khiếu nại")),
            FilesNeed("files", _l("Đơn, tài liệu kèm theo")),
        ),
        obstacle=_no_complaint,
        effect=send_complaint,
        notifies=("inspector", "commune", "lead", "province"),
    ),
)
