"""Forms of an agreement, built from the column declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from registry.colocation.agreements.models import AsBuilt, ColocationAgreement
from registry.colocation.agreements.rules import REQUIRED_FIELDS, price_field_name
from registry.colocation.commands import EditContract, ReportItem
from registry.colocation.models import ColocationItem
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, declared_form, typed_values, values_of
from registry.kernel.i18n import _
from registry.workflow.forms import MoveForm

#: A contract may be saved incomplete; fields that it needs in the end are marked as required.
CONTRACT_FIELDS: Mapping[str, Field] = fields_of(ColocationAgreement)
DISPLAY_FIELDS: Mapping[str, Field] = {
    name: replace(field, required=name in REQUIRED_FIELDS) for name, field in CONTRACT_FIELDS.items()
}
AS_BUILT_FIELDS: Mapping[str, Field] = fields_of(AsBuilt)
_PRICE: Final = CONTRACT_FIELDS["price_vnd"]
AsBuiltForm = declared_form("AsBuiltForm", AS_BUILT_FIELDS.values(), MoveForm)
Items = Sequence[tuple[ColocationItem, Any]]


def contract_form(items: Items) -> type[BaseForm]:
    """The contract form for some items: the declared fields, then the price of each item."""
    fields = [*CONTRACT_FIELDS.values(), *_lines_of(items)]
    return declared_form("ContractForm", fields, MoveForm, ColocationAgreement.DAY_ORDERS)


def _lines_of(items: Items) -> list[Field]:
    hint = _("Để trống nếu hợp đồng chỉ ghi giá chung.")
    return [
        replace(
            _PRICE,
            name=price_field_name(item.id),
            label=_("Giá thuê %(code)s, chưa gồm thuế", code=row.code),
            hint=hint,
            required=False,
        )
        for item, row in items
    ]


def contract_as_typed(agreement: ColocationAgreement, items: Items) -> dict[str, str]:
    lines = {price_field_name(item.id): as_typed(_PRICE, item.agreed_price_vnd) for item, _row in items}
    return typed_values(CONTRACT_FIELDS, agreement) | lines | {"version": str(agreement.version)}


def as_built_as_typed(agreement: ColocationAgreement, built: AsBuilt | None) -> dict[str, str]:
    typed = typed_values(AS_BUILT_FIELDS, built) if built else {}
    return typed | {"version": str(agreement.version)}


def to_contract(form: Any, agreement_id: int, items: Items) -> EditContract:
    lines = {item.id: form[price_field_name(item.id)].value for item, _row in items}
    return EditContract(agreement_id, form.read_version, values_of(form, CONTRACT_FIELDS), lines)


def to_report(form: Any, agreement_id: int, item_id: int) -> ReportItem:
    return ReportItem(agreement_id, item_id, form.read_version, values_of(form, AS_BUILT_FIELDS))
