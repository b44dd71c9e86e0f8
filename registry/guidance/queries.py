"""Reads of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require
from registry.files.models import Attachment, AttachmentLink
from registry.files.queries import LINKS
from registry.guidance.models import GuidanceDocument
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _

#: Kind of object in the audit log and of files.
GUIDANCE: Final = "guidance"


def documents_query(ctx: Ctx) -> Select[Any]:
    """The documents that stand; for who keeps the library the withdrawn ones, too."""
    require(ctx, P.GUIDANCE_READ)
    query = select(GuidanceDocument)
    return query if holds(ctx.actor, P.GUIDANCE_EDIT) else query.where(GuidanceDocument.withdrawn_at.is_(None))


def get_document(ctx: Ctx, document_id: int) -> GuidanceDocument:
    """NotFound if there is none that the actor may read."""
    row = ctx.session.scalars(documents_query(ctx).where(GuidanceDocument.id == document_id)).one_or_none()
    if row is None:
        raise NotFound(_("Không có tài liệu này, hoặc tài liệu đã được gỡ."))
    document: GuidanceDocument = row
    return document


def files_of(ctx: Ctx, document: GuidanceDocument) -> Sequence[Attachment]:
    """The files of a document that the actor may read."""
    query = LINKS.where(
        AttachmentLink.subject_kind == GUIDANCE, AttachmentLink.subject_id == document.id, AttachmentLink.is_active
    )
    return [link.attachment for link in ctx.session.scalars(query.order_by(AttachmentLink.id))]


def get_file(ctx: Ctx, document: GuidanceDocument, attachment_id: int) -> Attachment:
    """NotFound for a file of another object."""
    attachment = next((candidate for candidate in files_of(ctx, document) if candidate.id == attachment_id), None)
    if attachment is None:
        raise NotFound(_("Tài liệu này không có tệp số %(number)d.", number=attachment_id))
    return attachment


def owner_of_files(ctx: Ctx, document_id: int, permission: P) -> int:
    """The organisation of the files of a document; only who keeps the library adds some."""
    document = get_document(ctx, document_id)
    if permission is not P.FILE_READ:
        require(ctx, P.GUIDANCE_EDIT)
    return document.organisation_id
