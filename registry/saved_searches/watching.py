"""Looks at watched searches: what matches now and did not at the last look, as its owner may see it now.

A look reads in a read-only transaction of the owner; what it found is written in a second one, of the machine, if no
other look came between. So a look that is made twice tells once, and one that dies tells nothing and is made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Row, any_, delete, literal, select, update

from registry.accounts.models import UserAccount
from registry.audit.access_log import log_access
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.notices.service import Audience, notify
from registry.saved_searches.models import SavedSearch, SearchFind, SearchLook
from registry.saved_searches.queries import args_of
from registry.saved_searches.service import KIND, MOST_WATCHED, unwatch
from registry.structures import positions
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import matching_ids

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
    log_access(ctx, "saved_search", {row.owner_organisation_id for row in named if row.exact}, rows=len(named))
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
