"""Pages and counts of a box of the map: neighbours together.

A page in the order of codes would have to read all of the box, or scan the codes of the province until enough of them
are inside. Two indexes sort structures by place (migrations/sql/0042_places.sql); a box is a set of ranges of them.
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
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
from registry.kernel.paging import Cursor
from registry.structures import positions
from registry.structures.fastpath import coarse_cell_counts, count_pyramid
from registry.structures.filtering.filter import StructureFilter, box_of, box_values, where_of
from registry.structures.filtering.list_rows import Order, select_rows

#: Alphabet of RFC 4648 -> alphabet of geohashes.
_LETTERS: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789bcdefghjkmnpqrstuvwxyz")
_BITS_A_LETTER: Final = 5
#: Length of a code; a cell is some 5 m wide.
LETTERS: Final = 9
#: Sixteen letters are ten whole bytes; codes are shorter.
_BITS: Final = 80


def ranges_of(
    box: tuple[float, float, float, float], *, most: int = 64, deepest: int = LETTERS * 5 // 2
) -> list[tuple[str, str]]:
    """First and last code (inclusive) of each range of codes of LETTERS that covers a box; disjoint, in order.

    `box` is west, south, east, north in degrees. It is divided into at most `most` cells of the curve (at least four),
    none smaller than the world halved `deepest` times in each direction, so the ranges cover more than the box.
    """
    west, south, east, north = box
    for depth in range(deepest, -1, -1):
        columns, rows = _span(west, east, 180, depth), _span(south, north, 90, depth)
        if len(columns) * len(rows) <= max(most, 4):
            break
    # Base four spreads the bits of a number, so that those of the other coordinate fit between them.
    across, up = ([int(f"{number:b}", 4) for number in numbers] for numbers in (columns, rows))
    cells = sorted(2 * x + y for x in across for y in up)
    breaks = [(last, first) for last, first in pairwise(cells) if first != last + 1]
    firsts, lasts = [cells[0], *(first for _last, first in breaks)], [*(last for last, _first in breaks), cells[-1]]
    rest = LETTERS * _BITS_A_LETTER - 2 * depth
    return [(_code(first << rest), _code((last + 1 << rest) - 1)) for first, last in zip(firsts, lasts, strict=True)]


def _span(least: float, greatest: float, limit: int, depth: int) -> range:
    """The indexes of the cells that a span of degrees touches; a cell is the world halved `depth` times."""
    count = 1 << depth
    first, last = (
        min(max(int((degrees + limit) / (2 * limit) * count), 0), count - 1) for degrees in (least, greatest)
    )
    return range(first, last + 1)


def _code(code: int) -> str:
    whole = (code << _BITS - LETTERS * _BITS_A_LETTER).to_bytes(_BITS // 8)
    return b32encode(whole)[:LETTERS].translate(_LETTERS).decode()


#: By the first digit of place_key: half the extent of its structures in degrees, rounded up, and the geohash depth of
#: the ranges for them (squares of 0.003, 0.01 and 0.09 degrees).
_REACHES: Final = {"0": (1e-8, 17), "1": (0.005 + 1e-8, 15), "2": (0.04 + 1e-8, 12)}
#: Larger structures are checked wherever they are.
_ANYWHERE: Final = (b"3", b"4")
#: Sorts after all places.
_BEYOND: Final = b"\xff"
#: Most ranges of a box; few structures outside of its edges are then read in vain.
_MOST_RANGES: Final = 1_000


def start_branch(order: Order, cursor: Cursor | None) -> int:
    """The branch that a page starts in: 0 structures seen exactly, 1 structures seen as cells."""
    return (1 if order.descending else 0) if cursor is None else int(cursor.value)


def page_values(structure_filter: StructureFilter, cursor: Cursor | None) -> dict[str, Any]:
    """The parameters of `page_statement`."""
    edge = {} if cursor is None else {"edge_id": cursor.id}
    return edge | box_values(structure_filter) | _ranges(*structure_filter.bbox or ())


def cursor_value(row: Any) -> int:
    """The branch of a row: a cursor holds nothing else but the id, since anyone with the address can read it."""
    return 0 if row.exact else 1


def _ranges(west: float, south: float, east: float, north: float) -> dict[str, list[bytes]]:
    ranges = [
        ((reach + first).encode(), (reach + last).encode())
        for reach, (more, deepest) in _REACHES.items()
        for first, last in ranges_of(
            (west - more, south - more, east + more, north + more), most=_MOST_RANGES, deepest=deepest
        )
    ]
    ranges.append(_ANYWHERE)
    return {"firsts": [first for first, _last in ranges], "lasts": [last for _first, last in ranges]}


def page_statement(
    ctx: Ctx, structure_filter: StructureFilter, order: Order, start: int, *, counted_to: int | None = None
) -> Select[Any]:
    """The rows of a page, which `page_ids` finds.

    With `counted_to` each row has `number` (see `box_count`), which costs less than a second statement.
    """
    ids = page_ids(ctx, structure_filter, order, start).cte("next_ids").prefix_with("MATERIALIZED")
    page = select_rows(ctx, positions.parts(ctx), ids, structure_filter, order)
    if counted_to is None:
        return page
    return page.add_columns(box_count(ctx, structure_filter, counted_to).scalar_subquery().label("number"))


def page_ids(ctx: Ctx, structure_filter: StructureFilter, order: Order, start: int) -> CompoundSelect[Any]:
    """The ids of a page that starts in a branch and continues in the next where the first has too few."""
    branches = positions.parts(ctx)
    # The cursor may come from a time when the reader saw some structures as cells.
    start = min(start, len(branches) - 1)
    turns = range(start, -1, -1) if order.descending else range(start, len(branches))
    pages: list[Any] = []
    for turn in turns:
        # From the edge on in the branch of the cursor; the other branch is read from its start.
        branch_order = replace(order, from_cursor=order.from_cursor and turn == start)
        next_rows = _branch_ids(ctx, branches[turn], structure_filter, branch_order)
        next_rows = next_rows.limit(order.limit - _number_of(pages[0]) if pages else order.limit)
        pages.append(next_rows.cte(f"next_{turn}").prefix_with("MATERIALIZED"))
    return union_all(*(select(rows.c.id) for rows in pages))


def _number_of(rows: Any) -> ColumnElement[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


def _branch_ids(ctx: Ctx, readable_rows: Subquery, structure_filter: StructureFilter, order: Order) -> Select[Any]:
    """The ids of one branch, range by range; scanning stops as soon as there are enough."""
    parameters = [bindparam(name, type_=ARRAY(LargeBinary)) for name in ("firsts", "lasts")]
    spans = (
        func.unnest(*parameters)
        .table_valued(column("first", LargeBinary), column("last", LargeBinary))
        .render_derived("spans")
    )
    first = spans.c.first
    ranges = select(first, spans.c.last).order_by(first.desc() if order.descending else first).subquery("ranges")
    # IS TRUE keeps the planner from the spatial index, which would return the whole box in no order.
    within = func.ST_Intersects(readable_rows.c.geom, box_of(structure_filter)).is_(True)
    others = where_of(ctx, readable_rows, replace(structure_filter, bbox=None))
    place_key = readable_rows.c.place
    rows = select(readable_rows.c.id, place_key).where(
        place_key.between(ranges.c.first, ranges.c.last), within, *others
    )
    next_rows = order.first(rows, readable_rows, _edge(readable_rows, order)).lateral("next_rows")
    keys = (ranges.c.first, next_rows.c.place, next_rows.c.id)
    return (
        select(next_rows.c.id)
        .select_from(ranges.join(next_rows, true()))
        .order_by(*(key.desc() if order.descending else key for key in keys))
    )


def _edge(branch: Subquery, order: Order) -> ColumnElement[Any]:
    """The place of the cursor's row as the reader sees it now; before all others where it is no longer visible."""
    edge = branch.alias("edge")
    edge_key = select(edge.c.place).where(edge.c.id == bindparam("edge_id", type_=BigInteger))
    return func.coalesce(edge_key.scalar_subquery(), literal(_BEYOND if order.descending else b"", LargeBinary))


def box_count(ctx: Ctx, structure_filter: StructureFilter, most: int | None = None) -> Select[Any]:
    """The number of structures that the reader sees in a box under a filter of the counts, up to `most` + 1 if given.

    Structures seen as cells are counted already (coarse_cell_counts.py); the rest is counted one by one.
    """
    exact = positions.parts(ctx)[0]
    exact_rows = select(exact.c.id).where(*where_of(ctx, exact, structure_filter))
    enough = None if most is None else literal_column(str(int(most) + 1), Integer)
    if positions.sees_all(ctx) or not count_pyramid.counts_cells(structure_filter):
        return select(func.count()).select_from(exact_rows.limit(enough).subquery("exact"))
    window = box_of(structure_filter)
    around = coarse_cell_counts.cell_counts(ctx, replace(structure_filter, bbox=None), window).subquery("around")
    number = func.coalesce(func.sum(around.c.count), 0)
    counted = select((number if enough is None else func.least(number, enough)).label("number"))
    as_cells = counted.where(func.ST_Intersects(around.c.cells, window)).cte("as_cells").prefix_with("MATERIALIZED")
    number_of_cells = select(as_cells.c.number).scalar_subquery()
    remaining = None if enough is None else enough - number_of_cells
    return select(number_of_cells + _number_of(exact_rows.limit(remaining).subquery("exact")))
