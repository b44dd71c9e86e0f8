"""Vector tiles made in SQL behind the same selectable and filter as the lists (contract: docs/map.md)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, cast, func, literal_column, select
from sqlalchemy.types import Boolean, Float

from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.kernel.geo.mvt import BUFFER, EXTENT, envelope_of, mvt_geom, mvt_layer, window_of
from registry.structures import positions
from registry.structures.filters import StructureFilter
from registry.structures.models import Structure
from registry.structures.past.positions import readable
from registry.structures.queries import where_of
from registry.structures.tints import TINTS

#: Below this zoom points and lines are counted in a grid of this many squares a side of a tile.
SINGLE_FROM_ZOOM = 12
_SQUARES = 8
#: More single structures than this in one tile are a mistake of zoom, not a map.
_MOST_FEATURES = 20_000


def tile(ctx: Ctx, chosen: StructureFilter, zoom: int, x: int, y: int, tint: str = "") -> bytes:
    """One tile with the layers structures or clusters, and cells; Invalid for an address outside the world.

    With `tint` (a code of TINTS) each structure that is seen exactly carries the value that colours it.
    """
    envelope = envelope_of(zoom, x, y)
    window = window_of(envelope)
    seen = readable(ctx, chosen.when, window=window)
    inside = select(seen).where(*where_of(ctx, seen, chosen), seen.c.geom.op("&&")(window)).cte("inside")
    layers: list[Any] = []
    if zoom < SINGLE_FROM_ZOOM:
        layers.append(mvt_layer(_clusters(inside, envelope), "clusters"))
    else:
        layers.append(mvt_layer(_singles(ctx, chosen, inside, envelope, tint), "structures"))
        layers.append(mvt_layer(_cells(inside, envelope), "cells"))
    body = layers[0]
    for layer in layers[1:]:
        body = body.concat(layer)
    owners = select(func.array_agg(inside.c.owner_organisation_id.distinct()).filter(inside.c.exact)).scalar_subquery()
    row = positions.run(ctx, select(body.label("body"), owners.label("owners"))).one()
    if zoom >= SINGLE_FROM_ZOOM:
        asked = chosen.when.address if chosen.when is not None else {}
        look(ctx, "tile", row.owners or (), tile=f"{zoom}/{x}/{y}", **asked)
    return bytes(row.body or b"")


def _singles(ctx: Ctx, chosen: StructureFilter, inside: Any, envelope: Any, tint: str) -> Select[Any]:
    found = (
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
        .limit(_MOST_FEATURES)
    )
    colour = TINTS.get(tint)
    # Only rows that are seen exactly are in this layer, so cells carry no colour.
    if colour is not None and chosen.when is None:
        found = found.join(Structure, Structure.id == inside.c.id).add_columns(colour.clause(ctx).label("tint"))
    elif colour is not None and colour.clause_at is not None and chosen.when is not None:
        found = found.add_columns(colour.clause_at(ctx, inside.c, chosen.when.at(ctx.now)).label("tint"))
    return found


def _cells(inside: Any, envelope: Any) -> Select[Any]:
    return (
        select(func.count().label("count"), mvt_geom(inside.c.geom, envelope).label("geom"))
        .where(~inside.c.exact)
        .group_by(inside.c.geom)
        .order_by(inside.c.geom)
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
        select(func.count().label("count"), func.ST_AsMVTGeom(square, envelope, EXTENT, BUFFER, True).label("geom"))
        .where(*within)
        .group_by(grid.c.column, grid.c.row)
        .order_by(grid.c.column, grid.c.row)
    )
