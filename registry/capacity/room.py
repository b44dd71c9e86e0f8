"""Free room: the places of structures in numbers, the SQL of "enough is free", the list filter and the map colour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, any_, bindparam, case, func, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import UNPLACED, CapacityPlace, PlaceUnit
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _l
from registry.structures.codes import IN_SERVICE, SharingStatus
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.map.colours import MapColour
from registry.structures.models import Structure
from registry.structures.positions.moment import Point
from registry.structures.positions.versions import rows_at

#: Setting: percentage of free places up to which room is scarce.
SCARCE: Final = "capacity.scarce_percent"
#: Not open to others, whatever is free.
_CLOSED: Final = (SharingStatus.NOT_SHAREABLE, SharingStatus.RESTRICTED, SharingStatus.NOT_APPLICABLE)


@dataclass(frozen=True)
class Room:
    """One place of a structure; None is unknown."""

    label: str
    unit: PlaceUnit
    total: int | None
    reserved: int
    free: int | None
    height_m: Decimal | None = None
    diameter_mm: Decimal | None = None
    level: int | None = None
    #: Cables over the structure of which the place is not known: each may be in a free unit, here or elsewhere.
    unplaced: int = 0


def certainly_free(rooms: Collection[Room]) -> int:
    """The units of places of one structure that are free whatever place its cables without a known one have."""
    free = sum(room.free or 0 for room in rooms)
    return max(0, free - max((room.unplaced for room in rooms), default=0))


def rooms_of(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[Room]]:
    """The places of several structures, of those that the reader sees exactly, by label."""
    rooms: dict[int, list[Room]] = {}
    if not structure_ids:
        return rooms
    for row in compiled_lists.run_without_positions(ctx, "rooms", lambda: _rooms(ctx), {"ids": list(structure_ids)}):
        room = Room(
            row.label,
            PlaceUnit(row.unit),
            row.total,
            row.reserved,
            None if row.free is None else int(row.free),
            row.height_m,
            row.diameter_mm,
            row.level,
            int(row.unplaced),
        )
        rooms.setdefault(row.structure_id, []).append(room)
    return rooms


def _rooms(ctx: Ctx) -> Select[Any]:
    slot = CapacityPlace
    query: Any = (
        select(
            slot.structure_id,
            slot.label,
            slot.unit,
            slot.total,
            slot.reserved,
            slot.free,
            slot.height_m,
            slot.diameter_mm,
            slot.level,
            _unplaced(slot.structure_id).label("unplaced"),
        )
        .join(Structure, Structure.id == slot.structure_id)
        .where(
            slot.structure_id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
            slot.label != UNPLACED,
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
        .order_by(slot.structure_id, slot.label)
    )
    room_query: Select[Any] = query
    return room_query


def has_room(
    unit: PlaceUnit,
    quantity: int,
    least_height_m: Decimal | None = None,
    least_diameter_mm: Decimal | None = None,
    usual_diameter_mm: ColumnElement[Any] | None = None,
) -> ColumnElement[bool]:
    """A structure certainly has so many free units, all of them as high and as wide as needed.

    A place without a diameter has the usual one of its structure.
    """
    where: list[Any] = [CapacityPlace.structure_id == Structure.id, CapacityPlace.unit == unit]
    if least_height_m is not None:
        where.append(CapacityPlace.height_m >= least_height_m)
    if least_diameter_mm is not None:
        where.append(func.coalesce(CapacityPlace.diameter_mm, usual_diameter_mm) >= least_diameter_mm)
    free = select(func.coalesce(func.sum(CapacityPlace.free), 0)).where(*where).correlate(Structure)
    return free.scalar_subquery() - _unplaced(Structure.id) >= quantity


def _unplaced(structure_id: Any, slot: Any = None) -> ColumnElement[int]:
    """SQL: the cables over a structure of which it is not known where they are: each may be in a free place."""
    rows = CapacityPlace.__table__.alias() if slot is None else slot.alias()
    used = select(func.coalesce(func.sum(rows.c.used), 0)).where(
        rows.c.structure_id == structure_id, rows.c.label == UNPLACED
    )
    unplaced: ColumnElement[int] = used.correlate_except(rows).scalar_subquery()
    return unplaced


def _is_free(structure_id: Any, slot: Any = None) -> ColumnElement[bool]:
    """SQL: more is free than there are cables without a known place."""
    rows = CapacityPlace.__table__.alias() if slot is None else slot.alias()
    free = select(func.coalesce(func.sum(rows.c.free), 0)).where(rows.c.structure_id == structure_id)
    return free.correlate_except(rows).scalar_subquery() > _unplaced(structure_id, slot)


def _has_room(_ctx: Ctx, readable_rows: Any, _value: str) -> ColumnElement[bool]:
    """In service, with a place of a stated total of which something is free.

    An unknown total is no room, a cell reveals nothing.
    """
    free = select(CapacityPlace.id).where(CapacityPlace.structure_id == readable_rows.c.id, CapacityPlace.free > 0)
    serves = readable_rows.c.status.in_(IN_SERVICE)
    return and_(readable_rows.c.exact, serves, free.exists(), _is_free(readable_rows.c.id))


def _had_room(_ctx: Ctx, readable_rows: Any, _value: str, point: Point) -> ColumnElement[bool]:
    slot = rows_at(CapacityPlace, point, "place")
    has_free = readable_rows.c.id.in_(select(slot.c.structure_id).where(slot.c.free > 0))
    serves = readable_rows.c.status.in_(IN_SERVICE)
    return and_(readable_rows.c.exact, serves, has_free, _is_free(readable_rows.c.id, slot))


ROOM: Final = ExtraFilter("room", _l("Chỗ lắp đặt"), _has_room, {"1": _l("Còn chỗ trống")}, clause_at=_had_room)


def _is_used(_ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    """A place of which something is in use, a number that readers of the exact structure see; a cell has none."""
    if value == OVER:
        return and_(readable_rows.c.exact, _is_over(readable_rows.c.id))
    used = select(CapacityPlace.id).where(CapacityPlace.structure_id == readable_rows.c.id, CapacityPlace.used > 0)
    return and_(readable_rows.c.exact, used.exists())


def _was_used(_ctx: Ctx, readable_rows: Any, value: str, point: Point) -> ColumnElement[bool]:
    slot = rows_at(CapacityPlace, point, "place")
    if value == OVER:
        return and_(readable_rows.c.exact, _is_over(readable_rows.c.id, slot))
    return and_(readable_rows.c.exact, readable_rows.c.id.in_(select(slot.c.structure_id).where(slot.c.used > 0)))


def _is_over(structure_id: Any, slot: Any = None) -> ColumnElement[bool]:
    """SQL: more cables without a known place than all places have free; not where a total is unknown."""
    rows = CapacityPlace.__table__.alias() if slot is None else slot.alias()
    free = select(func.sum(rows.c.free)).where(rows.c.structure_id == structure_id, rows.c.label != UNPLACED)
    is_known = free.having(func.bool_and(rows.c.total.is_not(None))).correlate_except(rows).scalar_subquery()
    return func.coalesce(is_known < _unplaced(structure_id, slot), False)


#: Value of the filter of structures with more cables than places.
OVER: Final = "over"
USED: Final = ExtraFilter(
    "used",
    _l("Sử dụng"),
    _is_used,
    {"1": _l("Đang có đơn vị sử dụng"), OVER: _l("Số cáp vượt số chỗ")},
    clause_at=_was_used,
)


def _room_colour(ctx: Ctx) -> ColumnElement[str]:
    """A place with an unknown total makes the whole unknown, as on the structure's page."""
    scarce = setting(ctx.session, SCARCE, ctx.today)
    slot = CapacityPlace
    is_known = func.bool_and(slot.total.is_not(None))
    colour = (
        select(
            case(
                (func.coalesce(is_known, False).is_(False), "room_unknown"),
                (func.sum(slot.free) <= _unplaced(Structure.id), "room_full"),
                (
                    (func.sum(slot.free) - _unplaced(Structure.id)) * 100 <= func.sum(slot.total) * scarce,
                    "room_scarce",
                ),
                else_="room_free",
            )
        )
        .where(slot.structure_id == Structure.id, slot.label != UNPLACED)
        .correlate(Structure)
        .scalar_subquery()
    )
    is_closed = or_(Structure.sharing_status.in_(_CLOSED), Structure.status.not_in(IN_SERVICE))
    return case((is_closed, "room_closed"), else_=colour)


ROOM_COLOUR: Final = MapColour(
    "room",
    _l("Chỗ còn trống"),
    lambda _ctx: {
        "room_free": _l("Còn nhiều chỗ"),
        "room_scarce": _l("Còn ít chỗ"),
        "room_full": _l("Hết chỗ"),
        "room_unknown": _l("Chưa rõ số chỗ"),
        "room_closed": _l("Không dùng chung"),
    },
    _room_colour,
)
