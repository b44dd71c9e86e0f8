"""What follows the answers: the department's settlement, the contract, the end of what was held."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.codes import ColocationState
from registry.colocation.moves import answers, asking, common, settling
from registry.colocation.rules import SETTLING
from registry.colocation.settlement import DAY, NUMBER, TEXT, mediation, price_consultation
from registry.colocation.workflow.parts import PERIOD, PRICE
from registry.kernel.i18n import _l
from registry.workflow.definition import Branch, ItemsNeed, Move, same_state, text_need

S = ColocationState

MOVES: Final = (
    Move(
        "take_up",
        _l("Thụ lý giải quyết"),
        _l("Sở Khoa học và Công nghệ thụ lý giải quyết"),
        (S.OVERDUE,),
        S.ESCALATED,
        P.COLOCATION_SETTLE,
        needs=(text_need("text", _l("Nội dung thụ lý"), hint=_l("Yêu cầu đối với hai bên, lịch làm việc.")),),
        notifies=("owner", "requester"),
        tone="primary",
    ),
    mediation(SETTLING),
    price_consultation((S.ESCALATED, S.SETTLEMENT_OVERDUE), S.PRICE_CONSULTATION),
    Move(
        "settlement_lapse",
        _l("Quá hạn giải quyết"),
        _l("Hết thời hạn giải quyết của Sở Khoa học và Công nghệ"),
        (S.OVERDUE, S.ESCALATED, S.PRICE_CONSULTATION),
        S.SETTLEMENT_OVERDUE,
        P.CLOCK,
        notifies=("lead", "owner", "requester"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định giải quyết"),
        _l("Sở Khoa học và Công nghệ đã có quyết định"),
        SETTLING,
        S.DECIDED,
        P.COLOCATION_SETTLE,
        needs=(
            NUMBER,
            DAY,
            ItemsNeed(
                "granted",
                _l("Công trình được dùng chung theo quyết định"),
                settling.grantable_items,
                required=False,
                names=common.item_codes,
                hint=_l("Bỏ đánh dấu công trình mà quyết định không cho dùng chung; chỗ được giữ ngay."),
            ),
            TEXT,
            PRICE,
            PERIOD,
        ),
        guard=settling.may_decide,
        effect=settling.decide,
        notifies=("owner", "requester"),
        tone="primary",
    ),
    Move(
        "contract",
        _l("Lập hợp đồng"),
        _l("Chủ sở hữu lập hợp đồng"),
        (S.ACCEPTED, S.DECIDED),
        S.CONTRACTED,
        P.COLOCATION_DECIDE,
        guard=settling.has_accepted,
        effect=settling.contract,
        notifies=("requester",),
        tone="primary",
    ),
    Move(
        "ask_contract",
        _l("Đề nghị lập hợp đồng"),
        _l("Bên đề nghị yêu cầu lập hợp đồng"),
        (S.ACCEPTED, S.DECIDED),
        S.CONTRACTED,
        P.COLOCATION_REQUEST,
        guard=settling.has_accepted,
        effect=settling.contract,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "extend_reservation",
        _l("Gia hạn giữ chỗ"),
        _l("Chủ sở hữu gia hạn giữ chỗ"),
        (S.ACCEPTED, S.DECIDED),
        Branch((S.ACCEPTED, S.DECIDED), same_state),
        P.COLOCATION_DECIDE,
        needs=(text_need("reason", _l("Lý do gia hạn")),),
        guard=answers.may_extend_reservation,
        effect=answers.extend_reservation,
        notifies=("requester", "lead"),
    ),
    Move(
        "expire",
        _l("Hết hạn giữ chỗ"),
        _l("Hết hạn giữ chỗ; chỗ được trả lại"),
        (S.ACCEPTED, S.DECIDED),
        S.EXPIRED,
        P.CLOCK,
        effect=asking.end,
        notifies=("owner", "requester"),
    ),
)
