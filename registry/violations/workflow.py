"""The workflow of violations: reported, verified, minutes, decision by the competent authority, remedy, closed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND
from registry.notices.service import Audience
from registry.violations import effects
from registry.violations.codes import CODE, LIMITATION, Authority, Offender, Receiver, ViolationState
from registry.violations.law import LIMITATION_TERM, LONG_LIMITATION_TERM, limitation_start
from registry.violations.models import Violation
from registry.workflow.definition import (
    Assignee,
    Branch,
    Deadline,
    FilesNeed,
    ItemsNeed,
    Move,
    Need,
    Party,
    Workflow,
    same_state,
    text_need,
)

S = ViolationState
_NUMBER = 100
_UNDECIDED = (S.MINUTES_MADE, S.EXPLAINING, S.TRANSFERRED, S.DECISION_OVERDUE)
_INVESTIGATED = (S.VERIFYING, S.COMPLEX, S.MINUTES_OVERDUE)
_NOTIFIED = ("accused", "inspector", "commune")


def _in_area(role: Role, case: Violation) -> Audience:
    return Audience(roles=frozenset({role}), unit_ids=frozenset({case.unit_id}))


def _inspector(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.AREA_INSPECTOR, case)


def _commune(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.COMMUNE_PC, case)


def _lead(ctx: Ctx, case: Violation) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _accused(ctx: Ctx, case: Violation) -> Audience:
    """No organisation before the minutes name it: until then it is only suspected."""
    del ctx
    known = case.organisation_id is not None and case.minutes_number is not None
    return Audience(organisation_ids=frozenset({case.organisation_id} if known and case.organisation_id else set()))


PARTIES: Final = {
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector),
    "commune": Party(_l("UBND xã, phường"), _commune),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    "accused": Party(_l("Tổ chức bị cho là vi phạm"), _accused),
}


_MINUTES: Final[tuple[Need, ...]] = (
    Field("minutes_number", _l("Số biên bản"), max_length=_NUMBER, required=True),
    Field("minutes_on", _l("Ngày lập biên bản"), required=True, python_type=date),
    Field("offender", _l("Bên vi phạm là"), choices=Offender, required=True),
    Field("offender_name", _l("Tên bên vi phạm"), max_length=200, required=True),
    text_need("text", _l("Nội dung biên bản")),
    FilesNeed("files", _l("Bản chụp biên bản")),
)
_DECISION: Final[tuple[Need, ...]] = (
    Field("authority", _l("Người ra quyết định"), choices=Authority, required=True),
    Field("decision_number", _l("Số quyết định"), max_length=_NUMBER, required=True),
    Field("decision_on", _l("Ngày quyết định"), required=True, python_type=date),
    Field(
        "fine_vnd",
        _l("Mức phạt"),
        unit=VND,
        minimum=Decimal(0),
        maximum=Decimal(10) ** 12,
        required=True,
        python_type=Decimal,
        hint=_l("Trong khung của hành vi; cá nhân bằng một nửa tổ chức."),
    ),
    ItemsNeed(
        "remedies",
        _l("Biện pháp khắc phục hậu quả theo luật"),
        effects.remedy_options,
        required=False,
        hint=_l("Chỉ người nêu trong ngoặc có thẩm quyền áp dụng."),
        names=effects.remedy_names,
        is_preset=False,
    ),
    text_need("remedy", _l("Nội dung phải khắc phục"), hint=_l("Ví dụ: thu hồi cáp, gắn thẻ nhận biết; hoặc «Không».")),
    FilesNeed("files", _l("Bản chụp quyết định")),
)

MOVES: Final = (
    Move(
        "verify",
        _l("Bắt đầu xác minh"),
        _l("Bắt đầu xác minh"),
        (S.REPORTED,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Ghi chú xác minh"), required=False),
            FilesNeed("photos", _l("Ảnh, tài liệu bổ sung")),
        ),
        tone="primary",
    ),
    Move(
        "minutes",
        _l("Lập biên bản"),
        _l("Đã lập biên bản vi phạm"),
        _INVESTIGATED,
        S.MINUTES_MADE,
        P.VIOLATION_HANDLE,
        needs=_MINUTES,
        guard=effects.may_make_minutes,
        effect=effects.make_minutes,
        notifies=("accused", "commune"),
        tone="primary",
        presets=effects.known_for_minutes,
        hints=effects.hints_for_minutes,
    ),
    Move(
        "complex",
        _l("Xác định vụ việc phức tạp"),
        _l("Vụ việc phức tạp, thời hạn lập biên bản dài hơn"),
        (S.REPORTED, S.VERIFYING),
        S.COMPLEX,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao vụ việc phức tạp")),),
        notifies=("commune",),
    ),
    Move(
        "hold_open",
        _l("Ghi nhận chưa rõ chủ sở hữu"),
        _l("Chưa rõ chủ sở hữu, hồ sơ để mở"),
        (S.REPORTED, *_INVESTIGATED),
        S.OPEN_FINDING,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Đã làm gì để xác định chủ sở hữu")),),
        guard=effects.may_hold_open,
    ),
    Move(
        "name_owner",
        _l("Xác định chủ sở hữu"),
        _l("Đã xác định chủ sở hữu"),
        (S.OPEN_FINDING,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Căn cứ xác định chủ sở hữu")),
            FilesNeed("files", _l("Ảnh, tài liệu chứng minh")),
        ),
        guard=effects.may_name_owner,
        effect=effects.name_owner,
        notifies=("commune",),
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Kết luận không vi phạm"),
        _l("Kết luận không vi phạm"),
        (*_INVESTIGATED, S.OPEN_FINDING),
        S.NOT_VIOLATION,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao không vi phạm")),),
    ),
    Move(
        "transfer",
        _l("Chuyển cấp có thẩm quyền"),
        _l("Đã chuyển cấp có thẩm quyền"),
        (S.MINUTES_MADE, S.EXPLAINING, S.DECISION_OVERDUE),
        S.TRANSFERRED,
        P.VIOLATION_HANDLE,
        needs=(
            Field("receiver", _l("Chuyển cho"), choices=Receiver, required=True),
            text_need(
                "text", _l("Lý do chuyển"), hint=_l("Ví dụ: mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã.")
            ),
        ),
        effect=effects.transfer,
        notifies=("lead", "commune"),
    ),
    Move(
        "explain",
        _l("Ghi nhận yêu cầu giải trình"),
        _l("Bên vi phạm giải trình"),
        (S.MINUTES_MADE, S.TRANSFERRED),
        S.EXPLAINING,
        P.VIOLATION_HANDLE,
        needs=(
            Field("explained_on", _l("Ngày yêu cầu giải trình"), required=True, python_type=date),
            text_need("text", _l("Nội dung giải trình")),
            FilesNeed("files", _l("Văn bản giải trình")),
        ),
        guard=effects.may_explain,
        effect=effects.explain,
        notifies=("accused", "commune"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định xử phạt"),
        _l("Đã ra quyết định xử phạt"),
        _UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=_DECISION,
        guard=effects.may_decide,
        effect=effects.decide,
        notifies=_NOTIFIED,
        tone="primary",
        presets=effects.known_for_decision,
        hints=effects.hints_for_decision,
    ),
    Move(
        "pay",
        _l("Ghi nhận nộp phạt"),
        _l("Đã nộp phạt"),
        (S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED),
        Branch((S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED), same_state),
        P.VIOLATION_HANDLE,
        needs=(
            Field("paid_on", _l("Ngày nộp phạt"), required=True, python_type=date),
            Field(
                "paid_vnd",
                _l("Số tiền đã nộp"),
                unit=VND,
                minimum=Decimal(1),
                maximum=Decimal(10) ** 12,
                required=True,
                python_type=Decimal,
            ),
            Field("receipt_number", _l("Số biên lai, chứng từ"), max_length=_NUMBER, required=True),
            FilesNeed("files", _l("Bản chụp biên lai")),
        ),
        obstacle=effects.is_paid,
        guard=effects.may_pay,
        effect=effects.pay,
        notifies=("accused", "commune"),
        presets=effects.known_for_payment,
    ),
    Move(
        "settle_elsewhere",
        _l("Đóng theo kết quả nơi nhận"),
        _l("Đóng hồ sơ theo kết quả của nơi nhận chuyển"),
        (S.TRANSFERRED, S.DECISION_OVERDUE),
        S.CLOSED,
        P.VIOLATION_TAKE_OVER,
        needs=(text_need("text", _l("Kết quả xử lý của nơi nhận")),),
        notifies=("inspector", "commune"),
    ),
    Move(
        "remedy",
        _l("Ấn định thời hạn khắc phục"),
        _l("Đã ấn định thời hạn khắc phục"),
        (S.DECIDED,),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(Field("remedy_due_on", _l("Hạn khắc phục"), required=True, python_type=date),),
        guard=effects.may_order_remedy,
        effect=effects.order_remedy,
        notifies=("accused",),
        tone="primary",
    ),
    Move(
        "remedied",
        _l("Xác nhận đã khắc phục"),
        _l("Đã khắc phục"),
        (S.REMEDYING, S.REMEDY_OVERDUE),
        S.REMEDIED,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Kết quả khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True, must_be_new=True),
        ),
        guard=effects.has_photo,
        notifies=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "remedy_failed",
        _l("Kiểm tra: chưa khắc phục"),
        _l("Kiểm tra: chưa khắc phục, ấn định lại thời hạn"),
        (S.REMEDYING, S.REMEDY_OVERDUE),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(
            Field("remedy_due_on", _l("Hạn khắc phục mới"), required=True, python_type=date),
            text_need("text", _l("Kết quả kiểm tra")),
            FilesNeed("photos", _l("Ảnh khi kiểm tra"), required=True, must_be_new=True),
        ),
        guard=effects.may_renew_remedy,
        effect=effects.order_remedy,
        notifies=("accused", "commune"),
    ),
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
        notifies=_NOTIFIED,
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
        notifies=_NOTIFIED,
        tone="danger",
    ),
    Move(
        "close",
        _l("Đóng hồ sơ"),
        _l("Đã đóng hồ sơ"),
        (S.NOT_VIOLATION, S.DECIDED, S.REMEDIED, S.TIME_BARRED),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        obstacle=effects.is_unfinished,
        notifies=("accused",),
        tone="primary",
    ),
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
        notifies=("commune", "inspector", "lead"),
    ),
)
#: Moves that the accused organisation sees, with their texts; the rest is internal.
SERVED: Final = frozenset(
    {
        *("minutes", "explain", "decide", "pay", "remedy", "remedied", "remedy_failed", "remedy_late"),
        *("appeal", "uphold", "annul", "close"),
    }
)

# A case has one open clock: first the term of the minutes, after its end the limitation, with the minutes the term of
# the decision. The limitation bounds the decision too: `may_decide` computes its end.
_LIMITATION: Final = Deadline(
    LIMITATION,
    LIMITATION_TERM,
    "time_bar",
    _l("Không còn xử phạt được; hồ sơ chuyển sang hết thời hiệu."),
    start=limitation_start,
    term_of=effects.limitation_of,
)
_MINUTES_LATE: Final = _l("Hồ sơ mang dấu quá hạn lập biên bản; sau đó thời hiệu xử phạt vẫn tính.")


def _minutes_term(term: str) -> Deadline:
    return Deadline("minutes", term, "minutes_late", _MINUTES_LATE, start=effects.minutes_term_start)


_LATE: Final = _l("Hồ sơ mang dấu quá hạn, Sở Khoa học và Công nghệ được báo.")
VIOLATION: Final = Workflow(
    code=CODE,
    label=_l("Vi phạm"),
    prefix="VP",
    model=Violation,
    states=ViolationState,
    start=S.REPORTED,
    moves=MOVES,
    closing=frozenset({"dismiss", "close"}),
    terms={
        LONG_LIMITATION_TERM: _l("Thời hiệu trong lĩnh vực xây dựng, giá"),
        effects.EXPLAIN_TERM: _l("Yêu cầu giải trình"),
        effects.PAY_TERM: _l("Nộp phạt"),
    },
    read=P.VIOLATION_READ,
    # Photos may show third persons, so the accused does not see them.
    files_permission=P.VIOLATION_EVIDENCE,
    page="violations.detail",
    index="violations.index",
    parties=PARTIES,
    assignees={
        **dict.fromkeys(
            (
                *(S.REPORTED, *_INVESTIGATED, S.OPEN_FINDING, S.NOT_VIOLATION, S.TIME_BARRED),
                *(S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED),
            ),
            Assignee("inspector", P.VIOLATION_HANDLE),
        ),
        # The department decides what was passed to it; before that, the commune's decisions are no work of its own.
        S.MINUTES_MADE: Assignee("commune", P.VIOLATION_DECIDE, frozenset({Role.COMMUNE_PC})),
        **dict.fromkeys((S.EXPLAINING, S.DECISION_OVERDUE, S.APPEALED), Assignee("commune", P.VIOLATION_DECIDE)),
        S.TRANSFERRED: Assignee("lead", P.VIOLATION_TAKE_OVER),
    },
    deadlines={
        S.REPORTED: _minutes_term("violation.minutes"),
        S.VERIFYING: _minutes_term("violation.minutes"),
        S.COMPLEX: _minutes_term("violation.minutes_complex"),
        S.MINUTES_OVERDUE: _LIMITATION,
        S.MINUTES_MADE: Deadline("decision", "violation.decide", "lapse", _LATE, start=effects.minutes_start),
        S.EXPLAINING: Deadline("decision", "violation.decide_explained", "lapse", _LATE, start=effects.minutes_start),
        S.TRANSFERRED: Deadline(
            "decision",
            "violation.decide_transferred",
            "lapse",
            _LATE,
            start=effects.minutes_start,
            term_of=effects.decision_term_of,
        ),
        S.REMEDYING: Deadline(
            "remedy",
            "violation.remedy_check",
            "remedy_late",
            _l("Hồ sơ mang dấu quá hạn khắc phục; các bên được báo."),
            start=effects.remedy_start,
        ),
    },
    main_path=(S.REPORTED, S.VERIFYING, S.MINUTES_MADE, S.DECIDED, S.REMEDYING, S.REMEDIED, S.CLOSED),
    tones={
        S.REPORTED: "info",
        S.VERIFYING: "info",
        S.COMPLEX: "info",
        S.MINUTES_OVERDUE: "bad",
        S.OPEN_FINDING: "neutral",
        S.NOT_VIOLATION: "neutral",
        S.MINUTES_MADE: "warn",
        S.TRANSFERRED: "warn",
        S.EXPLAINING: "warn",
        S.DECISION_OVERDUE: "bad",
        S.DECIDED: "warn",
        S.APPEALED: "warn",
        S.REMEDYING: "info",
        S.REMEDY_OVERDUE: "bad",
        S.REMEDIED: "good",
        S.TIME_BARRED: "dark",
        S.CLOSED: "dark",
    },
)
