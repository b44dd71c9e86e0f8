"""The daily reminder of documents that were not acknowledged in time."""

from __future__ import annotations

from datetime import datetime

from procrastinate import JobContext

from registry.authz.actors import SYSTEM_ACTOR
from registry.guidance.queries import late_documents
from registry.guidance.service import remind_of_late
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.jobs import queue, resources_of


@queue.periodic(cron="13 7 * * *")
@queue.task(name="guidance.remind_late", queueing_lock="guidance.remind_late", pass_context=True)
def remind_late(job: JobContext, timestamp: int) -> None:
    del timestamp
    run_reminders(resources_of(job).database, utc_now())


def run_reminders(database: Database, now: datetime) -> int:
    """Remind those who did not acknowledge a document by its last day, once after it; of how many documents."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin="clock") as ctx:
        return sum(remind_of_late(ctx, document) for document, _count in late_documents(ctx))
