"""The colour of the map that only capacity can give: how much of a structure is free for others."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, case, func, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _l
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from registry.structures.tints import Tint

#: Setting: up to this share of free places, in percent, room is called scarce.
SCARCE: Final = "capacity.scarce_percent"
#: What is not for others at all, whatever is free.
_CLOSED: Final = (SharingStatus.NOT_SHAREABLE, SharingStatus.RESTRICTED, SharingStatus.NOT_APPLICABLE)


def _room(ctx: Ctx) -> ColumnElement[str]:
    """One place of unknown total makes the whole unknown, as on the structure's page."""
    scarce = setting(ctx.session, SCARCE, ctx.today)
    place = CapacityPlace
    known = func.bool_and(place.total.is_not(None))
    found = (
        select(
            case(
                (func.coalesce(known, False).is_(False), "room_unknown"),
                (func.sum(place.free) == 0, "room_full"),
                (func.sum(place.free) * 100 <= func.sum(place.total) * scarce, "room_scarce"),
                else_="room_free",
            )
        )
        .where(place.structure_id == Structure.id)
        .correlate(Structure)
        .scalar_subquery()
    )
    return case((Structure.sharing_status.in_(_CLOSED), "room_closed"), else_=found)


ROOM_TINT: Final = Tint(
    "room",
    _l("Chỗ còn trống"),
    lambda _ctx: {
        "room_free": _l("Còn nhiều chỗ"),
        "room_scarce": _l("Còn ít chỗ"),
        "room_full": _l("Hết chỗ"),
        "room_unknown": _l("Chưa rõ số chỗ"),
        "room_closed": _l("Không dùng chung"),
    },
    _room,
)
