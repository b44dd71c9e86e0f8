"""Tables of administrative units, their successions and the pieces that speed up finding the unit of a point."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, CheckConstraint, ColumnElement, ForeignKey, Index, Text, and_, func, literal_column, or_
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l

WGS84 = 4326


class UnitLevel(Choice):
    """The levels of government; districts exist only until 30/06/2025."""

    PROVINCE = "province", _l("Cấp tỉnh")
    DISTRICT = "district", _l("Cấp huyện")
    COMMUNE = "commune", _l("Cấp xã")


class UnitKind(Choice):
    """The legal kinds of units."""

    TINH = "tinh", _l("Tỉnh")
    HUYEN = "huyen", _l("Huyện")
    THI_XA = "thi_xa", _l("Thị xã")
    THANH_PHO = "thanh_pho", _l("Thành phố")
    XA = "xa", _l("Xã")
    PHUONG = "phuong", _l("Phường")
    THI_TRAN = "thi_tran", _l("Thị trấn")


class ExtentQuality(Choice):
    """The source quality of a unit's outline."""

    OFFICIAL = "official", _l("Ranh giới chính thức")
    APPROXIMATE = "approximate", _l("Ranh giới gần đúng")
    NONE = "none", _l("Chưa có ranh giới")


class SuccessionKind(Choice):
    """How a unit became another one."""

    WHOLE_MERGE = "whole_merge", _l("Nhập toàn bộ")
    PARTIAL_SPLIT = "partial_split", _l("Tách một phần")
    RENAME = "rename", _l("Giữ nguyên địa bàn, đổi tên, loại hoặc cấp trên")
    ABOLISH = "abolish", _l("Kết thúc hoạt động")


@versioned
class AdminUnit(Base):
    """One unit from its first to its last day; codes and names are reused over time.

    An area of several communes needs no table of its own: a former district serves as that group, labelled by date.
    """

    __tablename__ = "admin_unit"
    AREA: ClassVar[str | None] = "id"

    id: Mapped[BigId]
    level: Mapped[UnitLevel] = mapped_column(choice_type(UnitLevel))
    kind: Mapped[UnitKind] = mapped_column(choice_type(UnitKind))
    #: Code of the statistics office.
    code: Mapped[str]
    #: Full name with its kind: "Xã Ngọc Liên".
    name: Mapped[str]
    #: The unit above it on its last day (or today).
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))
    #: First day; None: unknown, before the register begins.
    valid_from: Mapped[date | None]
    #: Last day in force; None: still in force.
    valid_to: Mapped[date | None]
    #: The act that created the unit, or ended one without a known first day.
    legal_basis: Mapped[str | None]
    #: Names of units merged into it before the register begins, as `rules.name_key` writes them.
    older_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    extent_quality: Mapped[ExtentQuality] = mapped_column(choice_type(ExtentQuality))
    geom: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", srid=WGS84, spatial_index=False), deferred=True)

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="dates"),
        CheckConstraint("(geom IS NULL) = (extent_quality = 'none')", name="extent"),
        # Also refuses the same unit twice; PostgreSQL reads an unknown end as unbounded.
        ExcludeConstraint(
            ("level", "="),
            ("code", "="),
            (literal_column("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="ex_admin_unit_code_once_a_day",
            using="gist",
        ),
        Index(None, "parent_id"),
        Index(None, "code"),
    )

    @classmethod
    def in_force(cls, on: date | ColumnElement[date]) -> ColumnElement[bool]:
        """SQL: the units in force on a day."""
        return and_(
            or_(cls.valid_from.is_(None), cls.valid_from <= on), or_(cls.valid_to.is_(None), cls.valid_to >= on)
        )

    @classmethod
    def folded_name(cls) -> ColumnElement[str]:
        """SQL: the name as search compares it."""
        return func.fold(cls.name)

    def is_in_force(self, on: date) -> bool:
        """Whether the unit is in force on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or self.valid_to >= on)


@versioned
class AdminSuccession(Base):
    """One unit became another one wholly or in part, or ended without a successor."""

    __tablename__ = "admin_succession"

    id: Mapped[BigId]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))
    #: None only where the unit was abolished: a district's communes went on under the province.
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))
    kind: Mapped[SuccessionKind] = mapped_column(choice_type(SuccessionKind))
    #: Of several successors the one that took the larger or central part.
    is_default: Mapped[bool]
    #: First day on which the successor is in force.
    effective_on: Mapped[date]
    legal_basis: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(kind = 'abolish') = (successor_id IS NULL)", name="successor"),
        CheckConstraint("predecessor_id <> successor_id", name="not_itself"),
        Index(
            "uq_admin_succession_pair",
            "predecessor_id",
            "successor_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "successor_id"),
    )


class AdminUnitPiece(Base):
    """A small part of a unit's extent; a trigger updates the pieces with `admin_unit.geom`."""

    __tablename__ = "admin_unit_piece"

    id: Mapped[BigId]
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id", ondelete="CASCADE"))
    geom: Mapped[Any] = mapped_column(Geometry("POLYGON", srid=WGS84, spatial_index=False))

    __table_args__ = (Index(None, "unit_id"), Index(None, "geom", postgresql_using="gist"))


class ApproximateOutlines(Base):
    """The one row that says from which data, and by which method, the approximate outlines were drawn."""

    __tablename__ = "approximate_outlines"

    id: Mapped[bool] = mapped_column(primary_key=True, autoincrement=False)
    made_as: Mapped[str]
    drawn_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("id", name="single"),)
