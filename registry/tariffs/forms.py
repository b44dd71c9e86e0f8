"""Forms of tariffs: publish, replace, end."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar, Final

from wtforms import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import DayField, as_typed, form_field, without_preset
from registry.kernel.i18n import _l
from registry.kernel.numbers import parse_id
from registry.kernel.units import PERCENT, VND
from registry.structures.kinds import HOSTS
from registry.tariffs.commands import EndTariff, PublishTariff, ReplaceTariff
from registry.tariffs.models import Tariff, TariffPeriod, TariffUnit
from registry.tariffs.rules import MAX_PRICE, MAX_TEXT, MIN_PRICE, Price

_WHOLE: Final = "0"
_CODE: Final = 60

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

    price = form_field(
        Field(
            "price",
            _l("Đơn giá"),
            unit=VND,
            required=True,
            minimum=MIN_PRICE,
            maximum=MAX_PRICE,
            decimals=0,
            python_type=Decimal,
            hint=_l("Cho một đơn vị tính trong một kỳ, ví dụ 250.000."),
        )
    )
    period = without_preset(form_field(Field("period", _l("Kỳ tính giá"), choices=TariffPeriod, required=True)))
    tax_included = BooleanField(_l("Đơn giá đã gồm thuế giá trị gia tăng"))
    tax_rate = form_field(
        Field(
            "tax_rate",
            _l("Thuế suất"),
            unit=PERCENT,
            required=True,
            minimum=Decimal(0),
            maximum=Decimal(100),
            python_type=Decimal,
            hint=_l("Cần cả khi đơn giá chưa gồm thuế; ghi 0 nếu không chịu thuế."),
        )
    )
    valid_from = DayField(
        _l("Áp dụng từ ngày"),
        span=DaySpan(back=1, ahead=10),
        validators=[InputRequired(_l("Ngày áp dụng còn trống; cần ngày/tháng/năm, ví dụ 05/12/2026."))],
    )
    valid_to = DayField(
        _l("Đến hết ngày"),
        span=DaySpan(back=1, ahead=40),
        description=_l("Ngày/tháng/năm. Để trống: áp dụng đến khi thay hoặc kết thúc."),
    )
    legal_basis = form_field(
        Field(
            "legal_basis",
            _l("Căn cứ"),
            required=True,
            max_length=MAX_TEXT,
            hint=_l("Mẫu hợp đồng, số và ngày quyết định giá."),
        )
    )
    note = form_field(Field("note", _l("Ghi chú"), max_length=MAX_TEXT, multiline=True))

    def read_price(self, unit: TariffUnit) -> Price:
        return Price(self.price.value, unit, self.period.value, bool(self.tax_included.data), self.tax_rate.value)


class PublishForm(PriceForm):
    """A price for a subject that has none."""

    kind = SelectField(
        _l("Loại công trình"),
        choices=[SelectChoice("", _l("Hãy chọn")), *(SelectChoice(code, kind.label) for code, kind in HOSTS.items())],
        validators=[InputRequired(_l("Chưa chọn loại công trình; hãy chọn trong danh mục."))],
        # The service validates it.
        validate_choice=False,
    )
    unit = without_preset(
        form_field(
            Field(
                "unit",
                _l("Đơn vị tính"),
                choices=TariffUnit,
                required=True,
                hint=_l("Ống chỉ dùng cho cống bể, tầng cho hào và tuy-nen, mét và cáp cho nơi đi cáp."),
            )
        )
    )
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
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            legal_basis=self.legal_basis.value,
            note=self.note.value,
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
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            legal_basis=self.legal_basis.value,
            note=self.note.value,
        )


class EndForm(VersionedForm):
    """The last day of a price."""

    last_on = DayField(
        _l("Áp dụng đến hết ngày"),
        span=DaySpan(back=1, ahead=40),
        validators=[InputRequired(_l("Ngày cuối còn trống; cần ngày/tháng/năm, ví dụ 31/12/2026."))],
    )

    def to_command(self, tariff_id: int) -> EndTariff:
        return EndTariff(tariff_id, self.read_version, self.last_on.data)


def tariff_as_typed(tariff: Tariff) -> dict[str, str | bool]:
    """Initial values of a replacement: the present price without a day."""
    typed = ("price", "period", "tax_rate", "legal_basis", "note", "version")
    texts = {name: as_typed(Field(name, name), getattr(tariff, name)) for name in typed}
    return texts | {"tax_included": tariff.tax_included}
