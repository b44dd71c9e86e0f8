"""Labels: random codes printed for one structure each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned


@versioned
class StructureLabel(Base):
    """The code on one sticker; a structure may have several, each revoked separately."""

    __tablename__ = "structure_label"

    id: Mapped[BigId]
    #: Sixteen characters without dashes (rules.py); knowing it proves presence at the structure.
    code: Mapped[str]
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    #: Shared by labels issued together: the id of their change.
    sheet_id: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: The code opens nothing after this time.
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__: Any = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'", name="code_form"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by"),
        CheckConstraint("revoked_at >= issued_at", name="revoked_after_issue"),
        Index(None, "structure_id"),
        Index(None, "sheet_id"),
    )
