"""Guards and effects that the workflow names."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select

from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated import setting
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.occupations.codes import CODE, Act, OccupationState, Stance, Undertaking
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.regular import has_request
from registry.occupations.rules import (
    act_of,
    act_problem,
    contract_day_problem,
    finding_text,
    removal_day_problem,
    removed_day_problem,
)
from registry.occupations.standing import check_regular
from registry.structures.disclosures import disclose, end_disclosures
from registry.structures.queries import OWNING_KINDS
from registry.workflow.definition import Data
from registry.workflow.referrals import Referral, create_referral

#: The same bound as for contracts on sharing (registry/colocation/agreements): a slip of the pen.
LONGEST_YEARS: Final = "agreement.longest_years"
_REMOVAL_DAYS: Final = "occupations.removal_days"


def promised_day(case: Occupation) -> datetime:
    """The day by which it is to be removed: the time to look whether it was runs from there."""
    if case.remove_by is None:
        message = f"occupation {case.id} has no day of removal, yet its term is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.remove_by, time.min, tzinfo=LOCAL_ZONE)


# --- told, claimed, denied ----------------------------------------------------------------------------------------
def may_notify(ctx: Ctx, case: Occupation, data: Data) -> None:
    """What the ledger knows as agreed is no irregular occupation."""
    del data
    check_regular(ctx, case.place_id, case.occupant_organisation_id)


def notify_occupant(ctx: Ctx, case: Occupation, data: Data) -> None:
    """From now on it counts; who is named may look where it is."""
    del data
    case.notified_at = ctx.now
    _disclose(ctx, case)


def after_notice(ctx: Ctx, case: Occupation) -> OccupationState:
    """The occupant answers, or its owner is looked for."""
    del ctx
    return OccupationState.UNCLAIMED if case.occupant_organisation_id is None else OccupationState.NOTIFIED


def not_claimed_yet(ctx: Ctx, case: Occupation) -> str | None:
    """The actor's organisation has not said already that it is theirs."""
    if _last_said(ctx, case) is not Stance.CLAIMED:
        return None
    return _("Đơn vị bạn đã nhận cáp, thiết bị này là của mình; không cần nhận lại.")


def claim(ctx: Ctx, case: Occupation, data: Data) -> None:
    """It is theirs, as they say: the term of their answer begins. Where it is they know, so nothing is disclosed.

    Where another organisation has claimed it too, both claims stand, and the owner has to find whose it is.
    """
    _say(ctx, case, Stance.CLAIMED, _own(ctx), data)
    ctx.session.flush()
    case.occupant_organisation_id = _own(ctx) if len(claimants(ctx, case)) == 1 else None


def may_deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Said once is enough, until something else was said."""
    del data
    if _last_said(ctx, case) is Stance.DENIED:
        raise MoveRefused(_("Đơn vị bạn đã cho biết cáp, thiết bị này không phải của mình; không cần trả lời lại."))


def deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """It is not theirs, as they say."""
    _say(ctx, case, Stance.DENIED, _own(ctx), data)


def may_disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Whoever claimed it, has shown a contract or undertaken something, has said that it is theirs."""
    del data
    if case.contract_number or case.undertaking or _last_said(ctx, case) is Stance.CLAIMED:
        raise MoveRefused(
            _(
                "Đơn vị bạn đã nhận, xuất trình hợp đồng hoặc cam kết xử lý, nên không thể trả lời là không phải của"
                " mình."
            )
        )


def disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Who was named says that it is not theirs: the owner is looked for."""
    if case.occupant_organisation_id is not None:
        _say(ctx, case, Stance.DENIED, case.occupant_organisation_id, data)
    case.occupant_organisation_id = None
    end_disclosures(ctx, CODE, case.id)


def may_name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A known organisation that may own such things, not the structure's owner; nobody is named already."""
    if case.occupant_organisation_id is not None:
        raise MoveRefused(_("Hồ sơ đã ghi bên sử dụng; bước này chỉ dành cho hồ sơ chưa rõ chủ."))
    found = find_organisation(ctx.session, data["organisation"])
    if found is None or found.kind not in OWNING_KINDS:
        raise Invalid(
            {
                "organisation": _(
                    "Không có doanh nghiệp nào tên «%(name)s»; hãy ghi tên gọi tắt hoặc tên đầy đủ trong danh bạ.",
                    name=str(data["organisation"])[:60],
                )
            }
        )
    if found.id == case.owner_organisation_id:
        raise Invalid({"organisation": _("«%(name)s» là chủ sở hữu công trình.", name=found.short_name)})
    check_regular(ctx, case.place_id, found.id, field="organisation")


def name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The owner has found whose it is."""
    found = find_organisation(ctx.session, data["organisation"])
    if found is None:
        raise Forbidden
    case.occupant_organisation_id = found.id
    _say(ctx, case, Stance.NAMED, found.id, data)
    _disclose(ctx, case)


# --- answers ------------------------------------------------------------------------------------------------------
def may_show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A contract that was made before today ends, and not longer ago than any contract runs."""
    del case
    earliest = ctx.today.replace(year=ctx.today.year - setting(ctx.session, LONGEST_YEARS, ctx.today), day=1)
    _refuse("contract_on", contract_day_problem(data["contract_on"], earliest, ctx.today))


def show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Keep number and day; the paper is a file of the case."""
    del ctx
    case.contract_number, case.contract_on = data["contract_number"], data["contract_on"]


def may_undertake(ctx: Ctx, case: Occupation, data: Data) -> None:
    """One undertaking; whoever let it lapse does not begin anew."""
    del ctx, data
    if case.undertaking is not None:
        raise MoveRefused(
            _(
                "Đơn vị bạn đã cam kết «%(what)s» và để quá hạn; hãy thực hiện và báo chủ sở hữu ghi kết quả.",
                what=case.undertaking.label,
            )
        )


def undertake_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant will ask to share."""
    del ctx, data
    case.undertaking = Undertaking.REGULARISE


def may_undertake_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """By a day that is not too far away."""
    may_undertake(ctx, case, data)
    most = timedelta(days=setting(ctx.session, _REMOVAL_DAYS, ctx.today))
    _refuse("remove_by", removal_day_problem(data["remove_by"], ctx.today, ctx.today + most))


def undertake_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant will take it away."""
    del ctx
    case.undertaking, case.remove_by = Undertaking.REMOVE, data["remove_by"]


# --- ends ---------------------------------------------------------------------------------------------------------
def end(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant sees the structure only as far as anybody else."""
    del data
    end_disclosures(ctx, CODE, case.id)


def may_accept(ctx: Ctx, case: Occupation, data: Data) -> None:
    """There is a contract to accept: after a referral not every case has one."""
    del ctx, data
    if case.contract_number is None:
        raise MoveRefused(_("Bên sử dụng chưa xuất trình hợp đồng nào nên chưa có gì để công nhận."))


def may_record_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The number is that of a request between the two for this structure."""
    number = str(data["request_number"]).strip().upper()
    occupant = case.occupant_organisation_id
    if occupant is None:
        raise MoveRefused(_("Hồ sơ chưa rõ bên sử dụng; hãy ghi bên sử dụng trước."))
    if not has_request(ctx, number, case.structure_id, occupant, case.owner_organisation_id):
        raise Invalid(
            {
                "request_number": _(
                    "Không có đề nghị dùng chung số «%(number)s» của bên sử dụng gửi bạn cho công trình này.",
                    number=number[:60],
                )
            }
        )


def record_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """What comes next is the business of that request."""
    case.request_number = str(data["request_number"]).strip().upper()
    end(ctx, case, data)


def may_confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Gone on a day between its discovery and today."""
    _refuse("removed_on", removed_day_problem(data["removed_on"], case.found_on, ctx.today))


def confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Nothing hangs there any more."""
    case.removed_on = data["removed_on"]
    end(ctx, case, data)


def may_refer_now(ctx: Ctx, case: Occupation) -> str | None:
    """While the department is to say whether a contract holds, only the department refers the case."""
    if case.state is not OccupationState.DISPUTED or allowed(ctx, P.OCCUPATION_SETTLE, case):
        return None
    return _(
        "%(number)s chờ Sở Khoa học và Công nghệ kết luận về hợp đồng; chủ sở hữu chưa chuyển cơ quan quản lý được.",
        number=case.number,
    )


def may_refer(ctx: Ctx, case: Occupation, data: Data) -> None:
    """What is reported fits with what is known of the occupant."""
    del ctx
    _refuse("act", act_problem(data.get("act"), is_known=case.occupant_organisation_id is not None))


def refer(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Tell the authority, through the outbox: it makes a violation of it. The clock has nothing to add."""
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


def claimants(ctx: Ctx, case: Occupation) -> list[int]:
    """The organisations that say last that it is theirs, in the order of their ids."""
    query = (
        select(OccupationClaim.organisation_id, OccupationClaim.stance)
        .where(OccupationClaim.occupation_id == case.id, OccupationClaim.stance != Stance.NAMED)
        .order_by(OccupationClaim.id)
    )
    last = {row.organisation_id: row.stance for row in ctx.session.execute(query)}
    return sorted(organisation_id for organisation_id, stance in last.items() if stance is Stance.CLAIMED)


def _own(ctx: Ctx) -> int:
    if ctx.actor.organisation_id is None:
        raise Forbidden
    return ctx.actor.organisation_id


def _last_said(ctx: Ctx, case: Occupation) -> Stance | None:
    """What the actor's organisation itself has said last."""
    query = select(OccupationClaim.stance).where(
        OccupationClaim.occupation_id == case.id,
        OccupationClaim.organisation_id.in_(ctx.actor.organisation_ids),
        OccupationClaim.stance != Stance.NAMED,
    )
    return ctx.session.scalar(query.order_by(OccupationClaim.id.desc()).limit(1))


def _say(ctx: Ctx, case: Occupation, stance: Stance, organisation_id: int, data: Data) -> None:
    if ctx.actor.id is None:
        raise Forbidden
    ctx.session.add(
        OccupationClaim(
            occupation_id=case.id,
            organisation_id=organisation_id,
            stance=stance,
            text=data.get("text"),
            said_at=ctx.now,
            said_by_id=ctx.actor.id,
        )
    )


def _disclose(ctx: Ctx, case: Occupation) -> None:
    if case.occupant_organisation_id is not None:
        disclose(ctx, [case.structure_id], case.occupant_organisation_id, CODE, case.id)


def _refuse(field: str, problem: str | None) -> None:
    if problem:
        raise Invalid({field: problem})
