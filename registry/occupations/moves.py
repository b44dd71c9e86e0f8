"""Guards and effects of the workflow."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select

from registry.accounts.models import OWNING_KINDS
from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.kernel.text import register_code
from registry.occupations.codes import CODE, Act, OccupationState, Stance, Undertaking
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.regularity import check_no_agreement, has_request
from registry.occupations.rules import (
    act_of,
    act_problem,
    contract_day_problem,
    finding_text,
    removal_day_problem,
    removed_day_problem,
)
from registry.structures.positions.disclosures import disclose, end_disclosures
from registry.workflow.definition import Data
from registry.workflow.referrals import Referral, create_referral

#: Setting: longest term in years, the same as for agreements on sharing.
LONGEST_YEARS: Final = "agreement.longest_years"
_REMOVAL_DAYS: Final = "occupations.removal_days"


def promised_day(case: Occupation) -> datetime:
    """The promised day of removal."""
    if case.remove_by is None:
        message = f"occupation {case.id} has no day of removal, yet its term is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.remove_by, time.min, tzinfo=LOCAL_ZONE)


# --- notified, claimed, denied ------------------------------------------------------------------------------------
def may_notify(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The ledger has no agreement for this use."""
    check_no_agreement(ctx, case.place_id, case.occupant_organisation_id)


def notify_occupant(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The case counts from now on; a named occupant may see the structure."""
    case.notified_at = ctx.now
    _disclose(ctx, case)


def after_notice(ctx: Ctx, case: Occupation) -> OccupationState:
    """To the occupant's answer, or to the search for the owner."""
    return OccupationState.UNCLAIMED if case.occupant_organisation_id is None else OccupationState.NOTIFIED


def not_claimed_yet(ctx: Ctx, case: Occupation) -> str | None:
    """The actor's organisation has not claimed it already."""
    if _last_stance(ctx, case) is not Stance.CLAIMED:
        return None
    return _("Đơn vị bạn đã nhận cáp, thiết bị này là của mình; không cần nhận lại.")


def claim(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The claim is recorded, and the term to answer begins; with several claims the owner decides.

    Claimants know where it is, so nothing is disclosed.
    """
    _add_claim(ctx, case, Stance.CLAIMED, _own(ctx), data)
    ctx.session.flush()
    case.occupant_organisation_id = _own(ctx) if len(claimants(ctx, case)) == 1 else None


def may_deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Not denied already since the last statement."""
    if _last_stance(ctx, case) is Stance.DENIED:
        raise MoveRefused(_("Đơn vị bạn đã cho biết cáp, thiết bị này không phải của mình; không cần trả lời lại."))


def deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The denial is recorded."""
    _add_claim(ctx, case, Stance.DENIED, _own(ctx), data)


def may_disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant has not claimed it, shown a contract or committed itself."""
    if case.contract_number or case.undertaking or _last_stance(ctx, case) is Stance.CLAIMED:
        raise MoveRefused(
            _(
                "Đơn vị bạn đã nhận, xuất trình hợp đồng hoặc cam kết xử lý, nên không thể trả lời là không phải của"
                " mình."
            )
        )


def disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The denial is recorded, and the owner is unknown again."""
    if case.occupant_organisation_id is not None:
        _add_claim(ctx, case, Stance.DENIED, case.occupant_organisation_id, data)
    case.occupant_organisation_id = None
    end_disclosures(ctx, CODE, case.id)


def may_name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A known organisation that may own such equipment, not the structure's owner; no occupant is recorded yet."""
    if case.occupant_organisation_id is not None:
        raise MoveRefused(_("Hồ sơ đã ghi bên sử dụng; bước này chỉ dành cho hồ sơ chưa rõ chủ."))
    organisation = find_organisation(ctx.session, data["organisation"])
    if organisation is None or organisation.kind not in OWNING_KINDS:
        raise Invalid(
            {
                "organisation": _(
                    "Không có doanh nghiệp nào tên «%(name)s»; hãy ghi tên gọi tắt hoặc tên đầy đủ trong danh bạ.",
                    name=str(data["organisation"])[:60],
                )
            }
        )
    if organisation.id == case.owner_organisation_id:
        raise Invalid({"organisation": _("«%(name)s» là chủ sở hữu công trình.", name=organisation.short_name)})
    check_no_agreement(ctx, case.place_id, organisation.id, field="organisation")


def name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant is recorded."""
    organisation = find_organisation(ctx.session, data["organisation"])
    if organisation is None:
        raise Forbidden
    case.occupant_organisation_id = organisation.id
    _add_claim(ctx, case, Stance.NAMED, organisation.id, data)
    _disclose(ctx, case)


# --- answers ------------------------------------------------------------------------------------------------------
def may_show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Signed by today, and not longer ago than a contract may run."""
    earliest = ctx.today.replace(year=ctx.today.year - setting(ctx.session, LONGEST_YEARS, ctx.today), day=1)
    _refuse("contract_on", contract_day_problem(data["contract_on"], earliest, ctx.today))


def show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Number and day are recorded; the document is a file of the case."""
    case.contract_number, case.contract_on = data["contract_number"], data["contract_on"]


def may_undertake(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant has not committed itself before."""
    if case.undertaking is not None:
        raise MoveRefused(
            _(
                "Đơn vị bạn đã cam kết «%(what)s» và để quá hạn; hãy thực hiện và báo chủ sở hữu ghi kết quả.",
                what=case.undertaking.label,
            )
        )


def undertake_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant commits itself to file a request to share."""
    case.undertaking = Undertaking.REGULARISE


def may_undertake_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The first commitment, by a day that is not too far away."""
    may_undertake(ctx, case, data)
    most = timedelta(days=setting(ctx.session, _REMOVAL_DAYS, ctx.today))
    _refuse("remove_by", removal_day_problem(data["remove_by"], ctx.today, ctx.today + most))


def undertake_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant commits itself to remove it."""
    case.undertaking, case.remove_by = Undertaking.REMOVE, data["remove_by"]


# --- ends ---------------------------------------------------------------------------------------------------------
def end(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant's access to the structure ends."""
    end_disclosures(ctx, CODE, case.id)


def may_accept(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A contract was shown."""
    if case.contract_number is None:
        raise MoveRefused(_("Bên sử dụng chưa xuất trình hợp đồng nào nên chưa có gì để công nhận."))


def may_record_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The number is that of a request between both organisations for this structure."""
    number = register_code(str(data["request_number"]))
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
    """The case ends; the request continues on its own."""
    case.request_number = register_code(str(data["request_number"]))
    end(ctx, case, data)


def may_confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The day is between discovery and today."""
    _refuse("removed_on", removed_day_problem(data["removed_on"], case.found_on, ctx.today))


def confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The day of removal is recorded, and the case ends."""
    case.removed_on = data["removed_on"]
    end(ctx, case, data)


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
    _refuse("act", act_problem(data.get("act"), is_known=case.occupant_organisation_id is not None))


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


def claimants(ctx: Ctx, case: Occupation) -> list[int]:
    """Organisations with a standing claim, ordered by id."""
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


def _last_stance(ctx: Ctx, case: Occupation) -> Stance | None:
    """The last statement of the actor's own organisation."""
    query = select(OccupationClaim.stance).where(
        OccupationClaim.occupation_id == case.id,
        OccupationClaim.organisation_id.in_(ctx.actor.organisation_ids),
        OccupationClaim.stance != Stance.NAMED,
    )
    return ctx.session.scalar(query.order_by(OccupationClaim.id.desc()).limit(1))


def _add_claim(ctx: Ctx, case: Occupation, stance: Stance, organisation_id: int, data: Data) -> None:
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
