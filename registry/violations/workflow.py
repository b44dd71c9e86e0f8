"""The way of a violation: reported, verified, minutes, decision by whoever has the power, remedy, closed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Role
from registry.authz.permissions import P
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND
from registry.violations import moves
from registry.violations.codes import CODE, LIMITATION, Authority, Offender, Receiver, ViolationState
from registry.violations.models import Violation
from registry.violations.parties import PARTIES
from registry.workflow.definition import Deadline, FilesNeed, Move, Need, Turn, Workflow
from registry.workflow.needs import text_need

S = ViolationState
_NUMBER = 100
_UNDECIDED = (S.MINUTES_MADE, S.TRANSFERRED, S.DECISION_OVERDUE)
_TOLD = ("accused", "inspector", "commune")


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
    text_need(
        "remedy", _l("Biện pháp khắc phục hậu quả"), hint=_l("Ví dụ: thu hồi cáp, gắn thẻ nhận biết; hoặc «Không».")
    ),
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
        (S.VERIFYING,),
        S.MINUTES_MADE,
        P.VIOLATION_HANDLE,
        needs=_MINUTES,
        guard=moves.may_make_minutes,
        effect=moves.make_minutes,
        tells=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Kết luận không vi phạm"),
        _l("Kết luận không vi phạm"),
        (S.VERIFYING,),
        S.NOT_VIOLATION,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao không vi phạm")),),
    ),
    Move(
        "transfer",
        _l("Chuyển cấp có thẩm quyền"),
        _l("Đã chuyển cấp có thẩm quyền"),
        (S.MINUTES_MADE, S.DECISION_OVERDUE),
        S.TRANSFERRED,
        P.VIOLATION_HANDLE,
        needs=(
            Field("receiver", _l("Chuyển cho"), choices=Receiver, required=True),
            text_need(
                "text", _l("Lý do chuyển"), hint=_l("Ví dụ: mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã.")
            ),
        ),
        effect=moves.transfer,
        tells=("lead", "commune"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định xử phạt"),
        _l("Đã ra quyết định xử phạt"),
        _UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=_DECISION,
        guard=moves.may_decide,
        effect=moves.decide,
        tells=_TOLD,
        tone="primary",
    ),
    Move(
        "settle_elsewhere",
        _l("Đóng theo kết quả nơi nhận"),
        _l("Đóng hồ sơ theo kết quả của nơi nhận chuyển"),
        (S.TRANSFERRED, S.DECISION_OVERDUE),
        S.CLOSED,
        P.VIOLATION_TAKE_OVER,
        needs=(text_need("text", _l("Kết quả xử lý của nơi nhận")),),
        tells=("inspector", "commune"),
    ),
    Move(
        "remedy",
        _l("Giao thời hạn khắc phục"),
        _l("Đã giao thời hạn khắc phục"),
        (S.DECIDED,),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(Field("remedy_due_on", _l("Hạn khắc phục"), required=True, python_type=date),),
        guard=moves.may_order_remedy,
        effect=moves.order_remedy,
        tells=("accused",),
        tone="primary",
    ),
    Move(
        "remedied",
        _l("Xác nhận đã khắc phục"),
        _l("Đã khắc phục"),
        (S.REMEDYING,),
        S.REMEDIED,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Kết quả khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True),
        ),
        guard=moves.has_photo,
        tells=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "appeal",
        _l("Ghi nhận khiếu nại"),
        _l("Có khiếu nại"),
        (S.DECIDED, S.REMEDYING),
        S.APPEALED,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Nội dung khiếu nại")), FilesNeed("files", _l("Đơn khiếu nại"))),
        tells=("commune", "lead"),
    ),
    Move(
        "uphold",
        _l("Giữ nguyên quyết định"),
        _l("Giải quyết khiếu nại: giữ nguyên quyết định"),
        (S.APPEALED,),
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Kết quả giải quyết khiếu nại")),),
        tells=_TOLD,
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
        tells=_TOLD,
        tone="danger",
    ),
    Move(
        "close",
        _l("Đóng hồ sơ"),
        _l("Đã đóng hồ sơ"),
        (S.NOT_VIOLATION, S.REMEDIED, S.TIME_BARRED),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        tells=("accused",),
        tone="primary",
    ),
    Move(
        "time_bar",
        _l("Hết thời hiệu"),
        _l("Hết thời hiệu xử phạt khi chưa lập biên bản"),
        (S.REPORTED, S.VERIFYING),
        S.TIME_BARRED,
        P.CLOCK,
        tells=("inspector", "commune", "lead"),
    ),
    Move(
        "lapse",
        _l("Quá hạn ra quyết định"),
        _l("Chưa có quyết định trong thời hạn"),
        (S.MINUTES_MADE, S.TRANSFERRED),
        S.DECISION_OVERDUE,
        P.CLOCK,
        tells=("commune", "inspector", "lead"),
    ),
)
#: Steps that the accused organisation sees, with what was said in them; the rest is the officials' own.
SERVED: Final = frozenset({"minutes", "decide", "remedy", "remedied", "appeal", "uphold", "annul", "close"})

# A case has one open clock, so the limitation runs until the minutes and the term of the decision from the day of the
# minutes on. The year of the limitation bounds the decision too: `may_decide` asks the stopped clock for its end.
_LIMITATION: Final = Deadline(
    LIMITATION,
    "violation.limitation",
    "time_bar",
    _l("Không còn xử phạt được; hồ sơ chuyển sang hết thời hiệu."),
    start=moves.limitation_start,
)
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
    read=P.VIOLATION_READ,
    # Photos may show third persons, so the accused does not see them.
    papers=P.VIOLATION_EVIDENCE,
    page="violations.detail",
    index="violations.index",
    parties=PARTIES,
    turns={
        **dict.fromkeys(
            (S.REPORTED, S.VERIFYING, S.NOT_VIOLATION, S.DECIDED, S.REMEDYING, S.REMEDIED, S.TIME_BARRED),
            Turn("inspector", P.VIOLATION_HANDLE),
        ),
        # The department decides what was passed to it; before that, the commune's decisions are no work of its own.
        S.MINUTES_MADE: Turn("commune", P.VIOLATION_DECIDE, frozenset({Role.COMMUNE_PC})),
        **dict.fromkeys((S.DECISION_OVERDUE, S.APPEALED), Turn("commune", P.VIOLATION_DECIDE)),
        S.TRANSFERRED: Turn("lead", P.VIOLATION_TAKE_OVER),
    },
    deadlines={
        S.REPORTED: _LIMITATION,
        S.VERIFYING: _LIMITATION,
        S.MINUTES_MADE: Deadline("decision", "violation.decide", "lapse", _LATE, start=moves.minutes_start),
        S.TRANSFERRED: Deadline("decision", "violation.decide_transferred", "lapse", _LATE, start=moves.minutes_start),
    },
    road=(S.REPORTED, S.VERIFYING, S.MINUTES_MADE, S.DECIDED, S.REMEDYING, S.REMEDIED, S.CLOSED),
    tones={
        S.REPORTED: "info",
        S.VERIFYING: "info",
        S.NOT_VIOLATION: "neutral",
        S.MINUTES_MADE: "warn",
        S.TRANSFERRED: "warn",
        S.DECISION_OVERDUE: "bad",
        S.DECIDED: "warn",
        S.APPEALED: "warn",
        S.REMEDYING: "info",
        S.REMEDIED: "good",
        S.TIME_BARRED: "dark",
        S.CLOSED: "dark",
    },
)
