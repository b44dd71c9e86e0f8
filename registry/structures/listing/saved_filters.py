"""Filters that a reader has put by: a feature above keeps them, the address names one as `saved`.

Only the filter is kept, never what it found: whoever opens one sees what they may see at that moment.
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

#: The argument that names a kept filter, and the one that asks for the whole list in spite of a default.
SAVED: Final = "saved"
WHOLE: Final = "all"
#: The argument that names the kept filter that a list was opened from, whatever was changed in it since.
OPENED: Final = "opened"
Args = MultiDict[str, str]


@dataclass(frozen=True)
class SavedFilter:
    """One kept filter, as the menu of the list shows it."""

    id: int
    slug: str
    name: str
    #: Its arguments, as a query string.
    query: str
    is_own: bool
    is_default: bool

    def says(self, query: str) -> bool:
        """Whether a query string says the same, in whatever order."""
        return sorted(parse_qsl(self.query)) == sorted(parse_qsl(query))


class SavedFilterStore(Protocol):
    """Where filters are kept."""

    #: The template of the menu on the list.
    template: str

    def listed(self, ctx: Ctx) -> Sequence[SavedFilter]:
        """What the actor may use: its own first."""
        ...

    def open(self, ctx: Ctx, slug: str) -> Args:
        """The arguments of one that the actor may use; NotFound otherwise."""
        ...


SAVED_FILTERS = ExtensionPoint[SavedFilterStore]("structures.shelf")


def saved_filters_of(ctx: Ctx) -> SavedFilterStore | None:
    """The shelf, for who has signed in."""
    return SAVED_FILTERS.only() if ctx.actor.id is not None else None


def opened_from(args: Args, kept: Sequence[SavedFilter]) -> SavedFilter | None:
    """The filter of the reader's own that a list was opened from, as its address has it."""
    slug = args.get(SAVED) or args.get(OPENED)
    return next((item for item in kept if item.is_own and item.slug == slug), None)


def expand_saved(ctx: Ctx, args: Args) -> Args:
    """The arguments with a kept filter opened; what the address says besides replaces or adds to what was kept."""
    slug = args.get(SAVED, "")
    others = [(name, value) for name, value in args.items(multi=True) if name not in (SAVED, OPENED)]
    if not slug:
        return MultiDict(others)
    shelf = saved_filters_of(ctx)
    if shelf is None:
        raise NotFound(_("Bộ lọc đã lưu «%(slug)s» chỉ mở được sau khi đăng nhập.", slug=shown(slug)))
    said = {name for name, _value in others}
    kept = [(name, value) for name, value in shelf.open(ctx, slug).items(multi=True) if name not in said]
    return MultiDict([*kept, *others])
