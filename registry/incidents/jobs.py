"""Hourly: overdue triage climbs. Nightly: erase contacts that are due, delete photos and counts no longer needed."""

from __future__ import annotations

from procrastinate import JobContext

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.files.pages import FOLDER
from registry.incidents.drafts import forget_drafts
from registry.incidents.escalation import climb_untriaged
from registry.incidents.limits import forget_counts
from registry.incidents.models import IncidentPhoto
from registry.incidents.photo_room import DRAFT_TERM, drop_drafts, lock_room
from registry.incidents.photos import forget_photos, store_below
from registry.incidents.reporting import forget_contacts
from registry.kernel.jobs import queue, resources_of


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="incidents.drop_drafts", queueing_lock="incidents.drop_drafts", pass_context=True)
def drop_old_drafts(job: JobContext, timestamp: int) -> None:
    """Delete photos of drafts that became no report within their term. Safe to run twice, and at any time."""
    del timestamp
    resources = resources_of(job)
    machine: Actor = SYSTEM_ACTOR
    with resources.database.transaction(machine, origin="worker") as ctx:
        lock_room(ctx)
        drop_drafts(ctx, store_below(resources.data_dir / FOLDER), IncidentPhoto.received_at < ctx.now - DRAFT_TERM)


@queue.periodic(cron="17 * * * *")
@queue.task(name="incidents.climb_untriaged", queueing_lock="incidents.climb_untriaged", pass_context=True)
def climb(job: JobContext, timestamp: int) -> None:
    """Safe to run twice, and at any time."""
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, origin="clock") as ctx:
        climb_untriaged(ctx)


@queue.periodic(cron="43 3 * * *")
@queue.task(name="incidents.forget", queueing_lock="incidents.forget", pass_context=True)
def forget(job: JobContext, timestamp: int) -> None:
    """Safe to run twice, and at any time."""
    del timestamp
    resources = resources_of(job)
    machine: Actor = SYSTEM_ACTOR
    with resources.database.transaction(machine, origin="worker") as ctx:
        forget_contacts(ctx)
        forget_counts(ctx)
        forget_drafts(ctx)
    with resources.database.transaction(machine, origin="worker") as ctx:
        forget_photos(ctx, store_below(resources.data_dir / FOLDER), ctx.now)
