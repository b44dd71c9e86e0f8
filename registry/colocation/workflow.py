"""The way of a request: asked, answered by the owner in its term, settled by the lead department where it is not."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.colocation import moves
from registry.colocation.models import ColocationRequest, ColocationState, RefusalGround
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.workflow.definition import Deadline, FilesNeed, Fork, ItemsNeed, Move, Party, Turn, Workflow

S = ColocationState
_TEXT = 4000
#: Where the owner's answer finds the request; late ones are marked by the engine.
_ANSWERABLE = (S.UNDER_REVIEW, S.OVERDUE, S.ESCALATED)
_ANSWERED = Fork((*_ANSWERABLE, S.ACCEPTED, S.REJECTED), moves.after_answer)


def _owner(ctx: Ctx, case: ColocationRequest) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.owner_organisation_id}))


def _requester(ctx: Ctx, case: ColocationRequest) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.requester_organisation_id}))


def _lead(ctx: Ctx, case: ColocationRequest) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _text(name: str, label: object, *, required: bool = True, hint: object = "") -> Field:
    return Field(name, label, max_length=_TEXT, required=required, multiline=True, hint=hint)


MOVES: Final = (
    Move(
        "submit",
        _l("Gửi đề nghị"),
        _l("Đã gửi đề nghị dùng chung"),
        (S.DRAFT,),
        S.UNDER_REVIEW,
        P.COLOCATION_REQUEST,
        guard=moves.is_complete,
        effect=moves.file_request,
        tells=("owner", "lead"),
        tone="primary",
        gives_number=True,
    ),
    Move(
        "discard",
        _l("Bỏ bản nháp"),
        _l("Đã bỏ bản nháp"),
        (S.DRAFT,),
        S.WITHDRAWN,
        P.COLOCATION_REQUEST,
        tone="danger",
    ),
    Move(
        "accept",
        _l("Chấp thuận"),
        _l("Chủ sở hữu chấp thuận"),
        _ANSWERABLE,
        _ANSWERED,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed("items", _l("Công trình được chấp thuận"), moves.acceptable_items, names=moves.item_codes),
            _text("answer", _l("Điều kiện, lời nhắn"), required=False),
        ),
        guard=moves.may_accept,
        effect=moves.accept,
        tells=("requester", "lead"),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Từ chối"),
        _l("Chủ sở hữu từ chối"),
        _ANSWERABLE,
        _ANSWERED,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed("items", _l("Công trình bị từ chối"), moves.pending_items, names=moves.item_codes),
            Field("ground", _l("Căn cứ từ chối"), choices=RefusalGround, required=True),
            _text(
                "evidence",
                _l("Chứng cứ"),
                hint=_l("Số liệu, khảo sát, quy hoạch chứng minh căn cứ; từ chối không có căn cứ là hành vi vi phạm."),
            ),
            _text("answer", _l("Trả lời bên đề nghị")),
            FilesNeed("files", _l("Tài liệu chứng minh"), hint=_l("Bắt buộc khi căn cứ là hết dung lượng.")),
        ),
        guard=moves.may_reject,
        effect=moves.reject,
        tells=("requester", "lead"),
        tone="danger",
    ),
    Move(
        "return",
        _l("Trả lại để bổ sung"),
        _l("Chủ sở hữu trả lại để bổ sung"),
        (S.UNDER_REVIEW,),
        S.RETURNED,
        P.COLOCATION_DECIDE,
        needs=(_text("missing", _l("Cần bổ sung gì")),),
        tells=("requester",),
    ),
    Move(
        "resubmit",
        _l("Gửi lại"),
        _l("Đã bổ sung và gửi lại"),
        (S.RETURNED,),
        Fork((S.UNDER_REVIEW, S.ACCEPTED, S.REJECTED), moves.after_resubmission),
        P.COLOCATION_REQUEST,
        guard=moves.is_complete,
        effect=moves.resubmit,
        tells=("owner",),
        tone="primary",
    ),
    Move(
        "withdraw",
        _l("Rút đề nghị"),
        _l("Bên đề nghị đã rút"),
        (S.UNDER_REVIEW, S.RETURNED, S.OVERDUE, S.ESCALATED, S.ACCEPTED),
        S.WITHDRAWN,
        P.COLOCATION_REQUEST,
        needs=(_text("reason", _l("Lý do rút"), required=False),),
        effect=moves.end,
        tells=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "lapse",
        _l("Quá hạn trả lời"),
        _l("Chủ sở hữu không trả lời trong thời hạn; hồ sơ chuyển Sở Khoa học và Công nghệ"),
        (S.UNDER_REVIEW,),
        S.OVERDUE,
        P.CLOCK,
        tells=("owner", "requester", "lead"),
    ),
    Move(
        "take_up",
        _l("Thụ lý giải quyết"),
        _l("Sở Khoa học và Công nghệ thụ lý giải quyết"),
        (S.OVERDUE,),
        S.ESCALATED,
        P.COLOCATION_SETTLE,
        needs=(_text("text", _l("Nội dung thụ lý"), hint=_l("Yêu cầu đối với hai bên, lịch làm việc.")),),
        tells=("owner", "requester"),
        tone="primary",
    ),
    Move(
        "dispute",
        _l("Đề nghị Sở giải quyết"),
        _l("Bên đề nghị không đồng ý, đề nghị Sở Khoa học và Công nghệ giải quyết"),
        (S.REJECTED,),
        S.ESCALATED,
        P.COLOCATION_REQUEST,
        needs=(_text("text", _l("Vì sao không đồng ý")),),
        effect=moves.reopen,
        tells=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "decide",
        _l("Ghi quyết định giải quyết"),
        _l("Sở Khoa học và Công nghệ đã có quyết định"),
        (S.ESCALATED,),
        S.DECIDED,
        P.COLOCATION_SETTLE,
        needs=(
            Field("decision_number", _l("Số quyết định"), max_length=100, required=True),
            Field("decided_on", _l("Ngày quyết định"), required=True, python_type=date),
            _text("text", _l("Nội dung quyết định")),
        ),
        guard=moves.is_day_of_decision,
        effect=moves.decide,
        tells=("owner", "requester"),
        tone="primary",
    ),
    Move(
        "close",
        _l("Khép lại hồ sơ"),
        _l("Bên đề nghị khép lại hồ sơ"),
        (S.REJECTED, S.DECIDED),
        S.CLOSED,
        P.COLOCATION_REQUEST,
        effect=moves.end,
        tells=("owner",),
    ),
    Move(
        "stand",
        _l("Từ chối giữ nguyên"),
        _l("Không có đề nghị giải quyết trong thời hạn; hồ sơ khép lại"),
        (S.REJECTED,),
        S.CLOSED,
        P.CLOCK,
        effect=moves.end,
        tells=("owner", "requester"),
    ),
    Move(
        "expire",
        _l("Hết hạn giữ chỗ"),
        _l("Hết hạn giữ chỗ; chỗ được trả lại"),
        (S.ACCEPTED, S.DECIDED),
        S.EXPIRED,
        P.CLOCK,
        effect=moves.end,
        tells=("owner", "requester"),
    ),
)

_RESERVED: Final = Deadline(
    "reservation",
    moves.RESERVATION_TERM,
    "expire",
    _l("Giữ chỗ hết hiệu lực, chỗ được trả lại cho chủ sở hữu."),
    moved=moves.move_reservations,
)
COLOCATION: Final = Workflow(
    code=moves.CODE,
    label=_l("Dùng chung hạ tầng"),
    prefix="DC",
    model=ColocationRequest,
    states=ColocationState,
    start=S.DRAFT,
    moves=MOVES,
    read=P.COLOCATION_READ,
    page="colocation.detail",
    index="colocation.index",
    parties={
        "owner": Party(_l("Chủ sở hữu"), _owner),
        "requester": Party(_l("Bên đề nghị"), _requester),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    },
    turns={
        S.DRAFT: Turn("requester", P.COLOCATION_REQUEST),
        S.UNDER_REVIEW: Turn("owner", P.COLOCATION_DECIDE),
        S.RETURNED: Turn("requester", P.COLOCATION_REQUEST),
        S.OVERDUE: Turn("lead", P.COLOCATION_SETTLE),
        S.ESCALATED: Turn("lead", P.COLOCATION_SETTLE),
        S.ACCEPTED: Turn("requester", P.COLOCATION_REQUEST),
        S.REJECTED: Turn("requester", P.COLOCATION_REQUEST),
        S.DECIDED: Turn("requester", P.COLOCATION_REQUEST),
    },
    deadlines={
        S.UNDER_REVIEW: Deadline(
            "answer", "colocation.answer", "lapse", _l("Hồ sơ tự chuyển Sở Khoa học và Công nghệ giải quyết.")
        ),
        S.REJECTED: Deadline("dispute", "colocation.dispute", "stand", _l("Lời từ chối giữ nguyên, hồ sơ khép lại.")),
        S.ACCEPTED: _RESERVED,
        S.DECIDED: _RESERVED,
    },
    pauses={S.RETURNED: _l("chờ bên đề nghị bổ sung")},
    road=(S.DRAFT, S.UNDER_REVIEW, S.ACCEPTED),
    tones={
        S.DRAFT: "neutral",
        S.UNDER_REVIEW: "info",
        S.RETURNED: "warn",
        S.OVERDUE: "bad",
        S.ESCALATED: "warn",
        S.ACCEPTED: "good",
        S.REJECTED: "bad",
        S.DECIDED: "info",
        S.WITHDRAWN: "dark",
        S.EXPIRED: "dark",
        S.CLOSED: "dark",
    },
)
