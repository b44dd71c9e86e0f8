"""Corrections of the values of a signed contract: one side proposes, the other confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import contract_date_problems, request_of
from registry.colocation.agreements.rules import contract_problems, price_problem
from registry.colocation.agreements.workflow.proposals import (
    AgreementProposal,
    ProposalStep,
    drop_correction,
    proposal_moves,
    void_renewal,
)
from registry.colocation.agreements.workflow.rent import (
    Rent,
    line_fields,
    new_rent,
    rent_changes,
    set_rent,
    stored_rent,
)
from registry.colocation.agreements.workflow.rent import still_fits as rent_fits
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field, display_value, fields_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, force_locale, format_date
from registry.workflow.definition import Change, Data, Effect, FilesNeed, Need, Obstacle, text_need
from registry.workflow.engine import json_value

S = AgreementState
_OWNER, _REQUESTER = AgreementSide.OWNER, AgreementSide.REQUESTER
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
    text_need(
        "reason",
        _l("Lý do đính chính"),
        hint=_l("Nêu nội dung sai và nội dung đúng; bên còn lại đọc trước khi xác nhận."),
    ),
    FilesNeed("files", _l("Bản đính chính")),
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
        # What stays as it is can only be mended by what was typed.
        typed = next(iter(changed), "reason")
        raise Invalid({name if name in changed else typed: sentence for name, sentence in problems.items()})


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
    AgreementProposal(
        states=(S.CONTRACTED, S.INSTALLING, S.INSTALLED, S.ACTIVE),
        propose=ProposalStep(
            {_OWNER: "propose_correction", _REQUESTER: "ask_correction"},
            _l("Đề nghị đính chính"),
            {
                _OWNER: _l("Chủ sở hữu đề nghị đính chính hợp đồng"),
                _REQUESTER: _l("Bên sử dụng đề nghị đính chính hợp đồng"),
            },
        ),
        confirm=ProposalStep(
            {_OWNER: "confirm_asked_correction", _REQUESTER: "confirm_correction"},
            _l("Xác nhận đính chính"),
            dict.fromkeys(AgreementSide, _l("Hai bên thống nhất đính chính hợp đồng")),
        ),
        decline=ProposalStep(
            {_OWNER: "decline_asked_correction", _REQUESTER: "decline_correction"},
            _l("Từ chối đính chính"),
            {_OWNER: _l("Chủ sở hữu từ chối đính chính"), _REQUESTER: _l("Bên sử dụng từ chối đính chính")},
        ),
        withdraw=ProposalStep(
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
