"""The filter of the list of structures that only capacity can answer."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.kernel.i18n import _l
from registry.structures.further import Further
from registry.structures.past.versions import rows_at
from registry.structures.past.when import Point


def _has_room(_ctx: Ctx, seen: Any, _value: str) -> ColumnElement[bool]:
    """A place with a stated total of which something is left; an unknown total is no room, a cell says nothing."""
    free = select(CapacityPlace.id).where(CapacityPlace.structure_id == seen.c.id, CapacityPlace.free > 0)
    return and_(seen.c.exact, free.exists())


def _had_room(_ctx: Ctx, seen: Any, _value: str, point: Point) -> ColumnElement[bool]:
    place = rows_at(CapacityPlace, point, "place")
    return and_(seen.c.exact, seen.c.id.in_(select(place.c.structure_id).where(place.c.free > 0)))


ROOM: Final = Further("room", _l("Chỗ lắp đặt"), _has_room, {"1": _l("Còn chỗ trống")}, clause_at=_had_room)
