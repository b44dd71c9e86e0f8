"""Table of cables."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import KilogramsPerMetre, Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import KG_M, MM, M
from registry.structures.kinds.cable_route.codes import CableKind, Laying
from registry.structures.models import Structure


@versioned
class CableRoute(Structure):
    """A telecom cable of one owner; what carries it, in order, stands in cable_member."""

    __tablename__ = "cable_route"
    __mapper_args__: Any = {"polymorphic_identity": "cable_route"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    cable_kind: Mapped[CableKind] = col(
        _l("Loại cáp"),
        choices=CableKind,
        required=True,
        filter=FilterKind.CHOICE,
        group="kind",
        aliases=("loai cap", "chung loai cap", "chung loai", "cable type", "transmissionmedium", "transmission medium"),
    )
    fibre_count: Mapped[int | None] = col(
        _l("Số sợi quang"),
        min=1,
        max=10000,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("so soi", "so soi quang", "dung luong cap", "so fo", "fibre count", "fiber count"),
    )
    lit_fibre_count: Mapped[int | None] = col(
        _l("Số sợi đang dùng"),
        min=0,
        max=10000,
        group="kind",
        aliases=("so soi dang dung", "so soi da dung", "soi su dung", "lit fibres"),
    )
    outer_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ngoài của cáp"),
        unit=MM,
        min="0.5",
        max=200,
        group="kind",
        hint=_l("Dùng để tính chỗ còn lại trong ống và gió lên cáp khi có đề nghị dùng chung."),
        aliases=("duong kinh cap", "duong kinh ngoai"),
    )
    mass_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Khối lượng cáp trên mét"), unit=KG_M, min="0.001", max=100, group="kind", aliases=("khoi luong cap",)
    )
    laying: Mapped[Laying | None] = col(
        _l("Cách đi cáp"),
        choices=Laying,
        filter=FilterKind.CHOICE,
        group="kind",
        hint=_l("Để trống thì lấy theo các công trình mà cáp đi qua."),
        aliases=("treo ngam", "hinh thuc di cap", "phuong thuc lap dat", "cach di cap", "treo hay ngam", "deployment"),
    )
    underground_m: Mapped[Metres | None] = col(
        _l("Chiều dài đi ngầm"),
        unit=M,
        min=0,
        max=1000000,
        group="kind",
        hint=_l("Chỉ ghi khi cáp vừa treo vừa ngầm."),
        aliases=("chieu dai ngam", "chieu dai di ngam"),
    )
    installed_on: Mapped[date | None] = col(
        _l("Ngày lắp đặt"), group="life", aliases=("ngay lap dat", "ngay treo", "nam lap dat", "ngay keo cap")
    )
    #: Of a year alone the first day stands in `installed_on`.
    installed_year_only: Mapped[bool | None] = col(_l("Chỉ biết năm lắp đặt"), group="life")
    removed_on: Mapped[date | None] = col(
        _l("Ngày tháo dỡ"),
        group="life",
        hint=_l("Khi ghi ngày này, trạng thái là «Đã tháo dỡ»."),
        aliases=("ngay thao do", "ngay thu hoi", "ngay ha cap"),
    )
    dead_flag: Mapped[bool | None] = col(
        _l("Cáp chết"),
        filter=FilterKind.FLAG,
        group="life",
        hint=_l("Không còn dùng mà chưa thu hồi; trạng thái khi đó là «Ngừng khai thác»."),
        aliases=("cap chet", "cap khong su dung", "cap bo", "dead"),
    )
    dead_on: Mapped[date | None] = col(
        _l("Ngày xác định cáp chết"), group="life", aliases=("ngay cap chet", "ngay xac dinh cap chet")
    )
    dead_evidence: Mapped[str | None] = col(
        _l("Căn cứ xác định cáp chết"), max_length=500, group="life", aliases=("can cu cap chet", "bien ban cap chet")
    )

    __table_args__: Any = (
        CheckConstraint("fibre_count BETWEEN 1 AND 10000", name="fibres"),
        CheckConstraint("lit_fibre_count BETWEEN 0 AND fibre_count", name="lit_fibres"),
        CheckConstraint("cable_kind = 'fibre' OR fibre_count IS NULL", name="fibres_of_fibre"),
        CheckConstraint("fibre_count IS NOT NULL OR lit_fibre_count IS NULL", name="lit_of_fibres"),
        CheckConstraint("underground_m IS NULL OR (laying IS NOT NULL AND laying = 'mixed')", name="underground_part"),
        CheckConstraint("underground_m >= 0", name="underground"),
        CheckConstraint("outer_diameter_mm > 0 AND mass_kg_m > 0", name="size"),
        CheckConstraint("removed_on >= installed_on", name="removed_after_installed"),
        CheckConstraint("dead_on >= installed_on AND dead_on <= removed_on", name="dead_between"),
        CheckConstraint(
            "coalesce(dead_flag, false) = (dead_on IS NOT NULL)"
            " AND coalesce(dead_flag, false) = (dead_evidence IS NOT NULL)",
            name="dead_has_day_and_evidence",
        ),
        # Dead cables are few, and looked for often.
        Index("ix_cable_route_dead", "id", postgresql_where="dead_flag"),
    )
