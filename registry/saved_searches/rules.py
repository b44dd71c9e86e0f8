"""Which filters can be saved, under which name and slug; no session."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_number
from registry.kernel.lists.choice import COLUMNS
from registry.kernel.text import TextRefused, fold, normalise_name, shown
from registry.structures.filtering.url import MAP_ARGS, PLACE_ARGS, Args, names_of, query_string, read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import SORTS
from registry.structures.listing.saved_filters import OPENED, SAVED, WHOLE
from registry.structures.positions.moment import AS_OF, RECORDED_AT

MAX_SEARCHES: Final = 50
MAX_NAME: Final = 100
MAX_QUERY: Final = 4_000
_MAX_ARGUMENTS: Final = 200
#: The argument that narrows a list to the new matches of one check.
FOUND: Final = "found"
#: Arguments of the presentation, saved with the filter.
_PRESENTATION: Final = frozenset({"sort", "order", COLUMNS, *MAP_ARGS}).difference(PLACE_ARGS)
#: Arguments that are not saved: page, opened filter.
_TRANSIENT: Final = frozenset({"cursor", SAVED, OPENED, WHOLE, FOUND, *PLACE_ARGS})
_SLUG_LENGTH: Final = 40
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,20}")


def read_query(text: str) -> Args:
    """The filter in a query string without transient arguments; Invalid where it cannot be saved."""
    _require_length(text)
    try:
        pairs = parse_qsl(text, max_num_fields=_MAX_ARGUMENTS)
    except ValueError as error:
        raise Invalid({"query": _("Bộ lọc có quá %(most)d điều kiện.", most=_MAX_ARGUMENTS)}) from error
    if any(name in (AS_OF, RECORDED_AT) and value.strip() for name, value in pairs):
        # Saved without its moment it would show other structures than its name says.
        raise Invalid(
            {
                "query": _(
                    "Danh sách đang xem dữ liệu của một thời điểm; bộ lọc đã lưu luôn dùng dữ liệu hiện nay, hãy quay"
                    " về hiện nay rồi lưu."
                )
            }
        )
    pairs = [(name, value) for name, value in pairs if name not in (AS_OF, RECORDED_AT)]
    args: Args = MultiDict((name, value) for name, value in pairs if name not in _TRANSIENT)
    structure_filter = read_filter(args)
    names = names_of(structure_filter.kind)
    for name in sorted(set(args) - names - _PRESENTATION):
        # A condition of another kind than the chosen one has no effect on the list and no chip to remove it.
        if all(name not in names_of(kind) for kind in KINDS):
            raise Invalid({"query": _("Bộ lọc có điều kiện “%(name)s” mà danh sách không có.", name=shown(name))})
        args.poplist(name)
    if args.get("sort", SORTS[0]) not in SORTS or args.get("order", "asc") not in ("asc", "desc"):
        # Saved as the default it would make the list unusable for its owner.
        asked = " ".join(args[name] for name in ("sort", "order") if name in args)
        raise Invalid({"query": _("Không thể sắp xếp theo “%(sort)s”.", sort=shown(asked))})
    if not names & set(args):
        raise Invalid({"query": _("Danh sách chưa lọc theo điều kiện nào; hãy lọc rồi mới lưu.")})
    return args


def stored_query(args: Args) -> str:
    """The stored form of a filter; Invalid where it is too long."""
    query = query_string(args)
    _require_length(query)
    return query


def _require_length(query: str) -> None:
    if len(query) > MAX_QUERY:
        raise Invalid({"query": _("Bộ lọc quá dài để lưu; cần tối đa %(most)s ký tự.", most=format_number(MAX_QUERY))})


def read_name(text: str) -> str:
    """The normalised name of a search; Invalid where it is empty or too long."""
    try:
        name = normalise_name(text)
    except TextRefused as refused:
        raise Invalid({"name": str(refused)}) from refused
    if not name:
        raise Invalid({"name": _("Chưa nhập tên bộ lọc; ví dụ đúng: Cột còn chỗ ở Hạc Thành.")})
    if len(name) > MAX_NAME:
        raise Invalid({"name": _("Tên bộ lọc dài %(length)d ký tự, tối đa %(most)d.", length=len(name), most=MAX_NAME)})
    return name


def slug_of(name: str, suffix: str) -> str:
    """The slug of a search: its name and a suffix, because names of different people may be equal."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    start = "-".join(words)[:_SLUG_LENGTH].strip("-") or "bo-loc"
    return f"{start}-{suffix}"
