"""Records with a point of their own (`AtPoint`): where one is, and which are near a place."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from registry.structures.models import PROVINCE_GRID, AtPoint
from registry.territory.queries import point

_MOST_NEAR: Final = 20


def grid_point(lon: Any, lat: Any) -> ColumnElement[Any]:
    """SQL: a point of WGS 84 degrees in the metres of the province's grid."""
    return func.ST_Transform(point(lon, lat), PROVINCE_GRID)


def lon_lat_of(session: Session, row: Any) -> tuple[float, float]:
    """Longitude and latitude of a record that the caller has read."""
    model = type(row)
    query = select(func.ST_X(model.place_point), func.ST_Y(model.place_point)).where(model.id == row.id)
    lon, lat = session.execute(query).one()
    return lon, lat


def stands_within(model: type[AtPoint], lon: Any, lat: Any, metres: float) -> ColumnElement[bool]:
    """SQL: the records of a model within so many metres of a place."""
    return func.ST_DWithin(model.place_point_m, grid_point(lon, lat), metres)


def nearest_rows(
    session: Session, model: type[Any], lon: Any, lat: Any, metres: float, *where: ColumnElement[bool]
) -> list[tuple[Any, int]]:
    """The records within so many metres of a place, the nearest first, with their distance in whole metres.

    `where` holds what the reader may see, so that it is applied before the nearest are taken.
    """
    distance = func.ST_Distance(model.place_point_m, grid_point(lon, lat))
    query = select(model, distance).where(stands_within(model, lon, lat, metres), *where)
    rows = session.execute(query.order_by(distance, model.id).limit(_MOST_NEAR))
    return [(row, round(far)) for row, far in rows]
