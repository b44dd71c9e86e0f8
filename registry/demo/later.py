"""What happened to sample structures after they were registered: the history that the demonstration shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, Technology
from registry.demo.occupancy import TWO_G_ENDED_ON
from registry.demo.plan import Dice
from registry.structures.codes import Condition, PositionMethod, Status
from registry.structures.models import Structure

#: Of the standing structures so many of a hundred change at each moment.
_SHARE: Final = 9
_WORSE: Final = {Condition.GOOD: Condition.FAIR, Condition.FAIR: Condition.DEGRADED}


def change_some(ctx: Ctx) -> int:
    """Change some of the sample structures as of the transaction's own moment; how many it changed."""
    rows = ctx.session.scalars(
        select(Structure)
        .where(Structure.is_sample, Structure.created_at < ctx.now)
        .order_by(Structure.owner_organisation_id, Structure.own_code)
    ).all()
    changed = 0
    for row in rows:
        dice = Dice(f"{row.own_code}:{ctx.today}")
        if dice.chance(_SHARE) and _change(dice, row, ctx.today):
            row.updated_at = ctx.now
            changed += 1
    _end_2g(ctx)
    ctx.session.flush()
    return changed


def _change(dice: Dice, row: Structure, day: date) -> bool:
    if row.status in {Status.PLANNED, Status.BUILDING}:
        row.status, row.built_on, row.in_service_on, row.condition = Status.ACTIVE, day, day, Condition.GOOD
        return True
    if row.status is Status.SUSPENDED:
        row.status = Status.ACTIVE
        return True
    if row.status is not Status.ACTIVE:
        return False
    dice.weighted(_CHANGES)(dice, row, day)
    return True


def _confirmed(_dice: Dice, row: Structure, day: date) -> None:
    row.confirmed_on = day


def _inspected(dice: Dice, row: Structure, day: date) -> None:
    row.last_inspected_on = day
    if row.condition is not None and dice.chance(50):
        row.condition = _WORSE.get(row.condition, row.condition)
    row.has_identification_mark = True


def _surveyed(_dice: Dice, row: Structure, day: date) -> None:
    row.position_method, row.accuracy_m, row.surveyed_on = PositionMethod.SURVEY, Decimal("0.3"), day


def _repaired(_dice: Dice, row: Structure, day: date) -> None:
    row.condition, row.last_inspected_on = Condition.GOOD, day
    row.note = "Đã sửa chữa, gia cố."


def _suspended(_dice: Dice, row: Structure, _day: date) -> None:
    row.status = Status.SUSPENDED
    row.note = "Tạm ngừng để di dời theo dự án mở rộng đường."


def _decommissioned(_dice: Dice, row: Structure, day: date) -> None:
    row.status, row.valid_to = Status.DECOMMISSIONED, day
    row.note = "Ngừng khai thác do ngầm hóa tuyến cáp."


_CHANGES: Final[tuple[tuple[Callable[[Dice, Structure, date], None], int], ...]] = (
    (_confirmed, 40),
    (_inspected, 28),
    (_surveyed, 14),
    (_repaired, 10),
    (_suspended, 4),
    (_decommissioned, 4),
)


def _end_2g(ctx: Ctx) -> None:
    """Stations of 2G end on the day that the network ended."""
    if ctx.today < TWO_G_ENDED_ON:
        return
    entries = ctx.session.scalars(
        select(CapacityEntry)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(
            Structure.is_sample,
            CapacityEntry.technology == Technology.G2,
            CapacityEntry.state == EntryState.USED,
        )
    )
    for entry in entries:
        entry.state, entry.ended_on = EntryState.ENDED, TWO_G_ENDED_ON
