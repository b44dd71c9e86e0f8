"""Filters that a reader has saved: a feature above stores them, the address names one as `saved`.

Only the filter is stored, not its results: everyone who opens one sees what they may see at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.kernel.errors import NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _
from registry.kernel.text import shown

#: The argument that names a saved filter, and the one that asks for the whole list in spite of a default.
SAVED: Final = "saved"
WHOLE: Final = "all"
#: The argument that names the saved filter that a list was opened from, also after changes.
OPENED: Final = "opened"
Args = MultiDict[str, str]


@dataclass(frozen=True)
class SavedFilter:
    """One saved filter, as the menu of the list shows it."""

    id: int
    slug: str
    name: str
    #: Its arguments, as a query string.
    query: str
    is_own: bool
    is_default: bool

    def matches(self, query: str) -> bool:
        """Whether a query string has the same arguments, in any order."""
        return sorted(parse_qsl(self.query)) == sorted(parse_qsl(query))


class SavedFilterStore(Protocol):
    """The store of saved filters."""

    #: The template of the menu on the list.
    template: str

    def listed(self, ctx: Ctx) -> Sequence[SavedFilter]:
        """The filters that the actor may use: its own first."""
        ...

    def open(self, ctx: Ctx, slug: str) -> Args:
        """The arguments of a filter that the actor may use; NotFound otherwise."""
        ...


SAVED_FILTERS = ExtensionPoint[SavedFilterStore]("structures.saved_filters")


def saved_filters_of(ctx: Ctx) -> SavedFilterStore | None:
    """The store, for a signed-in actor."""
    return SAVED_FILTERS.only() if ctx.actor.id is not None else None


def opened_from(args: Args, saved: Sequence[SavedFilter]) -> SavedFilter | None:
    """The reader's own filter that a list was opened from, by its address."""
    slug = args.get(SAVED) or args.get(OPENED)
    return next((item for item in saved if item.is_own and item.slug == slug), None)


def expand_saved(ctx: Ctx, args: Args) -> Args:
    """The arguments with a saved filter opened; other arguments of the address replace or extend it."""
    slug = args.get(SAVED, "")
    others = [(name, value) for name, value in args.items(multi=True) if name not in (SAVED, OPENED)]
    if not slug:
        return MultiDict(others)
    store = saved_filters_of(ctx)
    if store is None:
        raise NotFound(_("Bộ lọc đã lưu “%(slug)s” chỉ mở được sau khi đăng nhập.", slug=shown(slug)))
    replaced = {name for name, _value in others}
    stored = [(name, value) for name, value in store.open(ctx, slug).items(multi=True) if name not in replaced]
    return MultiDict([*stored, *others])
