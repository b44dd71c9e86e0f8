"""Forms of villages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import as_typed, declared_form
from registry.kernel.i18n import _l
from registry.territory.models import AdminUnit
from registry.villages.commands import AddVillage, ChangeVillages, Coverage, EditVillage
from registry.villages.models import Village, VillageKind

_COVERAGE: Final = (
    Field("households", _l("Số hộ"), minimum=Decimal(0), maximum=Decimal(20_000), decimals=0, python_type=int),
    Field(
        "mobile_on",
        _l("Có băng rộng di động từ ngày"),
        python_type=date,
        span=DaySpan(since=date(1990, 1, 1), ahead=1),
        hint=_l("Để trống khi chưa phủ sóng."),
    ),
    Field(
        "ftth_on",
        _l("Có cáp quang đến hộ gia đình từ ngày"),
        python_type=date,
        span=DaySpan(since=date(1990, 1, 1), ahead=1),
        hint=_l("Để trống khi chưa có."),
    ),
)
_NAME: Final = Field(
    "name", _l("Tên"), max_length=100, required=True, hint=_l("Không ghi loại; ví dụ: Đồng Lễ, 3, Hón.")
)
_FROM: Final = Field(
    "valid_from",
    _l("Hình thành từ ngày"),
    python_type=date,
    span=DaySpan(since=date(1900, 1, 1), ahead=1),
    hint=_l("Để trống khi không rõ."),
)
_BASIS: Final = Field("legal_basis", _l("Nghị quyết, quyết định thành lập"), max_length=300)


def _coverage(form: Any) -> Coverage:
    households = form["households"].value
    return Coverage(None if households is None else int(households), form["mobile_on"].value, form["ftth_on"].value)


class _Chosen(BaseForm):
    commune = SelectField(_l("Xã, phường"), coerce=int)
    kind = SelectField(_l("Loại"), choices=[SelectChoice(kind.value, kind.label) for kind in VillageKind])

    def offer(self, communes: Sequence[AdminUnit]) -> None:
        """The communes of the actor."""
        self.commune.choices = [SelectChoice(unit.id, unit.name) for unit in communes]

    def to_command(self) -> AddVillage:
        return AddVillage(
            self.commune.data,
            VillageKind(self.kind.data),
            self["name"].value,
            _coverage(self),
            self["valid_from"].value,
            self["legal_basis"].value,
        )


AddForm = declared_form("AddForm", (_NAME, *_COVERAGE, _FROM, _BASIS), _Chosen)


class _Version(VersionedForm):
    def to_command(self, village_id: int) -> EditVillage:
        return EditVillage(village_id, self.read_version, _coverage(self))


EditForm = declared_form("EditForm", _COVERAGE, _Version)


def as_typed_village(village: Village) -> dict[str, str]:
    """What the form of a village starts with."""
    return {"version": str(village.version)} | {
        field.name: as_typed(field, getattr(village, field.name)) for field in _COVERAGE
    }


class _ChangeChoices(BaseForm):
    others = SelectMultipleField(
        _l("Gộp cùng với"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
        description=_l("Để trống khi đổi tên hoặc chia tách."),
    )
    kind = SelectField(_l("Loại mới"), choices=[SelectChoice(kind.value, kind.label) for kind in VillageKind])

    def offer(self, neighbours: Sequence[Village]) -> None:
        """The other villages of the commune."""
        self.others.choices = [
            SelectChoice(neighbour.id, f"{neighbour.kind.label} {neighbour.name}") for neighbour in neighbours
        ]

    def to_command(self, village_id: int) -> ChangeVillages:
        return ChangeVillages(
            (village_id, *(self.others.data or ())),
            VillageKind(self.kind.data),
            tuple(self["names"].value.splitlines()),
            self["effective_on"].value,
            self["decision"].value,
        )


ChangeForm = declared_form(
    "ChangeForm",
    (
        Field(
            "names",
            _l("Tên mới"),
            max_length=2_000,
            required=True,
            multiline=True,
            hint=_l("Mỗi dòng một tên: một dòng để gộp hoặc đổi tên, nhiều dòng để chia tách."),
        ),
        Field(
            "effective_on", _l("Có hiệu lực từ ngày"), required=True, python_type=date, span=DaySpan(back=30, ahead=1)
        ),
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
