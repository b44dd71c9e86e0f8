"""Writes of attachments: check, re-encode, store on disk, then in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.files.models import Attachment, AttachmentLink, AttachmentPosition, FileKind
from registry.files.photos import Box, Photo, reencode
from registry.files.queries import LINKS
from registry.files.storage import FileStore, digest
from registry.files.subjects import subject_of
from registry.files.types import FileRefused, check_type, clean_name, is_photo
from registry.kernel.errors import Invalid, MoveRefused, NotFound, errors_at
from registry.kernel.i18n import _, format_datetime
from registry.kernel.text import TextRefused, normalise, shown


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


@dataclass(frozen=True, kw_only=True)
class RedactPhoto:
    """Cover parts of a photo of an object; `boxes` in pixels of the photo."""

    subject_kind: str
    subject_id: int
    attachment_id: int
    boxes: Sequence[Box]


MAX_CAPTION: Final = 300
#: Uploads share this lock, the sweep takes it exclusively: no file is deleted between its writing and its row.
_SWEEP_LOCK: Final = 7_204_002
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:key)")
#: Of two requests that add files to one object at one instant, the second sees those of the first.
_LOCK_SUBJECT = text("SELECT pg_advisory_xact_lock(CAST(:half AS int), hashtext(:subject))")
_SUBJECTS: Final = 0x7E61_0012
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:key)")


def add_file(ctx: Ctx, store: FileStore, command: AddFile) -> Attachment:
    """Attach a file to an object; sending the same content again changes nothing.

    Needs FILE_ADD for the object. Invalid (field `file` or `caption`) for a refused file. The files are on disk before
    the transaction commits; those of an aborted one are removed after 24 hours.
    """
    subject = subject_of(command.subject_kind)
    owner_id = subject.authorise(ctx, command.subject_id, P.FILE_ADD)
    caption = _caption(command.caption)
    try:
        name = clean_name(command.file_name)
        media_type = check_type(name, command.content, subject.more_types)
        photo = reencode(name, media_type, command.content) if media_type.startswith("image/") else None
    except FileRefused as refused:
        raise Invalid({"file": str(refused)}) from refused
    subject_key = f"{command.subject_kind} {command.subject_id}"
    ctx.session.execute(_LOCK_SUBJECT, {"half": _SUBJECTS, "subject": subject_key})
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


def add_photo(ctx: Ctx, store: FileStore, command: AddFile, field: str) -> Attachment:
    """Attach a file that must be a photo; Invalid at a field of the caller's form for a refused one."""
    if not is_photo(command.file_name):
        name = shown(command.file_name)
        raise Invalid({field: _("Tệp “%(name)s” không phải ảnh; hãy gửi ảnh JPG, PNG, WEBP hoặc HEIC.", name=name)})
    with errors_at(field):
        return add_file(ctx, store, command)


def copy_links(ctx: Ctx, source: tuple[str, int], target: tuple[str, int]) -> None:
    """Let the files of one object, by kind and id, be files of another one too; the caller has the right to both."""
    query = select(AttachmentLink).where(
        AttachmentLink.subject_kind == source[0], AttachmentLink.subject_id == source[1], AttachmentLink.is_active
    )
    for link in ctx.session.scalars(query.order_by(AttachmentLink.id)):
        ctx.session.add(
            AttachmentLink(
                attachment_id=link.attachment_id, subject_kind=target[0], subject_id=target[1], caption=link.caption
            )
        )


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


def redact_photo(ctx: Ctx, store: FileStore, command: RedactPhoto) -> Attachment:
    """Serve a photo with covered parts from now on; the unredacted photo and the original stay in the store.

    Needs FILE_ADD for the object. It replaces an earlier redaction, always from the unredacted photo.
    """
    subject_of(command.subject_kind).authorise(ctx, command.subject_id, P.FILE_ADD)
    photo = find_photo(ctx, command.subject_kind, command.subject_id, command.attachment_id)
    for number, box in enumerate(command.boxes, 1):
        _check_box(photo, number, box)
    source = store.path(photo.stored_name).read_bytes()
    try:
        covered = reencode(photo.file_name, photo.media_type, source, command.boxes)
    except FileRefused as refused:
        raise Invalid({"boxes": str(refused)}) from refused
    ctx.session.execute(_SHARE, {"key": _SWEEP_LOCK})
    photo.redacted_name, photo.redacted_size_bytes = store.keep_served(covered.content), len(covered.content)
    ctx.session.flush()
    record(
        ctx,
        "file.redact",
        command.subject_kind,
        command.subject_id,
        attachment_id=photo.id,
        sha256=photo.sha256,
        boxes=[list(box) for box in command.boxes],
    )
    return photo


def find_file(ctx: Ctx, subject_kind: str, subject_id: int, attachment_id: int) -> Attachment:
    """An active file of an object; NotFound for any other. The caller has checked the access to the object."""
    link = _find_link(ctx, subject_kind, subject_id, Attachment.id == attachment_id)
    if link is None:
        raise NotFound(_("Không tìm thấy tệp số %(number)s trong hồ sơ này.", number=attachment_id))
    return link.attachment


def find_photo(ctx: Ctx, subject_kind: str, subject_id: int, attachment_id: int) -> Attachment:
    """An active photo of an object; NotFound for any other file. The caller has checked the access to the object."""
    link = _find_link(ctx, subject_kind, subject_id, Attachment.id == attachment_id)
    if link is None or link.attachment.kind is not FileKind.PHOTO:
        raise NotFound(_("Không tìm thấy ảnh số %(number)s trong hồ sơ này.", number=attachment_id))
    return link.attachment


def _check_box(photo: Attachment, number: int, box: Box) -> None:
    left, top, width, height = box
    most_x, most_y = photo.width or 0, photo.height or 0
    if width < 1 or height < 1 or left < 0 or top < 0 or left + width > most_x or top + height > most_y:
        sentence = _(
            "Dòng %(number)d: vùng %(box)s ra ngoài ảnh; ảnh rộng %(width)d, cao %(height)d điểm ảnh.",
            number=number,
            box=" ".join(map(str, box)),
            width=most_x,
            height=most_y,
        )
        raise Invalid({"boxes": sentence})


def sweep(ctx: Ctx, store: FileStore, now: datetime) -> int:
    """Delete files without a row that are older than 24 hours; returns their number."""
    ctx.session.execute(_EXCLUSIVE, {"key": _SWEEP_LOCK})
    rows = ctx.session.execute(select(Attachment.stored_name, Attachment.redacted_name, Attachment.sha256)).all()
    served = (name for row in rows for name in (row.stored_name, row.redacted_name) if name)
    return store.sweep(served, (row.sha256 for row in rows), now)


def _refuse_known(ctx: Ctx, command: AddFile, name: str, photo: Photo | None) -> None:
    """Invalid if the object has a file with this content, or a photo with these pixels, withdrawn or not."""
    same = [Attachment.sha256 == digest(command.content)]
    if photo is not None:
        same.append(Attachment.stored_name == digest(photo.content))
    query = LINKS.where(
        AttachmentLink.subject_kind == command.subject_kind, AttachmentLink.subject_id == command.subject_id, or_(*same)
    )
    duplicate = ctx.session.scalars(query.order_by(AttachmentLink.id).limit(1)).one_or_none()
    # Files of the same move may repeat each other.
    if duplicate is None or duplicate.attachment.uploaded_at >= ctx.now:
        return
    raise Invalid(
        {
            "file": _(
                "Tệp “%(name)s” đã có trong hồ sơ từ %(when)s nên không chứng minh được việc xảy ra sau đó; hãy "
                "gửi ảnh chụp mới.",
                name=name,
                when=format_datetime(duplicate.attachment.uploaded_at),
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
        difference_hash=photo.difference_hash if photo else None,
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


def _caption(typed_text: str | None) -> str | None:
    try:
        caption = normalise(typed_text or "")
    except TextRefused as refused:
        raise Invalid({"caption": str(refused)}) from refused
    if len(caption) > MAX_CAPTION:
        raise Invalid(
            {"caption": _("Chú thích dài %(length)d ký tự, tối đa %(most)d.", length=len(caption), most=MAX_CAPTION)}
        )
    return caption or None
