"""Writes of attachments: check, re-encode, store on disk, then in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.files.models import Attachment, AttachmentLink, AttachmentPosition, FileKind
from registry.files.photos import Photo, reencode
from registry.files.queries import LINKS
from registry.files.storage import FileStore, digest
from registry.files.subjects import subject_of
from registry.files.types import FileRefused, check_type, clean_name
from registry.kernel.errors import Invalid, MoveRefused, NotFound
from registry.kernel.i18n import _, format_datetime
from registry.kernel.text import TextRefused, normalise


@dataclass(frozen=True, kw_only=True)
class AddFile:
    """A file for an object; `content` is complete and unchanged."""

    subject_kind: str
    subject_id: int
    file_name: str
    content: bytes
    caption: str | None = None
    #: Refuse what the object has already, also where only its metadata differ.
    must_be_new: bool = False


@dataclass(frozen=True, kw_only=True)
class WithdrawFile:
    """Withdraw an attachment from an object; the file and the row stay as evidence."""

    subject_kind: str
    subject_id: int
    attachment_id: int


MAX_CAPTION: Final = 300
#: Uploads share this lock, the sweep takes it exclusively: no file is deleted between its writing and its row.
_SWEEP_LOCK: Final = 7_204_002
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:key)")
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:key)")


def add_file(ctx: Ctx, store: FileStore, command: AddFile) -> Attachment:
    """Attach a file to an object; sending the same content again changes nothing.

    Needs FILE_ADD for the object. Invalid (field `file` or `caption`) for a refused file. The files are on disk before
    the transaction commits; those of an aborted one are removed after 24 hours.
    """
    owner_id = subject_of(command.subject_kind).authorise(ctx, command.subject_id, P.FILE_ADD)
    caption = _caption(command.caption)
    try:
        name = clean_name(command.file_name)
        media_type = check_type(name, command.content)
        photo = reencode(name, media_type, command.content) if media_type.startswith("image/") else None
    except FileRefused as refused:
        raise Invalid({"file": str(refused)}) from refused
    if command.must_be_new:
        _refuse_known(ctx, command, name, photo)
    sent_before = _find_link(
        ctx, command.subject_kind, command.subject_id, Attachment.sha256 == digest(command.content)
    )
    if sent_before is not None:
        return sent_before.attachment
    ctx.session.execute(_SHARE, {"key": _SWEEP_LOCK})
    attachment = _keep(store, command.content, photo)
    attachment.organisation_id = owner_id
    attachment.file_name = name
    attachment.original_media_type = media_type
    attachment.media_type = photo.media_type if photo else media_type
    attachment.uploaded_by_id = ctx.actor.id
    attachment.uploaded_at = ctx.now
    ctx.session.add(attachment)
    ctx.session.flush()
    _add_facts(ctx, attachment, command, caption, photo)
    return attachment


def withdraw_file(ctx: Ctx, command: WithdrawFile) -> None:
    """Withdraw an attachment; needs FILE_ADD for the object, MoveRefused where it must keep its files.

    File, row and history stay.
    """
    subject = subject_of(command.subject_kind)
    subject.authorise(ctx, command.subject_id, P.FILE_ADD)
    if subject.is_locked is not None and subject.is_locked(ctx, command.subject_id):
        raise MoveRefused(_("Hồ sơ đã gửi nên tệp được giữ lại làm căn cứ; nếu có sai sót, hãy thêm tệp đúng."))
    link = _find_link(ctx, command.subject_kind, command.subject_id, Attachment.id == command.attachment_id)
    if link is None:
        raise NotFound(_("Không tìm thấy tệp số %(number)s của đối tượng này.", number=command.attachment_id))
    link.is_active = False
    record(
        ctx,
        "file.withdraw",
        command.subject_kind,
        command.subject_id,
        attachment_id=link.attachment_id,
        sha256=link.attachment.sha256,
    )
    ctx.session.flush()


def sweep(ctx: Ctx, store: FileStore, now: datetime) -> int:
    """Delete files without a row that are older than 24 hours; returns their number."""
    ctx.session.execute(_EXCLUSIVE, {"key": _SWEEP_LOCK})
    rows = ctx.session.execute(select(Attachment.stored_name, Attachment.sha256)).all()
    return store.sweep((row.stored_name for row in rows), (row.sha256 for row in rows), now)


def _refuse_known(ctx: Ctx, command: AddFile, name: str, photo: Photo | None) -> None:
    """Invalid if the object has a file with this content, or a photo with these pixels, withdrawn or not."""
    same = [Attachment.sha256 == digest(command.content)]
    if photo is not None:
        same.append(Attachment.stored_name == digest(photo.content))
    query = LINKS.where(
        AttachmentLink.subject_kind == command.subject_kind, AttachmentLink.subject_id == command.subject_id, or_(*same)
    )
    known = ctx.session.scalars(query.order_by(AttachmentLink.id).limit(1)).one_or_none()
    # Files of the same move may repeat each other.
    if known is None or known.attachment.uploaded_at >= ctx.now:
        return
    raise Invalid(
        {
            "file": _(
                "Tệp '%(name)s' đã có trong hồ sơ từ %(when)s nên không chứng minh được việc xảy ra sau đó;"
                " hãy gửi ảnh chụp mới.",
                name=name,
                when=format_datetime(known.attachment.uploaded_at),
            )
        }
    )


def _keep(store: FileStore, content: bytes, photo: Photo | None) -> Attachment:
    served = photo.content if photo else content
    return Attachment(
        kind=FileKind.PHOTO if photo else FileKind.DOCUMENT,
        sha256=store.keep_original(content),
        stored_name=store.keep_served(served),
        size_bytes=len(served),
        original_size_bytes=len(content),
        width=photo.width if photo else None,
        height=photo.height if photo else None,
        taken_at=photo.taken_at if photo else None,
    )


def _add_facts(ctx: Ctx, attachment: Attachment, command: AddFile, caption: str | None, photo: Photo | None) -> None:
    ctx.session.add(
        AttachmentLink(
            attachment_id=attachment.id,
            subject_kind=command.subject_kind,
            subject_id=command.subject_id,
            caption=caption,
        )
    )
    if photo and photo.lon is not None:
        ctx.session.add(AttachmentPosition(id=attachment.id, lon=photo.lon, lat=photo.lat))
    record(
        ctx,
        "file.add",
        command.subject_kind,
        command.subject_id,
        attachment_id=attachment.id,
        file_name=attachment.file_name,
        sha256=attachment.sha256,
    )
    ctx.session.flush()


def _find_link(ctx: Ctx, subject_kind: str, subject_id: int, which: ColumnElement[bool]) -> AttachmentLink | None:
    query = LINKS.where(
        AttachmentLink.subject_kind == subject_kind,
        AttachmentLink.subject_id == subject_id,
        AttachmentLink.is_active,
        which,
    )
    return ctx.session.scalars(query.limit(1)).one_or_none()


def _caption(given: str | None) -> str | None:
    try:
        caption = normalise(given or "")
    except TextRefused as refused:
        raise Invalid({"caption": str(refused)}) from refused
    if len(caption) > MAX_CAPTION:
        raise Invalid(
            {"caption": _("Chú thích dài %(length)d ký tự, tối đa %(most)d.", length=len(caption), most=MAX_CAPTION)}
        )
    return caption or None
