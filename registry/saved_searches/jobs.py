"""The job that looks at watched searches: every 15 minutes, and after an import."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from procrastinate import JobContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from registry.accounts.actor import actor_by_id
from registry.audit.access_log import AuditNoteWriter, logged_accesses
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.jobs import defer, queue, resources_of
from registry.saved_searches.watching import Due, Seen, forget_finds, keep, see, stop, take

log = logging.getLogger(__name__)

_MACHINE: Actor = SYSTEM_ACTOR
_ORIGIN: Final = "worker"
#: Whoever is not looked at within this time is first at the next run: other jobs wait, too.
BUDGET_S: Final = 60.0


@queue.periodic(cron="*/15 * * * *")
@queue.task(name="saved_searches.look", queueing_lock="saved_searches.look", pass_context=True)
def look_often(job: JobContext, timestamp: int) -> None:
    """Look at what is watched."""
    del timestamp
    run_looks(resources_of(job).database, utc_now())


@queue.task(name="saved_searches.look_after_import", pass_context=True)
def look_after_import(job: JobContext) -> None:
    """The same, when many structures have come at once."""
    run_looks(resources_of(job).database, utc_now())


def defer_looks(ctx: Ctx) -> None:
    """Let the worker look once this transaction has committed."""
    defer(ctx, look_after_import, key="saved_searches.look")


def run_looks(database: Database, now: datetime, *, budget_s: float = BUDGET_S) -> int:
    """Look at each watched search once, as far as the time goes; how many were looked at. Safe to run twice."""
    until = monotonic() + budget_s
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        forget_finds(ctx)
    looked = 0
    while monotonic() < until:
        with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
            due = take(ctx, now)
        if due is None:
            break
        run_look(database, due, now)
        looked += 1
    return looked


def run_look(database: Database, due: Due, now: datetime) -> None:
    """One look, with the rights that its owner has at this moment."""
    try:
        seen = _see(database, due, now)
    except Forbidden:
        # The account was closed a moment ago; a closed account is told nothing.
        log.info("search %s is left alone: its owner's account is closed", due.search_id)
    except Invalid as refused:
        log.warning("search %s is not watched any more: %s", due.search_id, refused.message)
        with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
            stop(ctx, due.search_id, "unusable")
    except OperationalError:
        log.exception("search %s took too long; it is tried again at the next run", due.search_id)
    else:
        if seen is not None:
            with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
                keep(ctx, seen)


def _see(database: Database, due: Due, now: datetime) -> Seen | None:
    # Hurried: one search that takes long must not keep the others waiting.
    with database.transaction(
        partial(_owner, due.user_id, now), now=now, origin=_ORIGIN, read_only=True, interactive=True
    ) as ctx:
        seen = see(ctx, due.search_id)
    looks, owners = logged_accesses(ctx)
    if looks:
        # Before the notice: whoever's structures are named can read that they were.
        AuditNoteWriter(database)(
            ctx.actor, "look", owner_ids=owners, origin=_ORIGIN, looks=looks, endpoint="saved_searches.look"
        )
    return seen


def _owner(user_id: int, now: datetime, session: Session) -> Actor:
    return actor_by_id(session, user_id, now)
