"""The table of areas that the plan puts first."""

from __future__ import annotations

from datetime import date
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, literal_column, or_
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column
from sqlalchemy.sql import text

from registry.kernel.days import REGULATED
from registry.kernel.db.base import Base, BigId, Choice, Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.structures.models import PROVINCE_GRID, WGS84


class AreaKind(Choice):
    """What an area is (KH 225/KH-UBND, II.1); notices of commencement inside an economic zone go to its board."""

    ECONOMIC_ZONE = "economic_zone", _l("Khu kinh tế")
    INDUSTRIAL_ZONE = "industrial_zone", _l("Khu, cụm công nghiệp")
    URBAN_AREA = "urban_area", _l("Khu đô thị")
    RESEARCH_CENTRE = "research_centre", _l("Trung tâm nghiên cứu")
    STATE_OFFICE = "state_office", _l("Cơ quan nhà nước")
    SCHOOL = "school", _l("Trường học")
    HOSPITAL = "hospital", _l("Bệnh viện, cơ sở y tế")
    TOURIST_PLACE = "tourist_place", _l("Khu, điểm du lịch")


@versioned
class PriorityArea(Base):
    """One area within its days; other borders from a day on are another row."""

    __tablename__ = "priority_area"

    id: Mapped[BigId]
    kind: Mapped[AreaKind] = col(_l("Loại khu vực"), choices=AreaKind, required=True)
    name: Mapped[str] = col(_l("Tên khu vực"), max_length=200, required=True, hint=_l("Ví dụ: Khu công nghiệp Lễ Môn."))
    valid_from: Mapped[date] = col(_l("Áp dụng từ ngày"), span=REGULATED, required=True)
    valid_to: Mapped[date | None] = col(
        _l("Đến hết ngày"), span=REGULATED, hint=_l("Ngày cuối cùng; để trống khi chưa xác định.")
    )
    source: Mapped[str] = col(
        _l("Văn bản làm căn cứ"), max_length=300, required=True, hint=_l("Ví dụ: Quyết định số 125/QĐ-UBND.")
    )
    needs_verification: Mapped[bool] = col(_l("Cần kiểm chứng"), required=True)
    #: Metres around a point that belong to it; NULL of an area with borders.
    reach_m: Mapped[Metres | None]
    #: As drawn, WGS 84: a point or polygons.
    shape: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=WGS84, spatial_index=False), nullable=False), raiseload=True
    )
    #: What belongs to it, in metres of the grid.
    area_m: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=PROVINCE_GRID, spatial_index=False), nullable=False), raiseload=True
    )
    version: Mapped[int]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("char_length(btrim(name)) > 0 AND char_length(btrim(source)) > 0", name="described"),
        CheckConstraint("valid_to >= valid_from", name="days"),
        CheckConstraint("(ST_Dimension(shape) = 0) = (reach_m IS NOT NULL) AND reach_m > 0", name="reach"),
        CheckConstraint("ST_IsValid(area_m) AND NOT ST_IsEmpty(area_m)", name="placed"),
        ExcludeConstraint(
            (literal_column("kind"), "="),
            (literal_column("fold(name)"), "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="ex_priority_area_days",
            using="gist",
        ),
        Index(None, "area_m", postgresql_using="gist"),
    )

    @classmethod
    def in_force(cls, day: Any) -> ColumnElement[bool]:
        """SQL: its days hold a day."""
        return and_(cls.valid_from <= day, or_(cls.valid_to.is_(None), cls.valid_to >= day))
