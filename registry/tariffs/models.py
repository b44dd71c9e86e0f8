"""A tariff: the price of one owner for one unit of a kind of structure, in one place, from a day on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    and_,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.capacity.models import PlaceUnit
from registry.kernel.days import DaySpan
from registry.kernel.db.base import Base, BigId, Choice
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import PERCENT, VND
from registry.structures.models import Structure, energy_sector_kinds


class TariffUnit(Choice):
    """Unit of a price: the units of capacity places, or a metre."""

    POSITION = PlaceUnit.POSITION.value, PlaceUnit.POSITION.label
    BORE = PlaceUnit.BORE.value, PlaceUnit.BORE.label
    LEVEL = PlaceUnit.LEVEL.value, PlaceUnit.LEVEL.label
    CABLE = PlaceUnit.CABLE.value, PlaceUnit.CABLE.label
    METRE = "metre", _l("mét")


class TariffPeriod(Choice):
    """The time that a price covers."""

    MONTH = "month", _l("Tháng")
    QUARTER = "quarter", _l("Quý")
    YEAR = "year", _l("Năm")
    ONCE = "once", _l("Một lần")


#: The same as rules.comparable (a test compares them): per month, without tax; NULL for one-off prices.
#: The zeros give the quotient enough digits to be rounded only once.
_COMPARABLE = (
    "round(price * 100.000000000000"
    " / (CASE period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 END"
    " * (100 + CASE WHEN tax_included THEN tax_rate ELSE 0 END)), 2)"
)


#: Bounds of a price in whole đồng, as contracts have them; the column holds ten times as much.
MIN_PRICE: Final = 1
MAX_PRICE: Final = 1_000_000_000_000
#: What makes a price comparable, and what is said of it besides.
PRICE: Final = ("price", "period", "tax_included", "tax_rate")
TERMS: Final = ("valid_from", "valid_to", "legal_basis", "note")


@versioned
class Tariff(Base):
    """A published price; the database refuses changes to days in the past."""

    __tablename__ = "tariff"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Code of a kind of structure that hosts equipment.
    kind: Mapped[str]
    unit: Mapped[TariffUnit] = col(
        _l("Đơn vị tính"),
        choices=TariffUnit,
        required=True,
        hint=_l("Ống chỉ dùng cho cống bể, tầng cho hào và tuy-nen, mét và cáp cho nơi đi cáp."),
    )
    period: Mapped[TariffPeriod] = col(_l("Kỳ tính giá"), choices=TariffPeriod, required=True, width="s")
    #: For one unit and period.
    price: Mapped[Decimal] = col(
        _l("Đơn giá"),
        heading=_l("Đơn giá (đồng)"),
        unit=VND,
        required=True,
        min=MIN_PRICE,
        max=MAX_PRICE,
        decimals=0,
        hint=_l("Cho một đơn vị tính trong một kỳ, ví dụ 250.000."),
        width="m",
        type_=Numeric(15, 2),
    )
    tax_included: Mapped[bool] = col(
        _l("Đơn giá đã gồm thuế giá trị gia tăng"), heading=_l("Đã gồm thuế"), is_box=True, required=True
    )
    #: Value added tax.
    tax_rate: Mapped[Decimal] = col(
        _l("Thuế suất"),
        heading=_l("Thuế suất (%)"),
        unit=PERCENT,
        required=True,
        min=0,
        max=100,
        hint=_l("Cần cả khi đơn giá chưa gồm thuế; ghi 0 nếu không chịu thuế."),
        width="xs",
        type_=Numeric(5, 2),
    )
    #: Scope: this unit or this structure; with neither the whole province.
    admin_unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    valid_from: Mapped[date] = col(_l("Áp dụng từ ngày"), required=True, span=DaySpan(back=1, ahead=10), width="s")
    #: Last day, included; None: until it is replaced. The day before `valid_from`: withdrawn before it applied.
    valid_to: Mapped[date | None] = col(
        _l("Đến hết ngày"),
        span=DaySpan(back=1, ahead=40),
        width="s",
        hint=_l("Ngày/tháng/năm. Để trống: áp dụng đến khi thay hoặc kết thúc."),
    )
    legal_basis: Mapped[str] = col(
        _l("Căn cứ"), required=True, max_length=500, hint=_l("Mẫu hợp đồng, số và ngày quyết định giá.")
    )
    note: Mapped[str | None] = col(_l("Ghi chú"), max_length=500, multiline=True)
    published_at: Mapped[datetime]
    #: None for demonstration data.
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Đồng for one unit and month without tax; NULL for one-off prices.
    monthly: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), Computed(_COMPARABLE, persisted=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version, "eager_defaults": True}
    __table_args__: Any = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("tax_rate BETWEEN 0 AND 100", name="tax_rate"),
        CheckConstraint("num_nonnulls(admin_unit_id, structure_id) <= 1", name="one_place"),
        CheckConstraint("valid_to >= valid_from - 1", name="dates"),
        CheckConstraint("char_length(btrim(legal_basis)) > 0", name="basis_given"),
        # A rent and a one-off charge may coexist; an empty period overlaps nothing.
        ExcludeConstraint(
            ("organisation_id", "="),
            ("kind", "="),
            ("unit", "="),
            (literal_column("((period = 'once')::int)"), "="),
            (literal_column("COALESCE(admin_unit_id, 0)"), "="),
            (literal_column("COALESCE(structure_id, 0)"), "="),
            (literal_column("daterange(valid_from, valid_to + 1)"), "&&"),
            name="ex_tariff_one_price_a_day",
            using="gist",
        ),
        Index(None, "kind", "unit", "valid_from"),
        Index(None, "structure_id"),
    )

    @classmethod
    def in_force(cls, on: date) -> ColumnElement[bool]:
        """SQL: tariffs that apply on a day."""
        return and_(cls.valid_from <= on, or_(cls.valid_to.is_(None), cls.valid_to >= on))

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """Not the tariff of one restricted structure (defence, security)."""
        # A scalar subquery by key: the planner would answer EXISTS by reading all open structures first.
        is_open = select(Structure.is_open_rule()).where(Structure.id == cls.structure_id).correlate(cls.__table__)
        return func.coalesce(is_open.scalar_subquery(), true())

    @classmethod
    def is_public_asset_rule(cls) -> ColumnElement[bool]:
        """Of an owner that has public assets of this kind (R21), for the finance department."""
        asset = select(Structure.id).where(
            Structure.owner_organisation_id == cls.organisation_id,
            Structure.kind == cls.kind,
            Structure.is_public_asset_rule(),
            Structure.is_open_rule(),
        )
        return asset.correlate(cls.__table__).exists()

    @classmethod
    def is_power_pole_rule(cls) -> ColumnElement[bool]:
        """Of a kind of the energy sector, not of one restricted structure, for Sở Công Thương."""
        return and_(cls.kind.in_(energy_sector_kinds()), cls.is_open_rule())
