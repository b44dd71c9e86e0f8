"""Renewals and corrections of a signed contract: one side proposes, the other confirms; four moves for either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.reservations import in_use
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import LONGEST_YEARS, entries_of
from registry.colocation.agreements.rules import defence_price_problems
from registry.colocation.agreements.workflow.rent import (
    Rent,
    line_fields,
    new_rent,
    rent_changes,
    set_rent,
    stored_rent,
)
from registry.colocation.settlement import amount_need
from registry.kernel.dated_settings import setting
from registry.kernel.days import DaySpan, years_after
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field, display_value, fields_of
from registry.kernel.i18n import LazyText, _, _l, format_date
from registry.workflow.definition import (
    WORKFLOWS,
    Branch,
    Change,
    Data,
    Effect,
    FilesNeed,
    Guard,
    Move,
    Need,
    Obstacle,
    day_need,
    same_state,
    text_need,
)
from registry.workflow.engine import note_event
from registry.workflow.notices import notify_event

PRICE: Final = amount_need("price_vnd", _l("Giá mới, chưa gồm thuế"), _l("Để trống nếu giá không đổi."))
_OTHER: Final = {
    AgreementSide.OWNER: AgreementSide.REQUESTER,
    AgreementSide.REQUESTER: AgreementSide.OWNER,
}
_PERMISSION: Final = {
    AgreementSide.OWNER: P.COLOCATION_DECIDE,
    AgreementSide.REQUESTER: P.COLOCATION_REQUEST,
}
_REASON: Final = text_need("text", _l("Lý do từ chối"))
_OWNER, _REQUESTER = AgreementSide.OWNER, AgreementSide.REQUESTER
_RENEWAL_NEEDS: Final = (
    Field("annex_number", _l("Số phụ lục hợp đồng"), max_length=100, required=True),
    day_need("ends_on", _l("Gia hạn đến hết ngày"), DaySpan(back=1, ahead=100)),
    PRICE,
    FilesNeed("files", _l("Bản phụ lục")),
)
_RENEWED: Final = {
    name: field for name, field in fields_of(ColocationAgreement).items() if name in ("ends_on", "price_vnd")
}
S = AgreementState
#: Events of contracts that follow from what was done elsewhere.
RENEWAL_VOID: Final = "renewal_void"
PART_RETURNED: Final = "part_returned"


def proposed_by_owner(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: a proposal of the owner waits for the requester."""
    return _proposed_by(model, AgreementSide.OWNER)


def proposed_by_requester(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: a proposal of the requester waits for the owner."""
    return _proposed_by(model, AgreementSide.REQUESTER)


def _proposed_by(model: type[ColocationAgreement], side: AgreementSide) -> ColumnElement[bool]:
    return or_(model.renewal_by == side, model.correction_by == side, model.ending_by == side)


def drop_renewal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The renewal proposal is dropped."""
    case.renewal_by = case.renewal_number = case.renewal_ends_on = None
    case.renewal_price_vnd = case.renewal_lines = None


def drop_proposals(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Open proposals (renewal, correction, end by agreement) are dropped."""
    drop_renewal(ctx, case, data)
    drop_correction(ctx, case, data)
    drop_ending(ctx, case, data)


def drop_ending(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The proposal to end the contract is dropped."""
    case.ending_by = case.ending_reason = None


def void_renewal(ctx: Ctx, case: ColocationAgreement, reason: str) -> None:
    """An open renewal no longer fits: it is dropped, the history says why, and both sides are notified."""
    if case.renewal_by is None:
        return
    drop_renewal(ctx, case, {})
    note_both(ctx, case, RENEWAL_VOID, reason)


def note_both(ctx: Ctx, case: ColocationAgreement, what: str, reason: str) -> None:
    """An event of the contract that follows from another one, with its reason; both sides are notified."""
    note_event(ctx, AGREEMENT_CODE, case, what, reason=reason)
    notify_event(ctx, WORKFLOWS[AGREEMENT_CODE], case, what)


def drop_correction(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The correction proposal is dropped."""
    case.correction_by = case.correction = case.correction_reason = None


@dataclass(frozen=True)
class ProposalStep:
    """One of the four moves: name by side, button, and text once it is made."""

    names: Mapping[AgreementSide, str]
    label: LazyText
    done: Mapping[AgreementSide, LazyText]


@dataclass(frozen=True)
class AgreementProposal:
    """A kind of proposal.

    `store(side)` is the effect that stores a proposal, `apply` carries it out after the other side's confirmation,
    `drop` clears it. `made_by(side)` is the obstacle that no proposal of this side waits. `shows` lists the present
    values.
    """

    states: tuple[AgreementState, ...]
    propose: ProposalStep
    confirm: ProposalStep
    decline: ProposalStep
    withdraw: ProposalStep
    needs: tuple[Need, ...]
    none_waits: Obstacle
    made_by: Callable[[AgreementSide], Obstacle]
    fits: Guard
    store: Callable[[AgreementSide], Effect]
    apply: Effect
    drop: Effect
    still_fits: Guard | None = None
    #: Where the confirmation leads; None: the state stays.
    leads_to: Branch | None = None
    case_needs: Callable[[Ctx, ColocationAgreement], Sequence[Field]] | None = None
    #: What the proposal in a form, and what the confirmation of the stored one changes.
    changes: Callable[[Ctx, ColocationAgreement, Data], Sequence[Change]] | None = None
    confirmed_changes: Callable[[Ctx, ColocationAgreement, Data], Sequence[Change]] | None = None
    shows: Callable[[Ctx, ColocationAgreement], Sequence[tuple[str, str]]] | None = None


def proposal_moves(proposal: AgreementProposal) -> tuple[Move, ...]:
    """The moves of both sides: propose, withdraw the own proposal, confirm or decline the other side's."""
    return tuple(move for side in AgreementSide for move in _moves_of(proposal, side))


def _moves_of(proposal: AgreementProposal, side: AgreementSide) -> tuple[Move, ...]:
    other = _OTHER[side]
    states = proposal.states
    target = states[0] if len(states) == 1 else Branch(states, same_state)

    def move(step: ProposalStep, **more: Any) -> Move:
        return Move(
            step.names[side],
            step.label,
            step.done[side],
            states,
            **{"target": target, "permission": _PERMISSION[side], "notifies": (other.value,)} | more,
        )

    return (
        move(
            proposal.confirm,
            obstacle=proposal.made_by(other),
            guard=proposal.still_fits,
            effect=proposal.apply,
            changes=proposal.confirmed_changes,
            **({} if proposal.leads_to is None else {"target": proposal.leads_to}),
            notifies=(other.value, "lead"),
            tone="primary",
        ),
        move(proposal.decline, needs=(_REASON,), obstacle=proposal.made_by(other), effect=proposal.drop),
        move(
            proposal.propose,
            needs=proposal.needs,
            case_needs=proposal.case_needs,
            changes=proposal.changes,
            obstacle=proposal.none_waits,
            guard=proposal.fits,
            effect=proposal.store(side),
            current_values=proposal.shows,
        ),
        move(proposal.withdraw, obstacle=proposal.made_by(side), effect=proposal.drop),
    )


def _no_renewal_proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """No renewal waits for an answer."""
    if case.renewal_by is None or case.renewal_ends_on is None:
        return None
    return _(
        "%(side)s đã đề nghị gia hạn đến hết ngày %(day)s; đề nghị đó cần được trả lời hoặc rút lại trước.",
        side=case.renewal_by.label,
        day=format_date(case.renewal_ends_on),
    )


def _renewal_proposed_by(side: AgreementSide) -> Obstacle:
    def proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        return None if case.renewal_by is side else _("Không có đề nghị gia hạn nào của %(side)s.", side=side.label)

    proposed.__doc__ = f"A renewal that the {side.value} proposed waits for an answer."
    return proposed


def is_renewal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Its equipment is still there; it ends after the present term, within the longest one; defence pays nothing."""
    if case.ends_on is None:
        raise LookupError("the agreement has no end")
    if not in_use(ctx, entries_of(ctx, case)):
        raise MoveRefused(
            _("Thiết bị của %(number)s đã tháo dỡ, chỗ đã trả lại; không còn gì để gia hạn.", number=case.number)
        )
    new_rent(ctx, case, data)
    last = years_after(case.ends_on, int(setting(ctx.session, LONGEST_YEARS, ctx.today)))
    problems = {}
    if not case.ends_on < data["ends_on"] <= last:
        problems["ends_on"] = _(
            "Ngày gia hạn %(day)s không hợp lý; cần sau ngày hết hạn hiện nay %(first)s và không quá %(last)s.",
            day=format_date(data["ends_on"]),
            first=format_date(case.ends_on),
            last=format_date(last),
        )
    problems |= defence_price_problems(data.get("price_vnd"), is_defence=case.is_defence)
    if problems:
        raise Invalid(problems)


def _propose_renewal(side: AgreementSide) -> Effect:
    def propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """The proposal is stored; the contract does not change."""
        case.renewal_by, case.renewal_number = side, data["annex_number"]
        case.renewal_ends_on, rent = data["ends_on"], new_rent(ctx, case, data)
        case.renewal_price_vnd = rent.total if rent else None
        case.renewal_lines = rent.stored_lines if rent else None

    return propose


def renew(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract gets its new end and price, with the number of the annex."""
    set_rent(ctx, case, _renewed_rent(case))
    case.ends_on, case.annex_number = case.renewal_ends_on, case.renewal_number
    drop_renewal(ctx, case, data)


def _renewed_rent(case: ColocationAgreement) -> Rent | None:
    return stored_rent(case.renewal_price_vnd, case.renewal_lines)


def _renewal_changes(ctx: Ctx, case: ColocationAgreement, data: Data) -> list[Change]:
    """The end and the rent, as the form asks for them."""
    return [(_RENEWED["ends_on"], case.ends_on, data["ends_on"]), *rent_changes(ctx, case, new_rent(ctx, case, data))]


def _confirmed_renewal(ctx: Ctx, case: ColocationAgreement, data: Data) -> list[Change]:
    """The end and the rent, as they were proposed."""
    return [
        (_RENEWED["ends_on"], case.ends_on, case.renewal_ends_on),
        *rent_changes(ctx, case, _renewed_rent(case)),
    ]


def present_terms(ctx: Ctx, case: ColocationAgreement) -> list[tuple[str, str]]:
    """The present values that a renewal would change."""
    return [(str(field.label), display_value(field, getattr(case, name))) for name, field in _RENEWED.items()]


RENEWAL_MOVES: Final = proposal_moves(
    AgreementProposal(
        states=(AgreementState.ACTIVE,),
        propose=ProposalStep(
            {_OWNER: "renew", _REQUESTER: "ask_renewal"},
            _l("Đề nghị gia hạn"),
            {
                _OWNER: _l("Chủ sở hữu đề nghị gia hạn hợp đồng"),
                _REQUESTER: _l("Bên sử dụng đề nghị gia hạn hợp đồng"),
            },
        ),
        confirm=ProposalStep(
            {_OWNER: "confirm_asked_renewal", _REQUESTER: "confirm_renewal"},
            _l("Xác nhận gia hạn"),
            dict.fromkeys(AgreementSide, _l("Hai bên thống nhất gia hạn hợp đồng")),
        ),
        decline=ProposalStep(
            {_OWNER: "decline_asked_renewal", _REQUESTER: "decline_renewal"},
            _l("Từ chối gia hạn"),
            {_OWNER: _l("Chủ sở hữu từ chối gia hạn"), _REQUESTER: _l("Bên sử dụng từ chối gia hạn")},
        ),
        withdraw=ProposalStep(
            {_OWNER: "withdraw_renewal", _REQUESTER: "withdraw_asked_renewal"},
            _l("Rút đề nghị gia hạn"),
            {_OWNER: _l("Chủ sở hữu rút đề nghị gia hạn"), _REQUESTER: _l("Bên sử dụng rút đề nghị gia hạn")},
        ),
        needs=_RENEWAL_NEEDS,
        none_waits=_no_renewal_proposed,
        made_by=_renewal_proposed_by,
        fits=is_renewal,
        store=_propose_renewal,
        apply=renew,
        drop=drop_renewal,
        case_needs=line_fields,
        changes=_renewal_changes,
        confirmed_changes=_confirmed_renewal,
        shows=present_terms,
    )
)
