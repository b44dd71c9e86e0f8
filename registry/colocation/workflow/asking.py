"""What the side that asks does: send, take or decline an offer, dispute, withdraw."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.codes import ColocationState
from registry.colocation.moves import asking, common, offers
from registry.colocation.rules import SETTLING
from registry.kernel.i18n import _l
from registry.workflow.definition import Branch, ItemsNeed, Move, text_need

S = ColocationState
#: From sending to the grant: the requester may go back at any time before there is a contract.
_OPEN: Final = (
    S.UNDER_REVIEW,
    S.SURVEYING,
    S.RETURNED,
    S.OVERDUE,
    S.OFFERED,
    S.UPGRADING,
    *SETTLING,
    S.ACCEPTED,
)
_WITH_OFFERS: Final = (S.UNDER_REVIEW, S.SURVEYING, S.OVERDUE, S.OFFERED, S.ESCALATED, S.SETTLEMENT_OVERDUE)
_AFTER_OFFERS: Final = Branch((*_WITH_OFFERS, S.UPGRADING, S.ACCEPTED, S.REJECTED), common.after_answer)

MOVES: Final = (
    Move(
        "submit",
        _l("Gửi đề nghị"),
        _l("Đã gửi đề nghị dùng chung"),
        (S.DRAFT,),
        S.UNDER_REVIEW,
        P.COLOCATION_REQUEST,
        guard=asking.is_complete,
        effect=asking.file_request,
        notifies=("owner", "lead"),
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
        "resubmit",
        _l("Gửi lại"),
        _l("Đã bổ sung và gửi lại"),
        (S.RETURNED,),
        Branch((S.UNDER_REVIEW, S.OFFERED, S.UPGRADING, S.ACCEPTED, S.REJECTED), asking.after_resubmission),
        P.COLOCATION_REQUEST,
        guard=asking.is_complete,
        effect=asking.resubmit,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "withdraw",
        _l("Rút đề nghị"),
        _l("Bên đề nghị đã rút"),
        _OPEN,
        S.WITHDRAWN,
        P.COLOCATION_REQUEST,
        needs=(text_need("reason", _l("Lý do rút"), required=False),),
        effect=asking.end,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "dispute",
        _l("Đề nghị Sở giải quyết"),
        _l("Bên đề nghị không đồng ý, đề nghị Sở Khoa học và Công nghệ giải quyết"),
        (S.REJECTED, S.ACCEPTED),
        S.ESCALATED,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Vì sao không đồng ý")),),
        guard=asking.may_dispute,
        effect=asking.reopen,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "withdraw_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Bên đề nghị rút đề nghị giải quyết; lời trả lời của chủ sở hữu giữ nguyên"),
        SETTLING,
        Branch((S.ACCEPTED, S.REJECTED), common.after_answer),
        P.COLOCATION_REQUEST,
        needs=(text_need("reason", _l("Lý do rút"), required=False),),
        obstacle=asking.disputed_by_requester,
        effect=asking.let_stand,
        notifies=("owner", "lead"),
    ),
    Move(
        "close",
        _l("Khép lại hồ sơ"),
        _l("Bên đề nghị khép lại hồ sơ"),
        (S.REJECTED, S.DECIDED),
        S.CLOSED,
        P.COLOCATION_REQUEST,
        effect=asking.end,
        notifies=("owner",),
    ),
    Move(
        "take_offer",
        _l("Đồng ý phương án"),
        _l("Bên đề nghị đồng ý phương án"),
        _WITH_OFFERS,
        _AFTER_OFFERS,
        P.COLOCATION_REQUEST,
        needs=(ItemsNeed("items", _l("Đồng ý phương án cho"), offers.offered_items, names=common.item_codes),),
        guard=offers.may_take,
        effect=offers.take,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "decline_offer",
        _l("Không đồng ý phương án"),
        _l("Bên đề nghị không đồng ý phương án"),
        _WITH_OFFERS,
        _AFTER_OFFERS,
        P.COLOCATION_REQUEST,
        needs=(
            ItemsNeed("items", _l("Không đồng ý phương án cho"), offers.offered_items, names=common.item_codes),
            text_need("reason", _l("Lý do"), required=False),
        ),
        guard=offers.may_take,
        effect=offers.decline,
        notifies=("owner",),
    ),
    Move(
        "lapse_offer",
        _l("Hết hạn trả lời phương án"),
        _l("Bên đề nghị không trả lời phương án trong thời hạn; phương án hết hiệu lực"),
        (S.OFFERED,),
        Branch((S.UPGRADING, S.ACCEPTED, S.REJECTED), common.after_answer),
        P.CLOCK,
        effect=offers.lapse,
        notifies=("owner", "requester"),
    ),
    Move(
        "stand",
        _l("Từ chối giữ nguyên"),
        _l("Không có đề nghị giải quyết trong thời hạn; hồ sơ khép lại"),
        (S.REJECTED,),
        S.CLOSED,
        P.CLOCK,
        effect=asking.end,
        notifies=("owner", "requester"),
    ),
)
