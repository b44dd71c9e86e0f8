"""Table of cable ducts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import MM, PIECE, M
from registry.structures.kinds.cable_duct.codes import DuctMaterial
from registry.structures.models import Structure


@versioned
class CableDuct(Structure):
    """Buried pipe, one or several, between two manholes."""

    __tablename__ = "cable_duct"
    __mapper_args__: Any = {"polymorphic_identity": "cable_duct"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    from_manhole_id: Mapped[int | None] = mapped_column(ForeignKey("manhole.id"))
    to_manhole_id: Mapped[int | None] = mapped_column(ForeignKey("manhole.id"))
    from_manhole_code: Mapped[str | None] = col(
        _l("Từ bể cáp (mã)"), max_length=60, group="kind", aliases=("tu be", "be dau")
    )
    to_manhole_code: Mapped[str | None] = col(
        _l("Đến bể cáp (mã)"),
        max_length=60,
        group="kind",
        aliases=("den be", "be cuoi"),
    )
    bore_count: Mapped[int] = col(
        _l("Số ống"),
        unit=PIECE,
        min=1,
        max=200,
        required=True,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("so ong", "so luong ong"),
    )
    bore_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ống"),
        unit=MM,
        min=10,
        max=2000,
        group="kind",
        aliases=("duong kinh", "duong kinh ong"),
    )
    bore_inner_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính trong của ống"),
        unit=MM,
        min=5,
        max=2000,
        group="kind",
        hint=_l("Dùng để tính tỷ lệ chiếm chỗ; để trống thì lấy đường kính ống trừ bề dày thành ống."),
        aliases=("duong kinh trong", "duong kinh trong cua ong", "inner diameter"),
    )
    duct_material: Mapped[DuctMaterial | None] = col(
        _l("Vật liệu ống"), choices=DuctMaterial, group="kind", aliases=("vat lieu",)
    )
    subduct_count: Mapped[int | None] = col(_l("Số ống con"), unit=PIECE, min=0, max=1000, group="kind")
    cover_depth_m: Mapped[Metres | None] = col(
        _l("Chiều sâu chôn ống"),
        unit=M,
        min=0,
        max=20,
        group="kind",
        aliases=("do sau", "chieu sau"),
    )
    stated_length_m: Mapped[Metres | None] = col(
        _l("Chiều dài theo hồ sơ"),
        unit=M,
        min=0,
        max=100000,
        group="kind",
        aliases=("chieu dai",),
    )

    __table_args__: Any = (
        CheckConstraint("bore_count BETWEEN 1 AND 200", name="bores"),
        CheckConstraint("bore_diameter_mm BETWEEN 10 AND 2000", name="diameter"),
        CheckConstraint("bore_inner_diameter_mm BETWEEN 5 AND 2000", name="inner_diameter"),
        CheckConstraint(
            "from_manhole_id IS NULL OR from_manhole_id <> to_manhole_id",
            name="two_manholes",
        ),
        Index(None, "from_manhole_id"),
        Index(None, "to_manhole_id"),
    )
