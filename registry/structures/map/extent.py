"""Boxes around what the actor may see of structures, exact or as cells, for the map to go there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.kernel.geo.bounds import widened
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, where_of, window_of

#: The box of more structures than this is not worth the time: it is that of the province, or nearly so.
MOST_BOXED: Final = 5_000
#: Degrees around a case on its map, about 100 m.
_MARGIN: Final = 0.001


@dataclass(frozen=True)
class Extent:
    """West, south, east, north of what a filter finds, None for nothing; `is_cut`: too many to say."""

    bounds: list[float] | None
    is_cut: bool
    rows: int
    #: The owners of the exact rows: a box around few of them shows where they are.
    owners: list[int]


def extent_of(ctx: Ctx, structure_filter: StructureFilter) -> Extent:
    """The box around what a filter finds."""
    readable_rows = positions.readable(ctx, structure_filter.when, window=window_of(structure_filter))
    inside = (
        select(readable_rows.c.geom, readable_rows.c.exact, readable_rows.c.owner_organisation_id)
        .where(*where_of(ctx, readable_rows, structure_filter))
        .limit(MOST_BOXED + 1)
        .cte("inside")
    )
    owners = func.array_agg(func.distinct(inside.c.owner_organisation_id)).filter(inside.c.exact)
    query = select(func.count(), owners, *_sides(func.ST_Extent(inside.c.geom)))
    row: Any = positions.run(ctx, query).one()
    rows, owning = row[0], row[1] or ()
    is_cut = rows > MOST_BOXED
    bounds = None if is_cut or not rows else _rounded(row[2:])
    return Extent(bounds, is_cut, rows, [owner for owner in owning if owner is not None])


def bounds_of(ctx: Ctx, structure_id: int) -> list[float] | None:
    """The box around one structure; None for one that the actor may not see."""
    readable_rows = positions.readable(ctx)
    sides = positions.run(
        ctx, select(*_sides(readable_rows.c.geom)).where(readable_rows.c.id == structure_id)
    ).one_or_none()
    return _rounded(sides) if sides is not None else None


def place_map(lon: float, lat: float) -> dict[str, list[float]]:
    """The point of a case and the box of its map, with room for what is near."""
    return {"point": [lon, lat], "bounds": widened([lon, lat, lon, lat], _MARGIN)}


def _sides(shape: Any) -> list[Any]:
    return [func.ST_XMin(shape), func.ST_YMin(shape), func.ST_XMax(shape), func.ST_YMax(shape)]


def _rounded(sides: Any) -> list[float]:
    return [round(float(side), 6) for side in sides]
