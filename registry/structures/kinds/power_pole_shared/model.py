"""Table of shared power poles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import KV, M
from registry.structures.kinds.cable_pole.codes import PoleMaterial
from registry.structures.models import Structure


@versioned
class PowerPoleShared(Structure):
    """A power or lighting pole that carries telecom cable."""

    __tablename__ = "power_pole_shared"
    __mapper_args__: Any = {"polymorphic_identity": "power_pole_shared"}

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
    voltage_kv: Mapped[Decimal | None] = col(
        _l("Cấp điện áp"),
        unit=KV,
        min=0,
        max=500,
        group="kind",
        aliases=("dien ap", "cap dien ap"),
    )
    power_clearance_m: Mapped[Metres | None] = col(
        _l("Khoảng cách tới dây điện gần nhất"), unit=M, min=0, max=30, group="kind"
    )
    lowest_cable_m: Mapped[Metres | None] = col(_l("Độ cao cáp thấp nhất"), unit=M, min=0, max=60, group="kind")

    __table_args__: Any = (
        CheckConstraint("length_m BETWEEN 3 AND 60", name="length"),
        CheckConstraint("voltage_kv BETWEEN 0 AND 500", name="voltage"),
    )
