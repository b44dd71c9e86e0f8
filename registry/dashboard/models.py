"""Figures that a job computes for one person, and who wants digests by mail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.i18n import _l


class DashboardRun(Base):
    """The charts of a view that take longer than a page: requested, computed by the worker, kept for some days."""

    __tablename__ = "dashboard_run"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: The view as pairs of the query string.
    arguments: Mapped[list[list[str]]] = mapped_column(JSONB)
    language: Mapped[str]
    #: SHA-256 of the rights that it was computed with: with others it is not shown.
    rights: Mapped[str]
    #: Charts computed so far, and expected charts.
    done: Mapped[int]
    total: Mapped[int | None]
    #: The charts as chart.py writes them.
    charts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    #: Why it failed, as a sentence for the user.
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__: Any = (
        CheckConstraint("done >= 0 AND total >= 0", name="counts"),
        CheckConstraint("(finished_at IS NOT NULL) = (num_nonnulls(charts, failure) = 1)", name="result"),
        Index(None, "user_id", "created_at"),
    )

    @property
    def is_open(self) -> bool:
        """Whether the worker is not done yet."""
        return self.finished_at is None


class Frequency(Choice):
    """How often a digest comes."""

    WEEKLY = "weekly", _l("Hằng tuần, sáng thứ Hai")
    MONTHLY = "monthly", _l("Hằng tháng, ngày 1")


class DigestSubscription(Base):
    """A person wants a digest by mail; without a row none is sent."""

    __tablename__ = "digest_subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    frequency: Mapped[Frequency] = mapped_column(choice_type(Frequency), primary_key=True)
    subscribed_at: Mapped[datetime]
    #: The day of the last digest: it comes once, whatever runs twice.
    sent_on: Mapped[date | None]
