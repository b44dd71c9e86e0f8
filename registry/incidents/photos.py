"""Photos of people without an account: stored apart, kept in quarantine, shown to others only as a cleared copy.

They are no attachments: those are never deleted, and belong to an organisation. These are deleted with an unfinished
draft, a rejected report, or when a moderator refuses them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ScalarSelect, delete, func, or_, select, text

from registry.authz.actors import Ctx
from registry.files.image_end import check_density, picture_alone
from registry.files.photos import Box, Photo, reencode
from registry.files.storage import FileStore, digest
from registry.files.types import FileRefused, check_type, clean_name
from registry.incidents.codes import IncidentState, PhotoState
from registry.incidents.drafts import lock_draft
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.incidents.photo_room import DRAFT_TERM, QUOTA, drop_drafts, lock_room, make_room
from registry.incidents.public_place import is_public
from registry.incidents.rules import digest_of
from registry.kernel.dated_settings import setting
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _
from registry.kernel.text import shown

#: Folder of the store below that of all files.
FOLDER: Final = "reports"
#: Cells of a photo that a moderator can blacken.
COLUMNS, ROWS = 16, 12
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:key)")
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:key)")
_SWEEP_LOCK: Final = 7_204_012


@dataclass(frozen=True)
class SentPhoto:
    """A photo as it was sent; `content` may be one byte longer than is accepted."""

    file_name: str
    content: bytes


def store_below(files: Path) -> FileStore:
    """The store of reported photos, below the folder of all files."""
    return FileStore(files / FOLDER)


def add_photos(ctx: Ctx, store: FileStore, draft: str, sent: Sequence[SentPhoto], network: str | None = None) -> int:
    """Put photos into quarantine; returns how many found no room, and are left out of the report.

    `network`: the keyed digest of where they come from, for its quota of bytes. Invalid (field `photos`) names the
    photo and what is wrong with it.
    """
    most = setting(ctx.session, QUOTA, ctx.today)["photos"]
    too_many = Invalid({"photos": _("Mỗi phản ánh nhận tối đa %(most)d ảnh; hãy bỏ bớt ảnh.", most=most)})
    if len(sent) > most:
        raise too_many
    pictures = {picture.sha256: picture for picture in map(_decoded, sent)}
    # Other requests of this draft wait from here on, so that its photos are counted and not only estimated.
    row = lock_draft(ctx, draft, network)
    of_draft = select(IncidentPhoto.sha256).where(IncidentPhoto.draft_digest == row.digest)
    held = set(ctx.session.scalars(of_draft))
    fresh = [pictures[sha256] for sha256 in pictures.keys() - held]
    if len(pictures.keys() | held) > most:
        raise too_many
    lock_room(ctx)
    left_out = 0
    for picture in fresh:
        if make_room(ctx, store, row, picture.size):
            _add(ctx, store, row.digest, picture)
        else:
            left_out += 1
    row.left_out += left_out
    ctx.session.flush()
    return left_out


@dataclass(frozen=True)
class _Picture:
    """A photo that may be stored: its original without anything behind the picture, and the copy to be served."""

    original: bytes
    copy: Photo

    @property
    def sha256(self) -> str:
        return digest(self.original)

    @property
    def size(self) -> int:
        return len(self.original) + len(self.copy.content)


def _add(ctx: Ctx, store: FileStore, draft_digest: str, picture: _Picture) -> None:
    ctx.session.execute(_SHARE, {"key": _SWEEP_LOCK})
    copy = picture.copy
    ctx.session.add(
        IncidentPhoto(
            draft_digest=draft_digest,
            state=PhotoState.QUARANTINED,
            sha256=store.keep_original(picture.original),
            stored_name=store.keep_served(copy.content),
            media_type=copy.media_type,
            size_bytes=picture.size,
            width=copy.width,
            height=copy.height,
            received_at=ctx.now,
            taken_at=copy.taken_at,
            lon=copy.lon,
            lat=copy.lat,
        )
    )
    ctx.session.flush()


def _decoded(sent: SentPhoto) -> _Picture:
    try:
        name = clean_name(sent.file_name)
        media_type = check_type(name, sent.content)
        if media_type.startswith("image/"):
            original = picture_alone(name, media_type, sent.content)
            copy = reencode(name, media_type, original)
            check_density(name, original, copy.pixels)
            return _Picture(original, copy)
    except FileRefused as refused:
        raise Invalid({"photos": str(refused)}) from refused
    raise Invalid(
        {"photos": _("Tệp “%(name)s” không phải ảnh; hãy gửi ảnh JPG, PNG, WEBP hoặc HEIC.", name=shown(name))}
    )


def photos_of_draft(ctx: Ctx, draft: str) -> list[IncidentPhoto]:
    """The photos of a draft, in the order in which they came."""
    query = select(IncidentPhoto).where(
        IncidentPhoto.draft_digest == digest_of(draft), IncidentPhoto.report_id.is_(None)
    )
    return list(ctx.session.scalars(query.order_by(IncidentPhoto.id)))


def photos_of_case(ctx: Ctx, incident_id: int) -> list[IncidentPhoto]:
    """The photos of all reports of an incident except refused ones; for its moderators."""
    query = (
        select(IncidentPhoto)
        .join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
        .where(IncidentReport.incident_id == incident_id, IncidentPhoto.state != PhotoState.REFUSED)
    )
    return list(ctx.session.scalars(query.order_by(IncidentPhoto.id)))


def cleared_photos(ctx: Ctx, incident_id: int) -> list[IncidentPhoto]:
    """Those that others may see."""
    return [photo for photo in photos_of_case(ctx, incident_id) if photo.state is PhotoState.CLEARED]


def first_cleared_photo() -> ScalarSelect[Any]:
    """SQL: the id of the oldest photo of an incident that others may see; NULL without any."""
    query = (
        select(func.min(IncidentPhoto.id))
        .join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
        .where(IncidentReport.incident_id == Incident.id, IncidentPhoto.state == PhotoState.CLEARED)
    )
    return query.correlate(Incident).scalar_subquery()


def case_of_photo(ctx: Ctx, photo_id: int) -> tuple[IncidentPhoto, int]:
    """A photo of a report that was sent, and its incident; NotFound otherwise. The caller checks the right to it."""
    query = (
        select(IncidentPhoto, IncidentReport.incident_id)
        .join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
        .where(IncidentPhoto.id == photo_id, IncidentPhoto.state != PhotoState.REFUSED)
    )
    row = ctx.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


@sees_all_rows(Incident.__tablename__)
def published_photo(ctx: Ctx, photo_id: int) -> IncidentPhoto:
    """A cleared photo of a published incident; NotFound otherwise, with the same message."""
    query = (
        select(IncidentPhoto)
        .join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
        .join(Incident, Incident.id == IncidentReport.incident_id)
        .where(
            IncidentPhoto.id == photo_id,
            IncidentPhoto.state == PhotoState.CLEARED,
            is_public(),
        )
    )
    photo_row = ctx.session.scalars(query).one_or_none()
    if photo_row is None:
        raise NotFound
    return photo_row


def clear_photo(store: FileStore, photo: IncidentPhoto, cells: Collection[int]) -> None:
    """Make the copy for others, with these cells (row by row from the top left) blackened.

    Invalid (field `cells`) if the photo can no longer be read.
    """
    copy = store.path(photo.stored_name).read_bytes()
    if cells:
        try:
            copy = reencode(photo.stored_name, photo.media_type, copy, boxes_of(photo, cells)).content
        except FileRefused as refused:
            raise Invalid({"cells": str(refused)}) from refused
    photo.cleared_name = store.keep_served(copy)
    photo.size_bytes += len(copy) if cells else 0
    photo.state = PhotoState.CLEARED


def clear_as_is(photo: IncidentPhoto) -> None:
    """Let others see the copy of a photo with nothing blackened."""
    photo.state, photo.cleared_name = PhotoState.CLEARED, photo.stored_name


def refuse_photo(photo: IncidentPhoto) -> None:
    """Hide it from all; the nightly job deletes it."""
    photo.state, photo.cleared_name = PhotoState.REFUSED, None


def boxes_of(photo: IncidentPhoto, cells: Collection[int]) -> list[Box]:
    """The parts of a photo in pixels that cells of its grid cover."""
    boxes = []
    for cell in sorted(cells):
        row, column = divmod(cell, COLUMNS)
        left, right = (photo.width * edge // COLUMNS for edge in (column, column + 1))
        top, bottom = (photo.height * edge // ROWS for edge in (row, row + 1))
        boxes.append((left, top, right - left, bottom - top))
    return boxes


def forget_photos(ctx: Ctx, store: FileStore, now: datetime) -> int:
    """Delete photos of unfinished drafts, of rejected reports and refused ones; returns how many.

    Files are deleted a day after the last row that names them.
    """
    ctx.session.execute(_EXCLUSIVE, {"key": _SWEEP_LOCK})
    lock_room(ctx)
    dropped = drop_drafts(ctx, store, IncidentPhoto.received_at < now - DRAFT_TERM)
    rejected = (
        select(IncidentReport.id)
        .join(Incident, Incident.id == IncidentReport.incident_id)
        .where(Incident.state == IncidentState.REJECTED)
    )
    gone = or_(
        IncidentPhoto.state == PhotoState.REFUSED,
        IncidentPhoto.report_id.in_(rejected) & (IncidentPhoto.received_at < now - timedelta(days=30)),
    )
    removed = ctx.session.execute(delete(IncidentPhoto).where(gone).returning(IncidentPhoto.id)).all()
    rows = ctx.session.execute(
        select(IncidentPhoto.stored_name, IncidentPhoto.cleared_name, IncidentPhoto.sha256)
    ).all()
    served = [name for row in rows for name in (row.stored_name, row.cleared_name) if name]
    store.sweep(served, (row.sha256 for row in rows), now)
    return dropped + len(removed)
