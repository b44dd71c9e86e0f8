"""What may be asked near a place: the fields of the form and of the address alike, and the reading for programs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, get_args

from registry.capacity.rules import MOST_PLACES
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, System, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.kernel.text import shown
from registry.kernel.units import MM, M
from registry.planned_sites.rules import Need
from registry.structures.filtering.filter import Near
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


def radius_field(limits: Mapping[str, int]) -> Field:
    """The radius; `limits` are the usual and the largest one in metres."""
    return Field(
        "radius_m",
        _l("Bán kính"),
        unit=M,
        minimum=Decimal(_LEAST_RADIUS_M),
        maximum=Decimal(limits["most"]),
        python_type=int,
    )


def unlisted(value: str | None) -> str:
    """The refusal of a code that no list has."""
    return _("«%(value)s» không có trong danh mục; hãy chọn trong danh sách.", value=shown(value or ""))


def read_question(args: Mapping[str, str], limits: Mapping[str, int], bounds: Bounds) -> tuple[Near, Need]:
    """Where and what an address asks for; Invalid with a sentence for each argument that cannot be used."""
    refused: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in (QUANTITY, HEIGHT, DIAMETER, radius_field(limits)):
        try:
            values[field.name] = parse_value(field, args.get(field.name))
        except ValueRefused as refusal:
            refused[field.name] = str(refusal)
    kind = args.get("kind") or next(iter(HOSTS))
    if kind not in HOSTS:
        refused["kind"] = _one_of(kind, HOSTS)
    place = _place(args, bounds, refused)
    if refused or place is None:
        raise Invalid(refused)
    need = Need(kind, values["quantity"] or 1, values["height_m"], values["diameter_mm"])
    return Near(place.lon, place.lat, values["radius_m"] or limits["usual"]), need


def _place(args: Mapping[str, str], bounds: Bounds, refused: dict[str, str]) -> ParsedPosition | None:
    text, system = args.get("at", ""), args.get("system") or "auto"
    systems: tuple[System, ...] = get_args(System)
    known = next((each for each in systems if each == system), None)
    if known is None:
        refused["system"] = _one_of(system, systems)
        return None
    if not text.strip():
        refused["at"] = _("Còn trống; cần một vị trí, ví dụ «19.807; 105.776».")
        return None
    try:
        return parse_position(text, known, bounds=bounds)
    except PositionRefused as refusal:
        refused["at"] = refusal.message
        return None


def _one_of(value: str, codes: Any) -> str:
    # Programs have no list to choose from: they are told the codes.
    return _(
        "«%(value)s» không có trong danh mục; cần một trong: %(labels)s.", value=shown(value), labels=", ".join(codes)
    )
