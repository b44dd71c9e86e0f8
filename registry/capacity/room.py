"""Room for a newcomer: the places of structures in numbers, and the SQL of "enough is free"."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Numeric, Select, any_, bindparam, cast, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.structures import prepared
from registry.structures.models import Structure

#: "Sàn 32 m", "Gá 28,5m": the first number of metres that a label tells.
_HEIGHT: Final = r"([0-9]{1,3}(?:\.[0-9]{1,2})?)\s*m(?![[:alnum:]²])"


@dataclass(frozen=True)
class Room:
    """One place of a structure; `total` and `free` None are unknown, `height_m` is what its label tells."""

    label: str
    unit: PlaceUnit
    total: int | None
    reserved: int
    free: int | None
    height_m: Decimal | None


def rooms_of(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[Room]]:
    """The places of several structures, of those that the reader sees exactly, by label."""
    found: dict[int, list[Room]] = {}
    if not structure_ids:
        return found
    for row in prepared.run_beside(ctx, "rooms", lambda: _rooms(ctx), {"ids": list(structure_ids)}):
        room = Room(row.label, PlaceUnit(row.unit), row.total, row.reserved, row.free, row.at)
        found.setdefault(row.structure_id, []).append(room)
    return found


def _rooms(ctx: Ctx) -> Select[Any]:
    place = CapacityPlace
    return (
        select(
            place.structure_id, place.label, place.unit, place.total, place.reserved, place.free, _height().label("at")
        )
        .join(Structure, Structure.id == place.structure_id)
        .where(
            place.structure_id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
        .order_by(place.structure_id, place.label)
    )


def has_room(unit: PlaceUnit, quantity: int, least_height_m: Decimal | None = None) -> ColumnElement[bool]:
    """A structure has so many free units for sure, all of them at or above a height where one is given."""
    where: list[Any] = [CapacityPlace.structure_id == Structure.id, CapacityPlace.unit == unit]
    if least_height_m is not None:
        where.append(_height() >= least_height_m)
    free = select(func.coalesce(func.sum(CapacityPlace.free), 0)).where(*where).correlate(Structure)
    return free.scalar_subquery() >= quantity


def _height() -> ColumnElement[Any]:
    label = func.replace(func.lower(CapacityPlace.label), ",", ".")
    return cast(func.substring(label, _HEIGHT), Numeric)
