"""The worker takes the rows of a file of a storm, some at a time."""

from __future__ import annotations

from functools import partial
from typing import Final

from procrastinate import JobContext, RetryStrategy
from sqlalchemy.orm import Session, joinedload

from registry.accounts.actor import actor_of
from registry.accounts.models import UserAccount
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.incidents.models import StormFile
from registry.incidents.storms import take_rows
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.jobs import defer, queue, resources_of

_RETRY: Final = RetryStrategy(max_attempts=10, linear_wait=10)


def defer_rows(ctx: Ctx, file: StormFile) -> None:
    """Let the worker take the rows after this transaction; files of one storm follow one another."""
    defer(ctx, take_file, key=f"incidents.storm.{file.storm_id}", file_id=file.id, user_id=file.sent_by_id)


@queue.task(name="incidents.storm_file", pass_context=True, retry=_RETRY)
def take_file(job: JobContext, *, file_id: int, user_id: int | None) -> None:
    """Take all rows of a file on behalf of its sender; safe to run twice."""
    take_all(resources_of(job).database, file_id, user_id)


def take_all(database: Database, file_id: int, user_id: int | None) -> None:
    """Take the rows that are left, each part in a transaction of its own."""
    more = True
    while more:
        with database.transaction(partial(_sender, user_id=user_id), origin="worker") as ctx:
            more = take_rows(ctx, file_id)


def _sender(session: Session, *, user_id: int | None) -> Actor:
    """The sender with present roles; the system for an account that was closed meanwhile: the file was accepted."""
    options = [joinedload(UserAccount.organisation)]
    user = session.get(UserAccount, user_id, options=options) if user_id is not None else None
    return SYSTEM_ACTOR if user is None or not user.is_active else actor_of(session, user.id, utc_now())
