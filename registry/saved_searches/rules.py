"""Rules of saved searches on values alone: which filters can be kept, how one is called."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_number
from registry.kernel.text import TextRefused, fold, normalise_name, shown
from registry.structures.filtering.url import MAP_ARGS, Args, names_of, query_string, read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import SORTS
from registry.structures.listing.saved_filters import OPENED, SAVED, WHOLE
from registry.structures.positions.moment import AS_OF, RECORDED_AT

MOST_SEARCHES: Final = 50
MOST_NAME: Final = 100
MOST_QUERY: Final = 4_000
_MOST_ARGUMENTS: Final = 200
#: The argument that narrows a list to what was new at one look.
FOUND: Final = "found"
#: How the list is shown is kept with what it holds.
_VIEW: Final = frozenset({"sort", "order", *MAP_ARGS})
#: Where in the list one is, which filter was opened, and of which time, are not.
_PASSING: Final = frozenset({"cursor", SAVED, OPENED, WHOLE, FOUND, AS_OF, RECORDED_AT})
_SLUG_LENGTH: Final = 40
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,20}")


def read_query(text: str) -> Args:
    """The filter of a query string as it can be kept; Invalid says what cannot."""
    if len(text) > MOST_QUERY:
        raise Invalid({"query": _("Bộ lọc quá dài để lưu; cần tối đa %(most)s ký tự.", most=format_number(MOST_QUERY))})
    try:
        pairs = parse_qsl(text, max_num_fields=_MOST_ARGUMENTS)
    except ValueError as error:
        raise Invalid({"query": _("Bộ lọc có quá %(most)d điều kiện.", most=_MOST_ARGUMENTS)}) from error
    args: Args = MultiDict((name, value) for name, value in pairs if name not in _PASSING)
    chosen = read_filter(args)
    known = names_of(chosen.kind)
    for name in sorted(set(args) - known - _VIEW):
        # What is asked of another kind than the chosen one says nothing on the list, and has no chip to take it away.
        if all(name not in names_of(kind) for kind in KINDS):
            raise Invalid({"query": _("Bộ lọc có điều kiện «%(name)s» mà danh sách không có.", name=shown(name))})
        args.poplist(name)
    if args.get("sort", SORTS[0]) not in SORTS or args.get("order", "asc") not in ("asc", "desc"):
        # Kept as a default it would refuse the whole list to its owner.
        asked = " ".join(args[name] for name in ("sort", "order") if name in args)
        raise Invalid({"query": _("Không thể sắp xếp theo «%(sort)s».", sort=shown(asked))})
    if not known & set(args):
        raise Invalid({"query": _("Danh sách chưa lọc theo điều kiện nào; hãy lọc rồi mới lưu.")})
    return args


def kept_query(args: Args) -> str:
    """How a filter is kept."""
    query = query_string(args)
    if len(query) > MOST_QUERY:
        raise Invalid({"query": _("Bộ lọc quá dài để lưu; cần tối đa %(most)s ký tự.", most=format_number(MOST_QUERY))})
    return query


def read_name(text: str) -> str:
    """The name of a search as it is kept."""
    try:
        name = normalise_name(text)
    except TextRefused as refused:
        raise Invalid({"name": str(refused)}) from refused
    if not name:
        raise Invalid({"name": _("Tên bộ lọc còn trống; ví dụ đúng: Cột còn chỗ ở Hạc Thành.")})
    if len(name) > MOST_NAME:
        raise Invalid(
            {"name": _("Tên bộ lọc dài %(length)d ký tự, tối đa %(most)d.", length=len(name), most=MOST_NAME)}
        )
    return name


def slug_of(name: str, mark: str) -> str:
    """What addresses call it: the words of its name and a mark, since names of different people may be the same."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    start = "-".join(words)[:_SLUG_LENGTH].strip("-") or "bo-loc"
    return f"{start}-{mark}"
