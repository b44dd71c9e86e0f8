"""The worker takes the rows of a file of a storm, some at a time."""

from __future__ import annotations

from typing import Final

from procrastinate import JobContext, RetryStrategy

from registry.accounts.user_jobs import Requested, UserJob
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.models import StormFile
from registry.incidents.storms import note_failure, take_rows
from registry.kernel.db.session import Database
from registry.kernel.jobs import defer, queue, resources_of

_TRIES: Final = 10
_RETRY: Final = RetryStrategy(max_attempts=_TRIES - 1, linear_wait=10)
TAKE_FILE: Final = UserJob("incidents.storm_file", note_failure, P.INCIDENT_BULK, passing=(Exception,))


def defer_rows(ctx: Ctx, file: StormFile) -> None:
    """Let the worker take the rows after this transaction; files of one storm follow one another."""
    defer(ctx, take_file, key=f"incidents.storm.{file.storm_id}", file_id=file.id, user_id=file.sent_by_id)


@queue.task(name="incidents.storm_file", pass_context=True, retry=_RETRY)
def take_file(job: JobContext, *, file_id: int, user_id: int | None) -> None:
    """Take all rows of a file as its sender; safe to run twice."""
    take_all(resources_of(job).database, file_id, user_id, is_last_try=job.job.attempts + 1 >= _TRIES)


def take_all(database: Database, file_id: int, user_id: int | None, *, is_last_try: bool = True) -> None:
    """Take the rows that are left, each part in a transaction of its own, until the sender may not any more."""
    requested, more = Requested(file_id, user_id), True
    while more:
        more = bool(TAKE_FILE.run(database, requested, lambda ctx: take_rows(ctx, file_id), is_last_try=is_last_try))
