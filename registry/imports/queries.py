"""Reads of imports: batches of the actor's own owners, their rows and problems."""

from __future__ import annotations

from typing import cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, scopes_of, visible
from registry.imports.models import BatchState, ImportBatch, ImportRow, RowOutcome
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _

LISTED = 50


def list_batches(ctx: Ctx) -> list[ImportBatch]:
    """The latest imports that the actor may see, newest first, with their owners."""
    query = (
        select(ImportBatch)
        .where(visible(ctx, ImportBatch, P.IMPORT_RUN))
        .options(joinedload(ImportBatch.organisation, innerjoin=True))
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(LISTED)
    )
    return list(ctx.session.scalars(query))


def get_batch(ctx: Ctx, batch_id: int, *, lock: bool = False) -> ImportBatch:
    """One import with its owner; NotFound where the actor may not know of it."""
    if lock:
        query = (
            select(ImportBatch)
            .where(ImportBatch.id == batch_id, visible(ctx, ImportBatch, P.IMPORT_RUN))
            .with_for_update(of=ImportBatch)
            .execution_options(populate_existing=True)
        )
        found = ctx.session.scalars(query).one_or_none()
        if found is None:
            raise NotFound(_no_batch(batch_id))
        return found
    return cast(
        "ImportBatch",
        get_visible(ctx, ImportBatch, P.IMPORT_RUN, ImportBatch.id == batch_id, message=_no_batch(batch_id)),
    )


def _no_batch(batch_id: int) -> str:
    return _("Không có lô nhập số %(number)d, hoặc bạn không có quyền biết đến nó.", number=batch_id)


def owner_of(ctx: Ctx, batch: ImportBatch) -> Organisation:
    """The owner of the structures of a batch."""
    return ctx.session.get_one(Organisation, batch.organisation_id)


def list_rows(
    ctx: Ctx, batch: ImportBatch, outcomes: tuple[RowOutcome, ...] = (), *, limit: int | None = None
) -> list[ImportRow]:
    """Rows of a batch by number, all or of some outcomes."""
    query = select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number).limit(limit)
    if outcomes:
        query = query.where(ImportRow.outcome.in_(outcomes))
    return list(ctx.session.scalars(query))


def list_problem_rows(ctx: Ctx, batch: ImportBatch, *, limit: int | None = None) -> list[ImportRow]:
    """Rows with anything to say about them, refused ones first, then by number."""
    query = (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, func.jsonb_array_length(ImportRow.problems) > 0)
        .order_by(ImportRow.outcome != RowOutcome.REFUSED, ImportRow.number)
        .limit(limit)
    )
    return list(ctx.session.scalars(query))


def applied_before(ctx: Ctx, batch: ImportBatch) -> int | None:
    """An earlier batch that brought the same file for the same owner and kind."""
    query = select(func.min(ImportBatch.id)).where(
        ImportBatch.sha256 == batch.sha256,
        ImportBatch.organisation_id == batch.organisation_id,
        ImportBatch.kind == batch.kind,
        ImportBatch.state == BatchState.APPLIED,
        ImportBatch.id != batch.id,
    )
    return ctx.session.scalar(query)


def list_owners(ctx: Ctx) -> list[Organisation]:
    """The organisations for which the actor may import: its own, or all that exist today."""
    query = select(Organisation).where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today))
    if ALL not in scopes_of(ctx.actor, P.IMPORT_RUN):
        query = query.where(Organisation.id.in_(ctx.actor.organisation_ids))
    return list(ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id)))
