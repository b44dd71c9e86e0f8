"""Proposed changes of settings that protect others."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base
from registry.kernel.db.history import versioned
from registry.kernel.two_persons import Proposal, decision_checks


@versioned
class SettingProposal(Proposal, Base):
    """A change of one setting that takes effect once a second person has confirmed it."""

    __tablename__ = "setting_proposal"

    key: Mapped[str]
    #: Code of the organisation whose own row it is; "" for all.
    owner: Mapped[str]
    #: The row to withdraw; of a new value the row that the decision wrote.
    row_id: Mapped[int | None] = mapped_column(ForeignKey("dated_setting.id"), index=True)
    valid_from: Mapped[date]
    value: Mapped[Any] = mapped_column(JSONB)
    source: Mapped[str]
    needs_verification: Mapped[bool]
    reason: Mapped[str]

    __table_args__ = (
        *decision_checks(),
        CheckConstraint("kind = 'add' OR row_id IS NOT NULL", name="row"),
        Index("uq_setting_proposal_key_owner", "key", "owner", unique=True, postgresql_where="state = 'pending'"),
    )
