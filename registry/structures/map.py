"""Vector tiles made in SQL behind the same selectable and filter as the lists (contract: docs/map.md)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, cast, func, literal_column, select
from sqlalchemy.types import Boolean, Float

from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.filters import StructureFilter
from registry.structures.queries import where_of

EXTENT = 4096
_BUFFER = 64
#: Below this zoom points and lines are counted in a grid of this many squares a side of a tile.
SINGLE_FROM_ZOOM = 12
_SQUARES = 8
DEEPEST_ZOOM = 18
#: More single structures than this in one tile are a mistake of zoom, not a map.
_MOST_FEATURES = 20_000


def tile(ctx: Ctx, chosen: StructureFilter, zoom: int, x: int, y: int) -> bytes:
    """One tile with the layers structures or clusters, and cells; Invalid for an address outside the world."""
    if not 0 <= zoom <= DEEPEST_ZOOM or not (0 <= x < 2**zoom and 0 <= y < 2**zoom):
        raise Invalid({"tile": _("Ô bản đồ %(zoom)d/%(x)d/%(y)d không có.", zoom=zoom, x=x, y=y)})
    seen = positions.readable(ctx)
    envelope = func.ST_TileEnvelope(zoom, x, y)
    window = func.ST_Transform(envelope, 4326)
    inside = select(seen).where(*where_of(ctx, seen, chosen), seen.c.geom.op("&&")(window)).cte("inside")
    layers: list[Any] = []
    if zoom < SINGLE_FROM_ZOOM:
        layers.append(_layer(_clusters(inside, envelope), "clusters"))
    else:
        layers.append(_layer(_singles(inside, envelope), "structures"))
        layers.append(_layer(_cells(inside, envelope), "cells"))
    body = layers[0]
    for layer in layers[1:]:
        body = body.concat(layer)
    owners = select(func.array_agg(inside.c.owner_organisation_id.distinct()).filter(inside.c.exact)).scalar_subquery()
    row = positions.run(ctx, select(body.label("body"), owners.label("owners"))).one()
    if zoom >= SINGLE_FROM_ZOOM:
        look(ctx, "tile", row.owners or (), tile=f"{zoom}/{x}/{y}")
    return bytes(row.body or b"")


def _layer(features: Select[Any], name: str) -> Any:
    rows: Subquery = features.subquery(name)
    row: ColumnElement[Any] = literal_column(f'"{name}".*')
    made = func.ST_AsMVT(row, name, EXTENT, "geom")
    return func.coalesce(select(made).select_from(rows).scalar_subquery(), literal_column("''::bytea"))


def _mvt_geom(geom: Any, envelope: Any) -> Any:
    return func.ST_AsMVTGeom(func.ST_Transform(geom, 3857), envelope, EXTENT, _BUFFER, True)


def _singles(inside: Any, envelope: Any) -> Select[Any]:
    return (
        select(
            inside.c.id,
            inside.c.code,
            inside.c.kind,
            inside.c.sharing_status.label("sharing"),
            inside.c.status,
            cast(literal_column("false"), Boolean).label("coarse"),
            _mvt_geom(inside.c.geom, envelope).label("geom"),
        )
        .where(inside.c.exact)
        .limit(_MOST_FEATURES)
    )


def _cells(inside: Any, envelope: Any) -> Select[Any]:
    return (
        select(func.count().label("count"), _mvt_geom(inside.c.geom, envelope).label("geom"))
        .where(~inside.c.exact)
        .group_by(inside.c.geom)
    )


def _clusters(inside: Any, envelope: Any) -> Select[Any]:
    """Counts on a grid of the tile's own pyramid; coarse rows count where the middle of their cells lies."""
    side = cast(func.ST_XMax(envelope) - func.ST_XMin(envelope), Float) / _SQUARES
    middle = func.ST_Transform(func.ST_Centroid(inside.c.geom), 3857)
    grid = select(
        func.floor((func.ST_X(middle) - func.ST_XMin(envelope)) / side).label("column"),
        func.floor((func.ST_Y(middle) - func.ST_YMin(envelope)) / side).label("row"),
        middle.label("middle"),
    ).subquery("grid")
    within = (grid.c.column.between(0, _SQUARES - 1), grid.c.row.between(0, _SQUARES - 1))
    # The middle of the square, not the mean of its members: a group of one would tell the very place.
    square = func.ST_SetSRID(
        func.ST_MakePoint(
            func.ST_XMin(envelope) + (grid.c.column + 0.5) * side, func.ST_YMin(envelope) + (grid.c.row + 0.5) * side
        ),
        3857,
    )
    return (
        select(func.count().label("count"), func.ST_AsMVTGeom(square, envelope, EXTENT, _BUFFER, True).label("geom"))
        .where(*within)
        .group_by(grid.c.column, grid.c.row)
    )
