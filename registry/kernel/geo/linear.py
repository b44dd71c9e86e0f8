"""Linear referencing in SQL: what is along a line, in metres of the grid of the province from the start of the line.

A line is processed segment by segment, so that positions stay unique where it crosses itself. `lines` and `points` are
selectables with `id` and `shape` (WGS 84), already restricted to visible rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    CTE,
    Float,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    true,
)

from registry.kernel.geo.vn2000 import WGS84_SRID, ZONE_105

GRID: Final = ZONE_105.srid
#: Lower bound of metres per degree, for a search box that contains the requested distance.
_METRES_A_DEGREE: Final = 100_000
_FLAT: Final = "endcap=flat join=round"
_LINES: Final = 2
_DECIMALS: Final = 6


def shape_of(geojson: str) -> Any:
    return func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84_SRID)


def in_metres(shape: Any) -> Any:
    return func.ST_Transform(shape, GRID)


def around(geojson: str, metres: float) -> Any:
    """The buffer of `metres` around a line, in WGS 84."""
    return func.ST_Transform(func.ST_Buffer(in_metres(shape_of(geojson)), metres), WGS84_SRID)


def measure(geojson: str) -> Select[Any]:
    """Length of a line in metres, and the line as WKB in the grid."""
    line = in_metres(shape_of(geojson))
    return select(func.ST_Length(line).label("length_m"), func.ST_AsBinary(line).label("shape"))


def legs(geojson: str, metres: float) -> CTE:
    """The segments of a line: number, leg, length_m, start_m, and the search box of `metres` around each."""
    part = _dumped(func.ST_DumpSegments(in_metres(shape_of(geojson))), "part")
    length = func.ST_Length(part.c.geom)
    number = part.c.path[1]
    return select(
        number.label("number"),
        part.c.geom.label("leg"),
        length.label("length_m"),
        (func.sum(length).over(order_by=number) - length).label("start_m"),
        func.ST_Expand(func.ST_Transform(part.c.geom, WGS84_SRID), 2 * metres / _METRES_A_DEGREE).label("box"),
    ).cte("legs")


def runs(along: CTE, lines: FromClause, metres: float, degrees: float) -> Select[Any]:
    """Id, from_m, to_m of each stretch of the route that one of `lines` follows in the same direction.

    Lines that deviate by more than `degrees`, such as crossing lines, do not count; buffers have flat ends, so that no
    stretch is longer than the line.
    """
    near = (
        select(lines.c.id, along.c.number, along.c.leg, along.c.length_m, along.c.start_m)
        .add_columns(in_metres(lines.c.shape).label("line"))
        .select_from(along.join(lines, _near(along, lines.c.shape, metres)))
        .cte("near")
    )
    part = _dumped(func.ST_DumpSegments(near.c.line), "part")
    parallel = (
        select(near.c.id, near.c.leg, near.c.length_m, near.c.start_m)
        .add_columns(func.ST_LineMerge(func.ST_Collect(part.c.geom)).label("line"))
        .select_from(near.join(part, true()))
        .where(func.ST_DWithin(part.c.geom, near.c.leg, metres), _same_way(part.c.geom, near.c.leg, degrees))
        .group_by(near.c.id, near.c.number, near.c.leg, near.c.length_m, near.c.start_m)
        .cte("parallel")
    )
    band = func.ST_Buffer(parallel.c.line, metres, _FLAT)
    cut = func.ST_CollectionExtract(func.ST_Intersection(parallel.c.leg, band), _LINES)
    piece = _dumped(func.ST_Dump(cut), "piece")
    first, last = (_at(parallel, end(piece.c.geom)) for end in (func.ST_StartPoint, func.ST_EndPoint))
    return (
        select(parallel.c.id, func.least(first, last).label("from_m"), func.greatest(first, last).label("to_m"))
        .select_from(parallel.join(piece, true()))
        .order_by("from_m", "to_m", parallel.c.id)
    )


def marks(along: CTE, points: FromClause, metres: float) -> Select[Any]:
    """Id and at_m of each point within `metres`; one near a bend occurs on both segments."""
    return (
        select(points.c.id, _at(along, in_metres(points.c.shape)).label("at_m"))
        .select_from(along.join(points, _near(along, points.c.shape, metres)))
        .order_by("at_m", points.c.id)
    )


def crossings(along: CTE, lines: FromClause) -> Select[Any]:
    """Id and at_m of each crossing of one of `lines` with the route."""
    crossing = _dumped(func.ST_Dump(func.ST_Intersection(in_metres(lines.c.shape), along.c.leg)), "found")
    return (
        select(lines.c.id, _at(along, func.ST_StartPoint(func.ST_Points(crossing.c.geom))).label("at_m"))
        .select_from(along.join(lines, lines.c.shape.op("&&")(along.c.box)).join(crossing, true()))
        .order_by("at_m", lines.c.id)
    )


def cut(geojson: str, pieces: Sequence[tuple[float, float]]) -> Select[Any]:
    """GeoJSON of the stretches (from_m, to_m) of a line, in their order; one without length is a point."""
    line = in_metres(shape_of(geojson))
    whole = select(line.label("line"), func.ST_Length(line).label("length_m")).cte("whole")
    numbers = [cast(bindparam(None, [piece[end] for piece in pieces], unique=True), ARRAY(Float)) for end in (0, 1)]
    stretch = (
        func.unnest(*numbers)
        .table_valued(column("from_m", Float), column("to_m", Float), with_ordinality="number", name="stretch")
        .render_derived()
    )
    share = [func.least(1.0, func.greatest(0.0, end / whole.c.length_m)) for end in (stretch.c.from_m, stretch.c.to_m)]
    shape = func.ST_Transform(func.ST_LineSubstring(whole.c.line, *share), WGS84_SRID)
    return (
        select(func.ST_AsGeoJSON(shape, _DECIMALS)).select_from(whole.join(stretch, true())).order_by(stretch.c.number)
    )


def from_metres(lines: Sequence[str]) -> Select[Any]:
    """GeoJSON of geometries given as WKT in the grid, in their order."""
    texts = cast(bindparam(None, list(lines), unique=True), ARRAY(Text))
    shapes = func.unnest(texts).table_valued(column("shape", Text), with_ordinality="number", name="given")
    line_rows = shapes.render_derived()
    shape = func.ST_Transform(func.ST_GeomFromText(line_rows.c.shape, GRID), WGS84_SRID)
    return select(func.ST_AsGeoJSON(shape, _DECIMALS)).order_by(line_rows.c.number)


def _dumped(call: Any, name: str) -> Any:
    """The rows of ST_Dump and similar functions as a lateral join."""
    return call.table_valued(column("path", ARRAY(Integer)), column("geom"), name=name, joins_implicitly=True)


def _near(along: CTE, shape: Any, metres: float) -> Any:
    return shape.op("&&")(along.c.box) & func.ST_DWithin(in_metres(shape), along.c.leg, metres)


def _at(along: Any, point: Any) -> Any:
    return along.c.start_m + func.ST_LineLocatePoint(along.c.leg, point) * along.c.length_m


def _same_way(first: Any, other: Any, degrees: float) -> Any:
    """Whether two segments have the same or the opposite direction, within `degrees`."""
    turned = [func.ST_Azimuth(func.ST_StartPoint(leg), func.ST_EndPoint(leg)) for leg in (first, other)]
    return func.abs(func.cos(turned[0] - turned[1])) >= literal(math.cos(math.radians(degrees)))
