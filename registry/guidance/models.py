"""The table of the library."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class GuidanceKind(Choice):
    """What a document of the library is."""

    GUIDANCE = "guidance", _l("Văn bản hướng dẫn")
    FORM = "form", _l("Biểu mẫu")


@versioned
class GuidanceDocument(Base):
    """One document with its files; withdrawn, never deleted."""

    __tablename__ = "guidance_document"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    #: The department that publishes it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[GuidanceKind] = mapped_column(choice_type(GuidanceKind))
    title: Mapped[str]
    #: Number and day of the paper, if it is one.
    number: Mapped[str | None]
    issued_on: Mapped[date | None]
    summary: Mapped[str | None]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("char_length(btrim(title)) > 0", name="title"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
    )
