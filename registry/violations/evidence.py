"""The evidence of a case: its originals, and what the camera says of its photos, compared with the case.

What does not fit is shown with the photo, never a reason to refuse it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Double, func, select, type_coerce

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.files.models import Attachment, AttachmentLink, AttachmentPosition, FileKind
from registry.files.queries import similar_photos
from registry.kernel.clock import local_date
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, format_date, format_datetime, format_number
from registry.structures import positions
from registry.territory.queries import point
from registry.violations.codes import CODE
from registry.violations.location import position_of
from registry.violations.models import Violation

PHOTO_MATCH: Final = "violation.photo_match"


def photo_remarks(ctx: Ctx, case: Violation, links: Sequence[AttachmentLink]) -> Mapping[int, Sequence[str]]:
    """Attachment -> what does not fit: place, day of the act, moment of the upload; photos without such are left out.

    The caller has checked that the actor may see the evidence of the case.
    """
    photos = [link.attachment for link in links if link.attachment.kind is FileKind.PHOTO]
    if not photos:
        return {}
    most: dict[str, int] = setting(ctx.session, PHOTO_MATCH, ctx.today)
    used = _used_elsewhere(ctx, case, [photo.id for photo in photos])
    metres = _distances(ctx, case, [photo.id for photo in photos])
    remarks_by_photo = {
        photo.id: [
            *_place_remarks(metres.get(photo.id), most["metres"]),
            *_time_remarks(case, photo, timedelta(days=most["days"])),
            *used.get(photo.id, ()),
        ]
        for photo in photos
    }
    return {number: remarks for number, remarks in remarks_by_photo.items() if remarks}


def used_photos(ctx: Ctx, case: Violation, ids: Collection[int]) -> list[str]:
    """A sentence for each photo of a case, by id, that another case has too, or one alike."""
    used = _used_elsewhere(ctx, case, ids)
    names = dict(ctx.session.execute(select(Attachment.id, Attachment.file_name).where(Attachment.id.in_(used))).all())
    return [
        _("Ảnh “%(name)s”: %(remark)s", name=names[photo], remark=remark)
        for photo, remarks in used.items()
        for remark in remarks
    ]


def _used_elsewhere(ctx: Ctx, case: Violation, ids: Collection[int]) -> dict[int, list[str]]:
    """Attachment -> that it, or one alike, is in other cases; those that the actor may not read have no number."""
    pairs = similar_photos(ctx.session, ids, CODE, case.id)
    others = {other for _photo, other in pairs}
    readable = select(Violation.id, Violation.number).where(
        Violation.id.in_(others), visible(ctx, Violation, P.VIOLATION_EVIDENCE)
    )
    numbers = {row.id: row.number for row in ctx.session.execute(readable)}
    remarks: dict[int, list[str]] = {}
    for photo, other in pairs:
        number = numbers.get(other) or _("một hồ sơ của cơ quan khác")
        sentence = _("Giống ảnh đã dùng ở %(number)s; hãy kiểm tra có đúng là ảnh của vụ việc này.", number=number)
        if sentence not in remarks.setdefault(photo, []):
            remarks[photo].append(sentence)
    return remarks


def _distances(ctx: Ctx, case: Violation, ids: Sequence[int]) -> dict[int, int]:
    """Metres from the place of the case to where its photos were taken, of those that say it."""
    here = func.Geography(point(*position_of(ctx, case.id)))
    there = (type_coerce(column, Double) for column in (AttachmentPosition.lon, AttachmentPosition.lat))
    metres = func.ST_Distance(here, func.Geography(point(*there)))
    query = select(AttachmentPosition.id, metres.label("metres")).where(AttachmentPosition.id.in_(ids))
    return {row.id: round(row.metres) for row in positions.run(ctx, query)}


def _place_remarks(metres: int | None, most: int) -> list[str]:
    if metres is None or metres <= most:
        return []
    return [_("Nơi chụp cách vị trí hồ sơ %(metres)s m.", metres=format_number(metres))]


def _time_remarks(case: Violation, photo: Any, margin: timedelta) -> list[str]:
    if photo.taken_at is None:
        return [_("Ảnh không ghi thời điểm chụp.")]
    when = format_datetime(photo.taken_at)
    if photo.taken_at > photo.uploaded_at + margin:
        return [_("Máy ảnh ghi %(when)s, sau thời điểm tải lên; đồng hồ của máy có thể sai.", when=when)]
    if local_date(photo.taken_at) < case.occurred_on - margin:
        return [
            _("Chụp lúc %(when)s, trước ngày xảy ra %(day)s.", when=when, day=format_date(case.occurred_on)),
        ]
    if photo.uploaded_at - photo.taken_at > margin:
        return [
            _(
                "Chụp lúc %(when)s, %(days)d ngày trước khi tải lên.",
                when=when,
                days=(photo.uploaded_at - photo.taken_at).days,
            )
        ]
    return []


def list_originals(ctx: Ctx, case: Violation) -> list[tuple[str, str]]:
    """Name and SHA-256 of the originals that the case has, oldest first."""
    query = (
        select(Attachment.file_name, Attachment.sha256)
        .join(AttachmentLink, AttachmentLink.attachment_id == Attachment.id)
        .where(AttachmentLink.subject_kind == CODE, AttachmentLink.subject_id == case.id, AttachmentLink.is_active)
        .order_by(AttachmentLink.id)
    )
    return [(row.file_name, row.sha256) for row in ctx.session.execute(query)]
