"""Forms of an agreement, made from the declarations of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from registry.colocation.agreements.commands import EditContract, ReportItem
from registry.colocation.agreements.models import AsBuilt, ColocationAgreement
from registry.colocation.agreements.rules import NEEDED
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.workflow.forms import MoveForm

#: A contract may be saved half written; what it must say at last is marked as such.
CONTRACT_FIELDS: Mapping[str, Field] = fields_of(ColocationAgreement)
SHOWN_FIELDS: Mapping[str, Field] = {
    name: replace(field, required=name in NEEDED) for name, field in CONTRACT_FIELDS.items()
}
AS_BUILT_FIELDS: Mapping[str, Field] = fields_of(AsBuilt)
ContractForm = declared_form("ContractForm", CONTRACT_FIELDS.values(), MoveForm)
AsBuiltForm = declared_form("AsBuiltForm", AS_BUILT_FIELDS.values(), MoveForm)


def contract_as_typed(agreement: ColocationAgreement) -> dict[str, str]:
    """The contract as a person would type it."""
    return typed_values(CONTRACT_FIELDS, agreement) | {"version": str(agreement.version)}


def as_built_as_typed(agreement: ColocationAgreement, built: AsBuilt | None) -> dict[str, str]:
    """What was reported of one structure so far."""
    typed = typed_values(AS_BUILT_FIELDS, built) if built else {}
    return typed | {"version": str(agreement.version)}


def to_contract(form: Any, agreement_id: int) -> EditContract:
    """The command of a valid form."""
    return EditContract(agreement_id, form.read_version, values_of(form, CONTRACT_FIELDS))


def to_report(form: Any, agreement_id: int, item_id: int) -> ReportItem:
    """The command of a valid form."""
    return ReportItem(agreement_id, item_id, form.read_version, values_of(form, AS_BUILT_FIELDS))
