"""Forms of tariffs: publish, replace, end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.fields import fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import DayField, form_field, typed_values, values_of, without_preset
from registry.kernel.i18n import _l
from registry.kernel.numbers import parse_id
from registry.structures.kinds import HOSTS
from registry.tariffs.commands import EndTariff, PublishTariff, ReplaceTariff
from registry.tariffs.models import PRICE, TERMS, Tariff, TariffUnit
from registry.tariffs.rules import Price

_WHOLE: Final = "0"
_CODE: Final = 60
_FIELDS: Final = fields_of(Tariff)

#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "ex_tariff_one_price_a_day": (
        "valid_from",
        _l("Vừa có giá khác được công bố cho đúng loại, đơn vị tính và nơi này; hãy mở lại danh sách giá."),
    ),
}


class PriceForm(BaseForm):
    """Fields shared by a new price and a replacement."""

    day_orders: ClassVar[tuple[DayOrder, ...]] = (DayOrder("valid_from", "valid_to"),)

    price = form_field(_FIELDS["price"])
    period = without_preset(form_field(_FIELDS["period"]))
    tax_included = form_field(_FIELDS["tax_included"])
    tax_rate = form_field(_FIELDS["tax_rate"])
    valid_from = form_field(_FIELDS["valid_from"])
    valid_to = form_field(_FIELDS["valid_to"])
    legal_basis = form_field(_FIELDS["legal_basis"])
    note = form_field(_FIELDS["note"])

    def read_price(self, unit: TariffUnit) -> Price:
        return Price(self.price.value, unit, self.period.value, self.tax_included.value, self.tax_rate.value)


class PublishForm(PriceForm):
    """A price for a subject that has none."""

    kind = SelectField(
        _l("Loại công trình"),
        choices=[SelectChoice("", _l("Hãy chọn")), *(SelectChoice(code, kind.label) for code, kind in HOSTS.items())],
        validators=[InputRequired(_l("Chưa chọn loại công trình; hãy chọn trong danh mục."))],
        # The service validates it.
        validate_choice=False,
    )
    unit = without_preset(form_field(_FIELDS["unit"]))
    admin_unit = SelectField(
        _l("Nơi áp dụng"),
        validate_choice=False,
        description=_l("Giá của xã, phường thay giá toàn tỉnh ở đó."),
    )
    structure = StringField(
        _l("Chỉ cho một công trình"),
        validators=[Length(max=_CODE)],
        description=_l("Mã công trình, nếu giá chỉ áp dụng cho công trình đó; khi ấy chọn nơi áp dụng là toàn tỉnh."),
    )

    def offer_communes(self, province: str, communes: Iterable[tuple[int, str]]) -> None:
        self.admin_unit.choices = [
            SelectChoice(_WHOLE, province),
            *(SelectChoice(str(unit_id), name) for unit_id, name in communes),
        ]

    def to_command(self) -> PublishTariff:
        """The command of a valid form; a malformed unit becomes an unknown one."""
        unit_text = self.admin_unit.data or _WHOLE
        return PublishTariff(
            kind=self.kind.data or "",
            price=self.read_price(self.unit.value),
            terms=values_of(self, TERMS),
            admin_unit_id=None if unit_text == _WHOLE else parse_id(unit_text) or -1,
            structure_code=(self.structure.data or "").strip() or None,
        )


class ReplaceForm(VersionedForm, PriceForm):
    """Another price from a day on."""

    def to_command(self, tariff: Tariff) -> ReplaceTariff:
        return ReplaceTariff(
            tariff_id=tariff.id,
            version=self.read_version,
            price=self.read_price(tariff.unit),
            terms=values_of(self, TERMS),
        )


class EndForm(VersionedForm):
    """The last day of a price."""

    last_on = DayField(
        _l("Áp dụng đến hết ngày"),
        span=DaySpan(back=1, ahead=40),
        validators=[InputRequired(_l("Chưa nhập ngày cuối; cần ngày/tháng/năm, ví dụ 31/12/2026."))],
    )

    def to_command(self, tariff_id: int) -> EndTariff:
        return EndTariff(tariff_id, self.read_version, self.last_on.data)


def tariff_as_typed(tariff: Tariff) -> dict[str, str]:
    """Initial values of a replacement: the present price without a day."""
    fields = {name: _FIELDS[name] for name in (*PRICE, "legal_basis", "note")}
    return {"version": str(tariff.version), **typed_values(fields, tariff)}
