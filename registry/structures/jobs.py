"""Periodic jobs: the counts of the map every minute, the notices about questions on positions every 15."""

from __future__ import annotations

from procrastinate import JobContext
from sqlalchemy import func, select

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.kernel.db.session import Database
from registry.kernel.jobs import queue, resources_of
from registry.structures.filtering.checks import good_until_now
from registry.structures.nearby.questions import notify_owners


@queue.periodic(cron="* * * * *")
@queue.task(name="structures.add_up", queueing_lock="structures.add_up", pass_context=True)
def add_up(job: JobContext, timestamp: int) -> None:
    """Add the noted changes to the counts; a killed run leaves them to the next one."""
    del timestamp
    add_up_now(resources_of(job).database)


def add_up_now(database: Database) -> int:
    """Add the noted changes to the counts; the number of notes, 0 also where another run is active."""
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="worker") as ctx:
        ctx.session.execute(select(func.count_fresh_since(good_until_now(ctx))))
        return int(ctx.session.scalar(select(func.add_up_structures())) or 0)


@queue.periodic(cron="*/15 * * * *")
@queue.task(name="structures.notify_owners", queueing_lock="structures.notify_owners", pass_context=True)
def notify_of_questions(job: JobContext, timestamp: int) -> None:
    """Notify owners about organisations that often ask about their unpublished structures today."""
    del timestamp
    machine: Actor = SYSTEM_ACTOR
    with resources_of(job).database.transaction(machine, origin="worker") as ctx:
        notify_owners(ctx)
