"""The items of a collection: one page by keyset, one feature, and how many there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, cast, func, literal, or_, select
from sqlalchemy import Text as TextType

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor
from registry.ogc.collections import GEOMETRY, ID, OWNER_ID, FeatureCollection, Property, SourceWindow, rows_of
from registry.ogc.cql2 import FilterCompiler
from registry.ogc.crs import WGS84, Crs
from registry.ogc.parameters import ItemsQuestion, SortBy

#: Columns of the answer that are no properties.
_SHAPE: Final = "ogc_shape"
#: A page is held in memory up to here, then in a file.
IN_MEMORY: Final = 2 * 1024 * 1024
#: Counts by reader and question, valid until the register changes. 1 MB a worker.
_COUNTS: VersionedCache[int] = VersionedCache(1024 * 1024)


@dataclass
class ItemsPage:
    """A page as GeoJSON in a file, without its end; how many features, of how many, and where the next begins."""

    body: IO[bytes]
    returned: int
    matched: int
    next: Cursor | None


@dataclass
class _Seen:
    """The owners of the exact features of an answer, with their numbers."""

    numbers: dict[int, int] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        owner = getattr(row, OWNER_ID, None)
        if owner is not None:
            self.numbers[owner] = self.numbers.get(owner, 0) + 1

    def log(self, ctx: Ctx, collection: FeatureCollection) -> None:
        by_owner = {str(owner): [number, []] for owner, number in self.numbers.items()}
        log_access(ctx, "ogc", self.numbers, seen=by_owner, collection=collection.code)


def read_page(
    ctx: Ctx, collection: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None, cache_key: Any
) -> ItemsPage:
    """One page, streamed from the database into a file; what it shows exactly of others is logged."""
    properties = collection.source.properties(ctx)
    rows = rows_of(ctx, collection, SourceWindow(question.when, question.bounds))
    where = conditions(ctx, collection, properties, rows, question)
    key = (reader_key(ctx.actor, collection.permission), collection.code, cache_key, ctx.today)
    matched = _COUNTS.get(key, register_version(ctx), lambda: _count(ctx, collection, rows, where))
    wanted = _wanted(properties, question)
    columns, order = _order(rows, properties, question.sort)
    query = _features(rows, wanted, question.crs).add_columns(*columns).where(*where).order_by(*order)
    if cursor is not None:
        query = query.where(_beyond(rows, properties, question.sort, cursor))
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed once the page is sent
    try:
        returned, following = _write(ctx, collection, query, question, body, encoder(wanted))
    except BaseException:
        body.close()
        raise
    return ItemsPage(body, returned, matched, following)


def _write(
    ctx: Ctx,
    collection: FeatureCollection,
    query: Select[Any],
    question: ItemsQuestion,
    body: IO[bytes],
    encode: Callable[[Any], bytes],
) -> tuple[int, Cursor | None]:
    """Write the features of a page; their number, and where the next page begins."""
    body.write(b'{"type":"FeatureCollection","features":[')
    owners_shown, number, last, following = _Seen(), 0, None, None
    for row in collection.source.stream(ctx, query.limit(question.limit + 1)):
        if number == question.limit:
            # The last row that is read: the cursor of the database ends by itself.
            following = _cursor(last, question.sort)
            continue
        body.write((b"," if number else b"") + encode(row))
        owners_shown.add(row)
        last, number = row, number + 1
    owners_shown.log(ctx, collection)
    return number, following


def read_rows(ctx: Ctx, collection: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None) -> Iterator[Any]:
    """The rows of a page and the one that follows, for people."""
    properties = collection.source.properties(ctx)
    rows = rows_of(ctx, collection, SourceWindow(question.when, question.bounds))
    columns, order = _order(rows, properties, question.sort)
    query = _features(rows, properties, question.crs).add_columns(*columns).order_by(*order)
    query = query.where(*conditions(ctx, collection, properties, rows, question)).limit(question.limit + 1)
    if cursor is not None:
        query = query.where(_beyond(rows, properties, question.sort, cursor))
    owners_shown = _Seen()
    for number, row in enumerate(collection.source.run(ctx, query)):
        if number < question.limit:
            owners_shown.add(row)
        yield row
    owners_shown.log(ctx, collection)


def next_cursor(row: Any, question: ItemsQuestion) -> Cursor:
    """Where the page after a row begins."""
    return _cursor(row, question.sort)


def read_feature(ctx: Ctx, collection: FeatureCollection, feature_id: int, question: ItemsQuestion) -> Any:
    """The row of one feature; NotFound where the reader has none such."""
    properties = collection.source.properties(ctx)
    rows = rows_of(ctx, collection, SourceWindow(question.when))
    query = _features(rows, properties, question.crs).where(rows.c[ID] == feature_id)
    row = collection.source.run(ctx, query).one_or_none()
    if row is None:
        raise NotFound(_("Bộ dữ liệu không có đối tượng số %(number)d.", number=feature_id))
    owners_shown = _Seen()
    owners_shown.add(row)
    owners_shown.log(ctx, collection)
    return row


def extent(ctx: Ctx, collection: FeatureCollection) -> list[float] | None:
    """West, south, east, north around all that the reader may see; None without a geometry."""
    rows = rows_of(ctx, collection, SourceWindow())
    box = select(func.ST_Extent(rows.c[GEOMETRY]).label("box")).subquery()
    sides = [getattr(func, name)(box.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    row = collection.source.run(ctx, select(*sides)).one()
    return None if row[0] is None else [float(side) for side in row]


def conditions(
    ctx: Ctx,
    collection: FeatureCollection,
    properties: tuple[Property, ...],
    rows: Subquery,
    question: ItemsQuestion,
) -> list[ColumnElement[bool]]:
    """The WHERE of a question over the rows that the reader may see."""
    del ctx
    where: list[ColumnElement[bool]] = []
    if question.bounds is not None and not collection.source.takes_box:
        box = func.ST_MakeEnvelope(*question.bounds, WGS84)
        where.append(and_(rows.c[GEOMETRY].op("&&")(box), func.ST_Intersects(rows.c[GEOMETRY], box)))
    if question.interval is not None:
        column = rows.c[collection.time_property]
        if question.interval.start is not None:
            where.append(column >= question.interval.start)
        if question.interval.end is not None:
            where.append(column <= question.interval.end)
    by_name = {prop.name: prop for prop in properties}
    compiler = FilterCompiler(dict(rows.c), by_name, question.filter_crs)
    where += [compiler.condition(tree).self_group() for tree in question.filters]
    return where


def _count(ctx: Ctx, collection: FeatureCollection, rows: Subquery, where: list[ColumnElement[bool]]) -> int:
    return int(collection.source.run(ctx, select(func.count(rows.c[ID])).where(*where)).scalar_one())


def _wanted(properties: tuple[Property, ...], question: ItemsQuestion) -> tuple[Property, ...]:
    if question.properties is None:
        return properties
    return tuple(prop for prop in properties if prop.name in question.properties)


def _features(rows: Subquery, properties: Iterable[Property], crs: Crs) -> Select[Any]:
    shape = func.ST_AsGeoJSON(crs.shown(rows.c[GEOMETRY]), crs.decimals, 0).label(_SHAPE)
    owner = [rows.c[OWNER_ID]] if OWNER_ID in rows.c else []
    return select(rows.c[ID], shape, *owner, *(rows.c[prop.name] for prop in properties))


# --- encoding -----------------------------------------------------------------------------------------------------
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def value_of(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, (datetime, date)) else value


def encoder(properties: Iterable[Property]) -> Callable[[Any], bytes]:
    """A function that makes a GeoJSON feature of a row."""
    names = [prop.name for prop in properties]

    def encode(row: Any) -> bytes:
        mapping: Mapping[str, Any] = row._mapping
        values = {name: value_of(mapping[name]) for name in names}
        shape = mapping[_SHAPE] or "null"
        text = f'{{"type":"Feature","id":{mapping[ID]},"geometry":{shape},"properties":{_JSON.encode(values)}}}'
        return text.encode()

    return encode


# --- keyset -------------------------------------------------------------------------------------------------------
def _key(name: str) -> str:
    return f"ogc_key_{name}"


def _order(
    rows: Subquery, properties: tuple[Property, ...], sort: tuple[SortBy, ...]
) -> tuple[list[ColumnElement[Any]], list[ColumnElement[Any]]]:
    """Columns with the keys of a row as text, and the ORDER BY: unknown values last, then the id."""
    del properties
    keys: list[ColumnElement[Any]] = [cast(rows.c[each.name], TextType).label(_key(each.name)) for each in sort]
    order: list[ColumnElement[Any]] = []
    for each in sort:
        column = rows.c[each.name]
        order += [column.is_(None), column.desc() if each.descending else column]
    return keys, [*order, rows.c[ID]]


def _cursor(row: Any, sort: tuple[SortBy, ...]) -> Cursor:
    return Cursor([row._mapping[_key(each.name)] for each in sort], row._mapping[ID])


def _beyond(
    rows: Subquery, properties: tuple[Property, ...], sort: tuple[SortBy, ...], cursor: Cursor
) -> ColumnElement[bool]:
    """The rows after the edge of a page; values of a signed cursor are those that a row had."""
    del properties
    values = cursor.value
    if not isinstance(values, list) or len(values) != len(sort):
        raise Invalid({"cursor": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    beyond: ColumnElement[bool] = rows.c[ID] > cursor.id
    for each, value in reversed(list(zip(sort, values, strict=True))):
        column = rows.c[each.name]
        if value is None:
            beyond = and_(column.is_(None), beyond)
            continue
        edge = cast(literal(value, TextType), column.type)
        farther = column < edge if each.descending else column > edge
        beyond = or_(column.is_(None), farther, and_(column == edge, beyond))
    return beyond
