"""What operators need in a listed street before its work begins."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import M
from registry.routelists.models import MOST_METRES, RouteItem


@versioned
class RouteJoinWindow(Base):
    """The time in which operators state what they need in a street: up to the last day, which is part of it."""

    __tablename__ = "route_join_window"

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    opened_at: Mapped[datetime]
    closes_on: Mapped[date]

    __table_args__ = (UniqueConstraint("route_item_id"),)


@versioned
class RouteNeed(Base):
    """An operator that was asked, and what it stated; without `stated_at` it is silent."""

    __tablename__ = "route_need"

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    bores: Mapped[int | None] = col(
        _l("Số ống cần dùng"),
        min=0,
        max=200,
        type_=SmallInteger(),
        hint=_l("Ghi 0 khi không có nhu cầu."),
    )
    metres: Mapped[Metres | None] = col(_l("Chiều dài cần dùng"), unit=M, min=0, max=MOST_METRES, decimals=0)
    stated_at: Mapped[datetime | None]
    #: Stated after the last day of the window.
    is_late: Mapped[bool]
    version: Mapped[int]

    __table_args__ = (
        UniqueConstraint("route_item_id", "organisation_id"),
        CheckConstraint("bores >= 0 AND metres >= 0", name="amounts"),
        CheckConstraint("num_nulls(bores, metres, stated_at) IN (0, 3)", name="stated_whole"),
        CheckConstraint("stated_at IS NOT NULL OR NOT is_late", name="late_if_stated"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "organisation_id"),
    )
