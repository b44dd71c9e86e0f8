"""Sample cables over the poles, through the ducts and trenches of one commune; a few of them dead or taken down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from registry.cables.rules import joined, laying_of
from registry.demo import lives, words
from registry.demo.ground import Commune
from registry.demo.plan import Dice, Planned
from registry.kernel.clock import local_date
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds.cable_route import CableKind, settled

_FIBRES: Final = (8, 12, 24, 48, 96)
#: So many of a hundred runs get a cable, by the kind that carries it.
_CHANCES: Final = {"cable_pole": 55, "power_pole_shared": 45, "cable_duct": 60, "technical_trench": 60}
_KIND_WORDS: Final = {CableKind.FIBRE: "Cáp quang", CableKind.COPPER: "Cáp đồng", CableKind.COAXIAL: "Cáp đồng trục"}
_NOT_THERE: Final = (Status.PLANNED, Status.BUILDING)
_DEAD, _REMOVED, _LIVE = "dead", "removed", "live"
_FATES: Final = ((_LIVE, 90), (_DEAD, 7), (_REMOVED, 3))


def cables(commune: Commune, dice: Dice, standing: Sequence[Planned]) -> Iterator[Planned]:
    """The cables of a commune; `standing` is what was planned to carry them."""
    number = 0
    for run in _runs(standing):
        owner = _owner(dice, run)
        carrying = [each for each in run if owner is not None and _carries(each, owner)]
        if owner is None or len({each.line for each in carrying}) == 0:
            continue
        line = tuple((x, y) for x, y in joined([each.line for each in carrying]))
        if len(line) > 1 and dice.chance(_CHANCES[_carrier(run)]):
            number += 1
            yield _cable(commune, dice, number, owner, carrying, line)


def _runs(standing: Sequence[Planned]) -> Iterator[list[Planned]]:
    """What stands along one street and can carry one cable: poles, power poles, manholes with ducts, a trench."""
    streets: dict[tuple[str, str], list[Planned]] = {}
    for each in standing:
        if each.kind in {*_CHANCES, "manhole"} and each.values["status"] not in _NOT_THERE:
            group = "cable_duct" if each.kind == "manhole" else each.kind
            streets.setdefault((each.values["road_name"], group), []).append(each)
    yield from streets.values()


def _carrier(run: Sequence[Planned]) -> str:
    return next(each.kind for each in run if each.kind != "manhole") if _has_carrier(run) else "cable_duct"


def _has_carrier(run: Sequence[Planned]) -> bool:
    return any(each.kind != "manhole" for each in run)


def _owner(dice: Dice, run: Sequence[Planned]) -> str | None:
    """Whose cable it is: that of the operator whose poles or ducts they are, else of one that uses most of them."""
    if not _has_carrier(run):
        return None
    if run[0].owner in words.OPERATORS:
        return run[0].owner
    using = [operator for operator in words.OPERATORS if sum(_carries(each, operator) for each in run)]
    return dice.pick(using) if using else None


def _carries(each: Planned, operator: str) -> bool:
    return each.owner == operator or any(hung.holder == operator for place in each.places for hung in place.hung)


def _cable(
    commune: Commune, dice: Dice, number: int, owner: str, carrying: Sequence[Planned], line: tuple[Any, ...]
) -> Planned:
    registered = max(words.FIRST_OF_TODAYS_COMMUNES, *(each.registered for each in carrying))
    day = local_date(words.REGISTERED[registered][0])
    kind = dice.weighted(((CableKind.FIBRE, 86), (CableKind.COPPER, 9), (CableKind.COAXIAL, 5)))
    count = dice.pick(_FIBRES) if kind is CableKind.FIBRE else None
    street = carrying[0].values
    size = f" {count}FO" if count else ""
    first = max((each.values["built_on"] for each in carrying), default=date(2015, 1, 1))
    installed = dice.day(first, day - timedelta(days=30))
    values: dict[str, Any] = {
        "name": f"{_KIND_WORDS[kind]}{size} {street['road_name'][0].lower()}{street['road_name'][1:]}",
        "own_code": f"{words.OWN_PREFIX[owner]}-{commune.code}-K{number:02d}",
        "cable_kind": kind,
        "fibre_count": count,
        "outer_diameter_mm": words.FIBRE_CABLES[count][0] if count else None,
        "mass_kg_m": words.FIBRE_CABLES[count][1] if count else None,
        "lit_fibre_count": dice.between(count // 4, count) if count and dice.chance(70) else None,
        "laying": laying_of(each.kind for each in carrying),
        "installed_on": installed,
        "status": Status.ACTIVE,
        "sharing_status": SharingStatus.NOT_APPLICABLE,
        "road_name": street["road_name"],
        "address": street["address"],
        "is_urban": street["is_urban"],
        "is_public_asset": False,
        "funding_source": "Vốn doanh nghiệp",
        "has_identification_mark": dice.chance(75),
    }
    values |= lives.position(dice, day) | _fate(dice, installed, day)
    codes = tuple(each.values["own_code"] for each in carrying)
    return Planned("cable_route", owner, settled(values), line, registered, members=codes)


def _fate(dice: Dice, installed: date, day: date) -> dict[str, Any]:
    """What became of the cable by the day of its registration."""
    fate = dice.weighted(_FATES)
    if fate == _DEAD:
        found = dice.day(installed, day)
        return {
            "dead_flag": True,
            "dead_on": found,
            "dead_evidence": f"Biên bản khảo sát số {dice.between(1, 90):02d}/BBKS-{found.year}",
        }
    return {"removed_on": dice.day(installed, day)} if fate == _REMOVED else {}
