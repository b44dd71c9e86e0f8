"""A renewal: one side proposes it, the other confirms it; until then the contract stays as it is."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.moves import LONGEST_YEARS, drop_renewal
from registry.colocation.agreements.workflow.parts import PRICE
from registry.colocation.agreements.workflow.proposals import Proposal, Step, proposal_moves
from registry.colocation.rules import years_after
from registry.kernel.dated import setting
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures.timeline import shown
from registry.workflow.definition import Data, Effect, FilesNeed, Obstacle, day_need

_OWNER, _REQUESTER = AgreementSide.OWNER, AgreementSide.REQUESTER
_NEEDS: Final = (
    Field("annex_number", _l("Số phụ lục hợp đồng"), max_length=100, required=True),
    day_need("ends_on", _l("Gia hạn đến hết ngày")),
    PRICE,
    FilesNeed("files", _l("Bản phụ lục")),
)
_RENEWED: Final = {
    name: field for name, field in fields_of(ColocationAgreement).items() if name in ("ends_on", "price_vnd")
}


def none_proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """No renewal waits for an answer."""
    del ctx
    if case.renewal_by is None or case.renewal_ends_on is None:
        return None
    return _(
        "%(side)s đã đề nghị gia hạn đến hết ngày %(day)s; đề nghị đó cần được trả lời hoặc rút lại trước.",
        side=case.renewal_by.label,
        day=format_date(case.renewal_ends_on),
    )


def _proposed_by(side: AgreementSide) -> Obstacle:
    def proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        del ctx
        return None if case.renewal_by is side else _("Không có đề nghị gia hạn nào của %(side)s.", side=side.label)

    proposed.__doc__ = f"A renewal that the {side.value} proposed waits for an answer."
    return proposed


def is_renewal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """A renewal ends later than what it renews, within the longest term; defence goes on paying nothing."""
    if case.ends_on is None:
        raise LookupError("the agreement has no end")
    last = years_after(case.ends_on, int(setting(ctx.session, LONGEST_YEARS, ctx.today)))
    problems = {}
    if not case.ends_on < data["ends_on"] <= last:
        problems["ends_on"] = _(
            "Ngày gia hạn %(day)s không hợp lý; cần sau ngày hết hạn hiện nay %(first)s và không quá %(last)s.",
            day=format_date(data["ends_on"]),
            first=format_date(case.ends_on),
            last=format_date(last),
        )
    if case.is_defence and data.get("price_vnd"):
        problems["price_vnd"] = _("Quốc phòng, an ninh dùng phục vụ nhiệm vụ không phải trả tiền; giá phải là 0.")
    if problems:
        raise Invalid(problems)


def _propose(side: AgreementSide) -> Effect:
    def propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """Store the proposal; the contract stays as it is."""
        del ctx
        case.renewal_by, case.renewal_number = side, data["annex_number"]
        case.renewal_ends_on, case.renewal_price_vnd = data["ends_on"], data.get("price_vnd")

    return propose


def renew(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract runs on as was proposed, under its own number with that of the annex."""
    case.ends_on, case.annex_number = case.renewal_ends_on, case.renewal_number
    if case.renewal_price_vnd is not None:
        case.price_vnd = case.renewal_price_vnd
    drop_renewal(ctx, case, data)


def present_terms(ctx: Ctx, case: ColocationAgreement) -> list[tuple[str, str]]:
    """What a renewal would change, as the contract says it now."""
    del ctx
    return [(str(field.label), shown(field, getattr(case, name))) for name, field in _RENEWED.items()]


MOVES: Final = proposal_moves(
    Proposal(
        states=(AgreementState.ACTIVE,),
        propose=Step(
            {_OWNER: "renew", _REQUESTER: "ask_renewal"},
            _l("Đề nghị gia hạn"),
            {
                _OWNER: _l("Chủ sở hữu đề nghị gia hạn hợp đồng"),
                _REQUESTER: _l("Bên sử dụng đề nghị gia hạn hợp đồng"),
            },
        ),
        confirm=Step(
            {_OWNER: "confirm_asked_renewal", _REQUESTER: "confirm_renewal"},
            _l("Xác nhận gia hạn"),
            dict.fromkeys(AgreementSide, _l("Hai bên thống nhất gia hạn hợp đồng")),
        ),
        decline=Step(
            {_OWNER: "decline_asked_renewal", _REQUESTER: "decline_renewal"},
            _l("Từ chối gia hạn"),
            {_OWNER: _l("Chủ sở hữu từ chối gia hạn"), _REQUESTER: _l("Bên sử dụng từ chối gia hạn")},
        ),
        withdraw=Step(
            {_OWNER: "withdraw_renewal", _REQUESTER: "withdraw_asked_renewal"},
            _l("Rút đề nghị gia hạn"),
            {_OWNER: _l("Chủ sở hữu rút đề nghị gia hạn"), _REQUESTER: _l("Bên sử dụng rút đề nghị gia hạn")},
        ),
        needs=_NEEDS,
        none_waits=none_proposed,
        made_by=_proposed_by,
        fits=is_renewal,
        store=_propose,
        apply=renew,
        drop=drop_renewal,
        shows=present_terms,
    )
)
