"""Table of technical trenches."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import M
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
    services_inside: Mapped[str | None] = col(_l("Hệ thống đi trong hào"), max_length=300, group="kind")

    __table_args__: Any = (CheckConstraint("inner_width_m >= 0 AND depth_m >= 0", name="size"),)
