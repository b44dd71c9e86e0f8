"""Checks of watched searches"""

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
from sqlalchemy.orm import Session

from registry.accounts.actor import actor_by_id
from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.audit.notes import NoteWriter, look, looks_of
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.jobs import defer, queue, resources_of
from registry.notices.service import Audience, notify
from registry.saved_searches.models import SavedSearch, SearchFind, SearchLook
from registry.saved_searches.queries import args_of
from registry.saved_searches.service import KIND, MOST_WATCHED, unwatch
from registry.structures import positions
from registry.structures.filter_args import read_filter
from registry.structures.lists import matching_ids

#: So many codes stand in a notice.
NAMED: Final = 5
#: How long the list of a notice's new structures is kept: as long as a notice counts as new.
KEPT: Final = timedelta(days=90)


class Due(NamedTuple):
    """A search to look at, and for whom."""

    search_id: int
    user_id: int


@dataclass(frozen=True)
class Seen:
    """What a look saw, and the number of the look before, which is the one that it may follow."""

    search_id: int
    after: int
    ids: list[int]
    new: list[int]
    codes: list[str]

    @property
    def is_too_much(self) -> bool:
        """More than anybody is told of."""
        return len(self.ids) > MOST_WATCHED


def take(ctx: Ctx, started_at: datetime) -> Due | None:
    """The watched search of an open account whose turn it is, longest waiting first; each once for a `started_at`."""
    waiting = (
        select(SearchLook.search_id)
        .join(SavedSearch, SavedSearch.id == SearchLook.search_id)
        .join(UserAccount, UserAccount.id == SavedSearch.user_id)
        .where(SearchLook.tried_at < started_at, UserAccount.is_active)
        .order_by(SearchLook.tried_at, SearchLook.search_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=SearchLook)
    )
    search_id = ctx.session.scalar(waiting)
    if search_id is None:
        return None
    ctx.session.execute(update(SearchLook).where(SearchLook.search_id == search_id).values(tried_at=started_at))
    return Due(search_id, ctx.session.execute(select(SavedSearch.user_id).filter_by(id=search_id)).scalar_one())


def see(ctx: Ctx, search_id: int) -> Seen | None:
    """What the owner, who is the actor, may see of it now; None where it is not watched any more.

    Whose structures the notice will name is noted as a look. Invalid where the list no longer takes the filter.
    """
    last = ctx.session.get(SearchLook, search_id)
    search = ctx.session.get(SavedSearch, search_id)
    if last is None or search is None:
        return None
    ids = matching_ids(ctx, read_filter(args_of(search)), MOST_WATCHED)
    new = sorted(set(ids) - set(last.structure_ids))
    named = _named(ctx, new) if new and len(ids) <= MOST_WATCHED else []
    look(ctx, "saved_search", {row.owner_organisation_id for row in named if row.exact}, rows=len(named))
    return Seen(search_id, last.number, ids, new, [row.code for row in named])


def _named(ctx: Ctx, ids: list[int]) -> list[Row[Any]]:
    seen = positions.readable(ctx)
    among = seen.c.id == any_(literal(ids, ARRAY(BigInteger)))
    query = select(seen.c.code, seen.c.owner_organisation_id, seen.c.exact).where(among)
    return list(positions.run(ctx, query.order_by(seen.c.code).limit(NAMED)))


def keep(ctx: Ctx, seen: Seen) -> bool:
    """Note a look, and tell its owner of what is new; False where another look was noted since it began."""
    # The search before its look, as its owner's changes take them: the other way round each would wait for the other.
    if ctx.session.get(SavedSearch, seen.search_id, with_for_update=True) is None:
        return False
    last = ctx.session.get(SearchLook, seen.search_id, with_for_update=True)
    if last is None or last.number != seen.after:
        return False
    if seen.is_too_much:
        stop(ctx, seen.search_id, "too_much")
        return True
    last.number += 1
    last.looked_at = ctx.now
    if set(last.structure_ids) != set(seen.ids):
        last.structure_ids = seen.ids
    if seen.new:
        _tell(ctx, seen)
    ctx.session.flush()
    return True


def _tell(ctx: Ctx, seen: Seen) -> None:
    search = ctx.session.get_one(SavedSearch, seen.search_id)
    found = SearchFind(search_id=search.id, found_at=ctx.now, structure_ids=seen.new)
    ctx.session.add(found)
    ctx.session.flush()
    _notify(ctx, search, "found", find_id=found.id, count=len(seen.new), codes=seen.codes)


def stop(ctx: Ctx, search_id: int, reason: str) -> None:
    """Watch a search no longer, and tell its owner why; nothing where it is not watched."""
    search = ctx.session.get(SavedSearch, search_id, with_for_update=True)
    if search is None or not search.is_watched:
        return
    search.is_watched = False
    unwatch(ctx, search)
    record(ctx, "saved_search.stop", KIND, search.id, reason=reason)
    ctx.session.flush()
    _notify(ctx, search, "stopped", reason=reason)


def _notify(ctx: Ctx, search: SavedSearch, event: str, **params: Any) -> None:
    notify(
        ctx,
        KIND,
        search.id,
        event,
        Audience(user_ids=frozenset({search.user_id})),
        name=search.name,
        slug=search.slug,
        **params,
    )


def forget_finds(ctx: Ctx) -> None:
    """Drop the lists of notices that are old."""
    ctx.session.execute(delete(SearchFind).where(SearchFind.found_at < ctx.now - KEPT))


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
        partial(_owner, due.user_id, now), now=now, origin=_ORIGIN, read_only=True, hurried=True
    ) as ctx:
        seen = see(ctx, due.search_id)
    looks, owners = looks_of(ctx)
    if looks:
        # Before the notice: whoever's structures are named can read that they were.
        NoteWriter(database)(
            ctx.actor, "look", owner_ids=owners, origin=_ORIGIN, looks=looks, endpoint="saved_searches.look"
        )
    return seen


def _owner(user_id: int, now: datetime, session: Session) -> Actor:
    return actor_by_id(session, user_id, now)
