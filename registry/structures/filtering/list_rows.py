"""The order of a list, and the columns of the rows of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter
from registry.structures.positions.moment import When
from registry.structures.positions.versions import is_in_force, middle_of, names_at, units_at
from registry.territory.models import AdminUnit, UnitLevel

#: Made once: the columns of an alias are copies, and take longer to make than the rows of a page to read.
_OWNER: Final = aliased(Organisation)
_COMMUNE: Final = aliased(AdminUnit)

#: Sort by place: structures seen exactly, then those seen as cells, neighbours together.
BY_PLACE = "place"
#: The place of a row's value among those of a page by groups (listing/grouped.py).
GROUP_PLACE: Final = "group_place"
#: Columns that rows are found by and that no list returns.
_NOT_LISTED = ("geom", "search_text", BY_PLACE, GROUP_PLACE)


def with_owner_and_commune_id(ctx: Ctx, rows: Subquery, when: When) -> Subquery:
    """Past rows with `owner_name` and `commune_then`, the id of their commune in the units of that day."""
    point = when.at(ctx.now)
    owner, recorded = names_at(Organisation, point, "owner"), units_at(point, "recorded")
    holds = and_(recorded.c.id == rows.c.commune_id, is_in_force(recorded, point.day))
    lay_in = func.unit_known_at(middle_of(rows), literal(UnitLevel.COMMUNE.value, Text), point.day, point.known_at)
    commune_id: ColumnElement[Any] = case(
        (rows.c.commune_id.is_(None), null()), (recorded.c.id.is_not(None), recorded.c.id), else_=lay_in
    )
    return (
        select(rows, owner.c.short_name.label("owner_name"), commune_id.label("commune_then"))
        .outerjoin(owner, owner.c.id == rows.c.owner_organisation_id)
        .outerjoin(recorded, holds)
        .subquery("placed")
    )


def with_commune_name(ctx: Ctx, placed: Subquery, when: When) -> Select[Any]:
    """Rows of `with_owner_and_commune_id` with `commune_name`."""
    then = units_at(when.at(ctx.now), "then")
    return select(placed, then.c.name.label("commune_name")).outerjoin(then, then.c.id == placed.c.commune_then)


@dataclass(frozen=True)
class Order:
    """The order of a page: sort column, direction, number of rows, whether after a cursor, whether with shapes."""

    sort: str
    descending: bool
    most: int
    from_cursor: bool
    shapes: bool

    def of(self, table: FromClause) -> list[ColumnElement[Any]]:
        """The ORDER BY over a table."""
        keys: list[ColumnElement[Any]] = [table.c[self.sort], table.c.id] if self.sort in table.c else [table.c.id]
        if self.sort == BY_PLACE:
            keys.insert(0, table.c.exact.is_(False))
        return self._directed(keys)

    def _directed(self, keys: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        return [key.desc() if self.descending else key.asc() for key in keys]

    def first(self, query: Select[Any], table: FromClause, edge: ColumnElement[Any] | None = None) -> Select[Any]:
        """The next rows of a query over a table, or over one branch that is sorted by place.

        `edge` is the last value of the previous page where the cursor does not contain it.
        """
        key, row_id = table.c[self.sort], table.c.id
        if self.from_cursor:
            query = query.where(self._beyond(key, row_id, edge))
        # A literal: a generic plan must know that few rows are needed.
        return query.order_by(*self._directed([key, row_id])).limit(self.limit)

    @property
    def limit(self) -> ColumnElement[int]:
        """The number of rows, as a literal of the statement."""
        return literal_column(str(int(self.most)), Integer)

    def _beyond(
        self, key: ColumnElement[Any], row_id: ColumnElement[Any], edge: ColumnElement[Any] | None
    ) -> ColumnElement[bool]:
        value = bindparam("edge_value", type_=key.type) if edge is None else edge
        edge_id = bindparam("edge_id", type_=row_id.type)
        if self.descending:
            return and_(key <= value, or_(key < value, row_id < edge_id))
        return and_(key >= value, or_(key > value, row_id > edge_id))


def select_rows(
    ctx: Ctx, branches: list[Subquery], ids: FromClause, structure_filter: StructureFilter, order: Order
) -> Select[Any]:
    """The list rows of the structures with some ids, which are read once (see `positions.readable`)."""
    is_listed = any_(func.array(select(ids.c.id).scalar_subquery()))
    edges = (select(branch).where(branch.c.id == is_listed) for branch in branches)
    return named_rows(ctx, union_all(*edges).subquery("page"), structure_filter, order)


def named_rows(ctx: Ctx, rows: Subquery, structure_filter: StructureFilter, order: Order) -> Select[Any]:
    """Rows in order with the names of their owners and communes."""
    if structure_filter.when is not None:
        placed = with_owner_and_commune_id(ctx, rows, structure_filter.when)
        past = with_commune_name(ctx, placed, structure_filter.when).order_by(*order.of(placed))
        return past.add_columns(positions.geojson_column(placed)) if order.shapes else past
    columns = [column for column in rows.c if column.name not in _NOT_LISTED]
    return (
        select(*columns, _OWNER.short_name.label("owner_name"), _COMMUNE.name.label("commune_name"))
        .add_columns(*([positions.geojson_column(rows)] if order.shapes else []))
        .outerjoin(_OWNER, _OWNER.id == rows.c.owner_organisation_id)
        .outerjoin(_COMMUNE, _COMMUNE.id == rows.c.commune_id)
        .order_by(*order.of(rows))
    )
