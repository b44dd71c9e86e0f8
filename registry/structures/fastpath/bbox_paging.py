"""What stands in a box of the map: its pages, neighbours together, and how much it holds.

A page by code would have to read all that the box holds, or walk through the codes of the province until it has met
enough of it. Two indexes keep structures by place (migrations/sql/0042_places.sql); a box is some ranges of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    Subquery,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)

from registry.authz.actors import Ctx
from registry.kernel.geo.geohash import ranges_of
from registry.kernel.paging import Cursor
from registry.structures import positions
from registry.structures.fastpath import coarse_cell_counts, count_pyramid
from registry.structures.filtering.filter import StructureFilter, box_of, box_values, where_of
from registry.structures.filtering.list_rows import Order, select_rows

#: Half of how far structures of each figure of place_key reach, in degrees, a little more for rounding; and into how
#: small squares a box is cut for them: of 0.003, 0.01 and 0.09 degrees.
_REACHES: Final = {"0": (1e-8, 17), "1": (0.005 + 1e-8, 15), "2": (0.04 + 1e-8, 12)}
#: Those that reach further are looked at wherever they are.
_ANYWHERE: Final = (b"3", b"4")
#: After all places.
_BEYOND: Final = b"\xff"
#: A box is so many squares at most: at its edges few structures are read that lie outside.
_SQUARES: Final = 1_000


def start_branch(order: Order, cursor: Cursor | None) -> int:
    """Which branch of what is seen a page begins in: 0 what is seen exactly, 1 what is seen as cells."""
    return (1 if order.falling else 0) if cursor is None else int(cursor.value)


def page_values(chosen: StructureFilter, cursor: Cursor | None) -> dict[str, Any]:
    """The values of the statement of a page."""
    edge = {} if cursor is None else {"edge_id": cursor.id}
    return edge | box_values(chosen) | _ranges(*chosen.bbox or ())


def cursor_value(row: Any) -> int:
    """The branch of a row: all that a cursor says beside its id, for it is read by whoever is given the address."""
    return 0 if row.exact else 1


def _ranges(west: float, south: float, east: float, north: float) -> dict[str, list[bytes]]:
    found = [
        ((reach + first).encode(), (reach + last).encode())
        for reach, (more, deepest) in _REACHES.items()
        for first, last in ranges_of(
            (west - more, south - more, east + more, north + more), most=_SQUARES, deepest=deepest
        )
    ]
    found.append(_ANYWHERE)
    return {"firsts": [first for first, _last in found], "lasts": [last for _first, last in found]}


def page_statement(
    ctx: Ctx, chosen: StructureFilter, order: Order, begins: int, *, counted_to: int | None = None
) -> Select[Any]:
    """The rows of a page that begins in a branch and goes on in the next where the first has too few.

    With `counted_to` each has `number` (see there), which costs less than a second question.
    """
    branches = positions.parts(ctx)
    # The cursor may be of a time when the reader saw some as cells.
    begins = min(begins, len(branches) - 1)
    turns = range(begins, -1, -1) if order.falling else range(begins, len(branches))
    walks: list[Any] = []
    for turn in turns:
        # From the edge on in the branch that it lies in; the others are walked whole.
        walk = replace(order, from_cursor=order.from_cursor and turn == begins)
        next_rows = _branch_ids(ctx, branches[turn], chosen, walk)
        next_rows = next_rows.limit(order.limit - _number_of(walks[0]) if walks else order.limit)
        walks.append(next_rows.cte(f"next_{turn}").prefix_with("MATERIALIZED"))
    next_ids = union_all(*(select(walk.c.id) for walk in walks)).cte("next_ids").prefix_with("MATERIALIZED")
    page = select_rows(ctx, branches, next_ids, chosen, order)
    if counted_to is None:
        return page
    return page.add_columns(box_count(ctx, chosen, counted_to).scalar_subquery().label("number"))


def _number_of(rows: Any) -> ColumnElement[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


def _branch_ids(ctx: Ctx, seen: Subquery, chosen: StructureFilter, order: Order) -> Select[Any]:
    """The ids of one branch, range by range: as soon as there are enough no further range is read."""
    given = [bindparam(name, type_=ARRAY(LargeBinary)) for name in ("firsts", "lasts")]
    spans = (
        func.unnest(*given)
        .table_valued(column("first", LargeBinary), column("last", LargeBinary))
        .render_derived("spans")
    )
    first = spans.c.first
    ranges = select(first, spans.c.last).order_by(first.desc() if order.falling else first).subquery("ranges")
    # Hidden in IS TRUE from the index of shapes, which would give all that the box holds, in no order.
    within = func.ST_Intersects(seen.c.geom, box_of(chosen)).is_(True)
    others = where_of(ctx, seen, replace(chosen, bbox=None))
    place = seen.c.place
    rows = select(seen.c.id, place).where(place.between(ranges.c.first, ranges.c.last), within, *others)
    next_rows = order.first(rows, seen, _edge(seen, order)).lateral("next_rows")
    keys = (ranges.c.first, next_rows.c.place, next_rows.c.id)
    return (
        select(next_rows.c.id)
        .select_from(ranges.join(next_rows, true()))
        .order_by(*(key.desc() if order.falling else key for key in keys))
    )


def _edge(branch: Subquery, order: Order) -> ColumnElement[Any]:
    """The place of the cursor's row as the reader sees it now; of one that is seen no longer, before all to come."""
    edge = branch.alias("edge")
    place = select(edge.c.place).where(edge.c.id == bindparam("edge_id", type_=BigInteger))
    return func.coalesce(place.scalar_subquery(), literal(_BEYOND if order.falling else b"", LargeBinary))


def box_count(ctx: Ctx, chosen: StructureFilter, most: int) -> Select[Any]:
    """How many structures the reader sees in a box under a filter of the counts, counted to `most` + 1.

    What is seen as cells is counted already, cell by cell (cells.py); only what is left of `most` is counted singly.
    """
    exact = positions.parts(ctx)[0]
    found = select(exact.c.id).where(*where_of(ctx, exact, chosen))
    enough = literal_column(str(int(most) + 1), Integer)
    if positions.sees_all(ctx) or not count_pyramid.counts_cells(chosen):
        return select(func.count()).select_from(found.limit(enough).subquery("exact"))
    window = box_of(chosen)
    around = coarse_cell_counts.cell_counts(ctx, replace(chosen, bbox=None), window).subquery("around")
    counted = select(func.least(func.coalesce(func.sum(around.c.count), 0), enough).label("number"))
    as_cells = counted.where(func.ST_Intersects(around.c.cells, window)).cte("as_cells").prefix_with("MATERIALIZED")
    number_of_cells = select(as_cells.c.number).scalar_subquery()
    exactly = _number_of(found.limit(enough - number_of_cells).subquery("exact"))
    return select(number_of_cells + exactly)
