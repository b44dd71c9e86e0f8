"""Lists of structures, page by page, and how many a filter finds; all through the selectable of positions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, Select, Subquery, and_, func, not_, select, union_all

from registry.audit.access_log import log_access, seen_by_owner
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import rows_key
from registry.kernel.cache import VersionedCache
from registry.kernel.db.session import plan_for_values
from registry.kernel.paging import Cursor, Page
from registry.structures import positions
from registry.structures.fastpath import bbox_paging, compiled_lists, count_pyramid
from registry.structures.filtering.filter import StructureFilter, box_values, where_of, window_of
from registry.structures.filtering.list_rows import BY_PLACE, Order, named_rows, select_rows
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import start_column
from registry.structures.listing.grouped import GROUPINGS, edge_value, next_rows
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.positions.versions import was_recorded_by

PAGE_SIZE = 50
COUNTED_TO = 10_000
#: Counts by filter and rights, valid until the register changes: each page of a list needs one. 4 MB a worker.
_TOTALS: VersionedCache[int] = VersionedCache(4 * 1024 * 1024)
#: Sort columns of a list; each has an index with the id or is unique.
PLAIN_SORTS = ("code", "name", "updated_at")
#: All that a list of the present can be ordered by; lists of the past have the plain ones.
SORTS = (*PLAIN_SORTS, *GROUPINGS)


@dataclass(frozen=True)
class EnteredLater:
    """Structures that a past list does not have, since they were entered later.

    `begun` had begun by its day; of the `unknown` no record says whether.
    """

    begun: int
    unknown: int


def count_entered_later(ctx: Ctx, when: When) -> EnteredLater:
    """Of the structures that the reader sees exactly today, without any filter."""
    point, start = when.at(ctx.now), start_column(KINDS.values())
    late = and_(Structure.created_at >= point.valid_before, not_(was_recorded_by(Structure.id, point.valid_before)))
    query = (
        select(func.count().filter(start <= point.day), func.count().filter(start.is_(None)))
        .select_from(Structure)
        .where(positions.sees_exactly(ctx), late)
    )
    return EnteredLater(*ctx.session.execute(query).one())


@dataclass(frozen=True)
class PageSummary:
    """The owners of the exact rows of a page, its number of rows, and what is noted of them for each owner."""

    owners: frozenset[int | None]
    rows: int
    seen: Mapping[str, Any]

    @classmethod
    def of(cls, rows: list[Row[Any]]) -> Self:
        """The summary of a page of these rows."""
        exact = [row for row in rows if row.exact]
        return cls(frozenset(row.owner_organisation_id for row in exact), len(rows), seen_by_owner(exact))


def log_page_view(ctx: Ctx, shown: PageSummary) -> None:
    """Log whose structures a page showed, also where the page came from the cache."""
    log_access(ctx, "list", shown.owners, rows=shown.rows, seen=shown.seen)


def list_structures(
    ctx: Ctx,
    structure_filter: StructureFilter,
    sort: str = "code",
    *,
    descending: bool = False,
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
    shapes: bool = False,
    noted: bool = True,
) -> Page[Row[Any]]:
    """One page of the structures that the actor may see, with owner and commune names; the access is logged.

    `sort` is one of SORTS (of the past: PLAIN_SORTS), or BY_PLACE for a box of the present. With `shapes` each row has
    `geojson`, its geometry or its cells as text. Without `noted` the caller calls `log_page_view` each time it shows
    the page.
    """
    backwards = cursor is not None and cursor.backwards
    order = Order(sort, descending != backwards, size + 1, cursor is not None, shapes)
    if sort in GROUPINGS:
        rows = next_rows(ctx, structure_filter, order, cursor, _key_of(structure_filter))
        total = count_structures(ctx, structure_filter)
    elif sort == BY_PLACE:
        rows, total = _neighbours(ctx, structure_filter, order, cursor)
    else:
        rows, total = _next(ctx, structure_filter, order, cursor), count_structures(ctx, structure_filter)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if noted:
        log_page_view(ctx, PageSummary.of(rows))
    return Page(
        rows,
        _edge(rows, sort, last=True) if (more or backwards) and rows else None,
        _edge(rows, sort, last=False) if (cursor is not None and (more or not backwards)) and rows else None,
        total,
        COUNTED_TO,
    )


def default_sort(structure_filter: StructureFilter) -> str:
    """The sort of a list without one: a box of the map by place, all else by code."""
    return BY_PLACE if structure_filter.bbox is not None and structure_filter.when is None else SORTS[0]


def _neighbours(
    ctx: Ctx, structure_filter: StructureFilter, order: Order, cursor: Cursor | None
) -> tuple[list[Any], int]:
    """The next rows of a box by place, and its count, which comes with the first page and is cached."""
    key, begins = _key_of(structure_filter), bbox_paging.start_branch(order, cursor)
    counted_to = COUNTED_TO if key is not None and cursor is None else None

    def build() -> Select[Any]:
        return bbox_paging.page_statement(ctx, structure_filter, order, begins, counted_to=counted_to)

    what = None if key is None else ("place", key, order, begins)
    rows = compiled_lists.run(ctx, what, build, bbox_paging.page_values(structure_filter, cursor), one_plan=True)
    if counted_to is None:
        return rows, count_structures(ctx, structure_filter)
    number = int(rows[0].number) if rows else 0
    return rows, _cached_total(ctx, structure_filter, lambda: number)


def _next(ctx: Ctx, structure_filter: StructureFilter, order: Order, cursor: Cursor | None) -> list[Any]:
    """The next rows, each branch of the selectable read in order."""

    def edge_of(table: Subquery, *columns: Any) -> Select[Any]:
        return order.first(select(*columns).where(*where_of(ctx, table, structure_filter)), table)

    def build() -> Select[Any]:
        branches = positions.parts(ctx, structure_filter.when, window=window_of(structure_filter))
        by_kind = count_pyramid.is_precounted(structure_filter) and count_pyramid.counts_cells(structure_filter)
        # The table that is walked has neither owner nor restriction.
        if order.sort == "code" and by_kind and not structure_filter.without_restricted:
            walk = positions.index_rows(ctx)
            next_ids = edge_of(walk, walk.c.id).cte("next_ids").prefix_with("MATERIALIZED")
            return select_rows(ctx, branches, next_ids, structure_filter, order)
        either = union_all(*(select(edge_of(branch, branch).subquery()) for branch in branches)).subquery("either")
        page = select(either).order_by(*order.of(either)).limit(order.limit).subquery("page")
        return named_rows(ctx, page, structure_filter, order)

    one_plan = not (structure_filter.choices or structure_filter.bbox)
    if not one_plan:
        plan_for_values(ctx.session)
    key = _key_of(structure_filter)
    values = _values(cursor, order.sort) | box_values(structure_filter)
    return compiled_lists.run(ctx, None if key is None else ("list", key, order), build, values, one_plan=one_plan)


def _values(cursor: Cursor | None, sort: str) -> dict[str, Any]:
    if cursor is None:
        return {}
    of_time = isinstance(cursor.value, str) and sort == "updated_at"
    return {"edge_value": datetime.fromisoformat(cursor.value) if of_time else cursor.value, "edge_id": cursor.id}


def _edge(rows: list[Row[Any]], sort: str, *, last: bool) -> Cursor:
    row = rows[-1] if last else rows[0]
    if sort in GROUPINGS:
        return Cursor(edge_value(row, sort), row.id, backwards=not last)
    value = bbox_paging.cursor_value(row) if sort == BY_PLACE else getattr(row, sort)
    return Cursor(value.isoformat() if isinstance(value, datetime) else value, row.id, backwards=not last)


def count_structures(ctx: Ctx, structure_filter: StructureFilter) -> int:
    """How many structures the actor may see under a filter, counted to COUNTED_TO + 1."""
    if _key_of(structure_filter) is not None:
        return _cached_total(
            ctx, structure_filter, lambda: (_total if structure_filter.bbox is None else _number)(ctx, structure_filter)
        )

    def build() -> Select[Any]:
        readable_rows = positions.readable(ctx, structure_filter.when, window=window_of(structure_filter))
        limited = (
            select(readable_rows.c.id)
            .where(*where_of(ctx, readable_rows, structure_filter))
            .limit(COUNTED_TO + 1)
            .subquery()
        )
        return select(func.count()).select_from(limited)

    return int(compiled_lists.run(ctx, None, build, box_values(structure_filter))[0][0])


def _cached_total(ctx: Ctx, structure_filter: StructureFilter, count: Callable[[], int]) -> int:
    view = (_key_of(structure_filter), structure_filter.bbox, rows_key(ctx.actor, P.STRUCTURE_READ))
    return _TOTALS.get(view, register_version(ctx), count)


def _key_of(structure_filter: StructureFilter) -> Hashable:
    """A cache key of a filter that the counts can answer in any box; None for other filters."""
    anywhere = replace(structure_filter, bbox=None)
    return (
        (count_pyramid.filter_key(anywhere), structure_filter.bbox is not None)
        if count_pyramid.is_precounted(anywhere)
        else None
    )


def _total(ctx: Ctx, structure_filter: StructureFilter) -> int:
    rows = compiled_lists.run(
        ctx,
        ("total", count_pyramid.filter_key(structure_filter)),
        lambda: count_pyramid.total(ctx, structure_filter),
        {},
    )
    return min(int(rows[0][0]), COUNTED_TO + 1)


def _number(ctx: Ctx, structure_filter: StructureFilter) -> int:
    def build() -> Select[Any]:
        return bbox_paging.box_count(ctx, structure_filter, COUNTED_TO)

    return int(
        compiled_lists.run(
            ctx, ("number", _key_of(structure_filter)), build, box_values(structure_filter), one_plan=True
        )[0][0]
    )


def matching_ids(ctx: Ctx, structure_filter: StructureFilter, most: int) -> list[int]:
    """The sorted ids of the structures that the actor may see under a filter; `most` + 1 of them stand for any more."""
    readable_rows = positions.readable(ctx, structure_filter.when, window=window_of(structure_filter))
    query = select(readable_rows.c.id).where(*where_of(ctx, readable_rows, structure_filter)).limit(most + 1)
    return sorted(positions.run(ctx, query).scalars())
