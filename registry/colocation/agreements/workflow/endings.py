"""The end of a contract before its last day: by agreement of both sides, or by the notice of one of them."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement, EndingGround
from registry.colocation.agreements.queries import has_equipment
from registry.colocation.agreements.workflow.contract import lapse
from registry.colocation.agreements.workflow.proposals import (
    AgreementProposal,
    ProposalStep,
    drop_ending,
    drop_proposals,
    proposal_moves,
)
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.workflow.definition import Branch, Data, Effect, FilesNeed, Move, Obstacle, text_need

S = AgreementState
_OWNER, _REQUESTER = AgreementSide.OWNER, AgreementSide.REQUESTER
_NOTICE_NEEDS: Final = (
    Field(
        "ground",
        _l("Căn cứ đơn phương chấm dứt"),
        choices=EndingGround,
        required=True,
        hint=_l("Bộ luật Dân sự 2015, Điều 428; không có căn cứ thì đề nghị chấm dứt theo thỏa thuận."),
    ),
    text_need(
        "reason",
        _l("Sự việc, điều khoản làm căn cứ"),
        hint=_l("Bên còn lại đọc nội dung này và có quyền đề nghị Sở Khoa học và Công nghệ giải quyết."),
    ),
    FilesNeed("files", _l("Tài liệu chứng minh"), required=True),
)


def after_ending(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """To removal if anything has to be taken down, otherwise to the end."""
    return S.REMOVING if has_equipment(ctx, case) else S.TERMINATED


def end(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Open proposals are dropped; where nothing was installed, the places are free at once."""
    if has_equipment(ctx, case):
        drop_proposals(ctx, case, data)
    else:
        lapse(ctx, case, data)


def _no_ending_proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """No end by agreement waits for an answer."""
    if case.ending_by is None:
        return None
    return _(
        "%(side)s đã đề nghị chấm dứt hợp đồng; đề nghị đó cần được trả lời hoặc rút lại trước.",
        side=case.ending_by.label,
    )


def _ending_proposed_by(side: AgreementSide) -> Obstacle:
    def proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        return None if case.ending_by is side else _("Không có đề nghị chấm dứt nào của %(side)s.", side=side.label)

    proposed.__doc__ = f"An end that the {side.value} proposed waits for an answer."
    return proposed


def _may_propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The reason is stated."""
    if not (data.get("reason") or "").strip():
        raise Invalid({"reason": _("Chưa ghi lý do chấm dứt; bên còn lại đọc lý do trước khi xác nhận.")})


def _propose(side: AgreementSide) -> Effect:
    def propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """The proposal is stored; the contract goes on."""
        case.ending_by, case.ending_reason = side, data["reason"]

    return propose


ENDING_MOVES: Final = proposal_moves(
    AgreementProposal(
        states=(S.CONTRACTED, S.INSTALLING, S.INSTALLED, S.ACTIVE),
        propose=ProposalStep(
            {_OWNER: "propose_ending", _REQUESTER: "ask_ending"},
            _l("Đề nghị chấm dứt theo thỏa thuận"),
            {
                _OWNER: _l("Chủ sở hữu đề nghị chấm dứt hợp đồng theo thỏa thuận"),
                _REQUESTER: _l("Bên sử dụng đề nghị chấm dứt hợp đồng theo thỏa thuận"),
            },
        ),
        confirm=ProposalStep(
            {_OWNER: "confirm_asked_ending", _REQUESTER: "confirm_ending"},
            _l("Đồng ý chấm dứt"),
            dict.fromkeys(AgreementSide, _l("Hai bên thống nhất chấm dứt hợp đồng")),
        ),
        decline=ProposalStep(
            {_OWNER: "decline_asked_ending", _REQUESTER: "decline_ending"},
            _l("Không đồng ý chấm dứt"),
            {
                _OWNER: _l("Chủ sở hữu không đồng ý chấm dứt hợp đồng"),
                _REQUESTER: _l("Bên sử dụng không đồng ý chấm dứt hợp đồng"),
            },
        ),
        withdraw=ProposalStep(
            {_OWNER: "withdraw_ending", _REQUESTER: "withdraw_asked_ending"},
            _l("Rút đề nghị chấm dứt"),
            {
                _OWNER: _l("Chủ sở hữu rút đề nghị chấm dứt hợp đồng"),
                _REQUESTER: _l("Bên sử dụng rút đề nghị chấm dứt hợp đồng"),
            },
        ),
        needs=(text_need("reason", _l("Lý do chấm dứt")), FilesNeed("files", _l("Biên bản, tài liệu"))),
        none_waits=_no_ending_proposed,
        made_by=_ending_proposed_by,
        fits=_may_propose,
        store=_propose,
        apply=end,
        drop=drop_ending,
        leads_to=Branch((S.REMOVING, S.TERMINATED), after_ending),
    )
)


def _give_notice(side: AgreementSide) -> Effect:
    def notice(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """The notice is stored, open proposals are dropped; the contract goes on until the term of the notice ends."""
        drop_proposals(ctx, case, data)
        case.notice_by, case.notice_ground, case.notice_reason = side, data["ground"], data["reason"]

    return notice


def _notice_of(side: AgreementSide) -> Obstacle:
    def noticed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        return (
            None
            if case.notice_by is side
            else _("Thông báo chấm dứt này không phải của %(side)s nên không rút được.", side=side.label)
        )

    noticed.__doc__ = f"The {side.value} gave the notice."
    return noticed


def drop_notice(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The notice has no effect; the contract goes on."""
    case.notice_by = case.notice_ground = case.notice_reason = None


NOTICE_MOVES: Final = (
    Move(
        "end_alone",
        _l("Đơn phương chấm dứt"),
        _l("Chủ sở hữu thông báo đơn phương chấm dứt hợp đồng"),
        (S.ACTIVE,),
        S.ENDING,
        P.COLOCATION_DECIDE,
        needs=_NOTICE_NEEDS,
        effect=_give_notice(_OWNER),
        notifies=("requester", "lead"),
        tone="danger",
    ),
    Move(
        "leave",
        _l("Đơn phương chấm dứt"),
        _l("Bên sử dụng thông báo đơn phương chấm dứt hợp đồng"),
        (S.ACTIVE,),
        S.ENDING,
        P.COLOCATION_REQUEST,
        needs=_NOTICE_NEEDS,
        effect=_give_notice(_REQUESTER),
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "withdraw_end_alone",
        _l("Rút thông báo chấm dứt"),
        _l("Chủ sở hữu rút thông báo chấm dứt; hợp đồng tiếp tục"),
        (S.ENDING,),
        S.ACTIVE,
        P.COLOCATION_DECIDE,
        obstacle=_notice_of(_OWNER),
        effect=drop_notice,
        notifies=("requester", "lead"),
    ),
    Move(
        "withdraw_leave",
        _l("Rút thông báo chấm dứt"),
        _l("Bên sử dụng rút thông báo chấm dứt; hợp đồng tiếp tục"),
        (S.ENDING,),
        S.ACTIVE,
        P.COLOCATION_REQUEST,
        obstacle=_notice_of(_REQUESTER),
        effect=drop_notice,
        notifies=("owner", "lead"),
    ),
    Move(
        "notice_over",
        _l("Hết thời hạn báo trước"),
        _l("Hết thời hạn báo trước; hợp đồng chấm dứt, bên sử dụng phải tháo dỡ"),
        (S.ENDING,),
        S.REMOVING,
        P.CLOCK,
        notifies=("owner", "requester"),
    ),
)
