"""Writes of the library; each with an audit event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.service import AddFile, add_file
from registry.files.storage import FileStore
from registry.guidance.commands import PublishDocument
from registry.guidance.models import FIELDS_OF_ROLES, GuidanceDocument, GuidanceField, GuidanceReceipt
from registry.guidance.notices import EVENTS, PUBLISHED, REMINDED, WITHDRAWN
from registry.guidance.queries import (
    GUIDANCE,
    addressed_of,
    get_document,
    is_current,
    missing_of,
    organisations_with,
    own_receipts,
)
from registry.kernel.clock import end_of_day
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, format_date, format_datetime
from registry.notices.models import Notice
from registry.notices.service import notify

_A_DAY: Final = timedelta(days=1)


def publish(ctx: Ctx, store: FileStore, command: PublishDocument) -> GuidanceDocument:
    """Publish a document with its file, or a new version of one; Invalid names every wrong field."""
    require(ctx, P.GUIDANCE_EDIT)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    addressed_ids = organisations_with(ctx, command.addressees) if command.addressees else []
    problems = _problems(ctx, command, addressed_ids)
    if problems:
        raise Invalid(problems)
    if command.replaces_id is not None:
        _replaceable(ctx, command.replaces_id)
    document = GuidanceDocument(
        organisation_id=ctx.actor.organisation_id,
        kind=command.kind,
        field=_field_of(ctx),
        title=command.title,
        number=command.number,
        issued_on=command.issued_on,
        summary=command.summary,
        is_public=command.is_public,
        addressees=[role.value for role in command.addressees],
        addressed_ids=addressed_ids,
        due_on=command.due_on,
        replaces_id=command.replaces_id,
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


def _problems(ctx: Ctx, command: PublishDocument, addressed_ids: Sequence[int]) -> dict[str, str]:
    problems: dict[str, str] = {}
    if command.issued_on is not None and command.issued_on > ctx.today:
        problems["issued_on"] = _(
            "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
            day=format_date(command.issued_on),
            today=format_date(ctx.today),
        )
    if command.due_on is not None and not command.addressees:
        problems["addressees"] = _("Chưa chọn nhóm đơn vị; đã ghi hạn xác nhận thì cần chọn đơn vị phải xác nhận.")
    if command.addressees and not addressed_ids:
        problems["addressees"] = _(
            "Chưa có đơn vị nào đang hoạt động thuộc nhóm “%(roles)s”; hãy chọn nhóm khác.",
            roles=", ".join(str(role.label) for role in command.addressees),
        )
    if command.due_on is not None and command.due_on < ctx.today:
        problems["due_on"] = _(
            "Ngày %(day)s đã qua; cần từ hôm nay %(today)s.",
            day=format_date(command.due_on),
            today=format_date(ctx.today),
        )
    return problems


def _field_of(ctx: Ctx) -> GuidanceField:
    return next(field for role, field in FIELDS_OF_ROLES.items() if role in ctx.actor.roles)


def _replaceable(ctx: Ctx, document_id: int) -> None:
    """Conflict for a version that was withdrawn or replaced already; two posts wait for each other here."""
    document = _locked(ctx, document_id)
    if document.withdrawn_at is not None:
        raise Conflict(_("Tài liệu này đã được gỡ lúc %(moment)s.", moment=format_datetime(document.withdrawn_at)))
    if not is_current(ctx, document):
        raise Conflict(_("“%(title)s” đã có phiên bản mới hơn; hãy thay phiên bản đó.", title=document.title))


def _locked(ctx: Ctx, document_id: int) -> GuidanceDocument:
    """A document of the actor's department."""
    document = get_document(ctx, document_id)
    require(ctx, P.GUIDANCE_EDIT, document)
    ctx.session.execute(select(GuidanceDocument.id).where(GuidanceDocument.id == document.id).with_for_update())
    ctx.session.refresh(document)
    return document


def withdraw(ctx: Ctx, document_id: int, reason: str) -> GuidanceDocument:
    """Take a document out of the library; Conflict if it was taken out already."""
    require(ctx, P.GUIDANCE_EDIT)
    document = _locked(ctx, document_id)
    if document.withdrawn_at is not None:
        raise Conflict(_("Tài liệu này đã được gỡ lúc %(moment)s.", moment=format_datetime(document.withdrawn_at)))
    document.withdrawn_at, document.withdrawn_reason = ctx.now, reason
    ctx.session.flush()
    record(ctx, f"{GUIDANCE}.withdraw", GUIDANCE, document.id, title=document.title)
    notify(ctx, EVENTS[WITHDRAWN], document.id, document, title=document.title, kind=document.kind.value)
    return document


def acknowledge(ctx: Ctx, document_id: int) -> GuidanceDocument:
    """Acknowledge a version for the actor's organisation; a second time changes nothing."""
    document = get_document(ctx, document_id)
    addressed = addressed_of(ctx, document)
    if not addressed:
        raise Forbidden(
            _("“%(title)s” không gửi cho đơn vị của tài khoản nên không cần xác nhận.", title=document.title)
        )
    ctx.session.execute(select(GuidanceDocument.id).where(GuidanceDocument.id == document.id).with_for_update())
    missing = addressed - {receipt.organisation_id for receipt in own_receipts(ctx, document)}
    if not missing:
        return document
    if not is_current(ctx, document):
        raise MoveRefused(
            _("“%(title)s” đã được thay bằng phiên bản mới; hãy xác nhận phiên bản hiện hành.", title=document.title)
        )
    for organisation_id in sorted(missing):
        ctx.session.add(
            GuidanceReceipt(
                document_id=document.id,
                organisation_id=organisation_id,
                acknowledged_at=ctx.now,
                acknowledged_by_id=ctx.actor.id,
            )
        )
    ctx.session.flush()
    record(ctx, f"{GUIDANCE}.acknowledge", GUIDANCE, document.id, title=document.title)
    return document


def remind(ctx: Ctx, document_id: int) -> int:
    """Remind those who have not acknowledged a document, each once a day; how many are missing."""
    document = _locked(ctx, document_id)
    if not is_current(ctx, document):
        raise MoveRefused(_("“%(title)s” đã được thay hoặc đã gỡ nên không nhắc.", title=document.title))
    missing = missing_of(ctx, document)
    if not missing:
        raise MoveRefused(_("Mọi đơn vị đã xác nhận “%(title)s” nên không cần nhắc.", title=document.title))
    if _remind(ctx, document, ctx.now - _A_DAY) is None:
        raise MoveRefused(_("Các đơn vị chưa xác nhận đã được nhắc trong 24 giờ qua; hãy nhắc lại sau."))
    return len(missing)


def remind_of_late(ctx: Ctx, document: GuidanceDocument) -> bool:
    """Remind those who missed the last day of a document; False where all were reminded after it."""
    if document.due_on is None:
        message = f"guidance {document.id} has no last day"
        raise ValueError(message)
    return _remind(ctx, document, end_of_day(document.due_on)) is not None


def _remind(ctx: Ctx, document: GuidanceDocument, silent_since: datetime) -> Notice | None:
    """Remind those who are missing and were not reminded since a moment."""
    notice = notify(
        ctx,
        EVENTS[REMINDED],
        document.id,
        document,
        silent_since=silent_since,
        title=document.title,
        kind=document.kind.value,
    )
    if notice is not None:
        record(ctx, f"{GUIDANCE}.remind", GUIDANCE, document.id, title=document.title)
    return notice
