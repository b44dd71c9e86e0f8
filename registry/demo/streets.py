"""Sample poles, lines of poles, ducts with manholes, trenches and tunnels along the made-up streets of one commune."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.demo import lives, occupancy, words
from registry.demo.ground import Commune, Line, Point, along, length_m, moved
from registry.demo.plan import Dice, Planned, PlannedPlace
from registry.structures.codes import Status
from registry.structures.kinds.cable_duct import DuctMaterial
from registry.structures.kinds.cable_pole import PoleMaterial, PoleRole
from registry.structures.kinds.manhole import LidMaterial

_LEG_M: Final = (150.0, 280.0)
_BEND: Final = 0.5
_SPAN_M: Final = 40.0
_BETWEEN_MANHOLES_M: Final = 70.0
_POLES: Final = (4, 6)
_POWER_POLES: Final = (3, 4)
_MANHOLES: Final = 7
#: Poles up to this length are made for a smaller load at their top.
_SHORT_POLE_M: Final = Decimal("8.5")
_DUCT_OWNERS: Final = ((words.VNPT, 52), (words.VIETTEL, 38), (words.IT_CENTRE, 10))


@dataclass(frozen=True)
class Street:
    """A made-up street: its name as in an address, and its line."""

    name: str
    line: Line


def draw(dice: Dice, start: Point) -> Line:
    """A street of three legs that bends a little."""
    heading = dice.real(0, 2 * math.pi)
    line = [start]
    for _leg in range(3):
        length = dice.real(*_LEG_M)
        line.append(moved(line[-1], length * math.cos(heading), length * math.sin(heading)))
        heading += dice.real(-_BEND, _BEND)
    return tuple(line)


def names(commune: Commune, dice: Dice, count: int) -> list[str]:
    """So many different street names that fit a ward or a rural commune."""
    if commune.is_ward:
        return [f"đường {name}" for name in dice.some(words.WARD_STREETS, count)]
    return [road.format(n=dice.between(1, 9)) for road in dice.some(words.VILLAGE_ROADS, count)]


def along_streets(commune: Commune, dice: Dice, streets: list[Street]) -> Iterator[Planned]:
    """Poles on the first street, power poles on the second, a trench on the last, ducts on those between."""
    writer = _Writer(commune, dice)
    for number, street in enumerate(streets, 1):
        if number == 1:
            yield from writer.pole_line(street)
        elif number == 2:  # noqa: PLR2004 - the second street
            yield from writer.power_poles(street)
        elif number == len(streets):
            yield from writer.trench_and_tunnel(street)
        else:
            yield from writer.ducts(street, number)


class _Writer:
    """Writes the structures of one commune."""

    def __init__(self, commune: Commune, dice: Dice) -> None:
        self._commune = commune
        self._dice = dice

    def pole_line(self, street: Street) -> Iterator[Planned]:
        """A line of poles and its first poles one by one."""
        dice, owner = self._dice, self._dice.weighted(((words.VNPT, 50), (words.VIETTEL, 42), (words.IT_CENTRE, 8)))
        registered, day = lives.registered(dice)
        if dice.chance(85):
            values = self._common(street, owner, day, "TC", 1, f"Tuyến cột {street.name}") | {
                "pole_count": int(length_m(street.line) // _SPAN_M) + 1,
                "usual_span_m": Decimal(40),
                "may_hang_here": True,
            }
            places = occupancy.cable_places(dice, owner, dice.between(4, 8), _period(values, day))
            yield self._planned("pole_line", owner, values, street.line, registered, places)
        for number in range(1, dice.between(*_POLES) + 1):
            values = self._common(street, owner, day, "C", number, f"Cột số {number:02d} {street.name}")
            values |= _pole(dice)
            places = occupancy.cable_places(dice, owner, dice.between(3, 6), _period(values, day))
            place = along(street.line, (number - 1) * _SPAN_M)
            yield self._planned("cable_pole", owner, values, (place,), registered, places)

    def power_poles(self, street: Street) -> Iterator[Planned]:
        """Poles of the power company that carry telecom cable."""
        dice, owner = self._dice, words.POWER_COMPANY
        feeder = dice.between(371, 379)
        registered, day = lives.registered(dice)
        for number in range(1, dice.between(*_POWER_POLES) + 1):
            title = f"Cột điện {feeder}/{number:02d} {street.name}"
            values = self._common(street, owner, day, "D", number, title) | {
                "material": PoleMaterial.CONCRETE,
                "length_m": dice.pick((Decimal("8.5"), Decimal(10), Decimal(12))),
                "voltage_kv": dice.weighted(((Decimal("0.4"), 70), (Decimal(22), 20), (Decimal(35), 10))),
                "power_clearance_m": dice.tenths(8, 20),
                "lowest_cable_m": dice.tenths(50, 62),
            }
            values |= _bearing(values["length_m"]) | {"pole_role": PoleRole.STRAIGHT}
            values["lowest_power_line_m"] = values["length_m"] - values["setting_depth_m"]
            places = occupancy.cable_places(dice, owner, dice.between(4, 6), _period(values, day))
            place = along(street.line, number * _SPAN_M)
            yield self._planned("power_pole_shared", owner, values, (place,), registered, places)

    def ducts(self, street: Street, number: int) -> Iterator[Planned]:
        """Manholes along a street and the ducts between them."""
        dice, owner = self._dice, self._dice.weighted(_DUCT_OWNERS)
        registered, day = lives.registered(dice)
        count, before = dice.pick((2, 3, 4, 6)), ""
        for index in range(_MANHOLES):
            values = self._common(street, owner, day, f"B{number}", index + 1, f"Bể cáp B{index + 1} {street.name}")
            values |= _manhole(dice)
            place = along(street.line, index * _BETWEEN_MANHOLES_M)
            joints = occupancy.cable_places(dice, owner, dice.between(4, 8), _period(values, day), "Vị trí măng xông")
            yield self._planned("manhole", owner, values, (place,), registered, joints)
            if before:
                yield self._duct(street, owner, (registered, day), (number, index, count), (before, values["own_code"]))
            before = values["own_code"]

    def _duct(
        self, street: Street, owner: str, when: tuple[int, date], counts: tuple[int, int, int], ends: tuple[str, str]
    ) -> Planned:
        dice, (registered, day), (number, index, count) = self._dice, when, counts
        start = (index - 1) * _BETWEEN_MANHOLES_M
        line = (along(street.line, start), along(street.line, start + _BETWEEN_MANHOLES_M))
        title = f"Cống cáp {street.name} B{index}-B{index + 1}"
        material = dice.weighted(((DuctMaterial.PVC, 70), (DuctMaterial.HDPE, 30)))
        values = self._common(street, owner, day, f"O{number}", index, title) | {
            "from_manhole_code": ends[0],
            "to_manhole_code": ends[1],
            "bore_count": count,
            "bore_diameter_mm": Decimal(110) if material is DuctMaterial.PVC else Decimal(50),
            "duct_material": material,
            "cover_depth_m": dice.tenths(6, 10),
            "stated_length_m": Decimal(round(length_m(line))),
        }
        places = occupancy.bores(dice, owner, count, _period(values, day))
        return self._planned("cable_duct", owner, values, line, registered, places)

    def trench_and_tunnel(self, street: Street) -> Iterator[Planned]:
        """A trench, and in the economic zone a tunnel: public assets."""
        dice, inside = self._dice, self._commune.short_name in words.ZONE_COMMUNES
        owner = words.ZONE_BOARD if inside else words.IT_CENTRE
        registered, day = lives.registered(dice)
        values = self._common(street, owner, day, "H", 1, f"Hào kỹ thuật {street.name}") | {
            "inner_width_m": dice.tenths(8, 16),
            "depth_m": dice.tenths(10, 18),
            "services_inside": dice.pick(("Viễn thông, chiếu sáng", "Viễn thông, điện, cấp nước", "Viễn thông")),
            "tray_width_mm": Decimal(300),
        }
        places = occupancy.levels(dice, dice.between(2, 4), _period(values, day))
        yield self._planned("technical_trench", owner, values, street.line, registered, places)
        if not inside:
            return
        title = f"Tuy nen kỹ thuật {self._commune.short_name}"
        values = self._common(street, owner, day, "T", 1, title) | {
            "inner_width_m": dice.tenths(20, 28),
            "inner_height_m": dice.tenths(20, 26),
            "access_point_count": dice.between(2, 5),
            "has_ventilation": True,
            "has_fire_system": dice.chance(60),
            "tray_width_mm": Decimal(500),
            "tray_rated_kg_m": Decimal(50),
            "tunnel_operator": "Ban Quản lý Khu kinh tế Nghi Sơn",
        }
        places = occupancy.levels(dice, dice.between(4, 6), _period(values, day))
        shifted = tuple(moved(point, 12, -12) for point in street.line)
        yield self._planned("technical_tunnel", owner, values, shifted, registered, places)

    def _common(self, street: Street, owner: str, day: date, letter: str, number: int, title: str) -> dict[str, Any]:
        dice, commune = self._dice, self._commune
        values = lives.life(dice, day) | lives.position(dice, day)
        values |= lives.papers(dice, values.get("built_on"), ground=False)
        public = owner in {words.ZONE_BOARD, words.IT_CENTRE}
        return values | {
            "name": title,
            "own_code": f"{words.OWN_PREFIX[owner]}-{commune.code}-{letter}{number:02d}",
            "road_name": street.name[0].upper() + street.name[1:],
            "address": f"{street.name[0].upper()}{street.name[1:]}, {commune.name[0].lower()}{commune.name[1:]}",
            "is_urban": commune.is_ward,
            "is_public_asset": public,
            "funding_source": "Ngân sách nhà nước" if public else "Vốn doanh nghiệp",
        }

    def _planned(
        self,
        kind: str,
        owner: str,
        values: dict[str, Any],
        line: Line,
        registered: int,
        places: tuple[PlannedPlace, ...],
    ) -> Planned:
        condition = values.get("condition")
        shared, known = occupancy.sharing(self._dice, owner, values["status"], condition, places)
        return Planned(kind, owner, values | shared, line, registered, known)


def _period(values: dict[str, Any], day: date) -> occupancy.Period:
    if values["status"] in {Status.PLANNED, Status.BUILDING}:
        return None
    return values.get("in_service_on") or values["built_on"], day


def _pole(dice: Dice) -> dict[str, Any]:
    length = dice.pick(words.POLE_LENGTHS_M)
    bearing = _bearing(length)
    return bearing | {
        "material": dice.weighted(((PoleMaterial.CONCRETE, 85), (PoleMaterial.STEEL, 15))),
        "length_m": length,
        "pole_role": dice.weighted(((PoleRole.STRAIGHT, 70), (PoleRole.CORNER, 15), (PoleRole.CROSSING, 15))),
        "lowest_cable_m": min(length - bearing["setting_depth_m"], dice.tenths(45, 62)),
        "cabinet_count": dice.between(0, 2),
        "lean_deg": Decimal(dice.weighted(((0, 70), (2, 20), (6, 8), (12, 2)))),
    }


def _bearing(length: Decimal) -> dict[str, Decimal]:
    """How deep a pole stands, and the load at its top that poles of its length are usually made for."""
    load = Decimal(4300) if length > _SHORT_POLE_M else Decimal(3000)
    return {"setting_depth_m": (length / 6).quantize(Decimal("0.1")), "rated_top_load_n": load}


def _manhole(dice: Dice) -> dict[str, Any]:
    return {
        "inner_length_m": dice.tenths(12, 24),
        "inner_width_m": dice.tenths(8, 14),
        "depth_m": dice.tenths(10, 18),
        "lid_count": dice.between(1, 3),
        "lid_material": dice.pick(list(LidMaterial)),
        "lid_load_class": dice.pick(("B125", "C250", "D400")),
        "lid_present": dice.chance(96),
        "has_water": dice.chance(15),
    }
