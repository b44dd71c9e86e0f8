"""The workflow of an agreement: contract, installation, use, removal, and disputes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from registry.authz.permissions import P
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementState, ColocationAgreement
from registry.colocation.agreements.workflow import contract, corrections, disputes, endings, proposals, removal
from registry.colocation.agreements.workflow.contract import may_install, move_reservations, reserved_from
from registry.colocation.agreements.workflow.proposals import proposed_by_owner, proposed_by_requester
from registry.colocation.agreements.workflow.removal import end_of_contract
from registry.colocation.settlement import BOTH_SIDES, PARTIES
from registry.kernel.i18n import LazyText, _l
from registry.notices.events import Recipients
from registry.workflow.definition import Assignee, Deadline, Workflow

S = AgreementState
_HELD: Final = Deadline(
    "reservation",
    "colocation.reservation",
    "lapse",
    _l("Giữ chỗ hết hiệu lực, chỗ được trả lại cho chủ sở hữu."),
    start=reserved_from,
    on_due_change=move_reservations,
)


def _requester(act: LazyText, **more: Any) -> Assignee:
    return Assignee("requester", P.COLOCATION_REQUEST, act=act, **more)


def _owner(act: LazyText, **more: Any) -> Assignee:
    return Assignee("owner", P.COLOCATION_DECIDE, act=act, **more)


#: A proposal on a signed contract waits for the other side, in addition to the turn of the state.
_ASKED_OF_OWNER: Final = _owner(_l("Trả lời đề nghị của bên sử dụng"), where=proposed_by_requester, in_term=False)
_ASKED_OF_REQUESTER: Final = _requester(_l("Trả lời đề nghị của chủ sở hữu"), where=proposed_by_owner, in_term=False)
_LEAD: Final = Assignee("lead", P.COLOCATION_SETTLE, act=_l("Giải quyết tranh chấp"))

AGREEMENT: Final = Workflow(
    code=AGREEMENT_CODE,
    label=_l("Hợp đồng dùng chung"),
    prefix="HD",
    model=ColocationAgreement,
    states=AgreementState,
    start=S.CONTRACTING,
    moves=(
        *contract.MOVES,
        *corrections.CORRECTION_MOVES,
        *proposals.RENEWAL_MOVES,
        *endings.ENDING_MOVES,
        *endings.NOTICE_MOVES,
        *removal.MOVES,
        *disputes.MOVES,
    ),
    system_moves=frozenset({"returned"}),
    events={
        proposals.RENEWAL_VOID: Recipients(affected=BOTH_SIDES),
        proposals.PART_RETURNED: Recipients(affected=BOTH_SIDES),
    },
    event_labels={
        proposals.RENEWAL_VOID: _l("Đề nghị gia hạn không còn hiệu lực do hợp đồng đã đính chính"),
        proposals.PART_RETURNED: _l("Một phần thiết bị của hợp đồng đã tháo dỡ theo hồ sơ khác"),
    },
    closing=frozenset(
        {
            *("decline_asked_renewal", "decline_renewal", "withdraw_renewal", "withdraw_asked_renewal"),
            *("terminate", "give_up", "leave", "end_alone", "start_removal", "report_removed", "confirm_removed"),
            *("propose_ending", "ask_ending", "confirm_ending", "confirm_asked_ending"),
        }
    ),
    read=P.COLOCATION_READ,
    judged=("owner", "requester"),
    page="agreements.detail",
    index="agreements.index",
    # The requester is the user from now on.
    parties={**PARTIES, "requester": replace(PARTIES["requester"], label=_l("Bên sử dụng"))},
    assignees={
        S.CONTRACTING: _owner(_l("Lập hợp đồng và gửi xác nhận")),
        S.PROPOSED: _requester(_l("Xác nhận hợp đồng")),
        S.CONTRACTED: _requester(_l("Bắt đầu lắp đặt"), where=may_install),
        S.INSTALLING: _requester(_l("Lắp đặt và báo lắp đặt xong")),
        S.INSTALLED: _owner(_l("Xác nhận lắp đặt")),
        # Both sides are reminded of the end; they only have to act on a proposal.
        S.ACTIVE: _ASKED_OF_REQUESTER,
        S.ENDING: _requester(_l("Chuẩn bị tháo dỡ khi hết thời hạn báo trước")),
        S.DISPUTED: _LEAD,
        S.PRICE_CONSULTATION: _LEAD,
        S.REMOVING: _requester(_l("Tháo dỡ và báo tháo dỡ xong")),
        S.REMOVAL_REPORTED: _owner(_l("Xác nhận tháo dỡ")),
        S.REMOVAL_OVERDUE: _requester(_l("Tháo dỡ và báo tháo dỡ xong")),
    },
    other_assignees={
        **dict.fromkeys((S.CONTRACTED, S.INSTALLING, S.ACTIVE), _ASKED_OF_OWNER),
        S.INSTALLED: _ASKED_OF_REQUESTER,
    },
    deadlines={
        S.CONTRACTING: _HELD,
        S.PROPOSED: _HELD,
        S.CONTRACTED: _HELD,
        S.INSTALLING: replace(
            _HELD,
            overdue="lapse_installing",
            consequence=_l("Chưa lắp gì thì chỗ được trả lại cho chủ sở hữu, đã lắp thì phải tháo dỡ."),
        ),
        S.INSTALLED: Deadline(
            "installed", "agreement.confirmation", "stand_installed", _l("Chủ sở hữu được coi là đã xác nhận lắp đặt.")
        ),
        S.ACTIVE: Deadline(
            "contract",
            "agreement.grace",
            "end_of_term",
            _l("Hợp đồng đã hết hạn mà không gia hạn, bên sử dụng phải tháo dỡ."),
            start=end_of_contract,
            label=_l("Ân hạn sau ngày hết hạn hợp đồng"),
        ),
        S.ENDING: Deadline(
            "notice", "agreement.notice", "notice_over", _l("Hợp đồng chấm dứt, bên sử dụng phải tháo dỡ.")
        ),
        S.REMOVING: Deadline(
            "removal", "agreement.removal", "miss_removal", _l("Lập phát hiện cáp, thiết bị không thu hồi.")
        ),
        S.REMOVAL_REPORTED: Deadline(
            "removed", "agreement.confirmation", "stand_removed", _l("Chủ sở hữu được coi là đã xác nhận tháo dỡ.")
        ),
    },
    has_messages=True,
    # A dispute pauses the terms of the reservation and of the removal.
    pauses={
        S.DISPUTED: _l("đang giải quyết tranh chấp"),
        S.PRICE_CONSULTATION: _l("đang hiệp thương giá"),
    },
    main_path=(S.CONTRACTING, S.PROPOSED, S.CONTRACTED, S.INSTALLING, S.ACTIVE, S.REMOVING, S.TERMINATED),
    tones={
        S.CONTRACTING: "neutral",
        S.PROPOSED: "info",
        S.CONTRACTED: "info",
        S.INSTALLING: "info",
        S.INSTALLED: "info",
        S.ACTIVE: "good",
        S.ENDING: "warn",
        S.DISPUTED: "warn",
        S.PRICE_CONSULTATION: "warn",
        S.REMOVING: "warn",
        S.REMOVAL_REPORTED: "info",
        S.REMOVAL_OVERDUE: "bad",
        S.TERMINATED: "dark",
        S.EXPIRED: "dark",
    },
)
