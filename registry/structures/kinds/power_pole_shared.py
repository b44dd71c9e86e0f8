"""A power or lighting pole that carries telecom cable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres, Newtons
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import KV, PLACE, M, N
from registry.structures.kinds.cable_pole import PoleMaterial, PoleRole
from registry.structures.kinds.kind import DrawingSpec, Hosting, Kind, Picture, PlaceTemplate, Shape
from registry.structures.models import Structure


@versioned
class PowerPoleShared(Structure):
    """A power or lighting pole that carries telecom cable."""

    __tablename__ = "power_pole_shared"
    __mapper_args__: Any = {"polymorphic_identity": "power_pole_shared"}
    ENERGY_SECTOR: ClassVar[bool] = True

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    material: Mapped[PoleMaterial | None] = col(
        _l("Vật liệu cột"), choices=PoleMaterial, group="kind", aliases=("vat lieu",)
    )
    length_m: Mapped[Metres | None] = col(
        _l("Chiều dài cột"),
        unit=M,
        min=3,
        max=60,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("chieu cao cot", "chieu cao"),
    )
    setting_depth_m: Mapped[Metres | None] = col(_l("Chiều sâu chôn cột"), unit=M, min=0, max=10, group="kind")
    pole_role: Mapped[PoleRole | None] = col(
        _l("Vai trò trong tuyến"), choices=PoleRole, group="kind", aliases=("vai tro",)
    )
    rated_top_load_n: Mapped[Newtons | None] = col(
        _l("Lực đầu cột thiết kế"),
        unit=N,
        min=1,
        max=1000000,
        group="kind",
        hint=_l("Theo lý lịch cột; 1 kN = 1000 N. Dùng để tính sơ bộ khi có đề nghị dùng chung."),
        aliases=("luc dau cot", "luc dau cot thiet ke", "tai trong dau cot"),
    )
    voltage_kv: Mapped[Decimal | None] = col(
        _l("Cấp điện áp"),
        unit=KV,
        min=0,
        max=500,
        group="kind",
        aliases=("dien ap", "cap dien ap"),
    )
    lowest_power_line_m: Mapped[Metres | None] = col(
        _l("Độ cao dây điện thấp nhất"),
        unit=M,
        min=0,
        max=60,
        group="kind",
        hint=_l("Đo tại cột, từ mặt đất; cáp viễn thông phải treo thấp hơn một khoảng cách theo cấp điện áp."),
    )
    power_clearance_m: Mapped[Metres | None] = col(
        _l("Khoảng cách tới dây điện gần nhất"), unit=M, min=0, max=30, group="kind"
    )
    lowest_cable_m: Mapped[Metres | None] = col(_l("Độ cao cáp thấp nhất"), unit=M, min=0, max=60, group="kind")

    __table_args__: Any = (
        CheckConstraint("length_m BETWEEN 3 AND 60", name="length"),
        CheckConstraint("setting_depth_m < length_m", name="depth_below_length"),
        CheckConstraint("rated_top_load_n > 0", name="rated_top_load"),
        CheckConstraint("voltage_kv BETWEEN 0 AND 500", name="voltage"),
    )


KIND = Kind(
    code="power_pole_shared",
    label=_l("Cột điện dùng chung"),
    prefix="CDD",
    shape=Shape.POINT,
    model=PowerPoleShared,
    rules=(),
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE, "cable"),
    hosting=Hosting.HUNG_CABLES,
    example={
        "name": "Cột điện 35 tuyến Quảng Tiến",
        "own_code": "PC-0035",
        "material": "concrete",
        "length_m": "10",
        "voltage_kv": "0,4",
        "sharing_status": "available",
        "status": "active",
    },
    icon="zap",
    ofds_type="pole",
    top_fields=("length_m", "setting_depth_m"),
    drawing=DrawingSpec(
        Picture.POLE,
        {
            "length": "length_m",
            "depth": "setting_depth_m",
            "lowest_cable": "lowest_cable_m",
            "power_line": "lowest_power_line_m",
            "voltage": "voltage_kv",
            "power_clearance": "power_clearance_m",
        },
    ),
)
