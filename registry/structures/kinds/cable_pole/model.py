"""Table of cable poles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres, Newtons
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import DEGREE, PIECE, M, N
from registry.structures.kinds.cable_pole.codes import PoleMaterial, PoleRole
from registry.structures.models import Structure


@versioned
class CablePole(Structure):
    """A pole to hang telecom cable."""

    __tablename__ = "cable_pole"
    __mapper_args__: Any = {"polymorphic_identity": "cable_pole"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    material: Mapped[PoleMaterial | None] = col(
        _l("Vật liệu cột"), choices=PoleMaterial, group="kind", aliases=("vat lieu",)
    )
    length_m: Mapped[Metres | None] = col(
        _l("Chiều dài cột"),
        unit=M,
        min=3,
        max=30,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("chieu cao cot", "chieu dai cot", "chieu cao"),
    )
    setting_depth_m: Mapped[Metres | None] = col(_l("Chiều sâu chôn cột"), unit=M, min=0, max=10, group="kind")
    rated_top_load_n: Mapped[Newtons | None] = col(
        _l("Lực đầu cột thiết kế"),
        unit=N,
        min=1,
        max=1000000,
        group="kind",
        hint=_l("Theo lý lịch cột; 1 kN = 1000 N. Dùng để tính sơ bộ khi có đề nghị dùng chung."),
        aliases=("luc dau cot", "luc dau cot thiet ke", "tai trong dau cot"),
    )
    pole_role: Mapped[PoleRole | None] = col(
        _l("Vai trò trong tuyến"), choices=PoleRole, group="kind", aliases=("vai tro",)
    )
    lowest_cable_m: Mapped[Metres | None] = col(
        _l("Độ cao cáp thấp nhất"),
        unit=M,
        min=0,
        max=30,
        group="kind",
        hint=_l("Đo tại điểm thấp nhất của cáp trên mặt đường."),
    )
    cabinet_count: Mapped[int | None] = col(_l("Số tủ, hộp cáp trên cột"), unit=PIECE, min=0, max=50, group="kind")
    lean_deg: Mapped[Decimal | None] = col(_l("Độ nghiêng"), unit=DEGREE, min=0, max=90, group="kind")

    __table_args__: Any = (
        CheckConstraint("length_m BETWEEN 3 AND 30", name="length"),
        CheckConstraint("setting_depth_m < length_m", name="depth_below_length"),
        CheckConstraint("rated_top_load_n > 0", name="rated_top_load"),
        CheckConstraint("lean_deg BETWEEN 0 AND 90", name="lean"),
    )
