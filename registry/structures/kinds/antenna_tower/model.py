"""Table of antenna towers."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres, Percent, SquareMetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import HOUR, M2, PERCENT, M
from registry.structures.kinds.antenna_tower.codes import MastClass, MastForm, Mount
from registry.structures.models import Structure


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
        aliases=("loai cot", "loai cot ang ten"),
    )
    mast_form: Mapped[MastForm | None] = col(_l("Kết cấu cột"), choices=MastForm, group="kind", aliases=("ket cau",))
    mount: Mapped[Mount | None] = col(_l("Vị trí dựng cột"), choices=Mount, group="kind")
    height_m: Mapped[Metres] = col(
        _l("Chiều cao cột"),
        unit=M,
        min=1,
        max=350,
        required=True,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("chieu cao cot", "chieu cao", "do cao", "height"),
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
    lightning_checked_on: Mapped[date | None] = col(_l("Kiểm tra chống sét"), group="kind")
    earthing_checked_on: Mapped[date | None] = col(_l("Kiểm tra tiếp đất"), group="kind")
    power_supply: Mapped[str | None] = col(_l("Nguồn điện"), max_length=200, group="kind")
    backup_hours: Mapped[Percent | None] = col(_l("Thời gian nguồn dự phòng"), unit=HOUR, min=0, max=1000, group="kind")
    emf_certificate: Mapped[str | None] = col(_l("Số giấy kiểm định phơi nhiễm điện từ"), max_length=100, group="kind")
    emf_certified_on: Mapped[date | None] = col(_l("Ngày kiểm định phơi nhiễm"), group="kind")

    __table_args__: Any = (
        CheckConstraint("height_m BETWEEN 1 AND 350", name="height"),
        CheckConstraint("rated_area_m2 > 0 AND rated_area_height_m > 0", name="rated_area"),
        CheckConstraint("load_margin_pct BETWEEN 0 AND 100", name="load_margin"),
    )
