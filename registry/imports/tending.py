"""What is done for imports by the clock: files of broken uploads are swept, and no batch is busy without a job."""

from __future__ import annotations

from typing import Final

from procrastinate import JobContext
from sqlalchemy import text

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.files.storage import FileStore
from registry.imports.jobs import FOLDER, give_up, our_mistake
from registry.imports.models import BatchState
from registry.imports.reading.selftest import sweep as sweep_directories
from registry.imports.service import BUSY
from registry.imports.service.keeping import sweep
from registry.kernel.db.session import Database
from registry.kernel.jobs import queue, resources_of

#: Busy batches that no job works on or will: state and job are written in one transaction, so one snapshot tells.
_FORSAKEN: Final = text(
    "SELECT b.id, b.state::text AS state, coalesce((SELECT (j.args ->> 'user_id')::bigint FROM procrastinate_jobs j"
    "  WHERE j.lock = 'imports.' || b.id ORDER BY j.id DESC LIMIT 1), b.created_by_id) AS user_id"
    "  FROM import_batch b WHERE b.state::text = ANY(:busy) AND NOT EXISTS (SELECT FROM procrastinate_jobs j"
    "   WHERE j.lock = 'imports.' || b.id AND j.status::text NOT IN ('succeeded', 'failed', 'cancelled', 'aborted'))"
)


@queue.periodic(cron="41 3 * * *")
@queue.task(name="imports.sweep", queueing_lock="imports.sweep", pass_context=True)
def sweep_daily(job: JobContext, timestamp: int) -> None:
    """Delete files of uploads that never finished, and what killed workers left of their reading, every night."""
    del timestamp
    sweep_directories()
    resources = resources_of(job)
    sweep_files(resources.database, FileStore(resources.data_dir / FOLDER))


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="imports.end_forsaken", queueing_lock="imports.end_forsaken", pass_context=True)
def end_forsaken_often(job: JobContext, timestamp: int) -> None:
    """Let no import wait for ever for work that nobody does."""
    del timestamp
    end_forsaken(resources_of(job).database)


def sweep_files(database: Database, store: FileStore) -> int:
    """Delete files that no batch names and that are older than 24 hours; returns how many."""
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="worker") as ctx:
        return sweep(ctx, store)


def end_forsaken(database: Database) -> int:
    """Fail the batches whose job is gone without a word, and tell whoever asked; returns how many."""
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="worker", read_only=True) as ctx:
        found = ctx.session.execute(_FORSAKEN, {"busy": [state.value for state in BUSY]}).all()
    for batch in found:
        what = "undo" if batch.state == BatchState.UNDOING.value else "apply"
        give_up(database, what, batch.id, batch.user_id, our_mistake())
    return len(found)
