"""Proposed changes of settings that protect others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.two_persons import ProposalKind, ProposalState


@versioned
class SettingProposal(Base):
    """A change of one setting that takes effect once a second person has confirmed it."""

    __tablename__ = "setting_proposal"

    id: Mapped[BigId]
    key: Mapped[str]
    #: Code of the organisation whose own row it is; "" for all.
    owner: Mapped[str]
    kind: Mapped[ProposalKind] = mapped_column(choice_type(ProposalKind))
    #: The row to withdraw; of a new value the row that the decision wrote.
    row_id: Mapped[int | None] = mapped_column(ForeignKey("dated_setting.id"), index=True)
    valid_from: Mapped[date]
    value: Mapped[Any] = mapped_column(JSONB)
    source: Mapped[str]
    needs_verification: Mapped[bool]
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    proposed_at: Mapped[datetime]
    state: Mapped[ProposalState] = mapped_column(choice_type(ProposalState))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "(state = 'pending') = (decided_by_id IS NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name="decided",
        ),
        CheckConstraint("state <> 'confirmed' OR decided_by_id <> proposed_by_id", name="second_person"),
        CheckConstraint("kind = 'add' OR row_id IS NOT NULL", name="row"),
        Index("uq_setting_proposal_key_owner", "key", "owner", unique=True, postgresql_where="state = 'pending'"),
    )
