"""Moves that end a case: referral, withdrawal, and those of the clock."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.occupations.codes import CODE, Act, OccupationState
from registry.occupations.models import Occupation
from registry.occupations.rules import act_of, act_problem, finding_text
from registry.occupations.workflow.common import PROMISED, end, refuse_if
from registry.workflow.definition import Data, Move, text_need
from registry.workflow.referrals import Referral, create_referral

S = OccupationState
_OPEN = (S.NOTIFIED, S.UNCLAIMED, S.CONTRACT_SHOWN, S.DISPUTED, *PROMISED, S.OVERDUE)


def may_refer_now(ctx: Ctx, case: Occupation) -> str | None:
    """During a dispute on the contract only the department refers the case."""
    if case.state is not OccupationState.DISPUTED or allowed(ctx, P.OCCUPATION_SETTLE, case):
        return None
    return _(
        "%(number)s chờ Sở Khoa học và Công nghệ kết luận về hợp đồng; chủ sở hữu chưa chuyển cơ quan quản lý được.",
        number=case.number,
    )


def may_refer(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The reported act fits what is known of the occupant."""
    refuse_if("act", act_problem(data.get("act"), is_known=case.occupant_organisation_id is not None))


def refer(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A finding is sent through the outbox; it becomes a violation."""
    case.referred_at = ctx.now
    act: Act = data.get("act") or act_of(is_dead=case.is_dead, is_known=case.occupant_organisation_id is not None)
    finding = Referral(
        kind=act.value,
        structure_id=case.structure_id,
        accused_organisation_id=case.occupant_organisation_id,
        origin=CODE,
        origin_id=case.id,
        origin_number=case.number or "",
        text=finding_text(case.equipment, case.quantity, case.marks, case.evidence, data.get("text")),
    )
    create_referral(ctx, finding)


MOVES: Final = (
    Move(
        "refer",
        _l("Chuyển cơ quan quản lý"),
        _l("Đã chuyển cơ quan quản lý"),
        (S.OVERDUE, S.DISPUTED),
        S.REFERRED,
        P.OCCUPATION_REFER,
        needs=(
            Field("act", _l("Hành vi"), choices=Act, hint=_l("Để trống thì theo những gì hồ sơ đã ghi.")),
            text_need("text", _l("Nội dung chuyển"), required=False),
        ),
        obstacle=may_refer_now,
        guard=may_refer,
        effect=refer,
        notifies=("owner", "occupant", "inspector", "lead"),
        tone="primary",
    ),
    Move(
        "withdraw",
        _l("Rút hồ sơ"),
        _l("Đã rút hồ sơ"),
        _OPEN,
        S.WITHDRAWN,
        P.OCCUPATION_WRITE,
        needs=(text_need("text", _l("Lý do rút")),),
        effect=end,
        notifies=("occupant", "owner"),
        tone="danger",
    ),
    Move(
        "lapse",
        _l("Quá hạn"),
        _l("Hết thời hạn mà chưa được giải quyết"),
        (S.NOTIFIED, S.UNCLAIMED, S.DISPUTED, *PROMISED),
        S.OVERDUE,
        P.CLOCK,
        notifies=("owner", "occupant", "opener", "inspector"),
    ),
    Move(
        "report",
        _l("Tự động chuyển cơ quan quản lý"),
        _l("Quá hạn; hồ sơ được chuyển cơ quan quản lý"),
        (S.OVERDUE,),
        S.REFERRED,
        P.CLOCK,
        effect=refer,
        notifies=("owner", "occupant", "inspector", "lead"),
    ),
)
