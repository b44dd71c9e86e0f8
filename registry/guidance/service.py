"""Writes of the library; each with an audit event."""

from __future__ import annotations

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.service import AddFile, add_file
from registry.files.storage import FileStore
from registry.guidance.commands import PublishDocument
from registry.guidance.models import GuidanceDocument
from registry.guidance.notices import EVENTS, PUBLISHED, WITHDRAWN
from registry.guidance.queries import GUIDANCE, get_document
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.i18n import _, format_date, format_datetime
from registry.notices.service import notify


def publish(ctx: Ctx, store: FileStore, command: PublishDocument) -> GuidanceDocument:
    """Publish a document with its file; Invalid for a day to come or a refused file."""
    require(ctx, P.GUIDANCE_EDIT)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    if command.issued_on is not None and command.issued_on > ctx.today:
        sentence = _(
            "Ngày %(day)s chưa tới; muộn nhất là hôm nay %(today)s.",
            day=format_date(command.issued_on),
            today=format_date(ctx.today),
        )
        raise Invalid({"issued_on": sentence})
    document = GuidanceDocument(
        organisation_id=ctx.actor.organisation_id,
        kind=command.kind,
        title=command.title,
        number=command.number,
        issued_on=command.issued_on,
        summary=command.summary,
        published_at=ctx.now,
        published_by_id=ctx.actor.id,
    )
    ctx.session.add(document)
    ctx.session.flush()
    record(ctx, f"{GUIDANCE}.publish", GUIDANCE, document.id, title=document.title)
    notify(ctx, EVENTS[PUBLISHED], document.id, document, title=document.title, kind=document.kind.value)
    add_file(
        ctx,
        store,
        AddFile(subject_kind=GUIDANCE, subject_id=document.id, file_name=command.file_name, content=command.content),
    )
    return document


def withdraw(ctx: Ctx, document_id: int, reason: str) -> GuidanceDocument:
    """Take a document out of the library; Conflict if it was taken out already."""
    require(ctx, P.GUIDANCE_EDIT)
    document = get_document(ctx, document_id)
    ctx.session.execute(select(GuidanceDocument.id).where(GuidanceDocument.id == document.id).with_for_update())
    ctx.session.refresh(document)
    if document.withdrawn_at is not None:
        raise Conflict(_("Tài liệu này đã được gỡ lúc %(moment)s.", moment=format_datetime(document.withdrawn_at)))
    document.withdrawn_at, document.withdrawn_reason = ctx.now, reason
    ctx.session.flush()
    record(ctx, f"{GUIDANCE}.withdraw", GUIDANCE, document.id, title=document.title)
    notify(ctx, EVENTS[WITHDRAWN], document.id, document, title=document.title, kind=document.kind.value)
    return document
