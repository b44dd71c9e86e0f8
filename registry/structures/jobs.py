"""Adds up the counts of the map (tally.py): every minute, so that few changes are left to be read one by one."""

from __future__ import annotations

from procrastinate import JobContext
from sqlalchemy import func, select

from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.jobs import queue, resources_of


@queue.periodic(cron="* * * * *")
@queue.task(name="structures.add_up", queueing_lock="structures.add_up", pass_context=True)
def add_up(job: JobContext, timestamp: int) -> None:
    """Add up what changed since the last time; a run that was killed leaves it to the next one."""
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
        ctx.session.execute(select(func.add_up_structures()))
