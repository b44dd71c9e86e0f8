"""Queries of attachments, always through their object."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import cast, func, or_, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Session, aliased, contains_eager

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, holds, scopes_of
from registry.files.models import Attachment, AttachmentLink, FileKind
from registry.files.subjects import subject_of
from registry.kernel.errors import Forbidden, NotFound, SignInRequired
from registry.kernel.i18n import _

#: Of 64 bits: up to so many differ between two encodings of a picture.
_ALIKE_BITS: Final = 5
_MOST_ALIKE: Final = 20
#: Links with their attachments.
LINKS: Final = select(AttachmentLink).join(AttachmentLink.attachment).options(contains_eager(AttachmentLink.attachment))


def list_files(ctx: Ctx, subject_kind: str, subject_id: int) -> Sequence[AttachmentLink]:
    """The attachments of an object, newest first; refused like the object itself.

    Withdrawn ones come last, for readers of the evidence.
    """
    subject_of(subject_kind).authorise(ctx, subject_id, P.FILE_READ)
    query = LINKS.where(AttachmentLink.subject_kind == subject_kind, AttachmentLink.subject_id == subject_id)
    query = query.order_by(AttachmentLink.is_active.desc(), AttachmentLink.id.desc())
    return [link for link in ctx.session.scalars(query) if link.is_active or _reads_evidence(ctx, link)]


def get_file(ctx: Ctx, attachment_id: int) -> Attachment:
    """An attachment of at least one object with files that the actor may read; NotFound otherwise.

    A withdrawn one stays readable as evidence for its owner and the departments.
    """
    query = LINKS.where(AttachmentLink.attachment_id == attachment_id).order_by(AttachmentLink.id)
    for link in ctx.session.scalars(query):
        if (link.is_active or _reads_evidence(ctx, link)) and _may_read(ctx, link):
            return link.attachment
    raise NotFound(_("Không tìm thấy tệp số %(number)s, hoặc không có quyền xem.", number=attachment_id))


def similar_photos(
    session: Session, photo_ids: Collection[int], subject_kind: str, subject_id: int
) -> list[tuple[int, int]]:
    """(photo, id of another object of the kind) where that object has the same photo, or one that is alike.

    The caller decides what is said of the other object.
    """
    mine, other = aliased(Attachment), aliased(Attachment)
    differing = func.bit_count(cast(mine.difference_hash.op("#")(other.difference_hash), BIT(64)))
    query = (
        select(mine.id, AttachmentLink.subject_id)
        .join(other, or_(other.sha256 == mine.sha256, differing <= _ALIKE_BITS))
        .join(AttachmentLink, AttachmentLink.attachment_id == other.id)
        .where(
            mine.id.in_(photo_ids),
            mine.kind == FileKind.PHOTO,
            other.kind == FileKind.PHOTO,
            AttachmentLink.subject_kind == subject_kind,
            AttachmentLink.subject_id != subject_id,
        )
        .distinct()
        .order_by(mine.id, AttachmentLink.subject_id)
        .limit(_MOST_ALIKE)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _reads_evidence(ctx: Ctx, link: AttachmentLink) -> bool:
    """Whether the actor may read withdrawn files: their owner, and roles with access to those of all owners."""
    if ALL in scopes_of(ctx.actor, P.FILE_EVIDENCE):
        return True
    is_own = link.attachment.organisation_id in ctx.actor.organisation_ids
    return is_own and holds(ctx.actor, P.FILE_EVIDENCE)


def _may_read(ctx: Ctx, link: AttachmentLink) -> bool:
    try:
        subject_of(link.subject_kind).authorise(ctx, link.subject_id, P.FILE_READ)
    except (NotFound, Forbidden, SignInRequired):
        return False
    return True
