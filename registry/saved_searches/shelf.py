"""The shelf from which the list of structures takes kept filters, and its filter by what was new at a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, literal

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import rows_key
from registry.kernel.cache import VersionedCache
from registry.kernel.i18n import _l
from registry.saved_searches.queries import args_of, found_ids, get_by_slug, list_menu
from registry.saved_searches.rules import FOUND
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.filtering.url import Args
from registry.structures.listing.saved_filters import SavedFilter

#: The menus of those who read the list now: each page of it shows one.
_MENUS: VersionedCache[list[SavedFilter]] = VersionedCache(500)


class SearchShelf:
    """Saved searches (structures.shelf.Shelf)."""

    template = "saved_searches/_menu.html"

    def listed(self, ctx: Ctx) -> Sequence[SavedFilter]:
        """The actor's own searches, then those of colleagues."""
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
        """The arguments of a search that the actor may use."""
        return args_of(get_by_slug(ctx, slug))


def _was_found(ctx: Ctx, seen: Any, value: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = seen.c.id == any_(literal(found_ids(ctx, int(value)), ARRAY(BigInteger)))
    return found


#: Stands in the links of notices only.
NEW: Final = ExtraFilter(FOUND, _l("Mới khớp"), _was_found, text=_l("theo thông báo"))
