"""A list proposed by the budget: requested by an officer, computed by the worker, kept for some weeks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.routelists.models import RouteList


class BudgetRun(Base):
    """One proposal; nothing is decided by it."""

    __tablename__ = "budget_run"

    id: Mapped[BigId]
    route_list_id: Mapped[int] = mapped_column(ForeignKey(RouteList.id))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: Year -> VND, both as text.
    budgets: Mapped[dict[str, str]] = mapped_column(JSONB)
    language: Mapped[str]
    #: Steps done and expected.
    done: Mapped[int]
    total: Mapped[int | None]
    #: Its person asked to stop.
    is_stopping: Mapped[bool]
    #: As `proposal.compute` writes it.
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: Why it failed, as a sentence for the user.
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__: Any = (
        CheckConstraint("done >= 0 AND total >= 0", name="counts"),
        CheckConstraint("(finished_at IS NOT NULL) = (num_nonnulls(result, failure) = 1)", name="result"),
        Index(None, "route_list_id", "created_at"),
        Index(None, "user_id"),
    )

    @property
    def is_open(self) -> bool:
        """Whether the worker is not done yet."""
        return self.finished_at is None
