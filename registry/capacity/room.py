"""Room for a newcomer: the places of structures in numbers, and the SQL of "enough is free"."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.structures import prepared
from registry.structures.models import Structure


@dataclass(frozen=True)
class Room:
    """One place of a structure; what is None is unknown."""

    label: str
    unit: PlaceUnit
    total: int | None
    reserved: int
    free: int | None
    height_m: Decimal | None = None
    diameter_mm: Decimal | None = None
    level: int | None = None


def rooms_of(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[Room]]:
    """The places of several structures, of those that the reader sees exactly, by label."""
    found: dict[int, list[Room]] = {}
    if not structure_ids:
        return found
    for row in prepared.run_beside(ctx, "rooms", lambda: _rooms(ctx), {"ids": list(structure_ids)}):
        room = Room(
            row.label, PlaceUnit(row.unit), row.total, row.reserved, row.free, row.height_m, row.diameter_mm, row.level
        )
        found.setdefault(row.structure_id, []).append(room)
    return found


def _rooms(ctx: Ctx) -> Select[Any]:
    place = CapacityPlace
    query: Any = (
        select(
            place.structure_id,
            place.label,
            place.unit,
            place.total,
            place.reserved,
            place.free,
            place.height_m,
            place.diameter_mm,
            place.level,
        )
        .join(Structure, Structure.id == place.structure_id)
        .where(
            place.structure_id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
        .order_by(place.structure_id, place.label)
    )
    found: Select[Any] = query
    return found


def has_room(
    unit: PlaceUnit,
    quantity: int,
    least_height_m: Decimal | None = None,
    least_diameter_mm: Decimal | None = None,
    usual_diameter_mm: ColumnElement[Any] | None = None,
) -> ColumnElement[bool]:
    """A structure has so many free units for sure, all of them as high and as wide as is needed.

    A place that does not say its diameter has the usual one of its structure.
    """
    where: list[Any] = [CapacityPlace.structure_id == Structure.id, CapacityPlace.unit == unit]
    if least_height_m is not None:
        where.append(CapacityPlace.height_m >= least_height_m)
    if least_diameter_mm is not None:
        where.append(func.coalesce(CapacityPlace.diameter_mm, usual_diameter_mm) >= least_diameter_mm)
    free = select(func.coalesce(func.sum(CapacityPlace.free), 0)).where(*where).correlate(Structure)
    return free.scalar_subquery() >= quantity
