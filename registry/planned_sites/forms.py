"""The forms of both pages; sent by GET, so that an answer has an address that can be shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from registry.capacity.rules import MOST_PLACES
from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField, declared_form, form_field, values_of
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, System, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.kernel.text import shown
from registry.kernel.units import MM, M
from registry.planned_sites.rules import Need
from registry.structures.forms import SYSTEMS
from registry.structures.kinds import HOSTS

_LEAST_RADIUS_M: Final = 10
_MOST_DIAMETER_MM: Final = 2000
_MOST_HEIGHT_M: Final = 350
QUANTITY: Final = Field(
    "quantity",
    _l("Số lượng cần"),
    minimum=Decimal(1),
    maximum=Decimal(MOST_PLACES),
    hint=_l("Cột ăng ten, nhà trạm: số vị trí; cột treo cáp, bể cáp: số cáp; cống cáp: số ống; hào, tuy nen: số tầng."),
    python_type=int,
)
HEIGHT: Final = Field(
    "height_m",
    _l("Cao độ tối thiểu"),
    unit=M,
    minimum=Decimal(1),
    maximum=Decimal(_MOST_HEIGHT_M),
    hint=_l("Chỉ với cột ăng ten."),
    python_type=Decimal,
)
DIAMETER: Final = Field(
    "diameter_mm",
    _l("Đường kính ống tối thiểu"),
    unit=MM,
    minimum=Decimal(1),
    maximum=Decimal(_MOST_DIAMETER_MM),
    hint=_l("Chỉ với cống cáp."),
    python_type=Decimal,
)

#: What is needed besides the kind, as the form asks for it and the interface reads it.
NEED_FIELDS: Final = (QUANTITY, HEIGHT, DIAMETER)


def radius_field(limits: Mapping[str, int]) -> Field:
    """The field of the radius; `limits` are the default and the maximum in metres."""
    return Field(
        "radius_m",
        _l("Bán kính"),
        unit=M,
        minimum=Decimal(_LEAST_RADIUS_M),
        maximum=Decimal(limits["most"]),
        python_type=int,
    )


def unlisted(value: str | None) -> str:
    return _("“%(value)s” không có trong danh mục; hãy chọn trong danh sách.", value=shown(value or ""))


_SYSTEMS: Final[dict[str, System]] = {"auto": "auto", "wgs84": "wgs84", "vn2000": "vn2000"}


class PositionForm(BaseForm):
    """A point in any accepted notation."""

    class Meta(BaseForm.Meta):
        """No CSRF token, because the form changes nothing."""

        csrf = False

    at = StringField(
        _l("Vị trí dự kiến"),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true", "autocomplete": "off"},
    )
    system = SelectField(
        _l("Hệ tọa độ"),
        choices=[SelectChoice(code, label) for code, label in SYSTEMS],
        default="auto",
        validate_choice=False,
    )

    def validate_system(self, field: SelectField) -> None:
        _require_known(field, _SYSTEMS)

    def read_position(self, bounds: Bounds) -> ParsedPosition | None:
        """The point, or None with the error at its field."""
        text = self.at.data or ""
        if not text.strip():
            empty = _("Chưa nhập vị trí; hãy nhập tọa độ, bấm lên bản đồ hoặc chọn “Vị trí của tôi”.")
            self.at.errors = [*self.at.errors, empty]
            return None
        try:
            return parse_position(text, _SYSTEMS.get(self.system.data or "", "auto"), bounds=bounds)
        except PositionRefused as refused:
            self.at.errors = [*self.at.errors, refused.message]
            return None


class _NeedForm(PositionForm):
    """The kind of structure that is needed near a point."""

    kind = SelectField(
        _l("Loại công trình"),
        choices=[SelectChoice(code, kind.label) for code, kind in HOSTS.items()],
        validate_choice=False,
    )

    def validate_kind(self, field: SelectField) -> None:
        _require_known(field, HOSTS)

    def need(self) -> Need:
        return need_of(self.kind.data, values_of(self, (field.name for field in NEED_FIELDS)))


def need_of(kind: str, values: Mapping[str, Any]) -> Need:
    """The need that `NEED_FIELDS` state."""
    return Need(kind, values["quantity"] or 1, values["height_m"], values["diameter_mm"])


def site_form(args: MultiDict[str, str] | None, limits: Mapping[str, int]) -> Any:
    """The form with these arguments or the defaults; `limits` are the default and the maximum radius in metres."""
    form_class = declared_form("SiteForm", (*NEED_FIELDS, radius_field(limits)), _NeedForm)
    defaults = {"radius_m": str(limits["usual"]), "quantity": "1", "kind": next(iter(HOSTS))}
    return form_class(args, data=defaults)


class PlannedMastForm(PositionForm):
    """A planned mast: position, height, operator, and the day of the rules."""

    height_m = form_field(
        replace(
            HEIGHT,
            label=_l("Chiều cao cột dự kiến"),
            hint=_l("Để trống nếu chưa biết; khi đó khoảng cách luôn được xét."),
        )
    )
    on = DayField(_l("Xét theo quy định tại ngày"), span=DaySpan(since=date(2000, 1, 1), ahead=30))
    operator = SelectField(_l("Đơn vị dựng cột"), coerce=str, validate_choice=False, default="")

    def validate_operator(self, field: SelectField) -> None:
        _require_known(field, {str(choice.value) for choice in field.choices})

    def offer_operators(self, owners: Iterable[Any]) -> None:
        """Offer a choice of operators to readers who build no masts themselves."""
        choices = [SelectChoice(str(owner.id), owner.short_name) for owner in owners]
        self.operator.choices = [SelectChoice("", _("Chưa rõ, được coi là khác mọi chủ sở hữu")), *choices]


def _require_known(field: SelectField, codes: Iterable[str]) -> None:
    if (field.data or "") not in codes:
        raise ValidationError(unlisted(str(field.data or "")))
