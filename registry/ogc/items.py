"""The items of a collection: a page by keyset, one feature, and how many there are.

The database writes each feature as GeoJSON text. Statements have names for what differs between two boxes and between
two pages, so that a source may compile each form once (ADR 0051).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Numeric,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import Text as TextType

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.db.session import plan_for_values
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor
from registry.ogc.collections import (
    GEOMETRY,
    ID,
    OWNER_ID,
    BoxPages,
    FeatureCollection,
    Property,
    SourceWindow,
    box_of,
    box_values,
    rows_of,
)
from registry.ogc.cql2 import FilterCompiler
from registry.ogc.errors import BadParameter
from registry.ogc.parameters import ItemsQuestion, SortBy

#: Columns of a page: the feature as text, and how many there are of all pages.
_FEATURE, _MATCHED = "ogc_feature", "ogc_matched"
#: Column of a page of a box: seen exactly or as cells.
_BRANCH = "ogc_branch"
#: Parameters of a statement that begins behind a feature.
_EDGE_ID, _EDGE = "edge_id", "edge_{}"
#: A page of more features is held in memory up to IN_MEMORY, then in a file.
IN_MEMORY: Final = 2 * 1024 * 1024
_START: Final = b'{"type":"FeatureCollection","features":['
#: Counts by reader and question, valid until the register changes. 1 MB a worker.
_COUNTS: VersionedCache[int] = VersionedCache(1024 * 1024)


@dataclass(frozen=True)
class ItemsPage:
    """A page: its features as GeoJSON without the end of the collection, and what is said of it."""

    body: bytes
    returned: int
    matched: int
    next: Cursor | None
    #: Number of exact features by owner.
    owners: Mapping[int, int]

    def log(self, ctx: Ctx, collection: FeatureCollection) -> None:
        """Log whose features the page shows exactly; also where it comes from a cache."""
        _log(ctx, collection, self.owners)


@dataclass
class StreamedPage:
    """The same of a large page, whose features are in a file."""

    body: IO[bytes]
    returned: int
    matched: int
    next: Cursor | None


def _count_owner(owners: dict[int, int], row: Any) -> None:
    owner = getattr(row, OWNER_ID, None)
    if owner is not None:
        owners[owner] = owners.get(owner, 0) + 1


def _log(ctx: Ctx, collection: FeatureCollection, owners: Mapping[int, int]) -> None:
    by_owner = {str(owner): [number, []] for owner, number in owners.items()}
    log_access(ctx, "ogc", owners, seen=by_owner, collection=collection.code)


@dataclass(frozen=True)
class ItemsReading:
    """A question with what its statements are made of; `values` are those of their named parameters."""

    ctx: Ctx
    collection: FeatureCollection
    properties: tuple[Property, ...]
    question: ItemsQuestion
    cursor: Cursor | None

    @property
    def window(self) -> SourceWindow:
        return SourceWindow(self.question.when, self.question.bounds)

    @property
    def wanted(self) -> tuple[Property, ...]:
        names = self.question.properties
        return self.properties if names is None else tuple(prop for prop in self.properties if prop.name in names)

    @property
    def box_pages(self) -> BoxPages | None:
        return pages_by_place(self.collection, self.question)

    @property
    def values(self) -> dict[str, Any]:
        if self.box_pages is not None:
            return self.box_pages.values(self.cursor)
        values: dict[str, Any] = box_values(self.question.bounds)
        if self.cursor is not None:
            values[_EDGE_ID] = self.cursor.id
            values |= {_EDGE.format(number): value for number, value in enumerate(self._edges) if value is not None}
        return values

    @property
    def key(self) -> Hashable:
        """What the text of the statements depends on, apart from the rights of the reader; None: on this moment."""
        question = self.question
        if question.when is not None or question.interval is not None:
            return None
        filters = json.dumps([(each.parameter, each.tree) for each in question.filters])
        if self.cursor is None:
            edge = None
        elif self.box_pages is not None:
            edge = self.cursor.value
        else:
            edge = tuple(value is None for value in self._edges)
        shape = replace(question, filters=(), bounds=None), question.bounds is not None
        return "ogc", self.collection.code, shape, filters, edge

    @property
    def _edges(self) -> list[Any]:
        """The values of the sorted properties that the edge of the page has; values of a signed cursor are true."""
        values = self.cursor.value if self.cursor is not None else []
        if not isinstance(values, list) or len(values) != len(self.question.sort):
            raise Invalid({"cursor": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
        return values

    def conditions(self, rows: Subquery) -> list[ColumnElement[bool]]:
        """The WHERE of the question over the rows that the reader may see."""
        question = self.question
        where: list[ColumnElement[bool]] = []
        if question.bounds is not None and not self.collection.source.takes_box:
            box = box_of()
            where.append(and_(rows.c[GEOMETRY].op("&&")(box), func.ST_Intersects(rows.c[GEOMETRY], box)))
        if question.interval is not None:
            column = rows.c[self.collection.time_property]
            if question.interval.start is not None:
                where.append(column >= question.interval.start)
            if question.interval.end is not None:
                where.append(column <= question.interval.end)
        by_name = {prop.name: prop for prop in self.properties}
        compiler = FilterCompiler(dict(rows.c), by_name, question.filter_crs)
        for each in question.filters:
            try:
                where.append(compiler.condition(each.tree).self_group())
            except BadParameter as refused:
                raise BadParameter(each.parameter, refused.message) from refused
        return where

    def beyond(self, rows: Any) -> ColumnElement[bool]:
        """The rows after the edge of a page, which begins anywhere without a cursor."""
        if self.cursor is None:
            return true()
        beyond: ColumnElement[bool] = rows.c[ID] > bindparam(_EDGE_ID, type_=BigInteger)
        for number, (each, value) in reversed(list(enumerate(zip(self.question.sort, self._edges, strict=True)))):
            column = rows.c[each.name]
            if value is None:
                beyond = and_(column.is_(None), beyond)
                continue
            edge = cast(bindparam(_EDGE.format(number), type_=TextType), column.type)
            farther = column < edge if each.descending else column > edge
            beyond = or_(column.is_(None), farther, and_(column == edge, beyond))
        return beyond

    @property
    def limit(self) -> ColumnElement[int]:
        """One more than the page has, as a literal: a plan for all values must know that few rows are needed."""
        return literal_column(str(self.question.limit + 1), Integer)


def pages_by_place(collection: FeatureCollection, question: ItemsQuestion) -> BoxPages | None:
    """The pages of the box where nothing else is asked: those are in the order of places, all others of the id."""
    pages = collection.source.box_pages
    more = question.filters or question.sort or question.when or question.interval
    return None if pages is None or question.bounds is None or more else pages(question.bounds)


def read_page(
    ctx: Ctx, collection: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None, count_key: Hashable
) -> ItemsPage:
    """One page; the caller logs whose features it shows. `count_key` is what the number of all features depends on."""
    reading = ItemsReading(ctx, collection, collection.source.properties(ctx), question, cursor)
    # A box that is asked for first is counted by the statement that reads it.
    counts = cursor is None and question.bounds is not None and collection.source.walk is not None
    one_plan = counts or reading.box_pages is not None
    rows = _run(reading, ("page", counts), lambda: page_query(reading, counts=counts), one_plan=one_plan)
    shown = rows[: question.limit]
    if counts:
        number = int(getattr(shown[0], _MATCHED)) if shown else 0
    elif cursor is None and len(rows) == len(shown):
        number = len(shown)
    else:
        number = -1
    matched = _matched(reading, count_key, number if number >= 0 else None)
    owners: dict[int, int] = {}
    for row in shown:
        _count_owner(owners, row)
    following = _cursor(shown[-1], question.sort) if len(rows) > len(shown) else None
    body = _START + ",".join([getattr(row, _FEATURE) for row in shown]).encode()
    return ItemsPage(body, len(shown), matched, following, owners)


def stream_page(
    ctx: Ctx, collection: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None, count_key: Hashable
) -> StreamedPage:
    """One large page, streamed from the database into a file; what it shows exactly of others is logged."""
    reading = ItemsReading(ctx, collection, collection.source.properties(ctx), question, cursor)
    matched = _matched(reading, count_key)
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed once the page is sent
    try:
        returned, following = _write(reading, body)
    except BaseException:
        body.close()
        raise
    return StreamedPage(body, returned, matched, following)


def _write(reading: ItemsReading, body: IO[bytes]) -> tuple[int, Cursor | None]:
    """Write the features of a page; their number, and where the next page begins."""
    body.write(_START)
    owners: dict[int, int] = {}
    number, last, following = 0, None, None
    for row in reading.collection.source.stream(reading.ctx, page_query(reading).params(**reading.values)):
        if number == reading.question.limit:
            # The last row that is read: the cursor of the database ends by itself.
            following = _cursor(last, reading.question.sort)
            continue
        body.write((b"," if number else b"") + getattr(row, _FEATURE).encode())
        _count_owner(owners, row)
        last, number = row, number + 1
    _log(reading.ctx, reading.collection, owners)
    return number, following


def read_rows(ctx: Ctx, collection: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None) -> Iterator[Any]:
    """The rows of a page and the one that follows, for people."""
    reading = ItemsReading(ctx, collection, collection.source.properties(ctx), question, cursor)
    query = page_query(reading, as_rows=True).params(**reading.values)
    owners: dict[int, int] = {}
    for number, row in enumerate(collection.source.run(ctx, query)):
        if number < question.limit:
            _count_owner(owners, row)
        yield row
    _log(ctx, collection, owners)


def next_cursor(row: Any, question: ItemsQuestion) -> Cursor:
    """Where the page after a row begins."""
    return _cursor(row, question.sort)


def read_feature(
    ctx: Ctx, collection: FeatureCollection, feature_id: int, question: ItemsQuestion, *, as_row: bool = False
) -> Any:
    """One feature as GeoJSON text, or as its row; NotFound where the reader has none such."""
    properties = collection.source.properties(ctx)
    rows = rows_of(ctx, collection, SourceWindow(question.when))
    query = _rows_query(rows, properties) if as_row else _feature_query(rows, properties, question)
    row = collection.source.run(ctx, query.where(rows.c[ID] == feature_id)).one_or_none()
    if row is None:
        raise NotFound(_("Bộ dữ liệu không có đối tượng số %(number)d.", number=feature_id))
    owners: dict[int, int] = {}
    _count_owner(owners, row)
    _log(ctx, collection, owners)
    return row if as_row else getattr(row, _FEATURE)


def extent(ctx: Ctx, collection: FeatureCollection) -> list[float] | None:
    """West, south, east, north around all that the reader may see; None without a geometry."""
    rows = rows_of(ctx, collection, SourceWindow())
    box = select(func.ST_Extent(rows.c[GEOMETRY]).label("box")).subquery()
    sides = [getattr(func, name)(box.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    row = collection.source.run(ctx, select(*sides)).one()
    return None if row[0] is None else [float(side) for side in row]


# --- statements ---------------------------------------------------------------------------------------------------
def _run(
    reading: ItemsReading, part: Hashable, build: Callable[[], Select[Any]], *, one_plan: bool = False
) -> list[Any]:
    source, key = reading.collection.source, reading.key
    what = None if key is None else (key, part)
    if not one_plan and (reading.question.bounds is not None or reading.question.filters):
        # One plan for all boxes and filters would walk the whole table for a few rows at its end.
        plan_for_values(reading.ctx.session)
    return source.rows(reading.ctx, what, build, reading.values, one_plan=one_plan)


def _matched(reading: ItemsReading, count_key: Hashable, number: int | None = None) -> int:
    """How many features all pages have; `number` where it is known already."""

    def count() -> int:
        if number is not None:
            return number
        one_plan = counted.box_pages is not None
        return int(_run(counted, "count", lambda: _count_query(counted), one_plan=one_plan)[0][0])

    counted = replace(reading, cursor=None, question=replace(reading.question, sort=(), limit=1))
    ctx, collection = reading.ctx, reading.collection
    key = (reader_key(ctx.actor, collection.permission), collection.code, count_key, ctx.today)
    return _COUNTS.get(key, register_version(ctx), count)


def _narrowed_rows(reading: ItemsReading) -> Subquery:
    """The rows to find a page in: a walk over ids where nothing else is asked."""
    walk, question = reading.collection.source.walk, reading.question
    is_plain = not (question.filters or question.sort) and reading.window == SourceWindow()
    if walk is not None and is_plain:
        return walk(reading.ctx).subquery("ogc_rows")
    return rows_of(reading.ctx, reading.collection, reading.window)


def _count_query(reading: ItemsReading) -> Select[Any]:
    if reading.box_pages is not None:
        return reading.box_pages.count(reading.ctx)
    rows = _narrowed_rows(reading)
    return select(func.count().label("number")).select_from(rows).where(*reading.conditions(rows))


def page_query(reading: ItemsReading, *, counts: bool = False, as_rows: bool = False) -> Select[Any]:
    """The features of a page and of one more, or their rows; with `counts` each has the number of all."""
    if reading.collection.source.walk is not None:
        return _by_ids(reading, counts=counts, as_rows=as_rows)
    rows = _narrowed_rows(reading)
    keys, order = _order(rows, reading.question.sort)
    query = _described(reading, rows, as_rows=as_rows).add_columns(*keys)
    return query.where(*reading.conditions(rows), reading.beyond(rows)).order_by(*order).limit(reading.limit)


def _described(reading: ItemsReading, rows: Subquery, *, as_rows: bool) -> Select[Any]:
    if as_rows:
        return _rows_query(rows, reading.properties)
    return _feature_query(rows, reading.wanted, reading.question)


def _by_ids(reading: ItemsReading, *, counts: bool, as_rows: bool) -> Select[Any]:
    """The same, the ids first: what is joined to the rows is then read for those of the page alone."""
    pages = reading.box_pages
    if pages is None:
        ids, number = _ids(reading)
    else:
        ids, number = pages.ids(reading.ctx, reading.question.limit + 1, reading.cursor), pages.count(reading.ctx)
    page = ids.cte("ogc_page").prefix_with("MATERIALIZED")
    window = SourceWindow(reading.question.when, among=select(page.c[ID]))
    described = rows_of(reading.ctx, reading.collection, window, "ogc_described")
    keys, order = _order(described, reading.question.sort) if pages is None else _order_by_place(described, pages)
    query = _described(reading, described, as_rows=as_rows).add_columns(*keys)
    if counts:
        query = query.add_columns(number.scalar_subquery().label(_MATCHED))
    return query.order_by(*order)


def _ids(reading: ItemsReading) -> tuple[Select[Any], Select[Any]]:
    """The ids of a page with what it is sorted by, and the number of all rows."""
    rows = _narrowed_rows(reading)
    narrowed = select(rows.c[ID], *(rows.c[each.name] for each in reading.question.sort))
    # Referred to twice it is read once and kept, otherwise its rows come in the order of an index.
    every = narrowed.where(*reading.conditions(rows)).cte("ogc_every")
    _keys, order = _order(every, reading.question.sort)
    page = select(every.c[ID]).where(reading.beyond(every)).order_by(*order).limit(reading.limit)
    return page, select(func.count()).select_from(every)


def _feature_query(rows: Subquery, properties: Iterable[Property], question: ItemsQuestion) -> Select[Any]:
    """Id, owner and GeoJSON text of the rows."""
    crs = question.crs
    shape = func.ST_AsGeoJSON(crs.shown(rows.c[GEOMETRY]), crs.decimals, 0)
    values = [_as_json(rows.c[prop.name]).label(prop.name) for prop in properties]
    described = select(*values).correlate(rows).lateral("ogc_properties") if values else None
    text: list[Any] = [
        literal('{"type":"Feature","id":', TextType),
        rows.c[ID],
        literal(',"geometry":', TextType),
        func.coalesce(shape, "null"),
        literal(',"properties":', TextType),
        literal("{}", TextType) if described is None else func.row_to_json(described.table_valued()),
        literal("}", TextType),
    ]
    owner = [rows.c[OWNER_ID]] if OWNER_ID in rows.c else []
    source = rows if described is None else rows.join(described, true())
    return select(rows.c[ID], *owner, func.concat(*text).label(_FEATURE)).select_from(source)


def _as_json(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A number that may have decimals with one at least, and without the zeros that only its scale has.

    GDAL and QGIS take the type of a field from the first features: where these are whole, they would cut off the
    decimals of all others.
    """
    if not isinstance(column.type, Numeric):
        return column
    number: ColumnElement[Any] = cast(column, Numeric) if isinstance(column.type, Float) else column
    return func.round(number, func.greatest(func.min_scale(number), 1), type_=number.type)


def _rows_query(rows: Subquery, properties: Iterable[Property]) -> Select[Any]:
    """Id, owner and properties of the rows."""
    owner = [rows.c[OWNER_ID]] if OWNER_ID in rows.c else []
    return select(rows.c[ID], *owner, *(rows.c[prop.name] for prop in properties))


# --- keyset -------------------------------------------------------------------------------------------------------
def _key(name: str) -> str:
    return f"ogc_key_{name}"


def _order(rows: Any, sort: tuple[SortBy, ...]) -> tuple[list[ColumnElement[Any]], list[ColumnElement[Any]]]:
    """Columns with the keys of a row as text, and the ORDER BY: unknown values last, then the id."""
    keys: list[ColumnElement[Any]] = [cast(rows.c[each.name], TextType).label(_key(each.name)) for each in sort]
    order: list[ColumnElement[Any]] = []
    for each in sort:
        column = rows.c[each.name]
        order += [column.is_(None), column.desc() if each.descending else column]
    return keys, [*order, rows.c[ID]]


def _order_by_place(rows: Subquery, pages: BoxPages) -> tuple[list[ColumnElement[Any]], list[ColumnElement[Any]]]:
    """The same of a page of a box: a cursor has the branch and the id alone."""
    branch, within_branch = pages.keys(rows)
    return [branch.label(_BRANCH)], [branch, within_branch, rows.c[ID]]


def _cursor(row: Any, sort: tuple[SortBy, ...]) -> Cursor:
    branch = getattr(row, _BRANCH, None)
    return Cursor([getattr(row, _key(each.name)) for each in sort] if branch is None else branch, getattr(row, ID))
