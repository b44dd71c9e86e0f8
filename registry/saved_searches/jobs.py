"""Checks of watched searches every 15 minutes and after imports: notify owners of new matches.

A check reads in a read-only transaction with its owner's current permissions. Its result is stored in a second
transaction, unless another check was stored in between. So a repeated check notifies once, and an interrupted one
is repeated at the next run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, Final, NamedTuple

from procrastinate import JobContext
from sqlalchemy import ARRAY, BigInteger, Row, any_, delete, literal, select, update
from sqlalchemy.exc import OperationalError

from registry.accounts.models import UserAccount
from registry.accounts.user_jobs import acting_as
from registry.audit.access_log import AuditNoteWriter, log_access, logged_accesses
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.i18n import _l
from registry.kernel.jobs import defer, queue, resources_of
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.service import notify
from registry.saved_searches.models import SavedSearch, WatchResult, WatchState
from registry.saved_searches.queries import args_of
from registry.saved_searches.service import KIND, MAX_WATCHED_MATCHES, unwatch
from registry.structures import positions
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import matching_ids

log = logging.getLogger(__name__)

_ORIGIN: Final = "worker"
#: Time for one run, because other jobs wait; searches not reached come first at the next run.
BUDGET_S: Final = 60.0
#: Codes named in a notice.
MAX_CODES: Final = 5
#: How long new matches are stored: as long as a notice counts as new.
RETENTION: Final = timedelta(days=90)


class DueSearch(NamedTuple):
    """A search to check, and its owner."""

    search_id: int
    user_id: int


@dataclass(frozen=True)
class SearchCheck:
    """The matches of a check; `after` is the number of the previous check, which must still be the last one."""

    search_id: int
    after: int
    ids: list[int]
    new: list[int]
    codes: list[str]

    @property
    def is_too_much(self) -> bool:
        return len(self.ids) > MAX_WATCHED_MATCHES


def take_due(ctx: Ctx, started_at: datetime) -> DueSearch | None:
    """The watched search of an active account that waits longest; each once per `started_at`; None at the end."""
    waiting = (
        select(WatchState.search_id)
        .join(SavedSearch, SavedSearch.id == WatchState.search_id)
        .join(UserAccount, UserAccount.id == SavedSearch.user_id)
        .where(WatchState.tried_at < started_at, UserAccount.is_active)
        .order_by(WatchState.tried_at, WatchState.search_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WatchState)
    )
    search_id = ctx.session.scalar(waiting)
    if search_id is None:
        return None
    ctx.session.execute(update(WatchState).where(WatchState.search_id == search_id).values(tried_at=started_at))
    return DueSearch(search_id, ctx.session.execute(select(SavedSearch.user_id).filter_by(id=search_id)).scalar_one())


def check(ctx: Ctx, search_id: int) -> SearchCheck | None:
    """Check a search as its owner, the actor; None where it is not watched any more.

    Writes an access log entry for the structures that the notice will name. Invalid where the list no longer accepts
    the filter.
    """
    state = ctx.session.get(WatchState, search_id)
    search = ctx.session.get(SavedSearch, search_id)
    if state is None or search is None:
        return None
    ids = matching_ids(ctx, read_filter(args_of(search)), MAX_WATCHED_MATCHES)
    new = sorted(set(ids) - set(state.structure_ids))
    named = _named(ctx, new) if new and len(ids) <= MAX_WATCHED_MATCHES else []
    log_access(ctx, "saved_search", {row.owner_organisation_id for row in named if row.exact}, rows=len(named))
    return SearchCheck(search_id, state.number, ids, new, [row.code for row in named])


def _named(ctx: Ctx, ids: list[int]) -> list[Row[Any]]:
    readable_rows = positions.readable(ctx)
    among = readable_rows.c.id == any_(literal(ids, ARRAY(BigInteger)))
    query = select(readable_rows.c.code, readable_rows.c.owner_organisation_id, readable_rows.c.exact).where(among)
    return list(positions.run(ctx, query.order_by(readable_rows.c.code).limit(MAX_CODES)))


def store_result(ctx: Ctx, result: SearchCheck) -> bool:
    """Store a check and notify the owner of new matches; False where another check was stored since it began."""
    # Lock the search before its state, in the same order as the owner's changes, to avoid a deadlock.
    if ctx.session.get(SavedSearch, result.search_id, with_for_update=True) is None:
        return False
    state = ctx.session.get(WatchState, result.search_id, with_for_update=True)
    if state is None or state.number != result.after:
        return False
    if result.is_too_much:
        stop_watching(ctx, result.search_id, "too_much")
        return True
    state.number += 1
    state.looked_at = ctx.now
    if set(state.structure_ids) != set(result.ids):
        state.structure_ids = result.ids
    if result.new:
        _notify_found(ctx, result)
    ctx.session.flush()
    return True


def _notify_found(ctx: Ctx, result: SearchCheck) -> None:
    search = ctx.session.get_one(SavedSearch, result.search_id)
    watch_result = WatchResult(search_id=search.id, found_at=ctx.now, structure_ids=result.new)
    ctx.session.add(watch_result)
    ctx.session.flush()
    _notify(ctx, search, "found", find_id=watch_result.id, count=len(result.new), codes=result.codes)


def stop_watching(ctx: Ctx, search_id: int, reason: str) -> None:
    """Stop watching a search and notify its owner of the reason; does nothing where it is not watched."""
    search = ctx.session.get(SavedSearch, search_id, with_for_update=True)
    if search is None or not search.is_watched:
        return
    search.is_watched = False
    unwatch(ctx, search)
    record(ctx, "saved_search.stop", KIND, search.id, reason=reason)
    ctx.session.flush()
    _notify(ctx, search, "stopped", reason=reason)


def _notify(ctx: Ctx, search: SavedSearch, event: str, **params: Any) -> None:
    notify(ctx, EVENTS[event], search.id, search, name=search.name, slug=search.slug, **params)


def delete_old_results(ctx: Ctx) -> None:
    ctx.session.execute(delete(WatchResult).where(WatchResult.found_at < ctx.now - RETENTION))


_READER: Final = Recipients(affected=("reader",))
EVENTS: Final = declare_events(
    KIND,
    _l("Bộ lọc đã lưu"),
    {"reader": person_party(_l("Người lưu bộ lọc"), lambda search: search.user_id)},
    {"found": (_l("Có công trình mới khớp bộ lọc"), _READER), "stopped": (_l("Ngừng theo dõi bộ lọc"), _READER)},
)


@queue.periodic(cron="*/15 * * * *")
@queue.task(name="saved_searches.look", queueing_lock="saved_searches.look", pass_context=True)
def check_periodically(job: JobContext, timestamp: int) -> None:
    del timestamp
    run_checks(resources_of(job).database, utc_now())


@queue.task(name="saved_searches.look_after_import", pass_context=True)
def check_after_import(job: JobContext) -> None:
    run_checks(resources_of(job).database, utc_now())


def defer_check(ctx: Ctx) -> None:
    """Check all watched searches after this transaction has committed."""
    defer(ctx, check_after_import, key="saved_searches.look")


def run_checks(database: Database, now: datetime, *, budget_s: float = BUDGET_S) -> int:
    """Check each watched search once within the time budget; returns how many. Safe to run twice."""
    until = monotonic() + budget_s
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
        delete_old_results(ctx)
    checked = 0
    while monotonic() < until:
        with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
            due = take_due(ctx, now)
        if due is None:
            break
        run_check(database, due, now)
        checked += 1
    return checked


def run_check(database: Database, due: DueSearch, now: datetime) -> None:
    """Check one search with the current permissions of its owner."""
    try:
        result = _check_as_owner(database, due, now)
    except Forbidden:
        # The account was closed a moment ago.
        log.info("search %s is not checked: its owner's account is closed", due.search_id)
    except Invalid as refused:
        log.warning("search %s is not watched any more: %s", due.search_id, refused.message)
        with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
            stop_watching(ctx, due.search_id, "unusable")
    except OperationalError:
        log.exception("search %s took too long; it is retried at the next run", due.search_id)
    else:
        if result is not None:
            with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
                store_result(ctx, result)


def _check_as_owner(database: Database, due: DueSearch, now: datetime) -> SearchCheck | None:
    # `interactive`: at most 10 s per statement, as for a page, so that one slow search does not delay the others.
    with database.transaction(
        partial(acting_as, due.user_id, now=now), now=now, origin=_ORIGIN, read_only=True, interactive=True
    ) as ctx:
        result = check(ctx, due.search_id)
    looks, owners = logged_accesses(ctx)
    if looks:
        # The access log entry comes before the notice that names the structures.
        AuditNoteWriter(database)(
            ctx.actor, "look", owner_ids=owners, origin=_ORIGIN, looks=looks, endpoint="saved_searches.look"
        )
    return result
