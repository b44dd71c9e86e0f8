"""Disputes while an agreement lives: mediation, consultation on the price, decision."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.agreements import moves
from registry.colocation.agreements.models import AgreementSide, AgreementState
from registry.colocation.agreements.workflow.parts import PRICE
from registry.colocation.settlement import BOTH, DAY, NUMBER, TEXT, mediation, price_consultation
from registry.kernel.i18n import _l
from registry.workflow.definition import Branch, FilesNeed, Move, text_need

S = AgreementState
_LIVING: Final = (S.CONTRACTED, S.INSTALLING, S.ACTIVE, S.REMOVING, S.REMOVAL_OVERDUE)
_DISPUTED: Final = (S.DISPUTED, S.PRICE_CONSULTATION)
_DECISION: Final = (NUMBER, DAY, TEXT)
_DISPUTE: Final = text_need(
    "text", _l("Tranh chấp về việc gì"), hint=_l("Trong lúc giải quyết không bên nào được tháo dỡ.")
)
_WITHDRAWN: Final = text_need("reason", _l("Lý do rút"), required=False)

MOVES: Final = (
    Move(
        "dispute",
        _l("Đề nghị Sở giải quyết"),
        _l("Bên sử dụng đề nghị Sở Khoa học và Công nghệ giải quyết tranh chấp"),
        _LIVING,
        S.DISPUTED,
        P.COLOCATION_REQUEST,
        needs=(_DISPUTE, FilesNeed("files", _l("Tài liệu"))),
        effect=moves.dispute,
        notifies=("owner", "lead"),
    ),
    Move(
        "dispute_by_owner",
        _l("Đề nghị Sở giải quyết"),
        _l("Chủ sở hữu đề nghị Sở Khoa học và Công nghệ giải quyết tranh chấp"),
        _LIVING,
        S.DISPUTED,
        P.COLOCATION_DECIDE,
        needs=(_DISPUTE, FilesNeed("files", _l("Tài liệu"))),
        effect=moves.dispute,
        notifies=("requester", "lead"),
    ),
    Move(
        "withdraw_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Bên sử dụng rút đề nghị giải quyết tranh chấp"),
        _DISPUTED,
        Branch(_LIVING, moves.before_dispute),
        P.COLOCATION_REQUEST,
        needs=(_WITHDRAWN,),
        obstacle=moves.disputed_by(AgreementSide.REQUESTER),
        notifies=("owner", "lead"),
    ),
    Move(
        "withdraw_owner_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Chủ sở hữu rút đề nghị giải quyết tranh chấp"),
        _DISPUTED,
        Branch(_LIVING, moves.before_dispute),
        P.COLOCATION_DECIDE,
        needs=(_WITHDRAWN,),
        obstacle=moves.disputed_by(AgreementSide.OWNER),
        notifies=("requester", "lead"),
    ),
    mediation(_DISPUTED),
    price_consultation((S.DISPUTED,), S.PRICE_CONSULTATION),
    Move(
        "decide_to_go_on",
        _l("Quyết định tiếp tục hợp đồng"),
        _l("Sở Khoa học và Công nghệ quyết định tiếp tục hợp đồng"),
        _DISPUTED,
        Branch(_LIVING, moves.before_dispute),
        P.COLOCATION_SETTLE,
        needs=(*_DECISION, PRICE),
        guard=moves.may_decide,
        effect=moves.decide,
        notifies=BOTH,
        tone="primary",
    ),
    Move(
        "decide_to_remove",
        _l("Quyết định tháo dỡ"),
        _l("Sở Khoa học và Công nghệ quyết định tháo dỡ"),
        _DISPUTED,
        S.REMOVING,
        P.COLOCATION_SETTLE,
        needs=_DECISION,
        guard=moves.may_decide,
        notifies=BOTH,
        tone="danger",
    ),
)
