"""The job queue: a job joins the transaction that defers it, and one worker process runs the jobs.

The worker exits on database loss and the supervisor restarts it. Jobs of a dead worker are put back into the queue
within a minute, so every task must be idempotent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final, Generic, TypeVar

from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.tasks import Task
from psycopg import AsyncConnection

from registry.kernel.context import Context
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.feature import ExtensionPoint

log = logging.getLogger(__name__)

#: Seconds without a heartbeat after which a worker counts as dead.
STALLED_AFTER_S: Final = 30
_HEARTBEAT_S: Final = 5
_RESOURCES: Final = "resources"
#: The queue uses one connection for fetching, one for listening, one for the heartbeat, and one for a job.
_CONNECTIONS: Final = 4
#: Seconds to wait for a connection before the database counts as lost.
_CONNECT_TIMEOUT_S: Final = 10.0
_RETENTION_HOURS: Final = 24 * 30
DATABASE_GONE: Final = 75

#: Features declare tasks on it; its connector is set only in the worker process.
queue = App(connector=PsycopgConnector())
#: Defers jobs on the connection of a transaction, also in the worker, which has an asynchronous connector.
_SENDER: Final = JobManager(SyncPsycopgConnector())


T = TypeVar("T")


class TaskService(Generic[T]):
    """A service of the tasks of a feature: declared once with its type, given by the wiring, read by the task."""

    def given(self, service: T) -> TaskServices:
        """The entry for `Resources.services`."""
        return {self: service}

    def of(self, resources: Resources) -> T | None:
        """The service; None where this installation has none, such as a mail server."""
        service: T | None = resources.services.get(self)
        return service


#: Services by their declaration; each value has the type that its key states.
TaskServices = Mapping[TaskService[Any], Any]


@dataclass(frozen=True)
class Resources:
    """What a task may use besides its arguments."""

    database: Database
    data_dir: Path
    services: TaskServices = field(default_factory=dict)


@dataclass(frozen=True)
class Repeated:
    """Short work that must not wait for a job: the worker does it every `every_s` seconds in a thread of its own."""

    name: str
    every_s: float
    run: Callable[[Resources], None]


REPEATED_WORK = ExtensionPoint[Repeated]("jobs.repeated")


def resources_of(job: JobContext) -> Resources:
    resources: Resources = job.additional_context[_RESOURCES]
    return resources


def defer(ctx: Context[Any], task: Task[Any, Any, Any], *, key: str | None = None, **arguments: Any) -> None:
    """Put a job into the queue in the transaction of `ctx`: it exists if and only if that commits.

    Jobs of the same `key` never run at the same time.
    """
    defer_each(ctx, task, [arguments], key=key)


def defer_each(
    ctx: Context[Any], task: Task[Any, Any, Any], calls: Sequence[Mapping[str, Any]], *, key: str | None = None
) -> None:
    """`defer` for one job a set of arguments, by one statement."""
    connection = ctx.session.connection().connection.driver_connection
    options: dict[str, Any] = {} if key is None else {"lock": key}
    deferrer = task.configure(connection=connection, **options)
    deferrer.job_manager = _SENDER
    deferrer.batch_defer(*map(dict, calls))


@queue.periodic(cron="* * * * *")
@queue.task(name="kernel.retry_stalled", queueing_lock="kernel.retry_stalled", pass_context=True)
async def retry_stalled(job: JobContext, timestamp: int) -> None:
    """Put the jobs of dead workers back into the queue, unless the same job is queued already."""
    del timestamp
    jobs = job.app.job_manager
    for stalled in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        try:
            await jobs.retry_job(stalled)
            log.warning("job %s of a dead worker is tried again", stalled.id)
        except UniqueViolation:
            # Jobs with a queueing lock run every minute: the queued one does the remaining work.
            await jobs.finish_job(stalled, status=Status.ABORTED, delete_job=False)
            log.warning("job %s of a dead worker is left to the one that waits", stalled.id)


@queue.periodic(cron="17 3 * * *")
@queue.task(name="kernel.forget_old", queueing_lock="kernel.forget_old", pass_context=True)
async def forget_old(job: JobContext, timestamp: int) -> None:
    """Delete finished jobs after 30 days; the audit chain keeps their effects."""
    del timestamp
    await job.app.job_manager.delete_old_jobs(nb_hours=_RETENTION_HOURS, include_failed=True, include_cancelled=True)


def run_worker(database: Database, data_dir: Path, *, wait: bool = True, services: TaskServices | None = None) -> int:
    """Run jobs until a stop signal, or with `wait` False until the queue is empty; returns the exit status.

    `database` is the pool of the worker's role, `data_dir` the folder of files, `services` objects for the tasks.
    """
    connector = PsycopgConnector(
        conninfo=database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_CONNECT_TIMEOUT_S,
        configure=_enter_role,
    )
    resources = Resources(database, data_dir, services or {})
    try:
        with queue.replace_connector(connector), _repeating(resources if wait else None):
            queue.run_worker(
                wait=wait,
                concurrency=1,
                update_heartbeat_interval=_HEARTBEAT_S,
                stalled_worker_timeout=STALLED_AFTER_S,
                additional_context={_RESOURCES: resources},
            )
    except ConnectorException:
        log.exception("the database went away; the worker ends and is to be started again")
        return DATABASE_GONE
    return 0


@contextmanager
def _repeating(resources: Resources | None) -> Iterator[None]:
    """Do the work of REPEATED_WORK while the block runs; None does nothing."""
    is_over = Event()
    works = REPEATED_WORK if resources is not None else ()
    threads = [Thread(target=_repeat, args=(work, resources, is_over), name=work.name, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(_CONNECT_TIMEOUT_S)


def _repeat(work: Repeated, resources: Resources, is_over: Event) -> None:
    """A failure is logged and tried again; when the database is gone, the jobs end the worker."""
    while not is_over.is_set():
        try:
            work.run(resources)
        except Exception:
            log.exception("%s failed", work.name)
        is_over.wait(work.every_s)


async def _enter_role(connection: AsyncConnection) -> None:
    await connection.execute(f"SET ROLE {WORKER_ROLE}")
    if not connection.autocommit:
        await connection.commit()
