"""What the parties of a case write to each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned

MOST_CHARACTERS = 4000


@versioned
class CaseMessage(Base):
    """One message on a case, read by whoever reads the case; never changed."""

    __tablename__ = "case_message"

    id: Mapped[BigId]
    workflow: Mapped[str]
    case_id: Mapped[int]
    text: Mapped[str]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: Person and organisation as they were called then.
    written_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(f"char_length(btrim(text)) BETWEEN 1 AND {MOST_CHARACTERS}", name="text"),
        Index(None, "workflow", "case_id", "id"),
    )
