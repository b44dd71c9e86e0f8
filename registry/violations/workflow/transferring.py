"""Moves of a case between offices: one office holds it at a time, and only that one acts."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.violations.codes import PaperKind, Receiver, ViolationState
from registry.violations.models import Violation
from registry.violations.numbers import issue_paper
from registry.violations.workflow.common import (
    UNDECIDED,
    branch_to,
    check_day,
    check_paper,
    paper_needs,
    procedure_day,
    undecided_state,
)
from registry.violations.workflow.terms import decision_start
from registry.workflow.definition import Data, FilesNeed, Move, text_need

S = ViolationState
_RESUMED: Final = branch_to(S.MINUTES_MADE, S.EXPLAINING, choose=undecided_state)


def may_transfer(ctx: Ctx, case: Violation, data: Data) -> None:
    """The receiver is another office."""
    del ctx
    if case.transferred_to is not None and case.transferred_to.value == data["receiver"]:
        raise Invalid(
            {"receiver": _("%(receiver)s đang giữ vụ việc này; hãy chọn nơi khác.", receiver=case.transferred_to.label)}
        )


def transfer(ctx: Ctx, case: Violation, data: Data) -> None:
    """From now on the receiver holds the case; it goes on there once it is accepted."""
    case.transferred_to = Receiver(data["receiver"])
    issue_paper(ctx, case, PaperKind.TRANSFER, ctx.today)


def may_prosecute(ctx: Ctx, case: Violation, data: Data) -> None:
    """The paper follows the minutes."""
    check_paper(
        ctx,
        PaperKind.PROSECUTION,
        data,
        ("prosecution_number", "prosecuted_on"),
        case.minutes_on,
        _("ngày lập biên bản"),
    )


def prosecute(ctx: Ctx, case: Violation, data: Data) -> None:
    """The file goes to the bodies of criminal procedure; what they settle is recorded by the department."""
    issue_paper(ctx, case, PaperKind.PROSECUTION, data["prosecuted_on"], data["prosecution_number"])
    case.transferred_to = Receiver.OTHER


def not_transferred(_ctx: Ctx, case: Violation) -> str | None:
    if case.transferred_to is not None:
        return None
    return _("Vụ việc chưa được chuyển nên không có nơi để trả lại.")


def may_return(ctx: Ctx, case: Violation, data: Data) -> None:
    """It comes back after it went."""
    check_day(ctx, data, "returned_on", local_date(decision_start(case)), _("ngày lập biên bản"))


def return_case(ctx: Ctx, case: Violation, data: Data) -> None:
    """The commune holds the case again; back from prosecutors, the term of the decision begins with that day."""
    del ctx
    if case.transferred_to is Receiver.OTHER:
        case.reopened_on = data["returned_on"]
    case.transferred_to = None


MOVES: Final = (
    Move(
        "transfer",
        _l("Chuyển cấp có thẩm quyền"),
        _l("Đã chuyển cấp có thẩm quyền"),
        UNDECIDED,
        S.TRANSFERRED,
        P.VIOLATION_HANDLE,
        needs=(
            Field(
                "receiver",
                _l("Chuyển cho"),
                choices=Receiver,
                required=True,
                offered=(Receiver.LEAD_DIRECTOR.value, Receiver.PROVINCE_CHAIR.value),
            ),
            text_need(
                "text", _l("Lý do chuyển"), hint=_l("Ví dụ: mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã.")
            ),
        ),
        guard=may_transfer,
        effect=transfer,
        notifies=("lead", "commune", "province"),
    ),
    Move(
        "accept",
        _l("Tiếp nhận vụ việc"),
        _l("Đã tiếp nhận vụ việc được chuyển"),
        (S.TRANSFERRED,),
        _RESUMED,
        P.VIOLATION_TAKE_OVER,
        notifies=("inspector", "commune"),
        tone="primary",
    ),
    Move(
        "return_case",
        _l("Trả lại vụ việc"),
        _l("Trả lại vụ việc cho UBND cấp xã"),
        (S.TRANSFERRED, S.PROSECUTING, *UNDECIDED),
        _RESUMED,
        P.VIOLATION_TAKE_OVER,
        needs=(
            procedure_day("returned_on", _l("Ngày trả lại")),
            text_need("text", _l("Lý do trả lại")),
            FilesNeed("files", _l("Văn bản trả lại")),
        ),
        obstacle=not_transferred,
        guard=may_return,
        effect=return_case,
        notifies=("inspector", "commune"),
        presets=lambda ctx, _case: {"returned_on": ctx.today},
    ),
    Move(
        "prosecute",
        _l("Chuyển hồ sơ có dấu hiệu tội phạm"),
        _l("Đã chuyển hồ sơ có dấu hiệu tội phạm"),
        UNDECIDED,
        S.PROSECUTING,
        P.VIOLATION_DECIDE,
        needs=(
            *paper_needs(
                "prosecution_number",
                "prosecuted_on",
                _l("Số quyết định chuyển hồ sơ"),
                _l("Ngày quyết định chuyển hồ sơ"),
            ),
            text_need("text", _l("Dấu hiệu tội phạm, cơ quan nhận hồ sơ")),
            FilesNeed("files", _l("Bản chụp quyết định")),
        ),
        guard=may_prosecute,
        effect=prosecute,
        notifies=("lead", "inspector", "commune"),
        presets=lambda ctx, _case: {"prosecuted_on": ctx.today},
    ),
    Move(
        "settle_elsewhere",
        _l("Đóng theo kết quả nơi nhận"),
        _l("Đóng hồ sơ theo kết quả của nơi nhận chuyển"),
        (S.PROSECUTING,),
        S.CLOSED,
        P.VIOLATION_TAKE_OVER,
        needs=(text_need("text", _l("Kết quả xử lý của nơi nhận")),),
        effect=lambda ctx, case, _data: setattr(case, "closed_on", ctx.today),
        notifies=("inspector", "commune"),
    ),
)
