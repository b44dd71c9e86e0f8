"""Rounds, in which an owner is asked to confirm its records, and the findings of the checks of data quality."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class RoundState(Choice):
    """Whether the owner still has to answer."""

    OPEN = "open", _l("Đang xác nhận")
    DONE = "done", _l("Đã hoàn thành")


class Statement(Choice):
    """How a round ended."""

    CONFIRMED = "confirmed", _l("Mọi công trình đã được xác nhận hoặc cập nhật")
    NO_CHANGE = "no_change", _l("Không thay đổi")
    NONE = "none", _l("Không có công trình nào")


@versioned
class AttestationRound(Base):
    """A round of one owner, opened on one day, with its progress."""

    __tablename__ = "attestation_round"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Confirmations on or after this day count.
    opened_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[RoundState] = mapped_column(choice_type(RoundState))
    #: Standing structures at the opening; at the end those that were standing then.
    total: Mapped[int]
    #: Of `total`, as of the last change of this row; open rounds are counted afresh where they are shown.
    confirmed: Mapped[int]
    statement: Mapped[Statement | None] = mapped_column(choice_type(Statement))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The last day on which the owner was reminded.
    reminded_on: Mapped[date | None]
    #: The day on which the lead department was notified of the missed term.
    #: The column keeps its first name: its history is part of the audit chain.
    overdue_noticed_on: Mapped[date | None] = mapped_column("overdue_told_on")
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        UniqueConstraint("organisation_id", "opened_on"),
        CheckConstraint("due_on > opened_on", name="term"),
        CheckConstraint("confirmed BETWEEN 0 AND total", name="counts"),
        CheckConstraint("(state = 'done') = (statement IS NOT NULL)", name="statement_if_done"),
        CheckConstraint("(state = 'done') = (closed_at IS NOT NULL)", name="closed_at"),
        Index(None, "state", "due_on"),
    )


class QualityFinding(Base):
    """A structure whose record contradicts itself or another, as the last run of the checks found it."""

    __tablename__ = "quality_finding"

    id: Mapped[BigId]
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id", ondelete="CASCADE"))
    #: Code of a recorded check.
    code: Mapped[str]
    #: The day on which a run found it first.
    since: Mapped[date]

    __table_args__ = (UniqueConstraint("structure_id", "code"), Index(None, "code", "structure_id"))


class QualityCount(Base):
    """The findings of a check among the structures of an owner at the end of a day, without restricted ones."""

    __tablename__ = "quality_count"

    id: Mapped[BigId]
    counted_on: Mapped[date]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    code: Mapped[str]
    number: Mapped[int]

    __table_args__ = (
        UniqueConstraint("organisation_id", "code", "counted_on"),
        CheckConstraint("number > 0", name="number"),
    )


class QualityRun(Base):
    """A run of the recorded checks: over the whole register, or over what changed since a moment."""

    __tablename__ = "quality_run"

    id: Mapped[BigId]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    #: NULL: the whole register.
    changed_since: Mapped[datetime | None]
    #: Structures that were checked; NULL for all.
    checked: Mapped[int | None]

    __table_args__ = (Index(None, "started_at"),)
