"""Free slots on the card of a structure, with a bar, and the conditions of sharing; occupants are never named there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, and_, or_, select

from registry.authz.actors import Ctx
from registry.capacity.models import UNPLACED, CapacityPlace
from registry.structures.kinds import HOSTS
from registry.structures.map.card import CardPart
from registry.structures.models import Structure

#: Slots shown one by one; the others are counted.
_MOST: Final = 5
_WHOLE: Final = 100


@dataclass(frozen=True)
class SlotBar:
    """One slot group with its counts and the widths of its bar in hundredths; `free` None is unknown."""

    label: str
    unit: Any
    total: int | None
    free: int | None
    used: int
    reserved: int

    @property
    def widths(self) -> tuple[int, int] | None:
        """Hundredths in use, and in use or not to be had for another reason; None without a total."""
        if not self.total or self.free is None:
            return None
        taken = self.total - self.free
        return round(_WHOLE * min(self.used, taken) / self.total), round(_WHOLE * taken / self.total)


def slot_sums(places: Iterable[Any]) -> list[SlotBar]:
    """The slots of a structure by unit; unknown where one of its places is."""
    sums: dict[Any, list[Any]] = {}
    for slot in places:
        sums.setdefault(slot.unit, []).append(slot)
    return [
        SlotBar(
            "",
            unit,
            None if any(slot.total is None for slot in slots) else sum(slot.total for slot in slots),
            None if any(slot.free is None for slot in slots) else sum(slot.free for slot in slots),
            sum(slot.used for slot in slots),
            sum(slot.reserved for slot in slots),
        )
        for unit, slots in sums.items()
    ]


def capacity_card(ctx: Ctx, row: Row[Any]) -> CardPart | None:
    """The slots of a structure that the reader sees exactly; None for kinds that host nothing."""
    if not row.exact or row.kind not in HOSTS:
        return None
    is_shown = or_(CapacityPlace.label != UNPLACED, CapacityPlace.used > 0)
    query = (
        select(CapacityPlace, Structure.sharing_conditions)
        .select_from(Structure)
        .outerjoin(CapacityPlace, and_(CapacityPlace.structure_id == Structure.id, is_shown))
        .where(Structure.id == row.id)
        .order_by(CapacityPlace.label)
    )
    rows = ctx.session.execute(query).all()
    slots = [
        SlotBar(slot.label, slot.unit, slot.total, slot.free, slot.used, slot.reserved)
        for slot, _conditions in rows
        if slot is not None
    ]
    data = {"slot_bars": slots[:_MOST], "more_slots": len(slots[_MOST:])}
    return CardPart("capacity/_card.html", data | {"sharing_conditions": rows[0].sharing_conditions if rows else None})
