"""Save, change and delete filters; start and stop watching them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_number
from registry.saved_searches.models import SavedSearch, SearchFind, SearchLook
from registry.saved_searches.queries import args_of, get_search
from registry.saved_searches.rules import MOST_SEARCHES, kept_query, read_name, read_query, slug_of
from registry.structures.filter_args import read_filter
from registry.structures.lists import matching_ids


@dataclass(frozen=True)
class Wishes:
    """What its owner says of a search besides the filter."""

    name: str
    is_shared: bool = False
    is_watched: bool = False
    is_default: bool = False


@dataclass(frozen=True)
class SaveSearch:
    """Keep a filter, given as the query string of the list."""

    query: str
    wishes: Wishes


@dataclass(frozen=True)
class ChangeSearch:
    """Say something else of a search; its filter stays."""

    search_id: int
    version: int
    wishes: Wishes


@dataclass(frozen=True)
class ReplaceFilter:
    """Keep another filter under the same name, given as the query string of the list."""

    search_id: int
    version: int
    query: str


@dataclass(frozen=True)
class DeleteSearch:
    """Keep it no longer."""

    search_id: int
    version: int


KIND: Final = "saved_search"
#: A search that matches more cannot be watched: nobody reads a notice of thousands.
MOST_WATCHED: Final = 10_000
#: Letters and digits that are not mistaken for one another.
_MARKS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_MARK_LENGTH: Final = 6


def save_search(ctx: Ctx, command: SaveSearch) -> SavedSearch:
    """Keep a filter for the actor."""
    query = kept_query(read_query(command.query))
    name = read_name(command.wishes.name)
    _one_at_a_time(ctx)
    have = ctx.session.scalar(select(func.count()).where(SavedSearch.user_id == ctx.actor.id)) or 0
    if have >= MOST_SEARCHES:
        raise Invalid(
            {"": _("Bạn đã lưu %(most)d bộ lọc, là số tối đa; hãy xóa bộ lọc không dùng nữa.", most=MOST_SEARCHES)}
        )
    mark = "".join(secrets.choice(_MARKS) for _letter in range(_MARK_LENGTH))
    made = SavedSearch(
        user_id=ctx.actor.id,
        name=name,
        slug=slug_of(name, mark),
        query=query,
        is_shared=command.wishes.is_shared,
        is_watched=command.wishes.is_watched,
        is_default=False,
        created_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    if made.is_watched:
        _watch(ctx, made)
    _set_default(ctx, made, command.wishes)
    _record(ctx, "saved_search.save", made)
    return made


def change_search(ctx: Ctx, command: ChangeSearch) -> SavedSearch:
    """Rename it, share it or not, watch it or not, make it the default or not; what it filters stays."""
    _one_at_a_time(ctx)
    found = _locked(ctx, command.search_id, command.version)
    watched_before = found.is_watched
    found.name = read_name(command.wishes.name)
    found.is_shared = command.wishes.is_shared
    found.is_watched = command.wishes.is_watched
    ctx.session.flush()
    if found.is_watched and not watched_before:
        _watch(ctx, found)
    elif watched_before and not found.is_watched:
        unwatch(ctx, found)
    _set_default(ctx, found, command.wishes)
    _record(ctx, "saved_search.change", found)
    return found


def replace_filter(ctx: Ctx, command: ReplaceFilter) -> SavedSearch:
    """Keep another filter under its name; what the one before had found is forgotten, and notices begin afresh."""
    query = kept_query(read_query(command.query))
    _one_at_a_time(ctx)
    found = _locked(ctx, command.search_id, command.version)
    found.query = query
    ctx.session.flush()
    if found.is_watched:
        _watch_anew(ctx, found)
    # Old notices lead to the filter, which is another one now.
    ctx.session.execute(delete(SearchFind).where(SearchFind.search_id == found.id))
    _record(ctx, "saved_search.replace", found)
    return found


def delete_search(ctx: Ctx, command: DeleteSearch) -> SavedSearch:
    """Keep it no longer; what its notices said stays in them."""
    found = _locked(ctx, command.search_id, command.version)
    ctx.session.delete(found)
    ctx.session.flush()
    _record(ctx, "saved_search.delete", found)
    return found


def _one_at_a_time(ctx: Ctx) -> None:
    """Of two writes of one person the second sees what the first did: the count, and which one is the default."""
    writer = select(UserAccount.id).where(UserAccount.id == ctx.actor.id)
    ctx.session.execute(writer.with_for_update(key_share=True))


def _locked(ctx: Ctx, search_id: int, version: int) -> SavedSearch:
    found = get_search(ctx, search_id)
    ctx.session.refresh(found, with_for_update=True)
    if found.version != version:
        raise Conflict(_("Bộ lọc «%(name)s» đã thay đổi sau khi bạn mở trang; hãy mở lại.", name=found.name))
    return found


def _watch(ctx: Ctx, search: SavedSearch) -> None:
    """Begin: what matches now is known, and only what comes later is told."""
    ids = _matching(ctx, search)
    ctx.session.add(SearchLook(search_id=search.id, number=1, looked_at=ctx.now, tried_at=ctx.now, structure_ids=ids))
    ctx.session.flush()


def _watch_anew(ctx: Ctx, search: SavedSearch) -> None:
    """Begin once more. The number goes on, so that a look at the filter before, which is still running, is dropped."""
    last = ctx.session.get_one(SearchLook, search.id, with_for_update=True, populate_existing=True)
    last.structure_ids = _matching(ctx, search)
    last.number += 1
    last.looked_at = last.tried_at = ctx.now
    ctx.session.flush()


def _matching(ctx: Ctx, search: SavedSearch) -> list[int]:
    ids = matching_ids(ctx, read_filter(args_of(search)), MOST_WATCHED)
    if len(ids) > MOST_WATCHED:
        raise Invalid(
            {
                "is_watched": _(
                    "Bộ lọc đang khớp hơn %(most)s công trình nên không theo dõi được; hãy lọc hẹp hơn, hoặc lưu mà"
                    " không nhận thông báo.",
                    most=format_number(MOST_WATCHED),
                )
            }
        )
    return ids


def unwatch(ctx: Ctx, search: SavedSearch) -> None:
    """End: what was seen is forgotten, so that watching again begins afresh."""
    ctx.session.execute(delete(SearchLook).where(SearchLook.search_id == search.id))


def _set_default(ctx: Ctx, search: SavedSearch, wishes: Wishes) -> None:
    if wishes.is_default:
        others = select(SavedSearch).where(
            SavedSearch.user_id == search.user_id, SavedSearch.is_default, SavedSearch.id != search.id
        )
        for other in ctx.session.scalars(others.with_for_update()):
            other.is_default = False
        ctx.session.flush()
    search.is_default = wishes.is_default
    ctx.session.flush()


def _record(ctx: Ctx, action: str, search: SavedSearch, **details: Any) -> None:
    record(ctx, action, KIND, search.id, shared=search.is_shared, watched=search.is_watched, **details)
