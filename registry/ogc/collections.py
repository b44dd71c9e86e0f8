"""What a collection is, and the collections of the register, made from its kinds and lists."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Protocol

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Float,
    Result,
    Select,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    type_coerce,
)

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, refusal
from registry.kernel.db.base import Choice
from registry.kernel.errors import NotFound
from registry.kernel.exports.open_data import OpenDataAbout
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _
from registry.kernel.lists.columns import format_value
from registry.kernel.paging import Cursor
from registry.kernel.text import shown
from registry.ogc.crs import WGS84, Bounds
from registry.structures.positions.moment import When

#: Names of columns of every source that are no properties.
ID, GEOMETRY, OWNER_ID = "ogc_id", "ogc_geom", "ogc_owner_id"


class Temporal(Enum):
    """What `datetime` asks of a collection."""

    #: The state at a moment.
    STATE = "state"
    #: The rows of an interval, by the property that says when.
    WHEN = "when"
    #: Nothing: it has no time.
    NONE = "none"


@dataclass(frozen=True)
class Property:
    """One property: its type, label, and codes where it is a closed list."""

    name: str
    label: Any
    kind: type = str
    choices: type[Choice] | None = None
    unit: str = ""
    #: Names of codes that are no enumeration, for pages.
    labels: Mapping[str, Any] | None = field(default=None, hash=False)

    def text(self, value: Any) -> Any:
        """A value as pages show it."""
        if self.choices is not None and value is not None:
            return next((str(member.label) for member in self.choices if member.value == value), str(value))
        if self.labels is not None and value in self.labels:
            return str(self.labels[value])
        return format_value(value)

    def schema(self) -> dict[str, Any]:
        """JSON schema of the property."""
        title = f"{self.label} ({self.unit})" if self.unit else str(self.label)
        schema: dict[str, Any] = {"title": title}
        if self.choices is not None:
            return schema | {"type": "string", "enum": [str(member.value) for member in self.choices]}
        return schema | _SCHEMAS.get(self.kind, {"type": "string"})


#: By type of the values.
_SCHEMAS: Final[Mapping[type, dict[str, Any]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "number"},
    float: {"type": "number"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True)
class SourceWindow:
    """What a source may narrow its rows by itself: a past time, a box in degrees, with `walk` a query of ids."""

    when: When | None = None
    bounds: Bounds | None = None
    among: Select[Any] | None = None


#: The sides of a box, named as the filter of structures names them.
_SIDES: Final = ("box_west", "box_south", "box_east", "box_north")


def box_of() -> ColumnElement[Any]:
    """A box whose sides are parameters of the statement: one serves every box (`box_values`)."""
    box: ColumnElement[Any] = func.ST_MakeEnvelope(*(bindparam(side, type_=Float) for side in _SIDES), WGS84)
    return box


def box_values(bounds: Bounds | None) -> dict[str, float]:
    """The parameters of `box_of`."""
    return {} if bounds is None else dict(zip(_SIDES, bounds, strict=True))


class RowReader(Protocol):
    """Returns the rows of a statement with these values for its named parameters.

    `what` is all that the text of the statement depends on apart from the rights of the reader, None where that is the
    moment; `one_plan`: one plan serves all values.
    """

    def __call__(
        self,
        ctx: Ctx,
        what: Hashable,
        build: Callable[[], Select[Any]],
        values: Mapping[str, Any],
        *,
        one_plan: bool = False,
    ) -> list[Any]: ...


class BoxPages(Protocol):
    """Pages of a box whose order is that of an index, so that they read little more than they show of any box."""

    def ids(self, ctx: Ctx, limit: int, cursor: Cursor | None) -> Select[Any]:
        """The ids of a page as ID."""

    def keys(self, rows: Subquery) -> tuple[ColumnElement[int], ColumnElement[Any]]:
        """What described rows are sorted by before their ids: the branch, which a cursor names, and the place in it."""

    def count(self, ctx: Ctx) -> Select[Any]:
        """The number of all rows in the box."""

    def values(self, cursor: Cursor | None) -> dict[str, Any]:
        """The named parameters of both statements."""


@dataclass(frozen=True)
class CollectionSource:
    """The rows of a collection that a reader may see, as one SELECT with ID, GEOMETRY and the properties as columns.

    `rows`, `run` and `stream` execute a statement over it. A source that narrows by the box itself says so by
    `takes_box`.

    `walk`, of a source with many rows that are joined with much: the ids of all present rows in one table, by an index.
    Its pages are found first and described then, and the answers depend on rights and the version of the register only.
    `box_pages` are those of the present rows of a box.
    """

    properties: Callable[[Ctx], tuple[Property, ...]]
    select: Callable[[Ctx, SourceWindow], Select[Any]]
    rows: RowReader
    run: Callable[[Ctx, Select[Any]], Result[Any]]
    stream: Callable[[Ctx, Select[Any]], Iterable[Any]]
    takes_box: bool = False
    walk: Callable[[Ctx], Select[Any]] | None = None
    box_pages: Callable[[Bounds], BoxPages] | None = None


@dataclass(frozen=True)
class FeatureCollection:
    """One collection."""

    code: str
    title: Any
    description: Any
    permission: P
    source: CollectionSource
    #: The one type of its geometries, where there is one: "point", "linestring", "polygon".
    shape: str = "any"
    temporal: Temporal = Temporal.NONE
    #: The property that `datetime` narrows by, with Temporal.WHEN.
    time_property: str = ""
    #: The property that HTML names a feature by, and the endpoint and argument of its page.
    name: str = "code"
    #: What the catalogue of open data says of it; every public collection has it or is part of another one.
    open_data: OpenDataAbout | None = None
    #: The collection of which it is a part: each kind of all structures.
    part_of: str = ""


#: What features above give beyond kinds and lists.
MORE_COLLECTIONS = KeyedExtensionPoint[FeatureCollection]("ogc.collections", key=lambda each: each.code)


def readable_collections(ctx: Ctx, every: Mapping[str, FeatureCollection]) -> list[FeatureCollection]:
    """The collections that the reader has the permission of."""
    return [each for each in every.values() if holds(ctx.actor, each.permission)]


def get_collection(ctx: Ctx, every: Mapping[str, FeatureCollection], code: str) -> FeatureCollection:
    """The collection of a code; NotFound without one, the refusal where the reader has no permission."""
    collection = every.get(code)
    if collection is None:
        raise NotFound(_("Không có bộ dữ liệu “%(code)s”.", code=shown(code)))
    if not holds(ctx.actor, collection.permission):
        raise refusal(ctx.actor, collection.permission)
    return collection


def plain(column: ColumnElement[Any], prop: Property) -> ColumnElement[Any]:
    """A column as its property: codes of closed lists as text, so that an unknown code is no error of the driver.

    A text that is stored as JSON or as a list is compared and answered as text, too.
    """
    # A type of ours stands over the one that the database stores.
    stored = getattr(column.type, "impl_instance", column.type)
    if prop.choices is not None:
        column = type_coerce(column, Text)
    elif prop.kind is str and isinstance(stored, JSON):
        column = cast(column, Text)
    elif prop.kind is str and isinstance(stored, ARRAY):
        column = func.array_to_string(column, ", ", type_=Text)
    return column.label(prop.name)


def rows_of(ctx: Ctx, collection: FeatureCollection, window: SourceWindow, name: str = "ogc_rows") -> Subquery:
    """The rows as a table to filter and sort."""
    return collection.source.select(ctx, window).order_by(None).subquery(name)
