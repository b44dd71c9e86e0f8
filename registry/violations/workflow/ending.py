"""Moves that end a case: appeal and its result, closing."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _, _l
from registry.kernel.text import fold
from registry.violations.codes import ViolationState
from registry.violations.models import Violation
from registry.violations.workflow.common import NOTIFIED, is_paid
from registry.workflow.definition import FilesNeed, Move, text_need

S = ViolationState


def is_unfinished(ctx: Ctx, case: Violation) -> str | None:
    """The fine is paid, and without a state of the remedy nothing is left to remedy."""
    if case.decision_on is None:
        return None
    if is_paid(ctx, case) is None:
        return _("Chưa ghi nhận nộp phạt; hãy ghi nhận nộp phạt trước khi đóng hồ sơ.")
    if case.state == "decided" and (case.remedies or fold(case.remedy or "").strip(". ") != "khong"):
        return _("Quyết định có nội dung phải khắc phục; hãy ấn định thời hạn và xác nhận khắc phục trước khi đóng.")
    return None


MOVES: Final = (
    Move(
        "appeal",
        _l("Ghi nhận khiếu nại"),
        _l("Có khiếu nại"),
        (S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE),
        S.APPEALED,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Nội dung khiếu nại")), FilesNeed("files", _l("Đơn khiếu nại"))),
        notifies=("commune", "lead"),
    ),
    Move(
        "uphold",
        _l("Giữ nguyên quyết định"),
        _l("Giải quyết khiếu nại: giữ nguyên quyết định"),
        (S.APPEALED,),
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Kết quả giải quyết khiếu nại")),),
        notifies=NOTIFIED,
        tone="primary",
    ),
    Move(
        "annul",
        _l("Hủy quyết định, đóng hồ sơ"),
        _l("Giải quyết khiếu nại: hủy quyết định, đóng hồ sơ"),
        (S.APPEALED,),
        S.CLOSED,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Kết quả giải quyết khiếu nại")),),
        notifies=NOTIFIED,
        tone="danger",
    ),
    Move(
        "close",
        _l("Đóng hồ sơ"),
        _l("Đã đóng hồ sơ"),
        (S.NOT_VIOLATION, S.DECIDED, S.REMEDIED, S.TIME_BARRED),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        obstacle=is_unfinished,
        notifies=("accused",),
        tone="primary",
    ),
)
