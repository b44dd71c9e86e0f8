"""Save, change and delete filters; start and stop watching them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.audit.undo import restorable
from registry.authz.actors import Ctx
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_number
from registry.saved_searches.models import SavedSearch, WatchResult, WatchState
from registry.saved_searches.queries import args_of, get_search
from registry.saved_searches.rules import MAX_SEARCHES, read_name, read_query, slug_of, stored_query
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import matching_ids
from registry.territory.models import AdminUnit


@dataclass(frozen=True)
class SearchOptions:
    """What the owner chooses besides the filter."""

    name: str
    is_shared: bool = False
    is_watched: bool = False
    is_default: bool = False


@dataclass(frozen=True)
class SaveSearch:
    """A new search; `query` is the query string of the list."""

    query: str
    options: SearchOptions


@dataclass(frozen=True)
class ChangeSearch:
    """New options for a search; its filter stays."""

    search_id: int
    version: int
    options: SearchOptions


@dataclass(frozen=True)
class ReplaceFilter:
    """Another filter under the same name; `query` is the query string of the list."""

    search_id: int
    version: int
    query: str


@dataclass(frozen=True)
class DeleteSearch:
    """The search to delete, in the version that was shown."""

    search_id: int
    version: int


KIND: Final = "saved_search"
#: A search with more matches cannot be watched.
MAX_WATCHED_MATCHES: Final = 10_000
#: Letters and digits without look-alikes.
_SUFFIX_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_SUFFIX_LENGTH: Final = 6


def save_search(ctx: Ctx, command: SaveSearch) -> SavedSearch:
    """Save a filter for the actor; Invalid where it cannot be saved, or where the actor has too many."""
    query = _storable(ctx, command.query)
    name = read_name(command.options.name)
    _lock_user(ctx)
    count = ctx.session.scalar(select(func.count()).where(SavedSearch.user_id == ctx.actor.id)) or 0
    if count >= MAX_SEARCHES:
        raise Invalid(
            {"": _("Đã lưu %(most)d bộ lọc, là số tối đa; hãy xóa bộ lọc không dùng nữa.", most=MAX_SEARCHES)}
        )
    suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _letter in range(_SUFFIX_LENGTH))
    saved_search = SavedSearch(
        user_id=ctx.actor.id,
        name=name,
        slug=slug_of(name, suffix),
        query=query,
        is_shared=command.options.is_shared,
        is_watched=command.options.is_watched,
        is_default=False,
        created_at=ctx.now,
    )
    ctx.session.add(saved_search)
    ctx.session.flush()
    if saved_search.is_watched:
        _watch(ctx, saved_search)
    _set_default(ctx, saved_search, command.options)
    _record(ctx, "saved_search.save", saved_search)
    return saved_search


def _storable(ctx: Ctx, typed: str) -> str:
    """The stored form of a filter; Invalid where it cannot be saved or names what does not exist."""
    args = read_query(typed)
    unit_id = read_filter(args).unit_id
    if unit_id is not None and ctx.session.get(AdminUnit, unit_id) is None:
        sentence = _("Địa bàn “%(value)s” của bộ lọc không có; hãy chọn lại địa bàn rồi lưu.", value=args["unit"])
        raise Invalid({"query": sentence})
    return stored_query(args)


def change_search(ctx: Ctx, command: ChangeSearch) -> SavedSearch:
    """Change name, sharing, watching and default; Conflict where the version is outdated."""
    _lock_user(ctx)
    saved_search = _locked(ctx, command.search_id, command.version)
    watched_before = saved_search.is_watched
    saved_search.name = read_name(command.options.name)
    saved_search.is_shared = command.options.is_shared
    saved_search.is_watched = command.options.is_watched
    ctx.session.flush()
    if saved_search.is_watched and not watched_before:
        _watch(ctx, saved_search)
    elif watched_before and not saved_search.is_watched:
        unwatch(ctx, saved_search)
    _set_default(ctx, saved_search, command.options)
    _record(ctx, "saved_search.change", saved_search)
    return saved_search


def replace_filter(ctx: Ctx, command: ReplaceFilter) -> SavedSearch:
    """Replace the filter and delete the results of the previous one; Conflict where the version is outdated."""
    query = _storable(ctx, command.query)
    _lock_user(ctx)
    saved_search = _locked(ctx, command.search_id, command.version)
    saved_search.query = query
    ctx.session.flush()
    if saved_search.is_watched:
        _restart_watch(ctx, saved_search)
    # Old notices link to the filter, which has changed.
    ctx.session.execute(delete(WatchResult).where(WatchResult.search_id == saved_search.id))
    _record(ctx, "saved_search.replace", saved_search)
    return saved_search


def delete_search(ctx: Ctx, command: DeleteSearch) -> SavedSearch:
    """Delete a search; its notices stay."""
    saved_search = _locked(ctx, command.search_id, command.version)
    ctx.session.delete(saved_search)
    ctx.session.flush()
    _record(ctx, "saved_search.delete", saved_search)
    return saved_search


def _lock_user(ctx: Ctx) -> None:
    """Serialise the writes of one person, so that the count and the default are consistent."""
    writer = select(UserAccount.id).where(UserAccount.id == ctx.actor.id)
    ctx.session.execute(writer.with_for_update(key_share=True))


def _locked(ctx: Ctx, search_id: int, version: int) -> SavedSearch:
    saved_search = get_search(ctx, search_id)
    own = select(SavedSearch.id).where(SavedSearch.id == search_id).with_for_update()
    if ctx.session.scalar(own) is None:
        # Deleted by another request since then.
        ctx.session.expunge(saved_search)
        get_search(ctx, search_id)
    ctx.session.refresh(saved_search)
    if saved_search.version != version:
        raise Conflict(_("Bộ lọc “%(name)s” đã thay đổi sau khi mở trang; hãy mở lại.", name=saved_search.name))
    return saved_search


def _watch(ctx: Ctx, search: SavedSearch) -> None:
    """Start watching: current matches are stored, only later ones are notified."""
    ids = _matching(ctx, search)
    ctx.session.add(WatchState(search_id=search.id, number=1, looked_at=ctx.now, tried_at=ctx.now, structure_ids=ids))
    ctx.session.flush()


def _restart_watch(ctx: Ctx, search: SavedSearch) -> None:
    """Store the current matches; the incremented number drops a running check of the previous filter."""
    state = ctx.session.get_one(WatchState, search.id, with_for_update=True, populate_existing=True)
    state.structure_ids = _matching(ctx, search)
    state.number += 1
    state.looked_at = state.tried_at = ctx.now
    ctx.session.flush()


def _matching(ctx: Ctx, search: SavedSearch) -> list[int]:
    ids = matching_ids(ctx, read_filter(args_of(search)), MAX_WATCHED_MATCHES)
    if len(ids) > MAX_WATCHED_MATCHES:
        raise Invalid(
            {
                "is_watched": _(
                    "Bộ lọc đang khớp hơn %(most)s công trình nên không theo dõi được; hãy lọc hẹp hơn, hoặc lưu mà"
                    " không nhận thông báo.",
                    most=format_number(MAX_WATCHED_MATCHES),
                )
            }
        )
    return ids


def unwatch(ctx: Ctx, search: SavedSearch) -> None:
    """Stop watching and delete the stored matches."""
    ctx.session.execute(delete(WatchState).where(WatchState.search_id == search.id))


def _set_default(ctx: Ctx, search: SavedSearch, options: SearchOptions) -> None:
    if options.is_default:
        others = select(SavedSearch).where(
            SavedSearch.user_id == search.user_id, SavedSearch.is_default, SavedSearch.id != search.id
        )
        for other in ctx.session.scalars(others.with_for_update()):
            other.is_default = False
        ctx.session.flush()
    search.is_default = options.is_default
    ctx.session.flush()


def _record(ctx: Ctx, action: str, search: SavedSearch, **details: Any) -> None:
    record(ctx, action, KIND, search.id, shared=search.is_shared, watched=search.is_watched, **details)


def _own_search(ctx: Ctx, search_id: int) -> SavedSearch:
    _lock_user(ctx)
    return _locked(ctx, search_id, get_search(ctx, search_id).version)


#: What is watched has results that are not taken back.
UNDO: Final = restorable(
    KIND,
    SavedSearch,
    _own_search,
    lambda _ctx, _search: ("saved_searches.index", {}),
    columns=("name", "is_shared", "is_default"),
)
