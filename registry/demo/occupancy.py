"""Who hangs where in the demonstration, and what that says about sharing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.capacity.models import EntryState, PlaceUnit, Technology
from registry.demo import words
from registry.demo.plan import Dice, Hung, PlannedPlace
from registry.structures.codes import Condition, SharingKind, SharingStatus, Status

#: The day on which 2G ended; stations that still had it lose their places then.
TWO_G_ENDED_ON: Final = date(2024, 10, 15)
_NEWEST_2G: Final = date(2015, 1, 1)
#: First days of the networks (rounded); a station is no older than its network.
_NETWORK_FROM: Final = {Technology.G3: date(2009, 10, 1), Technology.G4: date(2016, 11, 1)}
_5G_FROM: Final = date(2024, 10, 1)
#: From the first day on which something could hang there to the day of registration; None: nothing stands yet.
Period = tuple[date, date] | None
_SECTORS: Final = 3
_FULL_BORE: Final = 1
#: Exposed area of one antenna with its mount.
_ANTENNA_M2: Final = Decimal("0.6")
_UPPER_GAP_M: Final = 2
_LOWER_GAP_M: Final = 8
_ON_LOW_MAST: Final = ["Đỉnh cột", "Thân cột"]


def mast_platforms(dice: Dice, owner: str, height_m: Decimal, when: Period) -> tuple[PlannedPlace, ...]:
    """Two platforms with the stations of the operators that use the mast."""
    high = height_m > _LOWER_GAP_M
    heights = [int(height_m) - gap for gap in (_UPPER_GAP_M, _LOWER_GAP_M)]
    labels = [f"Sàn {height} m" for height in heights] if high else _ON_LOW_MAST
    measures: list[dict[str, Any]] = [{"height_m": Decimal(height)} if high else {} for height in heights]
    totals = [dice.pick((3, 6)), dice.pick((3, 3, 6))]
    hung: list[list[Hung]] = [[], []]
    if when is not None:
        for operator in _operators(dice, owner, 42):
            for number, total in enumerate(totals):
                if total - sum(entry.quantity for entry in hung[number]) >= _SECTORS:
                    hung[number].append(_station(dice, operator, _SECTORS, when))
                    break
        if owner == words.VNPT and dice.chance(30):
            hung[1].extend(_old_2g(dice, totals[1] - sum(entry.quantity for entry in hung[1]), when))
    count = 1 if not hung[1] and dice.chance(35) else 2
    return tuple(
        PlannedPlace(label, PlaceUnit.POSITION, total, tuple(entries), measure)
        for label, total, entries, measure in zip(
            labels[:count], totals[:count], hung[:count], measures[:count], strict=True
        )
    )


def cable_places(
    dice: Dice, owner: str, total: int, when: Period, label: str = "Vị trí treo cáp"
) -> tuple[PlannedPlace, ...]:
    """One place for all cables of a pole, a line of poles or a manhole; some of them hold no more than they have."""
    left, hung = total, []
    holders = [*_operators(dice, owner, 45), *(("", name) for name in dice.some(words.OTHER_HOLDERS, 1))]
    for holder in holders[: dice.between(1, len(holders))]:
        quantity = dice.between(1, 2)
        if when is not None and quantity <= left:
            hung.append(_cable(dice, holder, quantity, when))
            left -= quantity
    if hung and dice.chance(12):
        total -= left
    return (PlannedPlace(label, PlaceUnit.CABLE, total, tuple(hung)),)


def bores(dice: Dice, owner: str, count: int, when: Period) -> tuple[PlannedPlace, ...]:
    """One place for each bore of a duct: free, with a cable, or blocked."""
    found = []
    holders = _operators(dice, owner, 40)
    for number in range(1, count + 1):
        hung: tuple[Hung, ...] = ()
        if when is not None and number <= len(holders) and dice.chance(85):
            hung = (_cable(dice, holders[number - 1], _FULL_BORE, when),)
        elif when is not None and dice.chance(4):
            hung = (Hung(_FULL_BORE, dice.day(*when), equipment="Ống tắc", state=EntryState.BLOCKED),)
        found.append(PlannedPlace(f"Ống {number}", PlaceUnit.BORE, 1, hung))
    return tuple(found)


def levels(dice: Dice, count: int, when: Period) -> tuple[PlannedPlace, ...]:
    """The trays of a trench or tunnel."""
    found = []
    for number in range(1, count + 1):
        holder = (dice.pick(words.OPERATORS), "")
        hung = (_cable(dice, holder, 1, when),) if when is not None and dice.chance(40) else ()
        found.append(PlannedPlace(f"Tầng {number}", PlaceUnit.LEVEL, 1, hung, {"level": number}))
    return tuple(found)


def racks(dice: Dice, owner: str, total: int, when: Period) -> tuple[PlannedPlace, ...]:
    """The rack positions of a site house."""
    left, hung = total, []
    for operator in _operators(dice, owner, 25):
        quantity = dice.between(1, 3)
        if when is not None and quantity <= left:
            hung.append(_station(dice, operator, quantity, when))
            left -= quantity
    return (PlannedPlace("Vị trí tủ máy", PlaceUnit.POSITION, total, tuple(hung)),)


def unknown(places: Sequence[PlannedPlace]) -> tuple[PlannedPlace, ...]:
    """The same places before anybody assessed how much they hold."""
    return tuple(replace(place, total=None) for place in places)


def sharing(
    dice: Dice, owner: str, status: Status, condition: Condition | None, places: tuple[PlannedPlace, ...]
) -> tuple[dict[str, Any], tuple[PlannedPlace, ...]]:
    """The declared fields on sharing, and the places as far as their capacity is known then."""
    if owner == words.MILITARY:
        return {"sharing_status": SharingStatus.RESTRICTED}, places
    if condition is Condition.DANGEROUS or dice.chance(3):
        reason = words.CLOSED_FOR[1] if condition is Condition.DANGEROUS else dice.pick(words.CLOSED_FOR)
        return {"sharing_status": SharingStatus.NOT_SHAREABLE, "not_shareable_reason": reason}, places
    if not places or status is not Status.ACTIVE or dice.chance(14):
        return {"sharing_status": SharingStatus.NOT_ASSESSED}, unknown(places)
    found = _by_capacity(places)
    values: dict[str, Any] = {"sharing_status": found, "sharing_kind": SharingKind.PASSIVE}
    if found is SharingStatus.EXCLUSIVE_FULL and dice.chance(60):
        values["sharing_status"] = SharingStatus.UPGRADABLE
        values["sharing_conditions"] = "Cần gia cố, nâng cấp trước khi lắp đặt thêm; chi phí do các bên thỏa thuận."
    elif found in {SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE}:
        values["max_users"] = dice.between(3, 4)
        if dice.chance(30):
            values["sharing_conditions"] = "Khảo sát chung trước khi lắp đặt; thi công ngoài giờ cao điểm."
    return values, places


def _by_capacity(places: Sequence[PlannedPlace]) -> SharingStatus:
    used = [entry for place in places for entry in place.hung if entry.state is not EntryState.ENDED]
    free = sum(place.total or 0 for place in places) - sum(entry.quantity for entry in used)
    holders = {(entry.holder, entry.holder_name) for entry in used if entry.state is EntryState.USED}
    if len(holders) > 1:
        return SharingStatus.SHARED_AVAILABLE if free else SharingStatus.SHARED_FULL
    return SharingStatus.AVAILABLE if free else SharingStatus.EXCLUSIVE_FULL


def _operators(dice: Dice, owner: str, percent: int) -> list[tuple[str, str]]:
    """The owner where it is an operator, then each other operator with a chance; somebody at any rate."""
    others = [code for code in words.OPERATORS if code != owner and dice.chance(percent)]
    first = [owner] if owner in words.OPERATORS else []
    return [(code, "") for code in (first + others or [dice.pick(words.OPERATORS)])]


def _station(dice: Dice, holder: tuple[str, str], quantity: int, when: tuple[date, date]) -> Hung:
    first, last = when
    technology = dice.weighted(words.MAST_TECHNOLOGIES)
    if technology is Technology.G5 and last <= _5G_FROM:
        technology = Technology.G4
    first = max(first, _NETWORK_FROM.get(technology, _5G_FROM))
    name = words.OPERATOR_NAMES.get(holder[0], holder[1])
    loads = (("exposed_area_m2", quantity * _ANTENNA_M2),)
    return Hung(quantity, dice.day(first, last), *holder, f"Trạm BTS {name}", technology, loads=loads)


def _cable(dice: Dice, holder: tuple[str, str], quantity: int, when: tuple[date, date]) -> Hung:
    technology = dice.weighted(words.CABLE_TECHNOLOGIES)
    if technology is not Technology.FIBRE:
        return Hung(quantity, dice.day(*when), *holder, "Cáp", technology)
    count = dice.pick((12, 24, 48, 96))
    loads = (("cable_diameter_mm", words.FIBRE_CABLES[count][0]),)
    return Hung(quantity, dice.day(*when), *holder, f"Cáp quang {count} sợi", technology, loads=loads)


def _old_2g(dice: Dice, free: int, when: tuple[date, date]) -> list[Hung]:
    """An old station of 2G: over, or at registration still in use where there is room for it."""
    first, last = when
    if first > _NEWEST_2G:
        return []
    started = dice.day(first, _NEWEST_2G)
    if last > TWO_G_ENDED_ON:
        return [_station_2g(started, EntryState.ENDED, TWO_G_ENDED_ON)]
    return [_station_2g(started, EntryState.USED, None)] if free else []


def _station_2g(started: date, state: EntryState, ended: date | None) -> Hung:
    return Hung(
        1,
        started,
        holder=words.VNPT,
        equipment="Trạm BTS VNPT",
        technology=Technology.G2,
        state=state,
        ended_on=ended,
    )
