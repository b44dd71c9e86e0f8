"""A linear underground work large enough to work inside (QCVN 07-8:2023/BXD)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import KilogramsPerMetre, Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import KG_M, MM, PIECE, PLACE, M
from registry.streets.rule_models import StreetAct
from registry.structures.kinds.kind import DrawingSpec, Hosting, Kind, Picture, PlaceTemplate, Shape
from registry.structures.models import Structure


@versioned
class TechnicalTunnel(Structure):
    """A linear underground work large enough to work inside (QCVN 07-8:2023/BXD)."""

    __tablename__ = "technical_tunnel"
    __mapper_args__: Any = {"polymorphic_identity": "technical_tunnel"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    inner_width_m: Mapped[Metres | None] = col(
        _l("Chiều rộng tuy nen"),
        unit=M,
        min=0,
        max=50,
        group="kind",
        aliases=("chieu rong",),
    )
    inner_height_m: Mapped[Metres | None] = col(
        _l("Chiều cao tuy nen"),
        unit=M,
        min=0,
        max=50,
        group="kind",
        aliases=("chieu cao",),
    )
    tray_width_mm: Mapped[Millimetres | None] = col(
        _l("Chiều rộng một tầng giá cáp"), unit=MM, min=10, max=5000, group="kind", aliases=("chieu rong gia cap",)
    )
    tray_rated_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Tải trọng cho phép của một tầng"), unit=KG_M, min="0.001", max=10000, group="kind"
    )
    access_point_count: Mapped[int | None] = col(_l("Số cửa lên xuống"), unit=PIECE, min=0, max=1000, group="kind")
    has_ventilation: Mapped[bool | None] = col(_l("Có thông gió"), group="kind")
    has_fire_system: Mapped[bool | None] = col(_l("Có hệ thống chữa cháy"), group="kind")
    tunnel_operator: Mapped[str | None] = col(_l("Đơn vị vận hành tuy nen"), max_length=200, group="kind")

    __table_args__: Any = (
        CheckConstraint("inner_width_m >= 0 AND inner_height_m >= 0", name="size"),
        CheckConstraint("tray_width_mm > 0", name="tray_width"),
        CheckConstraint("tray_rated_kg_m > 0", name="tray_rated"),
    )


KIND = Kind(
    code="technical_tunnel",
    label=_l("Tuy nen kỹ thuật"),
    prefix="TNK",
    shape=Shape.LINE,
    model=TechnicalTunnel,
    rules=(),
    place=PlaceTemplate(_l("Tầng giá cáp"), PLACE, "level"),
    street_act=StreetAct.DIG,
    hosting=Hosting.LAID_CABLES,
    example={
        "name": "Tuy nen khu kinh tế Nghi Sơn",
        "own_code": "TN-01",
        "inner_width_m": "2,4",
        "inner_height_m": "2,4",
        "access_point_count": "3",
        "has_ventilation": "true",
        "sharing_status": "available",
        "status": "active",
    },
    icon="train-front-tunnel",
    ofds_type="tunnel",
    drawing=DrawingSpec(
        Picture.TRAYS, {"width": "inner_width_m", "height": "inner_height_m", "tray_width": "tray_width_mm"}
    ),
)
