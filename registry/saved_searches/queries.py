"""Saved searches that the actor may use, their conditions as text, the menu of the list, and new matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, any_, literal, select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation, UserAccount
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, rows_key, visible
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _, _l
from registry.kernel.text import shown
from registry.saved_searches.models import SavedSearch, WatchResult, WatchState
from registry.saved_searches.rules import FOUND, SLUG
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.url import Args, chips, read_filter
from registry.structures.listing.saved_filters import SavedFilter
from registry.territory.models import AdminUnit

#: Further searches of colleagues are not listed, but their addresses work.
_SHARED_LISTED: Final = 200
_MEMO: Final = "saved_searches.found"


@dataclass(frozen=True)
class SearchView:
    """A search with its conditions as text; `problem` says why the list no longer accepts its filter."""

    search: SavedSearch
    owner: str
    is_own: bool
    conditions: tuple[str, ...]
    problem: str
    looked_at: datetime | None


def args_of(search: SavedSearch) -> Args:
    return MultiDict(parse_qsl(search.query))


def list_menu(ctx: Ctx) -> list[Row[Any]]:
    """The columns that the menu of the list shows: the actor's own searches first, then shared ones, by name."""
    own = SavedSearch.user_id == ctx.actor.id
    table = SavedSearch.__table__.c
    query = (
        select(table.id, table.user_id, table.slug, table.name, table.query, table.is_default)
        .where(visible(ctx, SavedSearch, P.SAVED_SEARCH_READ))
        .order_by(own.desc(), table.name, table.id)
        .limit(_SHARED_LISTED)
    )
    return list(ctx.session.connection().execute(query))


def list_usable(ctx: Ctx) -> list[Row[Any]]:
    """Searches with owner and last check: the actor's own first, then shared ones, by name."""
    own = SavedSearch.user_id == ctx.actor.id
    query = (
        select(SavedSearch, UserAccount.full_name, WatchState.looked_at)
        .join(UserAccount, UserAccount.id == SavedSearch.user_id)
        .outerjoin(WatchState, WatchState.search_id == SavedSearch.id)
        .where(visible(ctx, SavedSearch, P.SAVED_SEARCH_READ))
        .order_by(own.desc(), SavedSearch.name, SavedSearch.id)
        .limit(_SHARED_LISTED)
    )
    return list(ctx.session.execute(query))


def list_views(ctx: Ctx) -> list[SearchView]:
    """The searches that the actor may use, with their conditions as text."""
    rows = list_usable(ctx)
    filters = {row.SavedSearch.id: _read(row.SavedSearch) for row in rows}
    names = _names(
        ctx, [parsed_filter for parsed_filter in filters.values() if isinstance(parsed_filter, StructureFilter)]
    )
    return [
        SearchView(
            search=row.SavedSearch,
            owner=row.full_name,
            is_own=row.SavedSearch.user_id == ctx.actor.id,
            conditions=_conditions(args_of(row.SavedSearch), filters[row.SavedSearch.id], names),
            problem=_problem(filters[row.SavedSearch.id]),
            looked_at=row.looked_at if row.SavedSearch.user_id == ctx.actor.id else None,
        )
        for row in rows
    ]


def conditions_of(ctx: Ctx, args: Args) -> tuple[str, ...]:
    """The conditions of a filter as text; Invalid where the list does not accept it."""
    structure_filter = read_filter(args)
    return _conditions(args, structure_filter, _names(ctx, [structure_filter]))


def _read(search: SavedSearch) -> StructureFilter | str:
    try:
        return read_filter(args_of(search))
    except Invalid as refused:
        return refused.message


def _problem(parsed_filter: StructureFilter | str) -> str:
    return parsed_filter if isinstance(parsed_filter, str) else ""


Names = tuple[dict[int, str], dict[int, str]]


def _names(ctx: Ctx, filters: Iterable[StructureFilter]) -> Names:
    """Names of the owners and units in the filters."""
    owner_ids = {structure_filter.owner_id for structure_filter in filters if structure_filter.owner_id is not None}
    unit_ids = {structure_filter.unit_id for structure_filter in filters if structure_filter.unit_id is not None}
    owners = select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owner_ids))
    units = select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(unit_ids))
    return (
        {row.id: row.short_name for row in ctx.session.execute(owners)} if owner_ids else {},
        {row.id: row.name for row in ctx.session.execute(units)} if unit_ids else {},
    )


def _conditions(args: Args, structure_filter: StructureFilter | str, names: Names) -> tuple[str, ...]:
    if isinstance(structure_filter, str):
        return ()
    owner = names[0].get(structure_filter.owner_id) if structure_filter.owner_id is not None else None
    unit = names[1].get(structure_filter.unit_id) if structure_filter.unit_id is not None else None
    return tuple(f"{chip.label}: {chip.value}" for chip in chips(args, structure_filter, owner=owner, unit=unit))


def get_search(ctx: Ctx, search_id: int, permission: P = P.SAVED_SEARCH_EDIT) -> SavedSearch:
    """A search that the actor may use with this permission; NotFound otherwise."""
    message = _("Không có bộ lọc đã lưu số %(number)d của tài khoản này.", number=search_id)
    saved_search = get_visible(ctx, SavedSearch, permission, SavedSearch.id == search_id, message=message)
    return cast("SavedSearch", saved_search)


def get_by_slug(ctx: Ctx, slug: str) -> SavedSearch:
    """The search with this slug that the actor may use; NotFound otherwise."""
    message = _("Không có bộ lọc đã lưu “%(slug)s”, hoặc người lưu đã xóa hay không chia sẻ nữa.", slug=shown(slug))
    if not SLUG.fullmatch(slug):
        raise NotFound(message)
    saved_search = get_visible(ctx, SavedSearch, P.SAVED_SEARCH_READ, SavedSearch.slug == slug, message=message)
    return cast("SavedSearch", saved_search)


def found_ids(ctx: Ctx, find_id: int) -> list[int]:
    """New matches of one check of an own search; NotFound for others' searches and deleted results."""
    cache: dict[int, list[int]] = ctx.memo.setdefault(_MEMO, {})
    if find_id not in cache:
        query = (
            select(WatchResult.structure_ids)
            .join(SavedSearch, SavedSearch.id == WatchResult.search_id)
            .where(WatchResult.id == find_id, visible(ctx, SavedSearch, P.SAVED_SEARCH_EDIT))
        )
        structure_ids = ctx.session.scalars(query).one_or_none()
        if structure_ids is None:
            raise NotFound(_("Kết quả mới của thông báo này không còn được giữ; hãy mở lại bộ lọc đã lưu."))
        cache[find_id] = structure_ids
    return cache[find_id]


#: Cached menus: each page of the list shows one. 2 MB a worker.
_MENUS: VersionedCache[list[SavedFilter]] = VersionedCache(2 * 1024 * 1024)


class SavedFilterMenu:
    """Saved searches as the saved filters of the list of structures."""

    template = "saved_searches/_menu.html"

    def listed(self, ctx: Ctx) -> Sequence[SavedFilter]:
        key = (ctx.actor.id, rows_key(ctx.actor, P.SAVED_SEARCH_READ))
        return _MENUS.get(key, register_version(ctx), lambda: self._listed(ctx))

    def _listed(self, ctx: Ctx) -> list[SavedFilter]:
        return [
            SavedFilter(
                row.id,
                row.slug,
                row.name,
                row.query,
                is_own=row.user_id == ctx.actor.id,
                is_default=row.is_default and row.user_id == ctx.actor.id,
            )
            for row in list_menu(ctx)
        ]

    def open(self, ctx: Ctx, slug: str) -> Args:
        return args_of(get_by_slug(ctx, slug))


def _is_new_match(ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    is_match: ColumnElement[bool] = readable_rows.c.id == any_(literal(found_ids(ctx, int(value)), ARRAY(BigInteger)))
    return is_match


#: Used in the links of notices only.
NEW_MATCHES: Final = ExtraFilter(FOUND, _l("Mới khớp"), _is_new_match, text=_l("theo thông báo"))
