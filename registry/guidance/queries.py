"""Reads of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from registry.accounts.models import Organisation, OrganisationSuccession, RoleAssignment, UserAccount
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds, require, visible
from registry.files.models import Attachment, AttachmentLink
from registry.files.queries import LINKS
from registry.guidance.models import GuidanceDocument, GuidanceReceipt
from registry.kernel.clock import local_date
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _

#: Kind of object in the audit log and of files.
GUIDANCE: Final = "guidance"


@dataclass(frozen=True)
class ReceiptRow:
    """An organisation that a document is addressed to; without a moment it has not acknowledged it.

    `ended_on`: the last day of an organisation that ended without a successor, of which nothing is asked any more.
    """

    organisation_id: int
    name: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    ended_on: date | None
    due_on: date | None

    @property
    def is_missing(self) -> bool:
        return self.acknowledged_at is None and self.ended_on is None

    def is_late(self, today: date) -> bool:
        """Whether it did not acknowledge the document by the last day, or did so afterwards."""
        if self.due_on is None:
            return False
        if self.acknowledged_at is not None:
            return local_date(self.acknowledged_at) > self.due_on
        return self.is_missing and today > self.due_on


def documents_query(ctx: Ctx) -> Select[Any]:
    """The documents that stand, older versions among them; the withdrawn ones for the department that keeps them."""
    require(ctx, P.GUIDANCE_READ)
    return _listed().where(_standing(ctx))


def _listed() -> Select[Any]:
    acknowledged = select(func.count()).where(GuidanceReceipt.document_id == GuidanceDocument.id).scalar_subquery()
    return select(
        GuidanceDocument,
        Organisation.short_name.label("department"),
        GuidanceDocument.is_current_rule().label("is_current"),
        acknowledged.label("acknowledged"),
    ).join(Organisation, Organisation.id == GuidanceDocument.organisation_id)


def _standing(ctx: Ctx) -> ColumnElement[bool]:
    standing = GuidanceDocument.withdrawn_at.is_(None)
    if not holds(ctx.actor, P.GUIDANCE_EDIT):
        return standing
    return or_(standing, visible(ctx, GuidanceDocument, P.GUIDANCE_EDIT))


def public_query() -> Select[Any]:
    """The documents for everyone, those that are replaced left out."""
    return _listed().where(GuidanceDocument.is_public.is_(True), GuidanceDocument.is_current_rule())


def get_document(ctx: Ctx, document_id: int) -> GuidanceDocument:
    """NotFound if there is none that the actor may read."""
    require(ctx, P.GUIDANCE_READ)
    return _only(ctx, GuidanceDocument.id == document_id, _standing(ctx))


def get_public(ctx: Ctx, document_id: int) -> GuidanceDocument:
    """A public document, also an older version of it; NotFound otherwise."""
    return _only(ctx, GuidanceDocument.id == document_id, _is_public())


def _is_public() -> ColumnElement[bool]:
    return and_(GuidanceDocument.is_public.is_(True), GuidanceDocument.withdrawn_at.is_(None))


def _only(ctx: Ctx, *where: ColumnElement[bool]) -> GuidanceDocument:
    document = ctx.session.scalars(select(GuidanceDocument).where(*where)).one_or_none()
    if document is None:
        raise NotFound(_("Không có tài liệu này, hoặc tài liệu đã được gỡ."))
    return document


def newest_public(ctx: Ctx, most: int) -> Sequence[GuidanceDocument]:
    """The public documents that were published last."""
    query = select(GuidanceDocument).where(GuidanceDocument.is_public.is_(True), GuidanceDocument.is_current_rule())
    return ctx.session.scalars(query.order_by(GuidanceDocument.id.desc()).limit(most)).all()


def versions_of(ctx: Ctx, document: GuidanceDocument, *, public: bool = False) -> list[GuidanceDocument]:
    """All standing versions of a document, the newest first, itself among them; `public`: those for everyone alone."""
    versions = [document]
    while (before := _version(ctx, GuidanceDocument.id == versions[-1].replaces_id)) is not None:
        versions.append(before)
    while (after := _version(ctx, GuidanceDocument.replaces_id == versions[0].id)) is not None:
        versions.insert(0, after)
    return [version for version in versions if version.is_public or not public]


def _version(ctx: Ctx, where: ColumnElement[bool]) -> GuidanceDocument | None:
    query = select(GuidanceDocument).where(where, GuidanceDocument.withdrawn_at.is_(None))
    return ctx.session.scalars(query).one_or_none()


def is_current(ctx: Ctx, document: GuidanceDocument) -> bool:
    query = select(GuidanceDocument.id).where(GuidanceDocument.id == document.id, GuidanceDocument.is_current_rule())
    return ctx.session.scalar(query) is not None


def organisations_with(ctx: Ctx, roles: Sequence[Role]) -> list[int]:
    """The ids of the organisations of today in which an account has one of these roles; the actor's own left out."""
    query = (
        select(Organisation.id)
        .join(UserAccount, UserAccount.organisation_id == Organisation.id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(
            RoleAssignment.role.in_(roles),
            RoleAssignment.valid_from <= ctx.today,
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= ctx.today),
            RoleAssignment.ended_at.is_(None),
            RoleAssignment.awaiting_since.is_(None),
            UserAccount.is_active.is_(True),
            or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
            Organisation.id != ctx.actor.organisation_id,
        )
        .distinct()
        .order_by(Organisation.id)
    )
    return list(ctx.session.scalars(query))


def receipts_of(ctx: Ctx, document: GuidanceDocument) -> list[ReceiptRow]:
    """The organisations that a document is addressed to, by name."""
    receipt = and_(GuidanceReceipt.document_id == document.id, GuidanceReceipt.organisation_id == Organisation.id)
    succeeded = (
        select(OrganisationSuccession.id)
        .where(OrganisationSuccession.predecessor_id == Organisation.id, OrganisationSuccession.holds_on(ctx.today))
        .exists()
    )
    query = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.valid_to,
            succeeded.label("succeeded"),
            GuidanceReceipt.acknowledged_at,
            UserAccount.full_name,
        )
        .outerjoin(GuidanceReceipt, receipt)
        .outerjoin(UserAccount, UserAccount.id == GuidanceReceipt.acknowledged_by_id)
        .where(Organisation.id.in_(document.addressed_ids))
        .order_by(Organisation.name, Organisation.id)
    )
    return [
        ReceiptRow(
            organisation_id=row.id,
            name=row.name,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.full_name,
            ended_on=row.valid_to if row.valid_to and row.valid_to < ctx.today and not row.succeeded else None,
            due_on=document.due_on,
        )
        for row in ctx.session.execute(query)
    ]


def missing_of(ctx: Ctx, document: GuidanceDocument) -> list[ReceiptRow]:
    """The organisations that have not acknowledged a document."""
    return [row for row in receipts_of(ctx, document) if row.is_missing]


def addressed_of(ctx: Ctx, document: GuidanceDocument) -> frozenset[int]:
    """The organisations of the actor, predecessors among them, that are to acknowledge a document."""
    return ctx.actor.organisation_ids & set(document.addressed_ids)


def own_receipts(ctx: Ctx, document: GuidanceDocument) -> Sequence[GuidanceReceipt]:
    """How the actor's organisations acknowledged a document."""
    own = GuidanceReceipt.organisation_id.in_(ctx.actor.organisation_ids)
    query = select(GuidanceReceipt).where(GuidanceReceipt.document_id == document.id, own)
    return ctx.session.scalars(query.order_by(GuidanceReceipt.acknowledged_at)).all()


@dataclass(frozen=True)
class Reminders:
    """The documents that the actor's organisation is to acknowledge, those with the first term first, and those of its
    department that organisations missed the last day of, with how many."""

    waiting: Sequence[GuidanceDocument] = ()
    late: Sequence[tuple[GuidanceDocument, int]] = ()


def read_reminders(ctx: Ctx) -> Reminders:
    if not holds(ctx.actor, P.GUIDANCE_READ):
        return Reminders()
    waits = or_(false(), *map(_waits_for, sorted(ctx.actor.organisation_ids)))
    keeps = visible(ctx, GuidanceDocument, P.GUIDANCE_EDIT)
    is_late = and_(keeps, GuidanceDocument.due_on < ctx.today)
    query = (
        select(GuidanceDocument, waits.label("waits"), is_late.label("is_late"))
        .where(GuidanceDocument.is_current_rule(), or_(waits, is_late))
        .order_by(GuidanceDocument.due_on.nulls_last(), GuidanceDocument.id)
    )
    rows = ctx.session.execute(query).all()
    return Reminders(
        [row.GuidanceDocument for row in rows if row.waits],
        _counted(ctx, [row.GuidanceDocument for row in rows if row.is_late]),
    )


def late_documents(ctx: Ctx) -> list[tuple[GuidanceDocument, int]]:
    """The current documents whose last day to acknowledge has passed, with the number of organisations missing."""
    query = select(GuidanceDocument).where(GuidanceDocument.is_current_rule(), GuidanceDocument.due_on < ctx.today)
    return _counted(ctx, ctx.session.scalars(query.order_by(GuidanceDocument.due_on, GuidanceDocument.id)).all())


def _counted(ctx: Ctx, documents: Sequence[GuidanceDocument]) -> list[tuple[GuidanceDocument, int]]:
    counts = [(document, len(missing_of(ctx, document))) for document in documents]
    return [(document, count) for document, count in counts if count]


def _waits_for(organisation_id: int) -> ColumnElement[bool]:
    receipt = (
        select(GuidanceReceipt.document_id)
        .where(GuidanceReceipt.document_id == GuidanceDocument.id, GuidanceReceipt.organisation_id == organisation_id)
        .exists()
    )
    return and_(GuidanceDocument.addressed_ids.contains([organisation_id]), ~receipt)


def publisher_of(ctx: Ctx, document: GuidanceDocument) -> str:
    """The name of the department that published a document."""
    return ctx.session.get_one(Organisation, document.organisation_id).name


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
    """The organisation of the files of a document; only the department that keeps it adds some."""
    document = get_document(ctx, document_id)
    if permission is not P.FILE_READ:
        require(ctx, P.GUIDANCE_EDIT, document)
    return document.organisation_id
