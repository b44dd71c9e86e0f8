"""Tables of access reviews and of alarms on unusual reading."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId


class AccessReview(Base):
    """That a reviewer kept a role; an ended one has its end."""

    __tablename__ = "access_review"

    id: Mapped[BigId]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("role_assignment.id", ondelete="RESTRICT"))
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reviewed_at: Mapped[datetime]

    __table_args__ = (Index(None, "assignment_id", "reviewed_at"),)


class ReadingAlarm(Base):
    """That a person read unusually many exact positions of others within an hour; one for each hour."""

    __tablename__ = "reading_alarm"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: The beginning of the hour.
    hour: Mapped[datetime]
    structures: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "hour"),)
