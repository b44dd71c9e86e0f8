"""Export files that the worker writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.i18n import _l


class ExportState(Choice):
    """The life of an export file."""

    WAITING = "waiting", _l("Chờ lập")
    RUNNING = "running", _l("Đang lập")
    DONE = "done", _l("Đã lập xong")
    FAILED = "failed", _l("Không lập được")
    EXPIRED = "expired", _l("Đã hết hạn")


#: States in which the worker is not done yet.
OPEN: Final = (ExportState.WAITING, ExportState.RUNNING)


class ExportJob(Base):
    """One file for one person: requested, written by the worker, downloadable until it expires.

    The audit chain records the request, the access log the exported positions.
    """

    __tablename__ = "export_job"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    list_code: Mapped[str]
    file_format: Mapped[ExportFormat] = mapped_column(choice_type(ExportFormat, name="file_format"))
    #: The filter as pairs of the query string.
    arguments: Mapped[list[list[str]]] = mapped_column(JSONB)
    #: SHA-256 of list, format, arguments and language: equal requests share one file.
    digest: Mapped[str]
    language: Mapped[str]
    state: Mapped[ExportState] = mapped_column(choice_type(ExportState))
    #: Rows written so far, and expected rows.
    done: Mapped[int]
    total: Mapped[int | None]
    file_name: Mapped[str | None]
    size_bytes: Mapped[int | None]
    #: Why it failed, as a sentence for the user.
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    __table_args__: Any = (
        CheckConstraint("done >= 0 AND total >= 0", name="counts"),
        CheckConstraint("state <> 'done' OR (file_name IS NOT NULL AND expires_at IS NOT NULL)", name="file_if_done"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        Index(None, "user_id", "created_at"),
        Index("ix_export_job_expires_at", "expires_at", postgresql_where="state = 'done'"),
        # Two simultaneous clicks make one file.
        Index(
            "uq_export_job_open",
            "user_id",
            "digest",
            unique=True,
            postgresql_where="state IN ('waiting', 'running')",
        ),
    )

    def state_at(self, now: datetime) -> ExportState:
        """The state that holds: a file whose time is over is expired before the hourly job deletes it."""
        is_over = self.state is ExportState.DONE and self.expires_at is not None and self.expires_at <= now
        return ExportState.EXPIRED if is_over else self.state

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
