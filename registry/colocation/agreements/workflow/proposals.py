"""Renewals and corrections of a signed contract: one side proposes, the other confirms; four moves for either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.reservations import in_use
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import LONGEST_YEARS, contract_date_problems, entries_of, request_of
from registry.colocation.agreements.rules import contract_problems, defence_price_problems, price_problem
from registry.colocation.agreements.workflow.rent import (
    Rent,
    line_fields,
    new_rent,
    rent_changes,
    set_rent,
    stored_rent,
)
from registry.colocation.agreements.workflow.rent import still_fits as rent_fits
from registry.colocation.settlement import BOTH_SIDES, PARTIES, amount_need
from registry.kernel.dated_settings import setting
from registry.kernel.days import DaySpan, years_after
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field, display_value, fields_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, LazyText, _, _l, force_locale, format_date
from registry.notices.service import notify
from registry.workflow.definition import (
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
from registry.workflow.engine import json_value, note_event

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
#: Key of the prices of single structures in a stored correction.
LINES: Final = "lines"
#: Fields that a correction may change.
CORRECTABLE: Final = ("contract_number", "signed_on", "starts_on", "ends_on", "price_vnd", "price_period")
_FIELDS: Final[Mapping[str, Field]] = {
    name: replace(field, required=False, hint=_l("Để trống nếu không sửa."))
    for name, field in fields_of(ColocationAgreement).items()
    if name in CORRECTABLE
}
_CORRECTION_NEEDS: Final[tuple[Need, ...]] = (
    *_FIELDS.values(),
    text_need("reason", _l("Lý do đính chính"), hint=_l("Sai ở đâu, đúng là gì; bên kia đọc trước khi xác nhận.")),
    FilesNeed("files", _l("Bản đính chính")),
)


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
    for side in BOTH_SIDES:
        audience = PARTIES[side].audience(ctx, case)
        notify(ctx, AGREEMENT_CODE, case.id, what, audience, number=case.number or "", title=case.title)


def drop_correction(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The correction proposal is dropped."""
    case.correction_by = case.correction = case.correction_reason = None


@dataclass(frozen=True)
class Step:
    """One of the four moves: name by side, button, and text once it is made."""

    names: Mapping[AgreementSide, str]
    label: LazyText
    done: Mapping[AgreementSide, LazyText]


@dataclass(frozen=True)
class Proposal:
    """A kind of proposal.

    `store(side)` is the effect that stores a proposal, `apply` carries it out after the other side's confirmation,
    `drop` clears it. `made_by(side)` is the obstacle that no proposal of this side waits. `shows` lists the present
    values.
    """

    states: tuple[AgreementState, ...]
    propose: Step
    confirm: Step
    decline: Step
    withdraw: Step
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


def proposal_moves(proposal: Proposal) -> tuple[Move, ...]:
    """The moves of both sides: propose, withdraw the own proposal, confirm or decline the other side's."""
    return tuple(move for side in AgreementSide for move in _moves_of(proposal, side))


def _moves_of(proposal: Proposal, side: AgreementSide) -> tuple[Move, ...]:
    other = _OTHER[side]
    states = proposal.states
    target = states[0] if len(states) == 1 else Branch(states, same_state)

    def move(step: Step, **more: Any) -> Move:
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


def corrected_values(case: ColocationAgreement) -> dict[str, Any]:
    """The proposed values by field; empty if no correction is proposed."""
    return {name: _value(_FIELDS[name], text) for name, text in (case.correction or {}).items() if name in _FIELDS}


def corrected_rent(case: ColocationAgreement) -> Rent | None:
    """The proposed rent; None if the correction does not change it."""
    stored = case.correction or {}
    total = stored.get("price_vnd", str(case.price_vnd) if LINES in stored else None)
    return stored_rent(None if total is None else Decimal(total), stored.get(LINES))


def _value(field: Field, text: Any) -> Any:
    if field.choices is not None:
        return field.choices(text)
    if field.python_type is Decimal:
        return Decimal(text)
    return date.fromisoformat(text) if field.python_type is date else text


def _no_correction_proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """No correction waits for an answer."""
    if case.correction_by is None:
        return None
    return _(
        "%(side)s đã đề nghị đính chính hợp đồng; đề nghị đó cần được trả lời hoặc rút lại trước.",
        side=case.correction_by.label,
    )


def _correction_proposed_by(side: AgreementSide) -> Obstacle:
    def proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        return (
            None if case.correction_by is side else _("Không có đề nghị đính chính nào của %(side)s.", side=side.label)
        )

    proposed.__doc__ = f"A correction that the {side.value} proposed waits for an answer."
    return proposed


def is_correction(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Something changes, the contract could have been signed like this, and later events still fit."""
    _check(ctx, case, _changed(ctx, case, data), new_rent(ctx, case, data))


def still_possible(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The proposed correction is still possible on the day of its confirmation."""
    rent = corrected_rent(case)
    if not rent_fits(ctx, case, rent):
        raise MoveRefused(_("Công trình của hợp đồng đã thay đổi từ khi đề nghị đính chính; hãy rút và đề nghị lại."))
    _check(ctx, case, corrected_values(case), rent)


def _changed(ctx: Ctx, case: ColocationAgreement, data: Data) -> dict[str, Any]:
    typed = {name: data.get(name) for name in CORRECTABLE}
    rent = new_rent(ctx, case, data)
    typed["price_vnd"] = rent.total if rent else None
    return {name: value for name, value in typed.items() if value not in (None, "", getattr(case, name))}


def _check(ctx: Ctx, case: ColocationAgreement, changed: Mapping[str, Any], rent: Rent | None) -> None:
    if not changed and rent is None:
        raise Invalid({"reason": _("Chưa sửa mục nào; hãy ghi giá trị đúng của ít nhất một mục.")})
    request = request_of(ctx, case)
    values = {name: getattr(case, name) for name in (*CORRECTABLE, "sublease")} | dict(changed)
    problems = contract_date_problems(ctx, request, values)
    if case.ends_on is not None and values["ends_on"] <= case.ends_on:
        # Renewals may have brought it further from the start than one term may be long.
        problems.pop("ends_on", None)
    problems |= contract_problems(values, is_defence=case.is_defence)
    if {"price_vnd", "price_period"} & changed.keys():
        refused = price_problem(values["price_vnd"], values["price_period"], request)
        problems |= {"price_vnd": refused} if refused else {}
    if case.installed_on is not None and values["starts_on"] > case.installed_on:
        problems["starts_on"] = _(
            "Ngày có hiệu lực %(day)s sau ngày lắp xong %(installed)s.",
            day=format_date(values["starts_on"]),
            installed=format_date(case.installed_on),
        )
    if "ends_on" in changed and values["ends_on"] < ctx.today:
        problems["ends_on"] = _(
            "Ngày hết hạn %(day)s đã qua; cần từ hôm nay %(today)s trở đi, hoặc chấm dứt hợp đồng.",
            day=format_date(values["ends_on"]),
            today=format_date(ctx.today),
        )
    if problems:
        raise Invalid(problems)


def _propose_correction(side: AgreementSide) -> Effect:
    def propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """The proposal is stored; the contract does not change."""
        case.correction_by, case.correction_reason = side, data["reason"]
        case.correction = {name: json_value(value) for name, value in _changed(ctx, case, data).items()}
        rent = new_rent(ctx, case, data)
        if rent and rent.lines:
            case.correction[LINES] = rent.stored_lines

    return propose


def correct(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract gets the proposed values from its first day on; a renewal that no longer fits is void."""
    values, rent = corrected_values(case), corrected_rent(case)
    for name, value in values.items():
        setattr(case, name, value)
    set_rent(ctx, case, rent)
    drop_correction(ctx, case, data)
    if case.renewal_ends_on is not None and case.ends_on is not None and case.renewal_ends_on <= case.ends_on:
        with force_locale(DEFAULT_LANGUAGE):
            reason = _(
                "Ngày hết hạn đã đính chính %(day)s không trước ngày gia hạn %(renewed)s",
                day=format_date(case.ends_on),
                renewed=format_date(case.renewal_ends_on),
            )
        void_renewal(ctx, case, reason)
    elif case.renewal_price_vnd is not None and (rent is not None or "price_period" in values):
        with force_locale(DEFAULT_LANGUAGE):
            reason = _("Giá thuê hoặc kỳ tính giá đã được đính chính")
        void_renewal(ctx, case, reason)


def _correction_changes(ctx: Ctx, case: ColocationAgreement, data: Data) -> list[Change]:
    """The values that the form corrects."""
    return _changes_of(ctx, case, _changed(ctx, case, data), new_rent(ctx, case, data))


def corrected_changes(ctx: Ctx, case: ColocationAgreement, data: Data) -> list[Change]:
    """The values of the proposed correction."""
    return _changes_of(ctx, case, corrected_values(case), corrected_rent(case))


def _changes_of(ctx: Ctx, case: ColocationAgreement, values: Mapping[str, Any], rent: Rent | None) -> list[Change]:
    changed = [(_FIELDS[name], getattr(case, name), value) for name, value in values.items() if name != "price_vnd"]
    return [*changed, *rent_changes(ctx, case, rent)]


def present_values(ctx: Ctx, case: ColocationAgreement) -> list[tuple[str, str]]:
    """The present values of the correctable fields."""
    return [(str(field.label), display_value(field, getattr(case, name))) for name, field in _FIELDS.items()]


CORRECTION_MOVES: Final = proposal_moves(
    Proposal(
        states=(S.CONTRACTED, S.INSTALLING, S.INSTALLED, S.ACTIVE),
        propose=Step(
            {_OWNER: "propose_correction", _REQUESTER: "ask_correction"},
            _l("Đề nghị đính chính"),
            {
                _OWNER: _l("Chủ sở hữu đề nghị đính chính hợp đồng"),
                _REQUESTER: _l("Bên sử dụng đề nghị đính chính hợp đồng"),
            },
        ),
        confirm=Step(
            {_OWNER: "confirm_asked_correction", _REQUESTER: "confirm_correction"},
            _l("Xác nhận đính chính"),
            dict.fromkeys(AgreementSide, _l("Hai bên thống nhất đính chính hợp đồng")),
        ),
        decline=Step(
            {_OWNER: "decline_asked_correction", _REQUESTER: "decline_correction"},
            _l("Từ chối đính chính"),
            {_OWNER: _l("Chủ sở hữu từ chối đính chính"), _REQUESTER: _l("Bên sử dụng từ chối đính chính")},
        ),
        withdraw=Step(
            {_OWNER: "withdraw_correction", _REQUESTER: "withdraw_asked_correction"},
            _l("Rút đề nghị đính chính"),
            {_OWNER: _l("Chủ sở hữu rút đề nghị đính chính"), _REQUESTER: _l("Bên sử dụng rút đề nghị đính chính")},
        ),
        needs=_CORRECTION_NEEDS,
        none_waits=_no_correction_proposed,
        made_by=_correction_proposed_by,
        fits=is_correction,
        still_fits=still_possible,
        store=_propose_correction,
        apply=correct,
        drop=drop_correction,
        case_needs=line_fields,
        changes=_correction_changes,
        confirmed_changes=corrected_changes,
        shows=present_values,
    )
)
