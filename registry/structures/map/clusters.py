"""Clusters: the structures of each square of a tile, at the mean of their places, moved to the nearest of these.

A place is what the reader sees: the middle of an exact position, or, where none is close to the mean, the middle of
public cells too. So a cluster stands where a structure does, and discloses no more than the structures themselves. It
is rounded to two pixels of the screen.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Float,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import distinct_on

from registry.authz.actors import Ctx
from registry.kernel.geo.mvt import EXTENT, mvt_layer
from registry.structures import positions
from registry.structures.fastpath import coarse_cell_counts, count_pyramid
from registry.structures.filtering.filter import StructureFilter, conditions
from registry.structures.models import WGS84, Structure

#: Units of a tile to which places are rounded: two pixels of the screen.
STEP: Final = 16
#: Degrees, a few centimetres, by which the mean is moved: two structures would else be equally near to theirs.
_ASIDE: Final = (3.7e-7, 6.1e-7)
#: Parts of the side of a square, 16 pixels of the screen, the radius of the circle that is drawn: an exact position
#: that close to the mean is taken, and neither those further away nor cells are looked at.
_CLOSE: Final = 4
_SIDE: Final = EXTENT // count_pyramid.BINS


def precounted_clusters(ctx: Ctx, structure_filter: StructureFilter, zoom: int) -> CTE:
    """Square (`x`, `y`), `count` and `place` of the clusters of a tile, and `owner` of the structure exactly there.

    For positions.run, with the parameters of `count_pyramid.tile_values`.
    """
    level = zoom + count_pyramid.DEEPER
    bins = count_pyramid.tile_bins(ctx, structure_filter, zoom).cte("bins").prefix_with("MATERIALIZED")
    mean, box = _mean(bins), _box(bins, level)

    def is_in(middle: ColumnElement[Any]) -> ColumnElement[bool]:
        return _is_in(bins, middle, level)

    narrowed = conditions(Structure.__table__, structure_filter, owned=(), unit_ids=[])
    nearest = positions.nearest_to(ctx, bins, mean, box, is_in, bins.c.exact > 0, *narrowed)
    exact = nearest.lateral("exact")
    is_close = and_(exact.c.place.is_not(None), exact.c.distance <= _close(level))
    joined = bins.outerjoin(exact, true())
    stands_exactly: ColumnElement[bool] = exact.c.place.is_not(None)
    places: list[ColumnElement[Any]] = []
    if count_pyramid.counts_cells(structure_filter):
        nearest = coarse_cell_counts.nearest_cells(ctx, structure_filter, bins, mean, box, is_in)
        cells = (
            nearest.where(bins.c.count > bins.c.exact, is_close.is_not(True)).correlate(bins, exact).lateral("cells")
        )
        joined = joined.outerjoin(cells, true())
        places = [cells.c.place]
        stands_exactly = and_(
            stands_exactly, or_(is_close, cells.c.place.is_(None), exact.c.distance <= cells.c.distance)
        )
    exactly = case((stands_exactly, exact.c.place), else_=None)
    owner = case((stands_exactly, exact.c.owner_organisation_id), else_=None)
    position = func.coalesce(exactly, *places, mean)
    columns = (bins.c.x, bins.c.y, bins.c.count, position.label("place"), owner.label("owner"))
    return select(*columns).select_from(joined).cte("found")


def live_clusters(inside: Any, zoom: int) -> CTE:
    """The same from rows of `inside` (id, geom, exact, owner), for the tile :x, :y of any zoom."""
    level = zoom + count_pyramid.DEEPER
    middle = func.ST_Centroid(inside.c.geom)
    row = select(
        inside.c.id,
        inside.c.geom.label("shape"),
        inside.c.exact,
        inside.c.owner_organisation_id,
        middle.label("place"),
        cast(func.floor(_column(middle, level)), Integer).label("x"),
        cast(func.floor(_row(middle, level)), Integer).label("y"),
    ).cte("row")
    west, north = (bindparam(name, type_=Integer) * count_pyramid.BINS for name in ("x", "y"))
    within = and_(
        row.c.x.between(west, west + count_pyramid.BINS - 1),
        row.c.y.between(north, north + count_pyramid.BINS - 1),
    )
    count = func.count()
    bins = (
        select(
            row.c.x,
            row.c.y,
            count.label("count"),
            count_pyramid.mean_of(func.micro(func.ST_X(row.c.place)), count).label("lon"),
            count_pyramid.mean_of(func.micro(func.ST_Y(row.c.place)), count).label("lat"),
        )
        .where(within)
        .group_by(row.c.x, row.c.y)
        .cte("bins")
    )
    mean = _mean(bins)
    distance = case((row.c.exact, row.c.shape.op("<->")(mean)), else_=row.c.place.op("<->")(mean))
    # Ties have a fixed order, whatever the order of the rows is.
    ties = (func.ST_X(row.c.place), func.ST_Y(row.c.place), row.c.owner_organisation_id)
    # Of each square the nearest structure, and the nearest cells; then the nearer of both.
    kinds = (
        select(bins.c.x, bins.c.y, bins.c.count, row.c.place, row.c.exact, row.c.owner_organisation_id)
        .add_columns(distance.label("distance"))
        .join_from(bins, row, and_(row.c.x == bins.c.x, row.c.y == bins.c.y))
        .ext(distinct_on(bins.c.x, bins.c.y, row.c.exact))
        .order_by(bins.c.x, bins.c.y, row.c.exact, distance, *ties)
        .cte("kinds")
    )
    owner = case((kinds.c.exact, kinds.c.owner_organisation_id), else_=None)
    is_close = and_(kinds.c.exact, type_coerce(kinds.c.distance, Double) <= _close(level))
    return (
        select(kinds.c.x, kinds.c.y, kinds.c.count, kinds.c.place, owner.label("owner"))
        .ext(distinct_on(kinds.c.x, kinds.c.y))
        .order_by(kinds.c.x, kinds.c.y, is_close.desc(), kinds.c.distance, kinds.c.exact.desc())
        .cte("found")
    )


def clusters_layer(clusters: CTE, zoom: int) -> Select[Any]:
    """`body` of the layer, `total` of its structures, and `owners` of those at whose exact places clusters stand."""
    total = select(func.coalesce(func.sum(clusters.c.count), 0)).scalar_subquery()
    owners = func.array(select(clusters.c.owner).where(clusters.c.owner.is_not(None)).distinct().scalar_subquery())
    body = mvt_layer(drawn_places(clusters, zoom), "clusters")
    return select(body.label("body"), total.label("total"), owners.label("owners"))


def drawn_places(clusters: CTE, zoom: int) -> Select[Any]:
    """Count and place, in units of the tile :x, :y, of clusters."""
    level = zoom + count_pyramid.DEEPER

    def unit(value: ColumnElement[Any], first: str) -> ColumnElement[Any]:
        inside = (value - bindparam(first, type_=Integer) * count_pyramid.BINS) * _SIDE
        # What lies on the edge of a tile is drawn by none.
        return func.least(func.greatest(func.round(inside / STEP) * STEP, 0), EXTENT - 1)

    drawn_point = func.ST_MakePoint(
        unit(_column(clusters.c.place, level), "x"), unit(_row(clusters.c.place, level), "y")
    )
    return select(clusters.c.count, drawn_point.label("geom")).order_by(clusters.c.x, clusters.c.y)


def _close(level: int) -> float:
    """In degrees, what counts as close to the mean of a square."""
    return 360 / (1 << level) / _CLOSE


def _box(bins: CTE, level: int) -> ColumnElement[Any]:
    """The square in degrees, by formula: a projection would take longer than all the rest."""
    side = cast(float(1 << level), Double)

    def latitude(row: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.degrees(func.atan(func.sinh(func.pi() * (1.0 - 2.0 * row / side))))

    x, y = bins.c.x, bins.c.y
    west, east = (column / side * 360.0 - 180.0 for column in (x, x + 1))
    return func.ST_MakeEnvelope(west, latitude(y + 1), east, latitude(y), WGS84)


def _is_in(bins: CTE, middle: ColumnElement[Any], level: int) -> ColumnElement[bool]:
    above = count_pyramid.FINEST - level
    return and_(func.square_x(middle).op(">>")(above) == bins.c.x, func.square_y(middle).op(">>")(above) == bins.c.y)


def _mean(bins: CTE) -> ColumnElement[Any]:
    return func.ST_SetSRID(func.ST_MakePoint(bins.c.lon + _ASIDE[0], bins.c.lat + _ASIDE[1]), WGS84)


def _column(position: ColumnElement[Any], level: int) -> ColumnElement[Any]:
    return (func.ST_X(position, type_=Float) + 180.0) / 360.0 * cast(float(1 << level), Double)


def _row(position: ColumnElement[Any], level: int) -> ColumnElement[Any]:
    turn = func.asinh(func.tan(func.radians(func.ST_Y(position))), type_=Float) / func.pi(type_=Float)
    return (1.0 - turn) / 2.0 * cast(float(1 << level), Double)
