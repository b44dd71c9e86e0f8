"""Forms of villages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from registry.kernel.days import FORMER
from registry.kernel.fields import Field, fields_named
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.i18n import _l
from registry.territory.models import AdminUnit
from registry.villages.commands import AddVillage, ChangeVillages, EditVillage
from registry.villages.models import COVERAGE, DAY_ORDERS, NEW_VILLAGE, Village


class _ChosenCommune(BaseForm):
    commune = SelectField(_l("Xã, phường"), coerce=int)

    def offer(self, communes: Sequence[AdminUnit]) -> None:
        """The communes of the actor."""
        self.commune.choices = [SelectChoice(unit.id, unit.name) for unit in communes]

    def to_command(self) -> AddVillage:
        return AddVillage(self.commune.data, values_of(self, NEW_VILLAGE))


AddForm = declared_form("AddForm", fields_named(Village, *NEW_VILLAGE), _ChosenCommune, DAY_ORDERS)


class _Version(VersionedForm):
    def to_command(self, village_id: int) -> EditVillage:
        return EditVillage(village_id, self.read_version, values_of(self, COVERAGE))


EditForm = declared_form("EditForm", fields_named(Village, *COVERAGE), _Version)


def as_typed_village(village: Village) -> dict[str, str]:
    """What the form of a village starts with."""
    coverage = {field.name: field for field in fields_named(Village, *COVERAGE)}
    return {"version": str(village.version), **typed_values(coverage, village)}


class _ChangeChoices(BaseForm):
    others = SelectMultipleField(
        _l("Gộp cùng với"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
        description=_l("Để trống khi đổi tên hoặc chia tách."),
    )

    def offer(self, neighbours: Sequence[Village]) -> None:
        """The other villages of the commune."""
        self.others.choices = [
            SelectChoice(neighbour.id, f"{neighbour.kind.label} {neighbour.name}") for neighbour in neighbours
        ]

    def to_command(self, village_id: int) -> ChangeVillages:
        return ChangeVillages(
            (village_id, *(self.others.data or ())),
            self["kind"].value,
            tuple(self["names"].value.splitlines()),
            self["effective_on"].value,
            self["decision"].value,
        )


ChangeForm = declared_form(
    "ChangeForm",
    (
        replace(fields_named(Village, "kind")[0], label=_l("Loại mới")),
        Field(
            "names",
            _l("Tên mới"),
            max_length=2_000,
            required=True,
            multiline=True,
            hint=_l("Mỗi dòng một tên: một dòng để gộp hoặc đổi tên, nhiều dòng để chia tách."),
        ),
        Field("effective_on", _l("Có hiệu lực từ ngày"), required=True, python_type=date, span=FORMER),
        Field("decision", _l("Nghị quyết, quyết định"), max_length=300, required=True),
    ),
    _ChangeChoices,
)


#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_village_name": (
        "name",
        _l("Xã, phường này đã có thôn, bản, khu phố cùng loại và tên."),
    ),
}


def title_of(village: Village) -> str:
    """A village as pages name it."""
    return f"{village.kind.label} {village.name}"
