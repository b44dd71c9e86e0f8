"""Sample towers and site houses of one commune."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.demo import lives, occupancy, words
from registry.demo.ground import Commune, Point
from registry.demo.plan import Dice, Planned
from registry.structures.kinds.antenna_tower import MastClass, MastForm, Mount
from registry.structures.kinds.site_house import FireSafety

_MASTS_OF_WARD: Final = (8, 10)
_MASTS_OF_COMMUNE: Final = (4, 5)
_MAST_OWNERS: Final = (
    (words.VIETTEL, 37),
    (words.VNPT, 31),
    (words.MOBIFONE, 17),
    (words.TOWER_COMPANY, 11),
    (words.IT_CENTRE, 3),
    (words.MILITARY, 1),
)
#: What a mast bears at its top.
_RATED_M2: Final = Decimal(10)
_ROOF_SHARE: Final = {True: 45, False: 6}


def masts(commune: Commune, dice: Dice, places: Iterator[Point]) -> Iterator[Planned]:
    """The towers of a commune, and a site house beside some of them."""
    least, most = _MASTS_OF_WARD if commune.is_ward else _MASTS_OF_COMMUNE
    for number in range(1, dice.between(least, most) + 1):
        owner = dice.weighted(_MAST_OWNERS)
        place = next(places)
        registered, day = lives.registered(dice)
        tower = _tower(commune, dice, number, owner, day)
        yield Planned("antenna_tower", owner, tower[0], (place,), registered, tower[1])
        if owner in words.OPERATORS and dice.chance(17):
            house = _house(commune, dice, number, owner, day)
            yield Planned("site_house", owner, house[0], (next(places),), registered, house[1])


def _tower(commune: Commune, dice: Dice, number: int, owner: str, day: date) -> tuple[dict[str, Any], Any]:
    values = _common(commune, dice, owner, day) | {
        "name": f"Trạm {commune.short_name} {number}",
        "own_code": f"{words.OWN_PREFIX[owner]}-{commune.code}-A{number:02d}",
    }
    values |= _roof_mast(dice) if dice.chance(_ROOF_SHARE[commune.is_ward]) else _ground_mast(dice)
    values["design_wind_zone"] = dice.pick(words.WIND_ZONES)
    built = values.get("built_on")
    if built is not None:
        values |= _checks(dice, built, day)
    if "rated_area_m2" in values:
        values["rated_area_height_m"] = values["height_m"]
    when = None if built is None else (values.get("in_service_on") or built, day)
    places = occupancy.mast_platforms(dice, owner, values["height_m"], when)
    heights = [place.label.split()[1] for place in places if place.label.startswith("Sàn")]
    values["platform_heights"] = "; ".join(heights) or None
    shared, places = occupancy.sharing(dice, owner, values["status"], values.get("condition"), places)
    return values | shared, places


def _roof_mast(dice: Dice) -> dict[str, Any]:
    if dice.chance(25):
        return {
            "mast_class": MastClass.A1A,
            "mast_form": MastForm.SELF_SUPPORTING,
            "mount": Mount.ROOF,
            "height_m": dice.tenths(15, 30),
            "building_height_m": Decimal(dice.between(15, 36)),
            "half_width_m": Decimal("0.4"),
        }
    return {
        "mast_class": MastClass.A2A,
        "mast_form": dice.pick((MastForm.GUYED, MastForm.SELF_SUPPORTING)),
        "mount": Mount.ROOF,
        "height_m": Decimal(dice.between(9, 21)),
        "building_height_m": Decimal(dice.between(8, 30)),
    }


def _ground_mast(dice: Dice) -> dict[str, Any]:
    kind, form = dice.weighted(
        (
            ((MastClass.A2B, MastForm.SELF_SUPPORTING), 58),
            ((MastClass.A2B, MastForm.GUYED), 26),
            ((MastClass.A2B, MastForm.MONOPOLE), 8),
            ((MastClass.A1B, MastForm.DISGUISED), 6),
            ((MastClass.A2C, MastForm.MONOPOLE), 2),
        )
    )
    height = Decimal(dice.between(15, 24)) if kind is not MastClass.A2B else dice.pick(words.MAST_HEIGHTS_M)
    return {"mast_class": kind, "mast_form": form, "mount": Mount.GROUND, "height_m": height}


def _checks(dice: Dice, built: date, day: date) -> dict[str, Any]:
    """Inspections of a standing mast."""
    values: dict[str, Any] = {
        "power_supply": dice.pick(("Điện lưới", "Điện lưới và máy phát", "Điện lưới và ắc quy")),
        "backup_hours": Decimal(dice.between(2, 8)),
    }
    if dice.chance(70):
        checked = dice.day(max(built, date(day.year - 1, 1, 1)), day)
        values |= {"lightning_checked_on": checked, "earthing_checked_on": checked}
        values["load_margin_pct"] = Decimal(dice.between(5, 60))
        values["rated_area_m2"] = _RATED_M2
    if dice.chance(40):
        certified = dice.day(max(built, date(day.year - 3, 1, 1)), day)
        values |= {
            "emf_certificate": f"B{dice.between(1000, 9999)}/CVT-{certified.year}",
            "emf_certified_on": certified,
        }
    return values


def _house(commune: Commune, dice: Dice, number: int, owner: str, day: date) -> tuple[dict[str, Any], Any]:
    values = _common(commune, dice, owner, day) | {
        "name": f"Nhà trạm {commune.short_name} {number}",
        "own_code": f"{words.OWN_PREFIX[owner]}-{commune.code}-N{number:02d}",
        "floor_area_m2": Decimal(dice.between(12, 60)),
        "power_kva": Decimal(dice.pick((10, 15, 25, 30))),
        "fire_safety": dice.pick(list(FireSafety)),
    }
    built = values.get("built_on")
    places = occupancy.racks(dice, owner, dice.between(4, 10), None if built is None else (built, day))
    shared, places = occupancy.sharing(dice, owner, values["status"], values.get("condition"), places)
    return values | shared, places


def _common(commune: Commune, dice: Dice, owner: str, day: date) -> dict[str, Any]:
    values = lives.life(dice, day)
    values |= lives.position(dice, day) | lives.papers(dice, values.get("built_on"), ground=True)
    village = f"thôn {dice.between(1, 12)}" if not commune.is_ward else f"tổ dân phố {dice.between(1, 20)}"
    public = owner == words.IT_CENTRE
    return values | {
        "address": f"{village.capitalize()}, {commune.name[0].lower()}{commune.name[1:]}",
        "is_urban": commune.is_ward,
        "is_public_asset": public,
        "funding_source": "Ngân sách nhà nước" if public else "Vốn doanh nghiệp",
    }
