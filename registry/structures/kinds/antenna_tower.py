"""A mast that carries transmitting and receiving antennas (not home television)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import TESTED, DayOrder
from registry.kernel.db.base import Choice, Metres, Percent, SquareMetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.units import HOUR, M2, PERCENT, PLACE, M
from registry.structures.kinds.kind import (
    DrawingSpec,
    Hosting,
    Kind,
    Picture,
    PlaceTemplate,
    RuleContext,
    Shape,
    ValueProblem,
    Values,
)
from registry.structures.kinds.ordered_days import ordered_days
from registry.structures.kinds.prefiltered import suspects
from registry.structures.models import Structure


class MastClass(Choice):
    """Class of mast in provincial plans (DOMAIN section 6; exact wording of A1a and A2c to be verified)."""

    A1A = "A1a", _l("A1a: không cồng kềnh, tự đứng trên công trình")
    A1B = "A1b", _l("A1b: thân thiện môi trường")
    A2A = "A2a", _l("A2a: cồng kềnh trên công trình")
    A2B = "A2b", _l("A2b: cồng kềnh trên mặt đất")
    A2C = "A2c", _l("A2c: cồng kềnh khác")


class MastForm(Choice):
    """How the mast is built."""

    SELF_SUPPORTING = "self_supporting", _l("Tự đứng")
    GUYED = "guyed", _l("Dây co")
    MONOPOLE = "monopole", _l("Đơn thân (monopole)")
    DISGUISED = "disguised", _l("Ngụy trang")


class Mount(Choice):
    """Where the mast is mounted."""

    GROUND = "ground", _l("Trên mặt đất")
    ROOF = "roof", _l("Trên công trình xây dựng")


@versioned
class AntennaTower(Structure):
    """A mast that carries transmitting and receiving antennas (not home television)."""

    __tablename__ = "antenna_tower"
    __mapper_args__: Any = {"polymorphic_identity": "antenna_tower"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    mast_class: Mapped[MastClass] = col(
        _l("Loại cột"),
        choices=MastClass,
        required=True,
        filter=FilterKind.CHOICE,
        group="kind",
        aliases=("loai cot", "loai cot ang ten", "mast class"),
    )
    mast_form: Mapped[MastForm | None] = col(
        _l("Kết cấu cột"), choices=MastForm, group="kind", aliases=("ket cau", "mast form")
    )
    mount: Mapped[Mount | None] = col(_l("Vị trí dựng cột"), choices=Mount, group="kind")
    height_m: Mapped[Metres] = col(
        _l("Chiều cao cột"),
        unit=M,
        min=1,
        max=350,
        required=True,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("chieu cao cot", "chieu cao", "do cao", "height", "mast height"),
    )
    building_height_m: Mapped[Metres | None] = col(
        _l("Chiều cao công trình bên dưới"), unit=M, min=0, max=500, group="kind"
    )
    half_width_m: Mapped[Metres | None] = col(_l("Nửa bề rộng"), unit=M, min=0, max=50, group="kind")
    design_wind_zone: Mapped[str | None] = col(_l("Vùng gió thiết kế"), max_length=20, group="kind")
    platform_heights: Mapped[str | None] = col(_l("Độ cao các sàn gá (m)"), max_length=200, group="kind")
    load_margin_pct: Mapped[Percent | None] = col(_l("Dự phòng chịu tải"), unit=PERCENT, min=0, max=100, group="kind")
    rated_area_m2: Mapped[SquareMetres | None] = col(
        _l("Diện tích chắn gió thiết kế"),
        unit=M2,
        min="0.001",
        max=1000,
        group="kind",
        hint=_l("Tổng diện tích chắn gió mà cột mang được tại cao độ ghi ở mục sau, theo hồ sơ thiết kế, kiểm định."),
        aliases=("dien tich chan gio", "dien tich chan gio thiet ke"),
    )
    rated_area_height_m: Mapped[Metres | None] = col(
        _l("Cao độ của diện tích chắn gió thiết kế"), unit=M, min="0.001", max=350, group="kind"
    )
    lightning_checked_on: Mapped[date | None] = col(_l("Kiểm tra chống sét"), span=TESTED, group="kind")
    earthing_checked_on: Mapped[date | None] = col(_l("Kiểm tra tiếp đất"), span=TESTED, group="kind")
    power_supply: Mapped[str | None] = col(_l("Nguồn điện"), max_length=200, group="kind")
    backup_hours: Mapped[Percent | None] = col(_l("Thời gian nguồn dự phòng"), unit=HOUR, min=0, max=1000, group="kind")
    emf_certificate: Mapped[str | None] = col(_l("Số giấy kiểm định phơi nhiễm điện từ"), max_length=100, group="kind")
    emf_certified_on: Mapped[date | None] = col(_l("Ngày kiểm định phơi nhiễm"), span=TESTED, group="kind")

    __table_args__: Any = (
        CheckConstraint("height_m BETWEEN 1 AND 350", name="height"),
        CheckConstraint("rated_area_m2 > 0 AND rated_area_height_m > 0", name="rated_area"),
        CheckConstraint("load_margin_pct BETWEEN 0 AND 100", name="load_margin"),
    )


#: Setting: limits of a non-bulky mast (m, % of the building, m).
NON_BULKY: Final = "tower.non_bulky"
ROOF_CLASSES = (MastClass.A1A, MastClass.A2A)
_PERCENT = Decimal(100)


@suspects(lambda v, _context: v["mount"].is_not(None))
def mount_fits_class(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A2b is on the ground, A1a and A2a on a building (DOMAIN section 6)."""
    mast_class, mount = values.get("mast_class"), values.get("mount")
    if mast_class == MastClass.A2B and mount == Mount.ROOF:
        return [
            ValueProblem(
                "mount",
                _("Vị trí dựng cột “trên công trình” không hợp với loại cột A2b (trên mặt đất)."),
            )
        ]
    if mast_class in ROOF_CLASSES and mount == Mount.GROUND:
        sentence = _(
            "Vị trí dựng cột “trên mặt đất” không hợp với loại cột %(cls)s (trên công trình).",
            cls=mast_class,
        )
        return [ValueProblem("mount", sentence)]
    return []


@suspects(lambda v, _context: v["mast_class"] == MastClass.A1A)
def non_bulky_limits(values: Values, context: RuleContext) -> Sequence[ValueProblem]:
    """A1a: height and half-width of a non-bulky mast (TTLT 15/2016; a warning, the limits are to be verified)."""
    if values.get("mast_class") != MastClass.A1A:
        return []
    limits = context.limits[NON_BULKY].value
    warnings = []
    height, building = values.get("height_m"), values.get("building_height_m")
    if height is not None and height > Decimal(str(limits["max_height_m"])):
        sentence = _(
            "Chiều cao %(height)s m vượt %(limit)s m của cột không cồng kềnh A1a; hãy kiểm tra lại loại cột.",
            height=format_number(height),
            limit=format_number(limits["max_height_m"]),
        )
        warnings.append(context.warning("height_m", sentence, NON_BULKY))
    elif height is not None and building and height > building * Decimal(str(limits["max_share_pct"])) / _PERCENT:
        sentence = _(
            "Chiều cao %(height)s m vượt %(share)s%% chiều cao công trình (%(building)s m) của cột A1a.",
            height=format_number(height),
            share=format_number(limits["max_share_pct"]),
            building=format_number(building),
        )
        warnings.append(context.warning("height_m", sentence, NON_BULKY))
    half_width = values.get("half_width_m")
    if half_width is not None and half_width > Decimal(str(limits["max_half_width_m"])):
        sentence = _(
            "Nửa bề rộng %(width)s m vượt %(limit)s m của cột A1a.",
            width=format_number(half_width),
            limit=format_number(limits["max_half_width_m"]),
        )
        warnings.append(context.warning("half_width_m", sentence, NON_BULKY))
    return warnings


_TESTS: Final = ("lightning_checked_on", "earthing_checked_on", "emf_certified_on")
RULES = (
    mount_fits_class,
    non_bulky_limits,
    ordered_days(AntennaTower, *(DayOrder("built_on", name) for name in _TESTS)),
)
KIND = Kind(
    code="antenna_tower",
    label=_l("Cột ăng ten"),
    prefix="CAT",
    shape=Shape.POINT,
    model=AntennaTower,
    rules=RULES,
    place=PlaceTemplate(_l("Vị trí lắp ăng ten"), PLACE, "position"),
    hosting=Hosting.ANTENNAS,
    example={
        "name": "Trạm Hàm Rồng 1",
        "own_code": "THA-0001",
        "mast_class": "A2b",
        "mast_form": "self_supporting",
        "mount": "ground",
        "height_m": "42",
        "sharing_status": "available",
        "status": "active",
    },
    icon="radio-tower",
    ofds_type="tower",
    is_mast=True,
    limit_keys=(NON_BULKY,),
    top_fields=("height_m",),
    drawing=DrawingSpec(
        Picture.MAST, {"top": "height_m", "building": "building_height_m", "form": "mast_form", "mount": "mount"}
    ),
)
