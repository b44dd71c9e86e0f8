"""Moves that say whose it is and what will become of it: claim, deny, name, contract, promises."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from registry.accounts.models import OWNING_KINDS
from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.days import FORMER, DaySpan
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.occupations.codes import CODE, OccupationState, OwnershipStance, Undertaking
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.regularity import check_no_agreement
from registry.occupations.rules import contract_day_problem, removal_day_problem
from registry.occupations.workflow.common import NUMBER, PROMISED, after_notice, disclose_place, refuse_if
from registry.structures.positions.disclosures import end_disclosures
from registry.workflow.definition import Branch, Data, FilesNeed, Move, text_need

S = OccupationState
#: States in which the occupant may answer: late answers count until the referral.
_ANSWERABLE = (S.NOTIFIED, S.OVERDUE)
#: Setting: longest term in years, the same as for agreements on sharing.
LONGEST_YEARS: Final = "agreement.longest_years"
_REMOVAL_DAYS: Final = "occupations.removal_days"


def not_claimed_yet(ctx: Ctx, case: Occupation) -> str | None:
    """The actor's organisation has not claimed it already."""
    if _last_stance(ctx, case) is not OwnershipStance.CLAIMED:
        return None
    return _("Đơn vị đã xác nhận cáp, thiết bị này thuộc đơn vị; không cần xác nhận lại.")


def claim(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The claim is recorded, and the term to answer begins; with several claims the owner decides.

    Claimants know where it is, so nothing is disclosed.
    """
    _add_claim(ctx, case, OwnershipStance.CLAIMED, _own(ctx), data)
    ctx.session.flush()
    case.occupant_organisation_id = _own(ctx) if len(claimants(ctx, case)) == 1 else None


def may_deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Not denied already since the last statement."""
    if _last_stance(ctx, case) is OwnershipStance.DENIED:
        raise MoveRefused(_("Đơn vị đã xác nhận cáp, thiết bị này không thuộc đơn vị; không cần trả lời lại."))


def deny(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The denial is recorded."""
    _add_claim(ctx, case, OwnershipStance.DENIED, _own(ctx), data)


def may_disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant has not claimed it, shown a contract or committed itself."""
    if case.contract_number or case.undertaking or _last_stance(ctx, case) is OwnershipStance.CLAIMED:
        raise MoveRefused(
            _("Đơn vị đã xác nhận, xuất trình hợp đồng hoặc cam kết xử lý nên không thể trả lời không thuộc đơn vị.")
        )


def disown(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The denial is recorded, and the owner is unknown again."""
    if case.occupant_organisation_id is not None:
        _add_claim(ctx, case, OwnershipStance.DENIED, case.occupant_organisation_id, data)
    case.occupant_organisation_id = None
    end_disclosures(ctx, CODE, case.id)


def may_name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A known organisation that may own such equipment, not the structure's owner; no occupant is recorded yet."""
    if case.occupant_organisation_id is not None:
        raise MoveRefused(_("Hồ sơ đã ghi bên sử dụng; bước này chỉ dành cho hồ sơ chưa rõ chủ sở hữu."))
    organisation = find_organisation(ctx.session, data["organisation"])
    if organisation is None or organisation.kind not in OWNING_KINDS:
        raise Invalid(
            {
                "organisation": _(
                    "Không có doanh nghiệp nào tên “%(name)s”; hãy ghi tên gọi tắt hoặc tên đầy đủ trong danh bạ.",
                    name=str(data["organisation"])[:60],
                )
            }
        )
    if organisation.id == case.owner_organisation_id:
        raise Invalid({"organisation": _("“%(name)s” là chủ sở hữu công trình.", name=organisation.short_name)})
    check_no_agreement(ctx, case.place_id, organisation.id, field="organisation")


def name(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant is recorded."""
    organisation = find_organisation(ctx.session, data["organisation"])
    if organisation is None:
        raise Forbidden
    case.occupant_organisation_id = organisation.id
    _add_claim(ctx, case, OwnershipStance.NAMED, organisation.id, data)
    disclose_place(ctx, case)


def may_show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Signed by today, and not longer ago than a contract may run."""
    earliest = ctx.today.replace(year=ctx.today.year - setting(ctx.session, LONGEST_YEARS, ctx.today), day=1)
    refuse_if("contract_on", contract_day_problem(data["contract_on"], earliest, ctx.today))


def show_contract(ctx: Ctx, case: Occupation, data: Data) -> None:
    """Number and day are recorded; the document is a file of the case."""
    case.contract_number, case.contract_on = data["contract_number"], data["contract_on"]


def may_undertake(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant has not committed itself before."""
    if case.undertaking is not None:
        raise MoveRefused(
            _(
                "Đơn vị đã cam kết “%(what)s” và để quá hạn; hãy thực hiện và báo chủ sở hữu ghi kết quả.",
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
    refuse_if("remove_by", removal_day_problem(data["remove_by"], ctx.today, ctx.today + most))


def undertake_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant commits itself to remove it."""
    case.undertaking, case.remove_by = Undertaking.REMOVE, data["remove_by"]


def claimants(ctx: Ctx, case: Occupation) -> list[int]:
    """Organisations with a standing claim, ordered by id."""
    query = (
        select(OccupationClaim.organisation_id, OccupationClaim.stance)
        .where(OccupationClaim.occupation_id == case.id, OccupationClaim.stance != OwnershipStance.NAMED)
        .order_by(OccupationClaim.id)
    )
    last = {row.organisation_id: row.stance for row in ctx.session.execute(query)}
    return sorted(organisation_id for organisation_id, stance in last.items() if stance is OwnershipStance.CLAIMED)


def _own(ctx: Ctx) -> int:
    if ctx.actor.organisation_id is None:
        raise Forbidden
    return ctx.actor.organisation_id


def _last_stance(ctx: Ctx, case: Occupation) -> OwnershipStance | None:
    """The last statement of the actor's own organisation."""
    query = select(OccupationClaim.stance).where(
        OccupationClaim.occupation_id == case.id,
        OccupationClaim.organisation_id.in_(ctx.actor.organisation_ids),
        OccupationClaim.stance != OwnershipStance.NAMED,
    )
    return ctx.session.scalar(query.order_by(OccupationClaim.id.desc()).limit(1))


def _add_claim(ctx: Ctx, case: Occupation, stance: OwnershipStance, organisation_id: int, data: Data) -> None:
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


MOVES: Final = (
    Move(
        "claim",
        _l("Xác nhận thuộc đơn vị"),
        _l("Nhận cáp, thiết bị là của đơn vị"),
        (S.UNCLAIMED, S.NOTIFIED),
        Branch((S.NOTIFIED, S.UNCLAIMED), after_notice),
        P.OCCUPATION_CLAIM,
        needs=(
            text_need(
                "text",
                _l("Căn cứ nhận"),
                required=False,
                hint=_l("Ví dụ: mã tuyến cáp, hồ sơ hoàn công, đầu mối quản lý."),
            ),
            FilesNeed("files", _l("Tài liệu, ảnh chứng minh")),
        ),
        obstacle=not_claimed_yet,
        effect=claim,
        notifies=("owner", "opener"),
        tone="primary",
    ),
    Move(
        "deny",
        _l("Xác nhận không thuộc đơn vị"),
        _l("Xác nhận cáp, thiết bị không thuộc đơn vị"),
        (S.UNCLAIMED,),
        S.UNCLAIMED,
        P.OCCUPATION_CLAIM,
        needs=(text_need("text", _l("Căn cứ"), required=False),),
        guard=may_deny,
        effect=deny,
        notifies=("owner",),
    ),
    Move(
        "name",
        _l("Ghi bên sử dụng"),
        _l("Đã xác định bên sử dụng"),
        (S.UNCLAIMED, S.OVERDUE),
        S.NOTIFIED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field("organisation", _l("Bên sử dụng"), max_length=200, required=True, hint=_l("Ví dụ: VNPT Thanh Hóa.")),
            text_need("text", _l("Căn cứ xác định")),
        ),
        guard=may_name,
        effect=name,
        notifies=("occupant",),
        tone="primary",
    ),
    Move(
        "show_contract",
        _l("Xuất trình hợp đồng"),
        _l("Bên sử dụng xuất trình hợp đồng"),
        (*_ANSWERABLE, *PROMISED),
        S.CONTRACT_SHOWN,
        P.OCCUPATION_ANSWER,
        needs=(
            Field("contract_number", _l("Số hợp đồng"), max_length=NUMBER, required=True),
            Field("contract_on", _l("Ngày ký"), required=True, python_type=date, span=FORMER),
            FilesNeed("files", _l("Bản chụp hợp đồng"), required=True),
            text_need("text", _l("Giải thích"), required=False),
        ),
        guard=may_show_contract,
        effect=show_contract,
        notifies=("owner", "opener"),
        tone="primary",
    ),
    Move(
        "promise_request",
        _l("Cam kết đề nghị dùng chung"),
        _l("Bên sử dụng cam kết gửi đề nghị dùng chung"),
        _ANSWERABLE,
        S.REGULARISING,
        P.OCCUPATION_ANSWER,
        needs=(text_need("text", _l("Nội dung trao đổi"), required=False),),
        guard=may_undertake,
        effect=undertake_request,
        notifies=("owner", "opener"),
    ),
    Move(
        "promise_removal",
        _l("Cam kết tháo dỡ"),
        _l("Bên sử dụng cam kết tháo dỡ"),
        _ANSWERABLE,
        S.REMOVING,
        P.OCCUPATION_ANSWER,
        needs=(
            Field(
                "remove_by",
                _l("Tháo dỡ xong trước hết ngày"),
                required=True,
                python_type=date,
                span=DaySpan(back=1, ahead=5),
            ),
            text_need("text", _l("Nội dung trao đổi"), required=False),
        ),
        guard=may_undertake_removal,
        effect=undertake_removal,
        notifies=("owner", "opener"),
    ),
    Move(
        "disown",
        _l("Xác nhận không thuộc đơn vị"),
        _l("Bên được thông báo xác nhận không phải chủ sở hữu"),
        (S.NOTIFIED,),
        S.UNCLAIMED,
        P.OCCUPATION_ANSWER,
        needs=(text_need("text", _l("Căn cứ")),),
        guard=may_disown,
        effect=disown,
        notifies=("owner", "opener"),
    ),
)
