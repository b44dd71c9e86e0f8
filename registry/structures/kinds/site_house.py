"""A house or shelter for telecom equipment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Choice, KilovoltAmperes, Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import KVA, M2, PLACE
from registry.structures.kinds.kind import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.models import Structure


class FireSafety(Choice):
    """State of fire safety."""

    APPROVED = "approved", _l("Đã nghiệm thu phòng cháy")
    SELF_CHECKED = "self_checked", _l("Chủ sở hữu tự kiểm tra")
    NOT_CHECKED = "not_checked", _l("Chưa kiểm tra")


@versioned
class SiteHouse(Structure):
    """A house or shelter for telecom equipment."""

    __tablename__ = "site_house"
    __mapper_args__: Any = {"polymorphic_identity": "site_house"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    floor_area_m2: Mapped[Metres | None] = col(
        _l("Diện tích sàn"),
        unit=M2,
        min=0,
        max=100000,
        group="kind",
        aliases=("dien tich",),
    )
    power_kva: Mapped[KilovoltAmperes | None] = col(_l("Công suất nguồn"), unit=KVA, min=0, max=100000, group="kind")
    fire_safety: Mapped[FireSafety | None] = col(_l("An toàn cháy"), choices=FireSafety, group="kind")

    __table_args__: Any = (
        CheckConstraint("floor_area_m2 >= 0", name="floor_area"),
        CheckConstraint("power_kva >= 0", name="power"),
    )


KIND = Kind(
    code="site_house",
    label=_l("Nhà trạm"),
    prefix="NTR",
    shape=Shape.POINT,
    model=SiteHouse,
    rules=(),
    place=PlaceTemplate(_l("Vị trí tủ máy"), PLACE, "position"),
    hosting=Hosting.ROOM,
    example={
        "name": "Nhà trạm Lam Sơn",
        "own_code": "NT-0001",
        "floor_area_m2": "24",
        "power_kva": "25",
        "fire_safety": "self_checked",
        "sharing_status": "not_assessed",
        "status": "active",
    },
    icon="warehouse",
    ofds_type="building",
)
