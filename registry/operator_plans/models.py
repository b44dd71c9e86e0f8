"""The tables of yearly plans: each file is one filing, the last of a year is the one in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import Base, BigId, Metres
from registry.structures.models import PROVINCE_GRID, WGS84


class OperatorPlan(Base):
    """One filing of an organisation for a year; never changed."""

    __tablename__ = "operator_plan"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    file_name: Mapped[str]

    __table_args__ = (
        CheckConstraint("year BETWEEN 2020 AND 2100", name="year"),
        CheckConstraint("char_length(btrim(file_name)) > 0", name="named"),
        Index(None, "organisation_id", "year"),
    )


class OperatorPlanItem(Base):
    """A structure that an organisation plans to build: one row of its file."""

    __tablename__ = "operator_plan_item"

    id: Mapped[BigId]
    plan_id: Mapped[int] = mapped_column(ForeignKey(OperatorPlan.id))
    #: Number of the row in its file.
    row_number: Mapped[int]
    #: Code of a kind of structure.
    kind: Mapped[str]
    name: Mapped[str]
    #: Commune of the place on the day of filing.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    place_point: Mapped[Any] = deferred(
        mapped_column(Geometry("POINT", srid=WGS84, spatial_index=False), nullable=False), raiseload=True
    )
    #: Of a planned line, from `place_point` on.
    line: Mapped[Any] = deferred(mapped_column(Geometry("LINESTRING", srid=WGS84, spatial_index=False)), raiseload=True)
    #: What is compared with other plans: the line, or the point.
    shape_m: Mapped[Any] = deferred(
        mapped_column(
            Geometry("GEOMETRY", srid=PROVINCE_GRID, spatial_index=False),
            Computed(f"ST_Transform(COALESCE(line, place_point), {PROVINCE_GRID})", persisted=True),
        ),
        raiseload=True,
    )
    height_m: Mapped[Metres | None]
    note: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("plan_id", "row_number"),
        CheckConstraint("char_length(btrim(name)) > 0", name="named"),
        CheckConstraint("height_m > 0", name="height"),
        CheckConstraint("ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)", name="place_point_sound"),
        CheckConstraint("ST_IsValid(line) AND ST_Equals(ST_StartPoint(line), place_point)", name="line_sound"),
        Index("ix_operator_plan_item_shape_m", "shape_m", postgresql_using="gist"),
    )
