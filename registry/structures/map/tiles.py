"""Vector tiles made in SQL behind the same selectable and filter as the lists (contract: docs/map.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, cast, func, literal_column, select
from sqlalchemy.types import Boolean

from registry.authz.actors import Ctx
from registry.kernel.geo.mvt import check_address, mvt_geom, mvt_layer, tile_box
from registry.structures import positions
from registry.structures.fastpath import compiled_lists, count_pyramid
from registry.structures.fastpath.coarse_cell_counts import cell_counts as cells_of
from registry.structures.filtering.filter import StructureFilter, where_of
from registry.structures.map.clusters import clusters_layer, live_clusters, precounted_clusters
from registry.structures.map.colours import MAP_COLOURS
from registry.structures.models import Structure
from registry.structures.positions import readable

#: Below this zoom structures are counted in bins.
SINGLE_FROM_ZOOM: Final = 12
#: From there to count_pyramid.DEEPEST_ZOOM a tile with more structures than this is counted, too.
MOST_SINGLE: Final = 400
#: Deeper, or under a filter that the counts cannot answer, a tile with more than this is counted.
MOST_FEATURES: Final = 5_000
_TILE_COLUMNS: Final = ("id", "code", "kind", "sharing_status", "status", "owner_organisation_id", "exact", "geom")


@dataclass(frozen=True)
class Tile:
    """A tile, and the owners of its exact features: showing it is an access to their structures."""

    body: bytes
    owners: tuple[int, ...] = ()


def tile(ctx: Ctx, structure_filter: StructureFilter, zoom: int, x: int, y: int, colour: str = "") -> Tile:
    """One tile with the layers structures or clusters, and cells; Invalid for an address outside the world.

    With `colour` (a code of MAP_COLOURS) each structure that is seen exactly has the value that colours it.
    """
    check_address(zoom, x, y)
    if not count_pyramid.is_precounted(structure_filter):
        return _live(ctx, structure_filter, zoom, x, y, colour)
    if zoom <= count_pyramid.DEEPEST_ZOOM:
        clusters, count = _precounted_clusters(ctx, structure_filter, zoom, x, y)
        if zoom < SINGLE_FROM_ZOOM or count > MOST_SINGLE:
            return clusters
    return _live(ctx, structure_filter, zoom, x, y, colour)


def _live(ctx: Ctx, structure_filter: StructureFilter, zoom: int, x: int, y: int, colour: str) -> Tile:
    tile_of_singles = _singles(ctx, structure_filter, zoom, x, y, colour) if zoom >= SINGLE_FROM_ZOOM else None
    return tile_of_singles or _clusters(ctx, structure_filter, zoom, x, y)


def _precounted_clusters(ctx: Ctx, structure_filter: StructureFilter, zoom: int, x: int, y: int) -> tuple[Tile, int]:
    def build() -> Select[Any]:
        return clusters_layer(precounted_clusters(ctx, structure_filter, zoom), zoom)

    values = count_pyramid.tile_values(zoom, x, y)
    what = ("bins", zoom, count_pyramid.filter_key(structure_filter))
    row = compiled_lists.run(ctx, what, build, values, one_plan=True)[0]
    return _tile_of(row, zoom), int(row.total)


def _singles(ctx: Ctx, structure_filter: StructureFilter, zoom: int, x: int, y: int, colour: str) -> Tile | None:
    """Structures one by one; None where there are too many."""

    is_precounted = count_pyramid.is_precounted(structure_filter)

    def build() -> Select[Any]:
        envelope, window = _square()
        # The database maintains counts of cells, so only structures seen exactly are read one by one.
        readable_rows = (
            positions.parts(ctx)[0] if is_precounted else readable(ctx, structure_filter.when, window=window)
        )
        inside = _inside(ctx, structure_filter, readable_rows, window)
        cells = cells_of(ctx, structure_filter, window) if is_precounted else _counted_by_cells(inside)
        features = mvt_layer(_features(ctx, structure_filter, inside, envelope, colour), "structures")
        body = features.concat(mvt_layer(_drawn(cells, envelope), "cells"))
        number = select(func.count()).where(inside.c.exact).scalar_subquery()
        # Hundreds of rows have few owners: DISTINCT hashes them, an aggregate would sort.
        owners = func.array(select(inside.c.owner_organisation_id).where(inside.c.exact).distinct().scalar_subquery())
        return select(body.label("body"), number.label("number"), owners.label("owners"))

    what = (
        ("singles", count_pyramid.filter_key(structure_filter)) if is_precounted and colour not in MAP_COLOURS else None
    )
    row = compiled_lists.run(ctx, what, build, {"zoom": zoom, "x": x, "y": y})[0]
    return Tile(bytes(row.body or b""), tuple(row.owners or ())) if row.number <= MOST_FEATURES else None


def _square() -> tuple[Any, Any]:
    """The square of the tile :zoom, :x, :y in metres of Web Mercator, and in degrees."""
    square = func.ST_TileEnvelope(*(bindparam(name, type_=Integer) for name in ("zoom", "x", "y")))
    # Materialised: a generic plan would compute it for every row.
    bounds = (
        select(square.label("envelope"), tile_box(square).label("window")).cte("bounds").prefix_with("MATERIALIZED")
    )
    return select(bounds.c.envelope).scalar_subquery(), select(bounds.c.window).scalar_subquery()


def _inside(ctx: Ctx, structure_filter: StructureFilter, readable_rows: Any, window: Any) -> Any:
    """The rows of `seen` within the window under the filter."""
    # A past map is coloured from these rows; else the few columns of a tile are enough.
    columns = (
        readable_rows.c if structure_filter.when is not None else [readable_rows.c[name] for name in _TILE_COLUMNS]
    )
    return (
        select(*columns)
        .where(*where_of(ctx, readable_rows, structure_filter), readable_rows.c.geom.op("&&")(window))
        .cte("inside")
    )


def _features(ctx: Ctx, structure_filter: StructureFilter, inside: Any, envelope: Any, colour: str) -> Select[Any]:
    features = (
        select(
            inside.c.id,
            inside.c.code,
            inside.c.kind,
            inside.c.sharing_status.label("sharing"),
            inside.c.status,
            cast(literal_column("false"), Boolean).label("coarse"),
            mvt_geom(inside.c.geom, envelope).label("geom"),
        )
        .where(inside.c.exact)
        .order_by(inside.c.id)
        .limit(MOST_FEATURES)
    )
    map_colour = MAP_COLOURS.get(colour)
    # Only rows that are seen exactly are in this layer, so cells carry no colour.
    if map_colour is not None and structure_filter.when is None:
        features = features.join(Structure, Structure.id == inside.c.id).add_columns(
            map_colour.clause(ctx).label("colour")
        )
    elif map_colour is not None and map_colour.clause_at is not None and structure_filter.when is not None:
        features = features.add_columns(
            map_colour.clause_at(ctx, inside.c, structure_filter.when.at(ctx.now)).label("colour")
        )
    return features


def _counted_by_cells(inside: Any) -> Select[Any]:
    return (
        select(func.count().label("count"), inside.c.geom.label("cells")).where(~inside.c.exact).group_by(inside.c.geom)
    )


def _drawn(counted: Select[Any], envelope: Any) -> Select[Any]:
    cells = counted.subquery("counted")
    return select(cells.c.count, mvt_geom(cells.c.cells, envelope).label("geom")).order_by(cells.c.cells)


def _clusters(ctx: Ctx, structure_filter: StructureFilter, zoom: int, x: int, y: int) -> Tile:
    """The structures of the filter counted by bins, one by one."""

    def build() -> Select[Any]:
        _envelope, window = _square()
        inside = _inside(ctx, structure_filter, readable(ctx, structure_filter.when, window=window), window)
        return clusters_layer(live_clusters(inside, zoom), zoom)

    return _tile_of(compiled_lists.run(ctx, None, build, {"zoom": zoom, "x": x, "y": y})[0], zoom)


def _tile_of(row: Any, zoom: int) -> Tile:
    """From afar a cluster is drawn too coarsely to show an exact position."""
    return Tile(bytes(row.body or b""), tuple(row.owners or ()) if zoom >= SINGLE_FROM_ZOOM else ())
