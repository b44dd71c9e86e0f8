"""The parameters of items: each is read or refused with its name; an unknown one is refused, as OGC API wants it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.i18n import _, format_date
from registry.kernel.text import shown
from registry.ogc import cql2
from registry.ogc.collections import FeatureCollection, Property, Temporal
from registry.ogc.crs import CRS84, Bounds, Crs, read_crs
from registry.ogc.errors import BadParameter
from registry.structures.positions.moment import When

Args = MultiDict[str, str]
USUAL_LIMIT: Final = 100
MAX_LIMIT: Final = 10_000
_MOST_SORTS: Final = 4
_MOST_TEXT: Final = 1_000
#: Parameters of items that are no properties.
ITEM_PARAMETERS: Final = (
    *("f", "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs"),
    *("sortby", "properties", "cursor"),
)
FILTER_LANGUAGES: Final = ("cql2-text", "cql2-json")
_FIRST, _LAST = date(1900, 1, 1), date(2100, 1, 1)
_OPEN: Final = ("", "..")
_NUMBER: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?")


@dataclass(frozen=True)
class SortBy:
    """One property of `sortby`."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class DateInterval:
    """Both ends inclusive, either open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class FilterTree:
    """A condition as a tree of CQL2, and the parameter that it stands in."""

    parameter: str
    tree: Any


@dataclass(frozen=True)
class ItemsQuestion:
    """The question of an address about the items of a collection."""

    limit: int = USUAL_LIMIT
    bounds: Bounds | None = None
    crs: Crs = CRS84
    when: When | None = None
    interval: DateInterval | None = None
    #: All of them hold.
    filters: tuple[FilterTree, ...] = ()
    filter_crs: Crs = CRS84
    sort: tuple[SortBy, ...] = ()
    #: The properties that are answered; None for all.
    properties: tuple[str, ...] | None = None


def require_known(args: Args, names: Iterable[str]) -> None:
    """BadParameter for a parameter of none of these names, and for one that is sent twice."""
    known_names = set(names)
    for name in args:
        if name not in known_names:
            raise BadParameter(name[:60], _("Địa chỉ này không có tham số “%(name)s”.", name=shown(name[:60])))
        if len(args.getlist(name)) > 1:
            raise BadParameter(name, _("Tham số “%(name)s” được gửi nhiều lần.", name=name))


def read_question(
    ctx: Ctx, collection: FeatureCollection, properties: tuple[Property, ...], args: Args
) -> ItemsQuestion:
    """The question in an address; BadParameter names the parameter that cannot be read."""
    by_name = {prop.name: prop for prop in properties}
    require_known(args, (*ITEM_PARAMETERS, *by_name))
    state, interval = read_datetime(ctx, collection, args.get("datetime"))
    return ItemsQuestion(
        limit=_limit(args.get("limit")),
        bounds=_bbox(args),
        crs=read_crs("crs", args.get("crs")),
        when=state,
        interval=interval,
        filters=(*_filters(args), *_equalities(args, by_name)),
        filter_crs=read_crs("filter-crs", args.get("filter-crs")),
        sort=_sorts(args.get("sortby"), by_name),
        properties=_names(args.get("properties"), by_name),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        sentence = _(
            "“%(text)s” không phải số dòng một trang; cần số nguyên từ 1 đến %(most)d.",
            text=shown(text[:40]),
            most=MAX_LIMIT,
        )
        raise BadParameter("limit", sentence)
    # A larger number is no error: the page has as many as may be (OGC 17-069, /rec/core/fc-limit).
    return min(int(text), MAX_LIMIT)


def _bbox(args: Args) -> Bounds | None:
    system = read_crs("bbox-crs", args.get("bbox-crs"))
    text = args.get("bbox")
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        sentence = _("“%(text)s” không phải khung; cần bốn số: nhỏ x, nhỏ y, lớn x, lớn y.", text=shown(text[:60]))
        raise BadParameter("bbox", sentence)
    sides = [float(part) for part in parts]
    flat = sides if len(sides) == 4 else [sides[0], sides[1], sides[3], sides[4]]  # noqa: PLR2004 - heights are left out
    return system.bounds_of("bbox", flat)


def read_datetime(ctx: Ctx, collection: FeatureCollection, text: str | None) -> tuple[When | None, DateInterval | None]:
    """The past state, or the interval, that `datetime` asks of a collection.

    Of an interval a collection with states shows its last one: that of its end, or of today.
    """
    if text is None:
        return None, None
    first, slash, last = text.partition("/")
    if not slash:
        last = first
    if slash and first in _OPEN and last in _OPEN:
        raise _no_moment(text)
    start = None if first in _OPEN and slash else _moment(text, first)
    end = None if last in _OPEN and slash else _moment(text, last)
    if start is not None and end is not None and end[0] < start[0]:
        raise BadParameter("datetime", _("Khoảng “%(text)s” có đầu sau cuối.", text=shown(text[:60])))
    if collection.temporal is Temporal.STATE:
        if end is None:
            return None, None
        day = local_date(end[0])
        if day > ctx.today:
            sentence = _(
                "Ngày xem %(day)s chưa đến; cần hôm nay hoặc một ngày đã qua, ví dụ 30/06/2026.", day=format_date(day)
            )
            raise BadParameter("datetime", sentence)
        # Today and now are the present, which has what only the present has.
        return (None if day == ctx.today else When(as_of=day)), None
    if collection.temporal is Temporal.WHEN:
        return None, DateInterval(start and start[0], end and end[1])
    return None, None


def _moment(whole: str, text: str) -> tuple[datetime, datetime]:
    """The first and the last instant that a text names: those of a day, or one moment twice."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text)
            start = datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)
            moments = start, start + timedelta(days=1) - timedelta(microseconds=1)
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[-+ ]\d{2}:\d{2})", text):
            # An unescaped plus sign of a zone arrives as a space.
            moment = datetime.fromisoformat(text[:10] + "T" + text[11:].replace(" ", "+").upper())
            moments = moment, moment
        else:
            raise _no_moment(whole)
    except (ValueError, OverflowError) as error:
        raise _no_moment(whole) from error
    if not _FIRST <= moments[0].date() <= _LAST:
        raise _no_moment(whole)
    return moments


def _no_moment(text: str) -> BadParameter:
    return BadParameter(
        "datetime",
        _(
            "“%(text)s” không phải thời điểm; cần ngày, thời điểm hoặc khoảng từ 1900 đến 2100, ví dụ 2026-06-30.",
            text=shown(text[:60]),
        ),
    )


def _filters(args: Args) -> tuple[FilterTree, ...]:
    language = args.get("filter-lang", FILTER_LANGUAGES[0])
    if language not in FILTER_LANGUAGES:
        sentence = _(
            "Ngôn ngữ lọc “%(text)s” không có; cần một trong: %(languages)s.",
            text=shown(language[:40]),
            languages=", ".join(FILTER_LANGUAGES),
        )
        raise BadParameter("filter-lang", sentence)
    text = args.get("filter")
    if text is None:
        return ()
    tree = cql2.read_text(text) if language == FILTER_LANGUAGES[0] else cql2.read_json(text)
    return (FilterTree(cql2.NAME, tree),)


def _equalities(args: Args, by_name: Mapping[str, Property]) -> tuple[FilterTree, ...]:
    """Parameters with the name of a property: it has this value."""
    trees = []
    for name in args:
        prop = by_name.get(name)
        if prop is None or name in ITEM_PARAMETERS:
            continue
        tree = {"op": "=", "args": [{"property": name}, _value(prop, args[name])]}
        trees.append(FilterTree(name, tree))
    return tuple(trees)


def _value(prop: Property, text: str) -> Any:
    if len(text) > _MOST_TEXT:
        raise BadParameter(prop.name, _("Giá trị của “%(name)s” quá dài.", name=prop.name))
    if prop.kind is bool and text in ("true", "false"):
        return text == "true"
    if prop.kind in (int, Decimal, float) and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if prop.kind in (str, date, datetime):
        return text
    sentence = _("Giá trị “%(value)s” không hợp với “%(name)s”.", value=shown(text[:60]), name=prop.name)
    raise BadParameter(prop.name, sentence)


def _sorts(text: str | None, by_name: Mapping[str, Property]) -> tuple[SortBy, ...]:
    if not text:
        return ()
    sorts: list[SortBy] = []
    for part in text.split(","):
        # An unescaped plus sign arrives as a space.
        name = part.lstrip("+- ")
        if name not in by_name or any(name == sort.name for sort in sorts) or len(sorts) == _MOST_SORTS:
            raise BadParameter("sortby", _("Không thể sắp xếp theo “%(sort)s”.", sort=shown(part[:60])))
        sorts.append(SortBy(name, part.startswith("-")))
    return tuple(sorts)


def _names(text: str | None, by_name: Mapping[str, Property]) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in by_name:
            sentence = _("Bộ dữ liệu không có thuộc tính “%(name)s”.", name=shown(name[:60]))
            raise BadParameter("properties", sentence)
    return names
