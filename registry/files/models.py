"""Tables of attachments: the file, its objects, and the position of a photo."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.files.types import served_name
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l

IMAGE_TYPES: Final = ("image/jpeg", "image/webp")


class FileKind(Choice):
    """How an attachment is served: a photo is re-encoded, a document is unchanged and only downloaded."""

    PHOTO = "photo", _l("Ảnh")
    DOCUMENT = "document", _l("Tài liệu")


@versioned
class Attachment(Base):
    """One stored file; the same content twice is two rows and one file on disk."""

    __tablename__ = "attachment"

    id: Mapped[BigId]
    #: Owner of the object at the time of the upload.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    kind: Mapped[FileKind] = mapped_column(choice_type(FileKind))
    #: Name given by the sender, without folders.
    file_name: Mapped[str]
    #: Of the file that is served.
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    #: SHA-256 of the original, lower-case hex; also its name in the store of originals.
    sha256: Mapped[str]
    original_media_type: Mapped[str]
    original_size_bytes: Mapped[int]
    #: Name in the store of served files: the SHA-256 of their content.
    stored_name: Mapped[str]
    #: Name and size of the photo with covered faces and plates, which is served in place of the other one.
    redacted_name: Mapped[str | None]
    redacted_size_bytes: Mapped[int | None]
    #: Pixels of the served photo.
    width: Mapped[int | None]
    height: Mapped[int | None]
    #: Of a photo with contrast, 64 bits: pictures are alike where few bits differ.
    difference_hash: Mapped[int | None] = mapped_column(BigInteger)
    #: By the camera's clock.
    taken_at: Mapped[datetime | None]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[datetime]

    @property
    def served_name(self) -> str:
        """The name of the served file; a re-encoded photo may have another type than the original."""
        return served_name(self.file_name, self.media_type)

    @property
    def is_as_sent(self) -> bool:
        return self.sha256 == self.open_name

    @property
    def open_name(self) -> str:
        """The stored name of the file that people open."""
        return self.redacted_name or self.stored_name

    @property
    def open_size_bytes(self) -> int:
        return self.redacted_size_bytes or self.size_bytes

    links: Mapped[list[AttachmentLink]] = relationship(lazy="raise_on_sql", back_populates="attachment")

    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        CheckConstraint("stored_name ~ '^[0-9a-f]{64}$'", name="stored_name_form"),
        CheckConstraint("size_bytes > 0 AND original_size_bytes > 0", name="not_empty"),
        CheckConstraint("redacted_name ~ '^[0-9a-f]{64}$'", name="redacted_name_form"),
        CheckConstraint("(redacted_name IS NULL) = (redacted_size_bytes IS NULL)", name="redacted_whole"),
        CheckConstraint("redacted_name IS NULL OR kind = 'photo'", name="redacted_photo"),
        CheckConstraint("(kind = 'photo') = (width IS NOT NULL AND height IS NOT NULL)", name="photo_has_pixels"),
        CheckConstraint("length(file_name) BETWEEN 1 AND 150", name="file_name_length"),
        Index(None, "organisation_id"),
        Index(None, "sha256"),
        Index(None, "stored_name"),
    )


@versioned
class AttachmentLink(Base):
    """Links an attachment to an object of a higher feature, by kind and id; withdrawn, never deleted."""

    __tablename__ = "attachment_link"

    id: Mapped[BigId]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"))
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    caption: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)

    attachment: Mapped[Attachment] = relationship(lazy="raise_on_sql", back_populates="links")

    __table_args__ = (
        UniqueConstraint("attachment_id", "subject_kind", "subject_id"),
        CheckConstraint("subject_kind ~ '^[a-z][a-z_]{1,39}$'", name="subject_kind_form"),
        CheckConstraint("length(caption) BETWEEN 1 AND 300", name="caption_length"),
        Index(None, "subject_kind", "subject_id"),
    )


class AttachmentPosition(Base):
    """Where a photo was taken (WGS 84): as exact as a structure's position, so only its readers may select it.

    Written once with the photo and never changed, hence without history.
    """

    __tablename__ = "attachment_position"

    #: The attachment's id.
    id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    lon: Mapped[Decimal] = mapped_column(Numeric(10, 7))
    lat: Mapped[Decimal] = mapped_column(Numeric(9, 7))

    __table_args__ = (CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_the_globe"),)
