"""Work that a person requests and the worker does later: as that person, with the rights of the time of running."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from traceback import clear_frames
from typing import Final, TypeVar

from procrastinate import JobContext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.accounts.actor import actor_by_id
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _, _l
from registry.kernel.jobs import queue, resources_of

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")
#: Origin of what the worker writes, in audit events and notes.
ORIGIN: Final = "worker"
UNFORESEEN: Final = _l("Hệ thống gặp lỗi khi thực hiện và đã ghi lại; hãy thử lại sau.")


class Stopped(DomainError):
    """A person asked to stop; what the job did is rolled back."""

    status = 409
    title = "Stopped"

    def __init__(self) -> None:
        super().__init__(_("Đã dừng theo yêu cầu; chưa ghi gì."))


class Failed(DomainError):
    """An error that the program did not foresee; the log has it."""

    status = 500
    title = "Failed"


@dataclass(frozen=True)
class Requested:
    """One piece of work: the id of its row, and who requested it; None: the program itself."""

    id: int
    user_id: int | None


@dataclass(frozen=True)
class UserJob:
    """One kind of work. Its table, which is the feature's own, keeps request, progress, result and failure."""

    name: str
    #: Records in a transaction of the system why the work was not done, and notifies.
    fail: Callable[[Ctx, Requested, DomainError], object]
    #: What the person must hold when the work runs; None: the work itself asks for it.
    permission: P | None
    #: Records that it was stopped; None: it cannot be.
    stop: Callable[[Ctx, Requested], object] | None = None
    #: The refusal for a violated constraint; None: an error like any other.
    explain: Callable[[IntegrityError], DomainError] | None = None
    #: The sentence for an error that was not foreseen.
    describe: Callable[[Exception], str] = lambda _error: str(UNFORESEEN)
    #: Errors that may not recur: the queue tries again, until the last attempt.
    passing: tuple[type[Exception], ...] = ()
    #: Deletes results whose time is over; given the folder of files.
    expire: Callable[[Ctx, Path], object] | None = field(default=None)

    def run(
        self,
        database: Database,
        requested: Requested,
        work: Callable[[Ctx], ResultT],
        *,
        read_only: bool = False,
        is_last_try: bool = True,
    ) -> ResultT | None:
        """Do the work in one transaction of the person; None where it was refused or stopped, which is recorded.

        An error that was not foreseen is recorded and raised; a passing one is only raised before the last attempt.
        """
        is_committed = False
        with self.recording(database, requested, is_last_try=is_last_try):
            person = partial(acting_as, requested.user_id)
            with database.transaction(person, origin=ORIGIN, read_only=read_only) as ctx:
                if self.permission is not None and requested.user_id is not None:
                    require(ctx, self.permission)
                result = work(ctx)
            is_committed = True
        return result if is_committed else None

    @contextmanager
    def recording(self, database: Database, requested: Requested, *, is_last_try: bool = True) -> Iterator[None]:
        """Record what ends the block: what was refused or stopped ends it here, an unforeseen error is raised again."""
        try:
            yield
        except Stopped:
            if self.stop is None:
                raise
            with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
                self.stop(ctx, requested)
        except DomainError as refused:
            self.refuse(database, requested, refused)
        except Exception as error:
            if isinstance(error, MemoryError):
                # What the work had allocated is let go, so that the reason can be recorded.
                clear_frames(error.__traceback__)
            if isinstance(error, self.passing) and not is_last_try:
                raise
            if isinstance(error, IntegrityError) and self.explain is not None:
                log.exception("%s %s does not fit the rules of the database", self.name, requested.id)
                self.refuse(database, requested, self.explain(error))
                return
            self.refuse(database, requested, Failed(self.describe(error)))
            raise

    def refuse(self, database: Database, requested: Requested, refused: DomainError) -> None:
        """Record why the work is not done."""
        log.warning("%s %s was not done: %s", self.name, requested.id, refused.message)
        with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
            self.fail(ctx, requested, refused)


USER_JOBS = KeyedExtensionPoint[UserJob]("accounts.user_jobs", key=lambda job: job.name)


def acting_as(user_id: int | None, session: Session, *, now: datetime | None = None) -> Actor:
    """Who requested a job, with the rights of now; Forbidden where the account is closed. None: the program itself."""
    return SYSTEM_ACTOR if user_id is None else actor_by_id(session, user_id, now or utc_now())


@dataclass
class JobProgress:
    """Writes the progress of a job in transactions of the system, so that its person sees it while the job runs."""

    database: Database
    #: Writes (done, total); says whether the person asked to stop.
    note: Callable[[Ctx, int, int | None], object]
    #: Seconds between two reports.
    every_s: float = 0.0
    _reported_at: float = field(default=-1.0)

    def __call__(self, done: int, total: int | None = None) -> None:
        """Report; raises Stopped where the person asked for it."""
        if self.every_s and self._reported_at >= 0 and time.monotonic() - self._reported_at < self.every_s:
            return
        with self.database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
            is_stopped = self.note(ctx, done, total)
        self._reported_at = time.monotonic()
        if is_stopped is True:
            raise Stopped


@queue.periodic(cron="23 * * * *")
@queue.task(name="accounts.expire_jobs", queueing_lock="accounts.expire_jobs", pass_context=True)
def expire_hourly(job: JobContext, timestamp: int) -> None:
    """Delete results whose time is over, kind by kind."""
    del timestamp
    resources = resources_of(job)
    expire_all(resources.database, resources.data_dir)


def expire_all(database: Database, data_dir: Path) -> None:
    """Each kind of work in a transaction of its own."""
    for user_job in USER_JOBS.values():
        if user_job.expire is not None:
            with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
                user_job.expire(ctx, data_dir)
