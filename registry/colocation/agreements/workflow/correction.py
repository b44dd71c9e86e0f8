"""A mistake in what was signed: one side proposes the right values with a reason, the other confirms them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.moves import dates_of, drop_correction, drop_renewal
from registry.colocation.agreements.queries import request_of
from registry.colocation.agreements.rules import contract_problems, price_problem
from registry.colocation.agreements.workflow.proposals import Proposal, Step, proposal_moves
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures.timeline import shown
from registry.workflow.definition import Data, Effect, FilesNeed, Need, Obstacle, text_need
from registry.workflow.engine import json_value

S = AgreementState
_OWNER, _REQUESTER = AgreementSide.OWNER, AgreementSide.REQUESTER
#: What a correction may be about.
CORRECTABLE: Final = ("contract_number", "signed_on", "starts_on", "ends_on", "price_vnd", "price_period")
_FIELDS: Final[Mapping[str, Field]] = {
    name: replace(field, required=False, hint=_l("Để trống nếu không sửa."))
    for name, field in fields_of(ColocationAgreement).items()
    if name in CORRECTABLE
}
_NEEDS: Final[tuple[Need, ...]] = (
    *_FIELDS.values(),
    text_need("reason", _l("Lý do đính chính"), hint=_l("Sai ở đâu, đúng là gì; bên kia đọc trước khi xác nhận.")),
    FilesNeed("files", _l("Bản đính chính")),
)


def corrected_values(case: ColocationAgreement) -> dict[str, Any]:
    """The values that the proposed correction gives, by field; empty where none is proposed."""
    return {name: _value(_FIELDS[name], text) for name, text in (case.correction or {}).items()}


def _value(field: Field, text: Any) -> Any:
    if field.choices is not None:
        return field.choices(text)
    if field.python_type is Decimal:
        return Decimal(text)
    return date.fromisoformat(text) if field.python_type is date else text


def _none_proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """No correction waits for an answer."""
    del ctx
    if case.correction_by is None:
        return None
    return _(
        "%(side)s đã đề nghị đính chính hợp đồng; đề nghị đó cần được trả lời hoặc rút lại trước.",
        side=case.correction_by.label,
    )


def _proposed_by(side: AgreementSide) -> Obstacle:
    def proposed(ctx: Ctx, case: ColocationAgreement) -> str | None:
        del ctx
        return (
            None if case.correction_by is side else _("Không có đề nghị đính chính nào của %(side)s.", side=side.label)
        )

    proposed.__doc__ = f"A correction that the {side.value} proposed waits for an answer."
    return proposed


def is_correction(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Something is changed, and the contract could have been signed so; what has happened since still fits."""
    _check(ctx, case, _changed(case, data))


def still_possible(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The correction that was proposed is possible on the day of its confirmation, too."""
    del data
    _check(ctx, case, corrected_values(case))


def _changed(case: ColocationAgreement, data: Data) -> dict[str, Any]:
    given = {name: data.get(name) for name in CORRECTABLE}
    return {name: value for name, value in given.items() if value not in (None, "", getattr(case, name))}


def _check(ctx: Ctx, case: ColocationAgreement, changed: Mapping[str, Any]) -> None:
    if not changed:
        raise Invalid({"reason": _("Chưa sửa mục nào; hãy ghi giá trị đúng của ít nhất một mục.")})
    request = request_of(ctx, case)
    values = {name: getattr(case, name) for name in (*CORRECTABLE, "sublease")} | dict(changed)
    problems = dates_of(ctx, request, values) | contract_problems(values, is_defence=case.is_defence)
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


def _propose(side: AgreementSide) -> Effect:
    def propose(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
        """Store the proposal; the contract stays as it is."""
        del ctx
        case.correction_by, case.correction_reason = side, data["reason"]
        case.correction = {name: json_value(value) for name, value in _changed(case, data).items()}

    return propose


def correct(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract says what was proposed, from its first day on; a renewal that this overtakes falls."""
    for name, value in corrected_values(case).items():
        setattr(case, name, value)
    if case.renewal_ends_on is not None and case.ends_on is not None and case.renewal_ends_on <= case.ends_on:
        drop_renewal(ctx, case, data)
    drop_correction(ctx, case, data)


def present_values(ctx: Ctx, case: ColocationAgreement) -> list[tuple[str, str]]:
    """What a correction may be about, as the contract says it now."""
    del ctx
    return [(str(field.label), shown(field, getattr(case, name))) for name, field in _FIELDS.items()]


MOVES: Final = proposal_moves(
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
        needs=_NEEDS,
        none_waits=_none_proposed,
        made_by=_proposed_by,
        fits=is_correction,
        still_fits=still_possible,
        store=_propose,
        apply=correct,
        drop=drop_correction,
        shows=present_values,
    )
)
