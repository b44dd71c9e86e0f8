"""Table of site houses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import KilovoltAmperes, Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import KVA, M2
from registry.structures.kinds.site_house.codes import FireSafety
from registry.structures.models import Structure


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
