"""The life of an agreement: contract, installation, use, removal; disputes on the way are the department's."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.agreements import moves
from registry.colocation.agreements.models import AgreementState, ColocationAgreement
from registry.colocation.agreements.workflow import contract, disputes, removal, renewal
from registry.colocation.parties import PARTIES
from registry.kernel.i18n import _l
from registry.workflow.definition import Deadline, Turn, Workflow

S = AgreementState
_HELD: Final = Deadline(
    "reservation",
    "colocation.reservation",
    "lapse",
    _l("Giữ chỗ hết hiệu lực, chỗ được trả lại cho chủ sở hữu."),
    start=moves.reserved_from,
    moved=moves.move_reservations,
)
_REQUESTER: Final = Turn("requester", P.COLOCATION_REQUEST)
_OWNER: Final = Turn("owner", P.COLOCATION_DECIDE)
_LEAD: Final = Turn("lead", P.COLOCATION_SETTLE)

AGREEMENT: Final = Workflow(
    code=moves.WORKFLOW,
    label=_l("Hợp đồng dùng chung"),
    prefix="HD",
    model=ColocationAgreement,
    states=AgreementState,
    start=S.CONTRACTING,
    moves=(*contract.MOVES, *renewal.MOVES, *removal.MOVES, *disputes.MOVES),
    closing=frozenset(
        {
            *("decline_asked_renewal", "decline_renewal", "withdraw_renewal", "withdraw_asked_renewal"),
            *("terminate", "give_up", "cancel", "start_removal", "report_removed", "confirm_removed"),
        }
    ),
    read=P.COLOCATION_READ,
    page="agreements.detail",
    index="agreements.index",
    parties=PARTIES,
    turns={
        S.CONTRACTING: _OWNER,
        S.PROPOSED: _REQUESTER,
        S.CONTRACTED: _REQUESTER,
        S.INSTALLING: _REQUESTER,
        S.INSTALLED: _OWNER,
        S.ACTIVE: _REQUESTER,
        S.DISPUTED: _LEAD,
        S.PRICE_CONSULTATION: _LEAD,
        S.REMOVING: _REQUESTER,
        S.REMOVAL_REPORTED: _OWNER,
        S.REMOVAL_OVERDUE: _REQUESTER,
    },
    deadlines={
        S.CONTRACTING: _HELD,
        S.PROPOSED: _HELD,
        S.CONTRACTED: _HELD,
        S.INSTALLING: _HELD,
        S.INSTALLED: Deadline(
            "installed", "agreement.confirmation", "stand_installed", _l("Coi như chủ sở hữu đã xác nhận lắp đặt.")
        ),
        S.ACTIVE: Deadline(
            "contract",
            "agreement.end",
            "end_of_term",
            _l("Hợp đồng hết hạn, bên sử dụng phải tháo dỡ."),
            start=moves.end_of_contract,
        ),
        S.REMOVING: Deadline(
            "removal", "agreement.removal", "miss_removal", _l("Lập phát hiện cáp, thiết bị không thu hồi.")
        ),
        S.REMOVAL_REPORTED: Deadline(
            "removed", "agreement.confirmation", "stand_removed", _l("Coi như chủ sở hữu đã xác nhận tháo dỡ.")
        ),
    },
    talks=True,
    # A dispute eats no term: neither the reservation's nor that of the removal.
    pauses={
        S.DISPUTED: _l("đang giải quyết tranh chấp"),
        S.PRICE_CONSULTATION: _l("đang hiệp thương giá"),
    },
    road=(S.CONTRACTING, S.PROPOSED, S.CONTRACTED, S.INSTALLING, S.ACTIVE, S.REMOVING, S.TERMINATED),
    tones={
        S.CONTRACTING: "neutral",
        S.PROPOSED: "info",
        S.CONTRACTED: "info",
        S.INSTALLING: "info",
        S.INSTALLED: "info",
        S.ACTIVE: "good",
        S.DISPUTED: "warn",
        S.PRICE_CONSULTATION: "warn",
        S.REMOVING: "warn",
        S.REMOVAL_REPORTED: "info",
        S.REMOVAL_OVERDUE: "bad",
        S.TERMINATED: "dark",
        S.EXPIRED: "dark",
    },
)
