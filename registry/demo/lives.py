"""Fields that every kind of sample structure has: its life, papers and position, as the register would know them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from registry.demo import words
from registry.demo.plan import Dice
from registry.kernel.clock import local_date
from registry.structures.codes import LandKind, PermitRegime, PlanConformity, PositionMethod, Status

_FIRST_BUILT: Final = date(2006, 1, 1)
#: Passive telecom works need no permit from this day on (Luật Xây dựng 2025 Đ43.2).
_EXEMPT_FROM: Final = date(2026, 1, 1)
_METHODS: Final = (
    (PositionMethod.GPS, 48),
    (PositionMethod.SURVEY, 22),
    (PositionMethod.MAP, 18),
    (PositionMethod.DRAWING, 9),
    (PositionMethod.UNKNOWN, 3),
)
_ACCURACY_M: Final = {
    PositionMethod.GPS: Decimal(5),
    PositionMethod.SURVEY: Decimal("0.3"),
    PositionMethod.MAP: Decimal(15),
    PositionMethod.DRAWING: Decimal(30),
}
_STATUSES: Final = ((Status.ACTIVE, 94), (Status.PLANNED, 2), (Status.BUILDING, 3), (Status.SUSPENDED, 1))
_LANDS: Final = ((LandKind.OWN, 25), (LandKind.RENTED, 40), (LandKind.PUBLIC, 15), (LandKind.UNKNOWN, 20))


def life(dice: Dice, day: date) -> dict[str, Any]:
    """Status, dates and condition, as far as known on `day`, the day of registration."""
    status = dice.weighted(_STATUSES)
    if status in {Status.PLANNED, Status.BUILDING}:
        return {"status": status}
    built = dice.day(_FIRST_BUILT, day - timedelta(days=200))
    values: dict[str, Any] = {"status": status, "condition": dice.weighted(words.CONDITIONS), "built_on": built}
    if dice.chance(80):
        values["in_service_on"] = built + timedelta(days=dice.between(20, 150))
    if dice.chance(45):
        values["last_inspected_on"] = dice.day(max(built, day - timedelta(days=700)), day)
    if dice.chance(70):
        values["has_identification_mark"] = dice.chance(80)
    return values


def position(dice: Dice, day: date) -> dict[str, Any]:
    """How the position was found, and when."""
    method = dice.weighted(_METHODS)
    values: dict[str, Any] = {"position_method": method, "accuracy_m": _ACCURACY_M.get(method)}
    if method in {PositionMethod.GPS, PositionMethod.SURVEY}:
        values["surveyed_on"] = dice.day(day - timedelta(days=500), day)
    return values


def papers(dice: Dice, built: date | None, *, ground: bool) -> dict[str, Any]:
    """Plan, permit by the law of its day, land; `ground` False for what hangs or lies along a road."""
    values: dict[str, Any] = {
        "plan_conformity": dice.weighted(
            ((PlanConformity.CONFORMS, 62), (PlanConformity.UNKNOWN, 33), (PlanConformity.DEVIATES, 5))
        ),
        "land_kind": dice.weighted(_LANDS) if ground else LandKind.ROAD,
    }
    if built is None:
        return values
    if built >= _EXEMPT_FROM or not ground:
        return values | {"permit_regime": PermitRegime.EXEMPT}
    if dice.chance(60):
        issued = built - timedelta(days=dice.between(10, 120))
        number = f"{dice.between(1, 320):03d}/GPXD-{issued.year}"
        return values | {"permit_regime": PermitRegime.PERMIT, "permit_number": number, "permit_on": issued}
    return values | {"permit_regime": PermitRegime.UNKNOWN}


def registered(dice: Dice) -> tuple[int, date]:
    """When it entered the register: the moment's number and its day."""
    number = dice.weighted([(index, weight) for index, (_moment, weight) in enumerate(words.REGISTERED)])
    return number, local_date(words.REGISTERED[number][0])
