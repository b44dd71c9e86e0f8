"""The table of streets and roads."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class RoadClass(Choice):
    """The classes of the road law, with urban streets apart."""

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
    """One street of one commune, or (without a commune) a road that crosses the province."""

    __tablename__ = "street"

    id: Mapped[BigId]
    #: Road number such as QL.47; None for a street that has only a name.
    code: Mapped[str | None]
    name: Mapped[str]
    road_class: Mapped[RoadClass] = mapped_column(choice_type(RoadClass))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))

    __table_args__ = (
        Index("uq_street_name_unit", "name", "unit_id", unique=True, postgresql_nulls_not_distinct=True),
        Index(None, "unit_id"),
    )
