"""Tables of villages and of what became of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import SERVED, DayOrder, DaySpan
from registry.kernel.db.base import NATURAL, Base, BigId, Choice
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l


class VillageKind(Choice):
    """The kinds of villages; they are no administrative level (NĐ 185/2026/NĐ-CP)."""

    THON = "thon", _l("Thôn")
    BAN = "ban", _l("Bản")
    KHU_PHO = "khu_pho", _l("Khu phố")
    TO_DAN_PHO = "to_dan_pho", _l("Tổ dân phố")


#: The fields that the commune keeps up to date; name and kind change by a decision alone.
COVERAGE: Final = ("households", "mobile_on", "ftth_on")
#: Nothing covers a village before it exists; one that succeeds others may be covered since one of them was.
DAY_ORDERS: Final = (
    DayOrder("valid_from", "mobile_on"),
    DayOrder("valid_from", "ftth_on"),
)
#: What an operator states of a village.
OFFERS: Final = ("has_4g", "has_5g", "has_ftth")
#: The fields of a new village.
NEW_VILLAGE: Final = ("kind", "name", *COVERAGE, "valid_from", "legal_basis")


@versioned
class Village(Base):
    """One village from its first to its last day; a merged, split or renamed one ends, and others succeed it."""

    __tablename__ = "village"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = "commune_id"

    id: Mapped[BigId]
    commune_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    kind: Mapped[VillageKind] = col(_l("Loại"), choices=VillageKind, required=True)
    name: Mapped[str] = col(
        _l("Tên"),
        max_length=100,
        required=True,
        hint=_l("Không ghi loại; ví dụ: Đồng Lễ, 3, Hón."),
        type_=Text(collation=NATURAL),
    )
    households: Mapped[int | None] = col(_l("Số hộ"), min=0, max=20_000, decimals=0)
    #: Since when it has mobile broadband, and fibre to the home; NULL: not covered.
    mobile_on: Mapped[date | None] = col(
        _l("Có băng rộng di động từ ngày"),
        heading=_l("Băng rộng di động từ"),
        span=SERVED,
        hint=_l("Để trống khi chưa phủ sóng."),
    )
    ftth_on: Mapped[date | None] = col(
        _l("Có cáp quang đến hộ gia đình từ ngày"),
        heading=_l("Cáp quang từ"),
        span=SERVED,
        hint=_l("Để trống khi chưa có."),
    )
    #: NULL: before the register begins.
    valid_from: Mapped[date | None] = col(
        _l("Hình thành từ ngày"), span=DaySpan(since=date(1900, 1, 1)), hint=_l("Để trống khi không rõ.")
    )
    #: Last day, included; NULL while it exists.
    valid_to: Mapped[date | None] = col(_l("Kết thúc ngày"), span=DaySpan(back=30))
    #: The decision that made it, or that ended one without a known first day.
    legal_basis: Mapped[str | None] = col(
        _l("Nghị quyết, quyết định thành lập"), heading=_l("Nghị quyết, quyết định"), max_length=300
    )
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        CheckConstraint("char_length(btrim(name)) > 0", name="name"),
        CheckConstraint("households >= 0", name="households"),
        CheckConstraint("valid_to >= valid_from", name="period"),
        # Renamed and merged villages may bear an older name again.
        Index(
            "uq_village_name",
            "commune_id",
            "kind",
            literal_column("fold(name)").label("folded"),
            unique=True,
            postgresql_where="valid_to IS NULL",
        ),
    )

    @classmethod
    def exists_on_rule(cls, day: date) -> ColumnElement[bool]:
        """SQL: the villages of a day."""
        return and_(
            or_(cls.valid_from.is_(None), cls.valid_from <= day), or_(cls.valid_to.is_(None), cls.valid_to >= day)
        )

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or self.valid_to >= day)


class VillageCoverage(Base):
    """What an operator offers in a village on a day, from a file; NULL: not stated. A later row takes its place."""

    __tablename__ = "village_coverage"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    village_id: Mapped[int] = mapped_column(ForeignKey("village.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    valid_from: Mapped[date]
    has_4g: Mapped[bool | None]
    has_5g: Mapped[bool | None]
    has_ftth: Mapped[bool | None]
    source: Mapped[str]
    known_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__: Any = (
        CheckConstraint("num_nonnulls(has_4g, has_5g, has_ftth) > 0", name="states"),
        Index(None, "village_id", "organisation_id", "valid_from"),
    )


class VillageSuccession(Base):
    """One village became another one, wholly or in part; written once."""

    __tablename__ = "village_succession"

    id: Mapped[BigId]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("village.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("village.id"))
    #: First day of the successor.
    effective_on: Mapped[date]
    #: The resolution of the commune's council (NĐ 185/2026/NĐ-CP).
    decision: Mapped[str]

    __table_args__ = (
        UniqueConstraint("predecessor_id", "successor_id"),
        CheckConstraint("predecessor_id <> successor_id", name="two_villages"),
        Index(None, "successor_id"),
    )
