"""The tables of streets and roads and of their lines."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, func, literal_column
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, NaturalText, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class RoadClass(Choice):
    """The classes of the road law, and urban streets."""

    NATIONAL = "national", _l("Quốc lộ")
    EXPRESSWAY = "expressway", _l("Đường cao tốc")
    PROVINCIAL = "provincial", _l("Đường tỉnh")
    DISTRICT = "district", _l("Đường huyện")
    COMMUNE = "commune", _l("Đường xã")
    URBAN = "urban", _l("Đường đô thị")
    SPECIAL = "special", _l("Đường chuyên dùng")
    OTHER = "other", _l("Đường khác")


@versioned
class Street(Base):
    """A street of one commune, or (without a commune) a road that crosses communes."""

    __tablename__ = "street"

    id: Mapped[BigId]
    #: Road number such as QL.47; None for a street that has only a name.
    code: Mapped[str | None]
    name: Mapped[NaturalText]
    road_class: Mapped[RoadClass] = mapped_column(choice_type(RoadClass))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))

    __table_args__ = (
        Index("uq_street_name_unit", "name", "unit_id", unique=True, postgresql_nulls_not_distinct=True),
        Index(None, "unit_id"),
        Index(
            "ix_street_words",
            literal_column("fold((coalesce(code, '') || ' ') || name)").label("words"),
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
        ),
    )

    @classmethod
    def search_text(cls) -> ColumnElement[str]:
        """SQL: number and name as search compares them, written as in the index."""
        code = func.coalesce(cls.code, literal_column("''"))
        return func.fold(code.op("||")(literal_column("' '")).op("||")(cls.name))


@versioned
class StreetLine(Base):
    """The line of a street or of a part of it; a street may have none."""

    __tablename__ = "street_line"

    id: Mapped[BigId]
    street_id: Mapped[int] = mapped_column(ForeignKey(Street.id))
    line: Mapped[Any] = deferred(mapped_column(Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False))
    #: Where the line comes from; a newer file of the same source replaces it.
    source: Mapped[str]

    __table_args__ = (
        CheckConstraint("char_length(btrim(source)) > 0", name="sourced"),
        Index(None, "line", postgresql_using="gist"),
        Index(None, "street_id"),
        Index(None, "source"),
    )
