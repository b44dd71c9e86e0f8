"""A batch: the field, the structures, the reason and the outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class BulkState(Choice):
    """State of a batch; `waiting` and `undoing` are the worker's."""

    WAITING = "waiting", _l("Đang chờ thực hiện")
    APPLIED = "applied", _l("Đã sửa")
    REFUSED = "refused", _l("Không sửa được")
    UNDOING = "undoing", _l("Đang hoàn tác")
    UNDONE = "undone", _l("Đã hoàn tác")


@versioned
class BulkEdit(Base):
    """One field, one value, many structures of one organisation."""

    __tablename__ = "bulk_edit"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    field: Mapped[str]
    #: As typed; NULL removes the value.
    value: Mapped[str | None]
    #: The reason that goes with “not shareable”.
    companion: Mapped[str | None]
    #: {"codes": [...]} or {"query": "kind=..."}: the filter of the list as its query string.
    target: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    #: SHA-256 over id and version of the previewed structures; any change since changes it.
    digest: Mapped[str]
    state: Mapped[BulkState] = mapped_column(choice_type(BulkState))
    matched: Mapped[int]
    changed: Mapped[int]
    refused: Mapped[int]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    applied_at: Mapped[datetime | None]
    applied_change_id: Mapped[int | None]
    #: Reason of a failure to change or to undo.
    failure: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_reason: Mapped[str | None]
    #: Codes of the structures that were changed after the batch, which its undo left as they are.
    left_out: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        CheckConstraint("char_length(btrim(reason)) > 0", name="reason_given"),
        CheckConstraint("matched >= 0 AND changed >= 0 AND refused >= 0", name="counts"),
        CheckConstraint(
            "(state IN ('applied', 'undoing', 'undone')) = (applied_change_id IS NOT NULL)", name="applied_change"
        ),
        CheckConstraint("(applied_change_id IS NULL) = (applied_at IS NULL)", name="applied_at"),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone_at"),
        CheckConstraint("state <> 'refused' OR failure IS NOT NULL", name="failure"),
        Index(None, "organisation_id", "created_at"),
    )
