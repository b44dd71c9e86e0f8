"""Drafts of reports: their rows, which order the requests of one draft, and their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import Ctx
from registry.incidents.models import IncidentDraft, IncidentPhoto
from registry.incidents.photo_room import DRAFT_TERM
from registry.incidents.rules import digest_of

#: Rows stay as long as a report may be sent twice by a page that is still open.
_RETENTION: Final = timedelta(hours=24)


def lock_draft(ctx: Ctx, draft: str, network: str | None = None) -> IncidentDraft:
    """The row of a draft, locked until the transaction ends: a request of the same draft waits here for the first.

    `network`: where the draft comes from, as the request that begins it says.
    """
    row = insert(IncidentDraft).values(digest=digest_of(draft), network=network, opened_at=ctx.now)
    locked = row.on_conflict_do_update(index_elements=["digest"], set_={"digest": row.excluded.digest})
    query = locked.returning(IncidentDraft)
    return ctx.session.scalars(query, execution_options={"populate_existing": True}).one()


def left_out_of(ctx: Ctx, draft: str) -> int:
    """How many photos of a draft found no room."""
    query = select(IncidentDraft.left_out).where(IncidentDraft.digest == digest_of(draft))
    return int(ctx.session.scalar(query) or 0)


def is_expired(ctx: Ctx, draft: str) -> bool:
    """Whether a draft was begun with photos so long ago that they were dropped."""
    held = select(IncidentPhoto.id).where(IncidentPhoto.draft_digest == IncidentDraft.digest)
    query = select(IncidentDraft.digest).where(
        IncidentDraft.digest == digest_of(draft), IncidentDraft.opened_at < ctx.now - DRAFT_TERM, ~held.exists()
    )
    return ctx.session.scalar(query) is not None


def forget_drafts(ctx: Ctx) -> None:
    """Delete the rows of drafts that no page adds to any more and that hold no photo without a report."""
    holding = select(IncidentPhoto.draft_digest).where(IncidentPhoto.report_id.is_(None))
    ctx.session.execute(
        delete(IncidentDraft).where(
            IncidentDraft.opened_at < ctx.now - _RETENTION, IncidentDraft.digest.not_in(holding)
        )
    )
