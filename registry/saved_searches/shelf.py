"""The shelf from which the list of structures takes kept filters, and its filter by what was new at a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, literal

from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.saved_searches.queries import args_of, found_ids, get_by_slug, list_usable
from registry.saved_searches.rules import FOUND
from registry.structures.filter_args import Args
from registry.structures.further import Further
from registry.structures.shelf import Kept


class SearchShelf:
    """Saved searches (structures.shelf.Shelf)."""

    template = "saved_searches/_menu.html"

    def listed(self, ctx: Ctx) -> Sequence[Kept]:
        """The actor's own searches, then those of colleagues."""
        return [
            Kept(
                row.SavedSearch.id,
                row.SavedSearch.slug,
                row.SavedSearch.name,
                row.SavedSearch.query,
                is_own=row.SavedSearch.user_id == ctx.actor.id,
                is_default=row.SavedSearch.is_default and row.SavedSearch.user_id == ctx.actor.id,
            )
            for row in list_usable(ctx)
        ]

    def open(self, ctx: Ctx, slug: str) -> Args:
        """The arguments of a search that the actor may use."""
        return args_of(get_by_slug(ctx, slug))


def _was_found(ctx: Ctx, seen: Any, value: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = seen.c.id == any_(literal(found_ids(ctx, int(value)), ARRAY(BigInteger)))
    return found


#: Stands in the links of notices only.
NEW: Final = Further(FOUND, _l("Mới khớp"), _was_found, words=_l("theo thông báo"))
