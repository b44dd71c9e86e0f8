"""Lists of structures, page by page, and how many a filter finds; all through the selectable of positions."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.audit.notes import look
from registry.audit.queries import version_of
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import view_of
from registry.kernel.db.session import plan_for_values
from registry.kernel.kept import KeptAnswers
from registry.kernel.paging import Cursor, Page
from registry.structures import positions, prepared, tally
from registry.structures.filters import StructureFilter, box_values
from registry.structures.past import positions as past
from registry.structures.past.filters import window_of
from registry.structures.past.records import named, placed_at
from registry.structures.queries import where_of
from registry.territory.models import AdminUnit

PAGE_SIZE = 50
COUNTED_TO = 10_000
#: Numbers of structures by filter and view, for as long as nothing changes: each page of a list asks for its own.
_TOTALS: KeptAnswers[int] = KeptAnswers(2_000)
#: What a list may be sorted by; every one has an index with the id or is unique.
SORTS = ("code", "name", "updated_at")
#: What rows are found by, and no list tells as it is.
_UNTOLD = ("geom", "search_text")


@dataclass(frozen=True)
class Shown:
    """What a page showed: the owners of what stood there exactly, and how many rows it had."""

    owners: frozenset[int | None]
    rows: int

    @classmethod
    def of(cls, rows: list[Row[Any]]) -> Self:
        """What a page of these rows shows."""
        return cls(frozenset(row.owner_organisation_id for row in rows if row.exact), len(rows))


def note_page(ctx: Ctx, shown: Shown) -> None:
    """Remember whose structures a page showed, also where the page was read before."""
    look(ctx, "list", shown.owners, rows=shown.rows)


def list_structures(
    ctx: Ctx,
    chosen: StructureFilter,
    sort: str = "code",
    *,
    descending: bool = False,
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
    shapes: bool = False,
    noted: bool = True,
) -> Page[Row[Any]]:
    """One page of what the actor may see, with owner and commune names; looks at others' positions are noted.

    With `shapes` each row has `geojson`, its geometry or its cells as text. Without `noted` whoever gives the page to
    somebody calls `note_page`, each time.
    """
    backwards = cursor is not None and cursor.backwards
    order = _Order(sort, descending != backwards, size + 1, cursor is not None, shapes)
    values = _values(cursor, sort) | box_values(chosen)
    rows, total = _inside(ctx, chosen, order, values) or (_next(ctx, chosen, order, values), None)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if noted:
        note_page(ctx, Shown.of(rows))
    return Page(
        rows,
        _edge(rows, sort, last=True) if (more or backwards) and rows else None,
        _edge(rows, sort, last=False) if (cursor is not None and (more or not backwards)) and rows else None,
        count_structures(ctx, chosen) if total is None else total,
        COUNTED_TO,
    )


@dataclass(frozen=True)
class _Order:
    """How a list goes on: by what, in which direction, how many rows, whether from a cursor on and with shapes."""

    sort: str
    falling: bool
    most: int
    from_cursor: bool
    shapes: bool

    def of(self, table: FromClause) -> list[ColumnElement[Any]]:
        """The ORDER BY over a table."""
        return [part.desc() if self.falling else part.asc() for part in (table.c[self.sort], table.c.id)]

    def first(self, query: Select[Any], table: FromClause) -> Select[Any]:
        """The rows of a query over a table that come next."""
        if self.from_cursor:
            query = query.where(self._beyond(table.c[self.sort], table.c.id))
        # In the text: a plan for all values must know that few rows are wanted.
        return query.order_by(*self.of(table)).limit(literal_column(str(int(self.most))))

    def _beyond(self, key: ColumnElement[Any], row_id: ColumnElement[Any]) -> ColumnElement[bool]:
        value, edge_id = bindparam("edge_value", type_=key.type), bindparam("edge_id", type_=row_id.type)
        if self.falling:
            return and_(key <= value, or_(key < value, row_id < edge_id))
        return and_(key >= value, or_(key > value, row_id > edge_id))


def _next(ctx: Ctx, chosen: StructureFilter, order: _Order, values: dict[str, Any]) -> list[Any]:
    """The rows that come next, each branch of what is seen walked in order."""

    def edge_of(table: Subquery, *columns: Any) -> Select[Any]:
        return order.first(select(*columns).where(*where_of(ctx, table, chosen)), table)

    def build() -> Select[Any]:
        branches = past.parts(ctx, chosen.when, window=window_of(chosen))
        if order.sort == "code" and tally.is_kept(chosen) and tally.tells_of_cells(chosen):
            walk = positions.walked(ctx)
            next_ids = edge_of(walk, walk.c.id).cte("next_ids").prefix_with("MATERIALIZED")
            return _told(ctx, branches, next_ids, chosen, order)
        either = union_all(*(select(edge_of(branch, branch).subquery()) for branch in branches)).subquery("either")
        page = select(either).order_by(*order.of(either)).limit(literal_column(str(int(order.most)))).subquery("page")
        return _named(ctx, page, chosen, order)

    one_plan = not (chosen.choices or chosen.bbox)
    if not one_plan:
        plan_for_values(ctx.session)
    key = _key_of(chosen)
    return prepared.run(ctx, None if key is None else ("list", key, order), build, values, one_plan=one_plan)


def _inside(ctx: Ctx, chosen: StructureFilter, order: _Order, values: dict[str, Any]) -> tuple[list[Any], int] | None:
    """The rows of a box that come next and how many it holds, from reading the box once.

    None where it holds nothing more or over COUNTED_TO: those are found sooner in their order.
    """
    key = _key_of(chosen)
    if chosen.bbox is None or key is None:
        return None

    def build() -> Select[Any]:
        branches = positions.parts(ctx)
        found = [
            select(branch.c.id, branch.c[order.sort]).where(*where_of(ctx, branch, chosen)).limit(COUNTED_TO + 1)
            for branch in branches
        ]
        inside = union_all(*found).cte("inside").prefix_with("MATERIALIZED")
        next_ids = order.first(select(inside.c.id), inside).cte("next_ids").prefix_with("MATERIALIZED")
        total = select(func.count()).select_from(inside).scalar_subquery().label("total")
        return _told(ctx, branches, next_ids, chosen, order).add_columns(total)

    rows = prepared.run(ctx, ("inside", key, order), build, values, one_plan=True)
    return (rows, int(rows[0].total)) if rows and rows[0].total <= COUNTED_TO else None


def _told(ctx: Ctx, branches: list[Subquery], ids: FromClause, chosen: StructureFilter, order: _Order) -> Select[Any]:
    """All that is told of the structures with some ids."""
    edges = (select(branch).where(branch.c.id.in_(select(ids.c.id))) for branch in branches)
    return _named(ctx, union_all(*edges).subquery("page"), chosen, order)


def _named(ctx: Ctx, rows: Subquery, chosen: StructureFilter, order: _Order) -> Select[Any]:
    """Rows in order with the names of their owners and communes."""
    if chosen.when is not None:
        placed = placed_at(ctx, rows, chosen.when)
        told = named(ctx, placed, chosen.when).order_by(*order.of(placed))
        return told.add_columns(positions.told_shape(placed)) if order.shapes else told
    owner, commune = aliased(Organisation), aliased(AdminUnit)
    columns = [column for column in rows.c if column.name not in _UNTOLD]
    return (
        select(*columns, owner.short_name.label("owner_name"), commune.name.label("commune_name"))
        .add_columns(*([positions.told_shape(rows)] if order.shapes else []))
        .outerjoin(owner, owner.id == rows.c.owner_organisation_id)
        .outerjoin(commune, commune.id == rows.c.commune_id)
        .order_by(*order.of(rows))
    )


def _values(cursor: Cursor | None, sort: str) -> dict[str, Any]:
    if cursor is None:
        return {}
    of_time = isinstance(cursor.value, str) and sort == "updated_at"
    return {"edge_value": datetime.fromisoformat(cursor.value) if of_time else cursor.value, "edge_id": cursor.id}


def _edge(rows: list[Row[Any]], sort: str, *, last: bool) -> Cursor:
    row = rows[-1] if last else rows[0]
    value = getattr(row, sort)
    return Cursor(value.isoformat() if isinstance(value, datetime) else value, row.id, backwards=not last)


def count_structures(ctx: Ctx, chosen: StructureFilter) -> int:
    """How many structures the actor may see under a filter, counted to COUNTED_TO + 1."""
    if tally.is_kept(chosen):
        view = (tally.key_of(chosen), view_of(ctx.actor, P.STRUCTURE_READ))
        return _TOTALS.get(view, version_of(ctx), lambda: _total(ctx, chosen))

    def build() -> Select[Any]:
        seen = past.readable(ctx, chosen.when, window=window_of(chosen))
        limited = select(seen.c.id).where(*where_of(ctx, seen, chosen)).limit(COUNTED_TO + 1).subquery()
        return select(func.count()).select_from(limited)

    key = _key_of(chosen)
    return int(prepared.run(ctx, None if key is None else ("number", key), build, box_values(chosen))[0][0])


def _key_of(chosen: StructureFilter) -> Hashable:
    """What tells filters apart whose statements are kept: those that the counts know, in any box; None: of no other."""
    anywhere = replace(chosen, bbox=None)
    return (tally.key_of(anywhere), chosen.bbox is not None) if tally.is_kept(anywhere) else None


def _total(ctx: Ctx, chosen: StructureFilter) -> int:
    found = prepared.run(ctx, ("total", tally.key_of(chosen)), lambda: tally.total(ctx, chosen), {})
    return min(int(found[0][0]), COUNTED_TO + 1)


def matching_ids(ctx: Ctx, chosen: StructureFilter, most: int) -> list[int]:
    """The ids of what the actor may see under a filter, in their order; `most` + 1 of them stand for any more."""
    seen = past.readable(ctx, chosen.when, window=window_of(chosen))
    query = select(seen.c.id).where(*where_of(ctx, seen, chosen)).limit(most + 1)
    return sorted(positions.run(ctx, query).scalars())
