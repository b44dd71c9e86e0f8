"""A small linear underground work without entry (QCVN 07-8:2023/BXD)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import KilogramsPerMetre, Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import KG_M, MM, PLACE, M
from registry.streets.rule_models import StreetAct
from registry.structures.kinds.kind import DrawingSpec, Hosting, Kind, Picture, PlaceTemplate, Shape
from registry.structures.models import Structure


@versioned
class TechnicalTrench(Structure):
    """A small linear underground work without entry (QCVN 07-8:2023/BXD)."""

    __tablename__ = "technical_trench"
    __mapper_args__: Any = {"polymorphic_identity": "technical_trench"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    inner_width_m: Mapped[Metres | None] = col(
        _l("Chiều rộng hào"),
        unit=M,
        min=0,
        max=20,
        group="kind",
        aliases=("chieu rong",),
    )
    depth_m: Mapped[Metres | None] = col(
        _l("Chiều sâu hào"), unit=M, min=0, max=20, group="kind", aliases=("chieu sau",)
    )
    tray_width_mm: Mapped[Millimetres | None] = col(
        _l("Chiều rộng một tầng giá cáp"), unit=MM, min=10, max=5000, group="kind", aliases=("chieu rong gia cap",)
    )
    tray_rated_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Tải trọng cho phép của một tầng"), unit=KG_M, min="0.001", max=10000, group="kind"
    )
    services_inside: Mapped[str | None] = col(_l("Hệ thống đi trong hào"), max_length=300, group="kind")

    __table_args__: Any = (
        CheckConstraint("inner_width_m >= 0 AND depth_m >= 0", name="size"),
        CheckConstraint("tray_width_mm > 0", name="tray_width"),
        CheckConstraint("tray_rated_kg_m > 0", name="tray_rated"),
    )


KIND = Kind(
    code="technical_trench",
    label=_l("Hào kỹ thuật"),
    prefix="HKT",
    shape=Shape.LINE,
    model=TechnicalTrench,
    rules=(),
    place=PlaceTemplate(_l("Tầng giá cáp"), PLACE, "level"),
    street_act=StreetAct.DIG,
    hosting=Hosting.LAID_CABLES,
    example={
        "name": "Hào kỹ thuật đại lộ Nam Sông Mã",
        "own_code": "H-01",
        "inner_width_m": "1,2",
        "depth_m": "1,5",
        "services_inside": "Viễn thông, chiếu sáng",
        "sharing_status": "available",
        "status": "active",
    },
    icon="rows-3",
    ofds_type="trench",
    drawing=DrawingSpec(Picture.TRAYS, {"width": "inner_width_m", "height": "depth_m", "tray_width": "tray_width_mm"}),
)
