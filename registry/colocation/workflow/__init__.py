"""The workflow of a request: sent, answered by the owner within a term, otherwise settled by the department."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.codes import ColocationState
from registry.colocation.decision_digest import decision_digest
from registry.colocation.models import ColocationRequest
from registry.colocation.queries import state_texts
from registry.colocation.queue import CODE, PASSED_OVER, RESERVATION_TERM, ROOM, move_reservations
from registry.colocation.receipt import freeze_receipt
from registry.colocation.rules import SETTLING
from registry.colocation.settlement import PARTIES
from registry.colocation.workflow import answering, asking, settling
from registry.colocation.workflow.answering import EXTENSION_TERM, RESERVATION_EXTENSION_TERM
from registry.colocation.workflow.common import answered_on
from registry.colocation.workflow.offers import upgrade_ends
from registry.kernel.i18n import _l
from registry.notices.events import Recipients
from registry.workflow.definition import Assignee, Deadline, Workflow

S = ColocationState
_RESERVED: Final = Deadline(
    "reservation",
    RESERVATION_TERM,
    "expire",
    _l("Giữ chỗ hết hiệu lực, chỗ được trả lại cho chủ sở hữu."),
    start=answered_on,
    on_due_change=move_reservations,
)
#: Runs from the hand-over through all states of the settlement.
_SETTLED: Final = Deadline(
    "settlement",
    "colocation.settlement",
    "settlement_lapse",
    _l("Hồ sơ được đánh dấu quá hạn giải quyết; Sở vẫn phải giải quyết."),
)
_LEAD: Final = Assignee("lead", P.COLOCATION_SETTLE, act=_l("Giải quyết"))
COLOCATION: Final = Workflow(
    code=CODE,
    label=_l("Dùng chung hạ tầng"),
    one=_l("Hồ sơ dùng chung hạ tầng"),
    prefix="DC",
    model=ColocationRequest,
    states=ColocationState,
    state_texts=state_texts,
    start=S.DRAFT,
    moves=(*asking.MOVES, *answering.MOVES, *settling.MOVES),
    papers=freeze_receipt,
    read=P.COLOCATION_READ,
    judged=("owner", "requester"),
    page="colocation.detail",
    index="colocation.index",
    parties=PARTIES,
    assignees={
        S.DRAFT: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Hoàn thiện và gửi đề nghị")),
        S.UNDER_REVIEW: Assignee("owner", P.COLOCATION_DECIDE, act=_l("Trả lời đề nghị")),
        S.RETURNED: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Bổ sung và gửi lại")),
        S.SURVEYING: Assignee("owner", P.COLOCATION_DECIDE, act=_l("Khảo sát và trả lời")),
        S.OFFERED: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Trả lời phương án")),
        S.UPGRADING: Assignee("owner", P.COLOCATION_DECIDE, act=_l("Nâng cấp xong và trả lời")),
        S.OVERDUE: Assignee("lead", P.COLOCATION_SETTLE),
        **dict.fromkeys(SETTLING, _LEAD),
        S.ACCEPTED: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Đề nghị lập hợp đồng")),
        S.REJECTED: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Đề nghị Sở giải quyết, hoặc khép lại")),
        S.DECIDED: Assignee("requester", P.COLOCATION_REQUEST, act=_l("Đề nghị lập hợp đồng, hoặc khép lại")),
    },
    deadlines={
        S.UNDER_REVIEW: Deadline(
            "answer", "colocation.answer", "lapse", _l("Hồ sơ tự chuyển Sở Khoa học và Công nghệ giải quyết.")
        ),
        S.SURVEYING: Deadline(
            "answer", "colocation.survey", "lapse", _l("Hồ sơ tự chuyển Sở Khoa học và Công nghệ giải quyết.")
        ),
        S.OFFERED: Deadline(
            "offer", "colocation.offer", "lapse_offer", _l("Phương án hết hiệu lực, công trình được coi là bị từ chối.")
        ),
        S.UPGRADING: Deadline(
            "upgrade",
            "colocation.upgrade",
            "miss_upgrade",
            _l("Hồ sơ tự chuyển Sở Khoa học và Công nghệ giải quyết."),
            start=upgrade_ends,
        ),
        S.REJECTED: Deadline(
            "dispute",
            "colocation.dispute",
            "stand",
            _l("Kết quả từ chối được giữ nguyên, hồ sơ khép lại."),
            start=answered_on,
        ),
        **dict.fromkeys((S.OVERDUE, S.ESCALATED, S.PRICE_CONSULTATION), _SETTLED),
        S.ACCEPTED: _RESERVED,
        S.DECIDED: _RESERVED,
    },
    pauses={S.RETURNED: _l("chờ bên đề nghị bổ sung")},
    main_path=(S.DRAFT, S.UNDER_REVIEW, S.ACCEPTED, S.CONTRACTED),
    tones={
        S.DRAFT: "neutral",
        S.UNDER_REVIEW: "info",
        S.RETURNED: "warn",
        S.SURVEYING: "info",
        S.OVERDUE: "bad",
        S.OFFERED: "warn",
        S.UPGRADING: "info",
        S.PRICE_CONSULTATION: "warn",
        S.ESCALATED: "warn",
        S.SETTLEMENT_OVERDUE: "bad",
        S.ACCEPTED: "good",
        S.REJECTED: "bad",
        S.DECIDED: "info",
        S.CONTRACTED: "good",
        S.WITHDRAWN: "dark",
        S.EXPIRED: "dark",
        S.CLOSED: "dark",
    },
    decision_digest=decision_digest,
    terms={
        EXTENSION_TERM: _l("Gia hạn trả lời, tối đa"),
        RESERVATION_EXTENSION_TERM: _l("Gia hạn giữ chỗ"),
    },
    has_messages=True,
    closing=frozenset({"withdraw", "discard", "close", "reject", "decline_offer", "withdraw_dispute"}),
    events={
        ROOM: Recipients(affected=("requester", "owner")),
        PASSED_OVER: Recipients(affected=("requester",)),
    },
    event_labels={
        ROOM: _l("Có chỗ trống trở lại; hồ sơ đứng đầu hàng chờ"),
        PASSED_OVER: _l("Chủ sở hữu đã chấp thuận một đề nghị nộp sau trước khi trả lời đề nghị này"),
    },
)
