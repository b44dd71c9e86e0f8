"""Forms of places and entries, and the messages for constraints of the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from wtforms import HiddenField, SelectChoice

from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import LOADS, MEASURES, CapacityEntry, CapacityPlace, EntryState, PlaceUnit, Technology
from registry.capacity.queries import place_fingerprint
from registry.capacity.rules import MOST_LABEL, MOST_PLACES, fitting_units
from registry.kernel.days import EQUIPPED, DayOrder
from registry.kernel.db.base import Choice
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field, typed_values
from registry.kernel.i18n import _l
from registry.structures.kinds.kind import Kind

#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "ck_capacity_place_not_over": (
        "quantity",
        _l("Không đủ chỗ: tổng số đang dùng, giữ chỗ và không dùng được vượt quá tổng số vị trí."),
    ),
    "uq_capacity_place_structure_id_label": (
        "label",
        _l("Công trình đã có vị trí mang tên này; cần một tên khác."),
    ),
}
_LOADS = fields_of(CapacityEntry)
_MEASURES = fields_of(CapacityPlace)
_LABEL = Field("label", _l("Tên vị trí"), max_length=MOST_LABEL, required=True)
_UNIT = Field("unit", _l("Đơn vị tính"), choices=PlaceUnit, required=True)


class EntryKind(Choice):
    """The states that an owner may enter; reservations come from cases."""

    USED = EntryState.USED.value, EntryState.USED.label
    BLOCKED = EntryState.BLOCKED.value, EntryState.BLOCKED.label


def _number(name: str, label: Any, *, least: int, required: bool, hint: Any = "") -> Field:
    return Field(
        name, label, minimum=Decimal(least), maximum=Decimal(MOST_PLACES), required=required, hint=hint, python_type=int
    )


_TOTAL = _number("total", _l("Tổng số vị trí"), least=0, required=False, hint=_l("Để trống nếu chưa biết."))


class PlaceForm(BaseForm):
    """A place of a structure."""

    label = form_field(_LABEL)
    unit = form_field(_UNIT)
    total = form_field(_TOTAL)
    height_m = form_field(_MEASURES["height_m"])
    diameter_mm = form_field(_MEASURES["diameter_mm"])
    level = form_field(_MEASURES["level"])
    #: Fingerprint of the place that was shown: the form then replaces all its values, empty ones too.
    known = HiddenField()

    def offer_units(self, kind: Kind) -> None:
        """Offer the units of a kind alone; the usual one is chosen where the form is new."""
        self.unit.choices = [SelectChoice(unit.value, unit.label) for unit in fitting_units(kind)]

    def to_command(self, structure_code: str) -> SetPlace:
        """The command of a valid form; empty fields of an existing place that was not shown stay as they are."""
        fingerprint = self.known.data or None
        measures = {name: self[name].value for name in MEASURES if fingerprint or self[name].value is not None}
        return SetPlace(structure_code, self.label.value, self.unit.value, self.total.value, measures, fingerprint)


def place_as_typed(slot: CapacityPlace) -> dict[str, str]:
    """The values of a place as typed text, with its fingerprint."""
    fields = {field.name: field for field in (_LABEL, _UNIT, _TOTAL)} | {name: _MEASURES[name] for name in MEASURES}
    return typed_values(fields, slot) | {"known": place_fingerprint(slot)}


class EntryForm(BaseForm):
    """A use or blocking of a place."""

    day_orders: ClassVar[tuple[DayOrder, ...]] = (DayOrder("started_on", "ended_on"),)

    place = form_field(Field("place", _l("Vị trí"), max_length=MOST_LABEL, required=True))
    state = form_field(Field("state", _l("Trạng thái"), choices=EntryKind, required=True))
    quantity = form_field(_number("quantity", _l("Số vị trí sử dụng"), least=1, required=True))
    holder = form_field(Field("holder", _l("Đơn vị sử dụng"), max_length=200))
    equipment = form_field(Field("equipment", _l("Cáp, trạm"), max_length=200))
    started_on = form_field(Field("started_on", _l("Từ ngày"), python_type=date, span=EQUIPPED))
    ended_on = form_field(Field("ended_on", _l("Đến ngày"), python_type=date, span=EQUIPPED))
    technology = form_field(Field("technology", _l("Công nghệ"), choices=Technology))
    cable_diameter_mm = form_field(_LOADS["cable_diameter_mm"])
    attach_height_m = form_field(_LOADS["attach_height_m"])
    exposed_area_m2 = form_field(_LOADS["exposed_area_m2"])
    tray_width_mm = form_field(_LOADS["tray_width_mm"])
    load_kg_m = form_field(_LOADS["load_kg_m"])

    def to_command(self, structure_code: str) -> AddEntry:
        return AddEntry(
            structure_code,
            self.place.value,
            self.quantity.value,
            holder=self.holder.value or "",
            equipment=self.equipment.value or "",
            technology=self.technology.value,
            started_on=self.started_on.value,
            ended_on=self.ended_on.value,
            state=EntryState(self.state.value),
            loads={name: self[name].value for name in LOADS},
        )


class EndEntryForm(BaseForm):
    """The last day of an entry."""

    ended_on = form_field(
        Field(
            "ended_on",
            _l("Ngày kết thúc"),
            required=True,
            python_type=date,
            span=EQUIPPED,
        )
    )

    def to_command(self, entry_id: int) -> EndEntry:
        return EndEntry(entry_id, self.ended_on.value)
