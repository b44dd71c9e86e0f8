"""Disputes during an agreement: mediation, price consultation, decision."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.rules import check_past_day, defence_price_problems
from registry.colocation.agreements.workflow.endings import after_ending, drop_notice, end
from registry.colocation.agreements.workflow.proposals import PRICE, drop_proposals
from registry.colocation.agreements.workflow.rent import line_fields, new_rent, rent_changes, set_rent
from registry.colocation.settlement import (
    BOTH_SIDES,
    DECISION_DAY,
    DECISION_NUMBER,
    DECISION_TEXT,
    mediation,
    price_consultation,
)
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l
from registry.workflow.definition import Branch, Change, Data, FilesNeed, Move, Obstacle, text_need
from registry.workflow.views import last_moves_into

S = AgreementState
_LIVING: Final = (S.CONTRACTED, S.INSTALLING, S.ACTIVE, S.ENDING, S.REMOVING, S.REMOVAL_OVERDUE)
_DISPUTED: Final = (S.DISPUTED, S.PRICE_CONSULTATION)
_DECISION: Final = (DECISION_NUMBER, DECISION_DAY, DECISION_TEXT)
_DISPUTE: Final = text_need(
    "text", _l("Nội dung tranh chấp"), hint=_l("Trong thời gian giải quyết, không bên nào được tháo dỡ.")
)
_WITHDRAWN: Final = text_need("reason", _l("Lý do rút"), required=False)


def dispute(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The present state is stored, to return to it; open proposals are dropped."""
    drop_proposals(ctx, case, data)
    case.disputed_from = case.state.value


def disputed_by(side: AgreementSide) -> Obstacle:
    """The obstacle of withdrawing a dispute that this side did not raise."""
    move = "dispute" if side is AgreementSide.REQUESTER else "dispute_by_owner"

    def raised(ctx: Ctx, case: ColocationAgreement) -> str | None:
        """This side raised the dispute."""
        states = (AgreementState.DISPUTED.value, AgreementState.PRICE_CONSULTATION.value)
        if last_moves_into(ctx, AGREEMENT_CODE, case.id, states)[:1] == [move]:
            return None
        return _("Tranh chấp này không do %(side)s nêu ra nên không rút được.", side=side.label)

    return raised


def may_decide(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day is between the start of the agreement and today."""
    check_past_day(ctx, "decided_on", data["decided_on"], local_date(case.created_at))


def decide(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The decided rent applies from now on, and a notice to end the contract has no effect any more."""
    set_rent(ctx, case, new_rent(ctx, case, data))
    drop_notice(ctx, case, data)


def may_go_on(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day is possible, and a new rent is the sum of its parts; defence pays nothing."""
    may_decide(ctx, case, data)
    new_rent(ctx, case, data)
    problems = defence_price_problems(data.get("price_vnd"), is_defence=case.is_defence)
    if problems:
        raise Invalid(problems)


def decided_changes(ctx: Ctx, case: ColocationAgreement, data: Data) -> list[Change]:
    """The rent that is decided."""
    return rent_changes(ctx, case, new_rent(ctx, case, data))


def after_decision(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """The state in which the dispute was raised; a contract that was being ended goes on."""
    before = before_dispute(ctx, case)
    return S.ACTIVE if before is S.ENDING else before


def before_dispute(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """The state in which the dispute was raised."""
    return AgreementState(str(case.disputed_from))


MOVES: Final = (
    Move(
        "dispute",
        _l("Đề nghị Sở giải quyết"),
        _l("Bên sử dụng đề nghị Sở Khoa học và Công nghệ giải quyết tranh chấp"),
        _LIVING,
        S.DISPUTED,
        P.COLOCATION_REQUEST,
        needs=(_DISPUTE, FilesNeed("files", _l("Tài liệu"))),
        effect=dispute,
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
        effect=dispute,
        notifies=("requester", "lead"),
    ),
    Move(
        "withdraw_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Bên sử dụng rút đề nghị giải quyết tranh chấp"),
        _DISPUTED,
        Branch(_LIVING, before_dispute),
        P.COLOCATION_REQUEST,
        needs=(_WITHDRAWN,),
        obstacle=disputed_by(AgreementSide.REQUESTER),
        notifies=("owner", "lead"),
    ),
    Move(
        "withdraw_owner_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Chủ sở hữu rút đề nghị giải quyết tranh chấp"),
        _DISPUTED,
        Branch(_LIVING, before_dispute),
        P.COLOCATION_DECIDE,
        needs=(_WITHDRAWN,),
        obstacle=disputed_by(AgreementSide.OWNER),
        notifies=("requester", "lead"),
    ),
    mediation(_DISPUTED),
    price_consultation((S.DISPUTED,), S.PRICE_CONSULTATION),
    Move(
        "decide_to_go_on",
        _l("Quyết định tiếp tục hợp đồng"),
        _l("Sở Khoa học và Công nghệ quyết định tiếp tục hợp đồng"),
        _DISPUTED,
        Branch(_LIVING, after_decision),
        P.COLOCATION_SETTLE,
        needs=(*_DECISION, PRICE),
        case_needs=line_fields,
        changes=decided_changes,
        guard=may_go_on,
        effect=decide,
        notifies=BOTH_SIDES,
        tone="primary",
    ),
    Move(
        "decide_to_remove",
        _l("Quyết định tháo dỡ"),
        _l("Sở Khoa học và Công nghệ quyết định tháo dỡ"),
        _DISPUTED,
        Branch((S.REMOVING, S.TERMINATED), after_ending),
        P.COLOCATION_SETTLE,
        needs=_DECISION,
        guard=may_decide,
        effect=end,
        notifies=BOTH_SIDES,
        tone="danger",
    ),
)
