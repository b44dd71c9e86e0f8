"""Disputes while an agreement lives: mediation, consultation on the price, decision."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.agreements import moves
from registry.colocation.agreements.models import AgreementState
from registry.colocation.agreements.workflow.parts import BOTH, PRICE
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.workflow.definition import FilesNeed, Fork, Move
from registry.workflow.needs import day_need, text_need

S = AgreementState
_LIVING: Final = (S.CONTRACTED, S.INSTALLING, S.ACTIVE, S.REMOVING, S.REMOVAL_OVERDUE)
_DISPUTED: Final = (S.DISPUTED, S.PRICE_CONSULTATION)
_DECISION: Final = (
    Field("decision_number", _l("Số quyết định"), max_length=100, required=True),
    day_need("decided_on", _l("Ngày quyết định")),
    text_need("text", _l("Nội dung quyết định")),
)
_DISPUTE: Final = text_need(
    "text", _l("Tranh chấp về việc gì"), hint=_l("Trong lúc giải quyết không bên nào được tháo dỡ.")
)

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
        tells=("owner", "lead"),
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
        tells=("requester", "lead"),
    ),
    Move(
        "mediate",
        _l("Ghi biên bản hòa giải"),
        _l("Sở Khoa học và Công nghệ hòa giải"),
        _DISPUTED,
        Fork(_DISPUTED, moves.same_state),
        P.COLOCATION_SETTLE,
        needs=(
            day_need("met_on", _l("Ngày làm việc")),
            text_need("text", _l("Nội dung, ý kiến hai bên")),
            FilesNeed("files", _l("Biên bản")),
        ),
        tells=BOTH,
    ),
    Move(
        "consult_price",
        _l("Tổ chức hiệp thương giá"),
        _l("Sở Khoa học và Công nghệ tổ chức hiệp thương giá"),
        (S.DISPUTED,),
        S.PRICE_CONSULTATION,
        P.COLOCATION_SETTLE,
        needs=(day_need("met_on", _l("Ngày họp")), text_need("text", _l("Nội dung, tài liệu hai bên phải nộp"))),
        tells=BOTH,
    ),
    Move(
        "decide_to_go_on",
        _l("Quyết định tiếp tục hợp đồng"),
        _l("Sở Khoa học và Công nghệ quyết định tiếp tục hợp đồng"),
        _DISPUTED,
        Fork(_LIVING, moves.before_dispute),
        P.COLOCATION_SETTLE,
        needs=(*_DECISION, PRICE),
        effect=moves.decide,
        tells=BOTH,
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
        tells=BOTH,
        tone="danger",
    ),
)
