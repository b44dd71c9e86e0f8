"""Capacity places and entries; the database maintains `total = used + reserved + blocked + free`."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
    and_,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import (
    Base,
    BigId,
    Choice,
    ExclusiveEnd,
    KilogramsPerMetre,
    Metres,
    Millimetres,
    SquareMetres,
    choice_type,
)
from registry.kernel.db.history import history_of, versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l, _n, _n_noop
from registry.kernel.units import KG_M, M2, MM, M

#: Columns of an entry with its load on the structure.
LOADS: Final = ("cable_diameter_mm", "attach_height_m", "exposed_area_m2", "tray_width_mm", "load_kg_m")
#: Columns of a place with its dimensions and its level.
MEASURES: Final = ("height_m", "diameter_mm", "level")
#: The label of the place of cables of which it is not known where on the structure they are (SQL `unplaced_label`).
UNPLACED: Final = "Chưa rõ vị trí"
_LOAD_HINT: Final = _l(
    "Để tính sơ bộ đề nghị dùng chung; bên đề nghị chỉ xem được tổng, không xem được đơn vị sử dụng."
)


class PlaceUnit(Choice):
    """The unit in which a place is counted."""

    POSITION = "position", _l("vị trí")
    BORE = "bore", _l("ống")
    LEVEL = "level", _l("tầng")
    CABLE = "cable", _l("cáp")

    def counted(self, quantity: int) -> str:
        """A number of these, such as "2 vị trí"."""
        return _n(_COUNTED[self.value], quantity)


_COUNTED: Final = {
    "position": _n_noop("%(num)d vị trí"),
    "bore": _n_noop("%(num)d ống"),
    "level": _n_noop("%(num)d tầng"),
    "cable": _n_noop("%(num)d cáp"),
}


class EntryState(Choice):
    """The effect of an entry on its place; an ended one has none."""

    USED = "used", _l("Đang dùng")
    RESERVED = "reserved", _l("Giữ chỗ")
    BLOCKED = "blocked", _l("Không dùng được")
    ENDED = "ended", _l("Đã kết thúc")


class Technology(Choice):
    """Technology of the installation (R11)."""

    G2 = "2g", "2G"
    G3 = "3g", "3G"
    G4 = "4g", "4G"
    G5 = "5g", "5G"
    FIBRE = "fibre", _l("Cáp quang")
    COPPER = "copper", _l("Cáp đồng")
    COAXIAL = "coaxial", _l("Cáp đồng trục")
    MICROWAVE = "microwave", _l("Vi ba")
    OTHER = "other", _l("Khác")


@versioned
class CapacityPlace(Base):
    """A place of a structure where others install something, such as bore 3 or the slots at 32 m, with its sums.

    An unknown total is NULL, never zero.
    """

    __tablename__ = "capacity_place"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    #: The structure's owner: part of the key, so that row-level policies can follow.
    organisation_id: Mapped[int]
    structure_id: Mapped[int]
    label: Mapped[str]
    unit: Mapped[PlaceUnit] = mapped_column(choice_type(PlaceUnit))
    total: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")
    blocked: Mapped[int] = mapped_column(server_default="0")
    free: Mapped[int | None] = mapped_column(Computed("total - used - reserved - blocked", persisted=True))
    height_m: Mapped[Metres | None] = col(
        _l("Cao độ của vị trí"), unit=M, min=0, max=400, hint=_l("Của sàn, gá, tầng hoặc chỗ treo cáp.")
    )
    diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính trong của ống"), unit=MM, min=1, max=2000, hint=_l("Chỉ khi đơn vị tính là ống hoặc cáp.")
    )
    #: Counted from the bottom.
    level: Mapped[int | None] = col(
        _l("Tầng thứ"), min=1, max=100, hint=_l("Tính từ dưới lên; chỉ khi đơn vị tính là tầng.")
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["structure_id", "organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_capacity_place_structure_id_organisation_id",
            onupdate="CASCADE",
        ),
        UniqueConstraint("structure_id", "label"),
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("used >= 0 AND reserved >= 0 AND blocked >= 0", name="sums"),
        CheckConstraint("used + reserved + blocked <= total", name="not_over"),
        CheckConstraint(
            "height_m BETWEEN 0 AND 400 AND (height_m IS NULL OR unit IN ('position', 'level', 'cable'))", name="height"
        ),
        CheckConstraint(
            "diameter_mm BETWEEN 1 AND 2000 AND (diameter_mm IS NULL OR unit IN ('bore', 'cable'))", name="diameter"
        ),
        CheckConstraint("level BETWEEN 1 AND 100 AND (level IS NULL OR unit = 'level')", name="level"),
    )


@versioned
class CapacityEntry(Base):
    """One use, reservation or blocking of a place: holder, installation, first and last day."""

    __tablename__ = "capacity_entry"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "holder": "holder_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int]
    place_id: Mapped[int]
    state: Mapped[EntryState] = mapped_column(choice_type(EntryState))
    quantity: Mapped[int]
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: Holder as typed, where it is no organisation of the register.
    holder_name: Mapped[str | None]
    #: Cable or station installed there.
    equipment: Mapped[str | None]
    technology: Mapped[Technology | None] = mapped_column(choice_type(Technology))
    #: The cable for which the database made the entry, since no declared one had room for it.
    cable_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id", ondelete="SET NULL"))
    #: Case that reserved it, by its public number.
    case_number: Mapped[str | None]
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    expires_at: Mapped[ExclusiveEnd | None]

    # Its load, for the screening of requests for the rest of the place.
    cable_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ngoài mỗi cáp"), unit=MM, min="0.5", max=200, hint=_LOAD_HINT
    )
    attach_height_m: Mapped[Metres | None] = col(_l("Cao độ lắp đặt"), unit=M, min=0, max=400, hint=_LOAD_HINT)
    exposed_area_m2: Mapped[SquareMetres | None] = col(
        _l("Diện tích chắn gió (cả mục)"), unit=M2, min=0, max=1000, hint=_LOAD_HINT
    )
    tray_width_mm: Mapped[Millimetres | None] = col(
        _l("Chiều rộng chiếm trên giá cáp (cả mục)"), unit=MM, min=0, max=5000, hint=_LOAD_HINT
    )
    load_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Khối lượng trên mét (cả mục)"), unit=KG_M, min=0, max=10000, hint=_LOAD_HINT
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["place_id", "organisation_id"],
            ["capacity_place.id", "capacity_place.organisation_id"],
            name="fk_capacity_entry_place_id_organisation_id",
            onupdate="CASCADE",
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(" AND ".join(f"{name} >= 0" for name in LOADS), name="loads"),
        CheckConstraint("(state = 'reserved') = (expires_at IS NOT NULL)", name="reserved_expires"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_on"),
        CheckConstraint("ended_on IS NULL OR started_on IS NULL OR ended_on >= started_on", name="period"),
        Index(None, "place_id", "state"),
        Index(None, "holder_id"),
        Index(None, "cable_id"),
    )

    @classmethod
    def was_used_rule(cls) -> ColumnElement[bool]:
        """In use now or formerly: a reservation that a case released unused has no first day."""
        return or_(
            cls.state == EntryState.USED,
            and_(cls.state == EntryState.ENDED, or_(cls.case_number.is_(None), cls.started_on.is_not(None))),
        )


#: By which entry a cable uses a structure that carries it; written by the database alone (`settle_cable_use`).
cable_use = Table(
    "cable_use",
    Base.metadata,
    Column("cable_id", BigInteger, ForeignKey("structure.id", ondelete="CASCADE"), primary_key=True),
    Column("structure_id", BigInteger, ForeignKey("structure.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("entry_id", BigInteger, ForeignKey("capacity_entry.id", ondelete="CASCADE"), nullable=False, index=True),
)

# What a run of the checks of data quality looks up to know which structures changed.
Index("ix_capacity_place_history_recorded_from", history_of(CapacityPlace).c["recorded_from"])
Index("ix_capacity_place_history_recorded_to", history_of(CapacityPlace).c["recorded_to"])
Index("ix_capacity_entry_history_recorded_from", history_of(CapacityEntry).c["recorded_from"])
