"""Names, kinds, days and parents of units as official files give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.i18n import _
from registry.territory.catalogue import UnitKey
from registry.territory.importing.folder import FolderContents
from registry.territory.importing.problems import Place, Problems
from registry.territory.importing.tables import ListedUnit
from registry.territory.models import AdminUnit, ExtentQuality, UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY

_ABOVE = {
    UnitLevel.COMMUNE: (UnitLevel.DISTRICT, UnitLevel.PROVINCE),
    UnitLevel.DISTRICT: (UnitLevel.PROVINCE,),
    UnitLevel.PROVINCE: (),
}


class KnownUnits:
    """The units of the register, those just read from the files included."""

    def __init__(self, units: Iterable[AdminUnit], today: date) -> None:
        self.today = today
        self.by_key: dict[UnitKey, AdminUnit] = {}
        self._by_code: dict[str, list[AdminUnit]] = {}
        for unit in units:
            self.add(unit)

    def add(self, unit: AdminUnit) -> None:
        """Take a unit in."""
        self.by_key[UnitKey(unit.level, unit.code, unit.valid_from)] = unit
        self._by_code.setdefault(unit.code, []).append(unit)

    def on(self, code: str, levels: Iterable[UnitLevel], day: date) -> AdminUnit | None:
        """The unit of that code in force on a day."""
        wanted = set(levels)
        return next(
            (unit for unit in self._by_code.get(code, ()) if unit.level in wanted and unit.is_in_force(day)), None
        )

    def last_former(self, code: str) -> tuple[UnitKey | None, AdminUnit | None]:
        """The commune of that code in force on 30/06/2025, with its key."""
        unit = self.on(code, (UnitLevel.COMMUNE,), LAST_DISTRICT_DAY)
        return (None, None) if unit is None else (UnitKey(unit.level, unit.code, unit.valid_from), unit)

    def first_days(self, level: UnitLevel, code: str) -> list[str]:
        """The first days (ISO, "" where unknown) under which a code is in the register."""
        units = (unit for unit in self._by_code.get(code, ()) if unit.level is level)
        return [unit.valid_from.isoformat() if unit.valid_from else "''" for unit in units]

    def generations(self) -> list[list[AdminUnit]]:
        """For each level and code its units in order of time."""
        groups: dict[tuple[UnitLevel, str], list[AdminUnit]] = {}
        for unit in self.by_key.values():
            groups.setdefault((unit.level, unit.code), []).append(unit)
        return [sorted(group, key=lambda unit: unit.valid_from or date.min) for group in groups.values()]


@dataclass(frozen=True)
class UnitChanges:
    """How many units were added, and how many had their name, kind, last day or parent changed."""

    added: int
    changed: int


def apply_units(ctx: Ctx, contents: FolderContents, known: KnownUnits, problems: Problems) -> UnitChanges:
    """Bring names, kinds, days and parents in step with the files; what is wrong goes to `problems`.

    Listed units may be new; a unit that is only drawn must be known, or its code is a slip.
    """
    changed: set[int] = set()
    fresh: list[tuple[ListedUnit, AdminUnit]] = []
    places: dict[UnitKey, Place] = {}
    # A changed last day would otherwise be flushed by the next query, before what follows it has its own.
    with ctx.session.no_autoflush:
        for listed in sorted(contents.units, key=lambda row: row.key.level is UnitLevel.COMMUNE):
            if listed.key in places:
                listed.place.refuse("code", listed.key.code, _("mỗi đơn vị (code, valid_from) một lần trong tệp"))
                continue
            places[listed.key] = listed.place
            _apply_listed(listed, known, changed, fresh)
        for outline in contents.outlines:
            drawn = known.by_key.get(outline.key)
            places[outline.key] = outline.place
            if drawn is None:
                _refuse_unknown(outline.place, outline.key, known)
            elif _put(drawn, {"name": outline.name, "kind": outline.kind, "valid_to": outline.valid_to}):
                changed.add(drawn.id)
        _refuse_overlaps(known, places)
        problems.refuse_any()
        # Old units first: a new one may begin the day after the end that an old one just got.
        ctx.session.flush()
        for level in (UnitLevel.DISTRICT, UnitLevel.COMMUNE):
            ctx.session.add_all(unit for listed, unit in fresh if listed.key.level is level)
            ctx.session.flush()
            _adopt(known, fresh)
    return UnitChanges(len(fresh), len(changed - {unit.id for _listed, unit in fresh}))


def _apply_listed(
    listed: ListedUnit, known: KnownUnits, changed: set[int], fresh: list[tuple[ListedUnit, AdminUnit]]
) -> None:
    parent = known.on(listed.parent_code, _ABOVE[listed.key.level], listed.valid_to or known.today)
    if parent is None:
        listed.place.refuse("parent_code", listed.parent_code, _("mã đơn vị cấp trên có hiệu lực trong thời gian đó"))
        return
    values = {"name": listed.name, "kind": listed.kind, "valid_to": listed.valid_to}
    unit = known.by_key.get(listed.key)
    if unit is None:
        unit = AdminUnit(
            level=listed.key.level,
            code=listed.key.code,
            valid_from=listed.key.valid_from,
            parent_id=parent.id,
            legal_basis=None,
            older_names=[],
            extent_quality=ExtentQuality.NONE,
            **values,
        )
        known.add(unit)
        fresh.append((listed, unit))
    elif _put(unit, values | ({"parent_id": parent.id} if parent.id else {})):
        changed.add(unit.id)


def _adopt(known: KnownUnits, fresh: list[tuple[ListedUnit, AdminUnit]]) -> None:
    """Give new communes of a new district its id, known only once it is written."""
    for listed, unit in fresh:
        if unit.parent_id is None:
            parent = known.on(listed.parent_code, _ABOVE[listed.key.level], listed.valid_to or known.today)
            unit.parent_id = parent.id if parent else None


def _put(unit: AdminUnit, values: dict[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if getattr(unit, name) != value}
    for name, value in different.items():
        setattr(unit, name, value)
    return bool(different)


def _refuse_unknown(place: Place, key: UnitKey, known: KnownUnits) -> None:
    days = known.first_days(key.level, key.code)
    if not days:
        place.refuse("code", key.code, _("mã có trong danh mục đơn vị hành chính"))
    else:
        value = key.valid_from.isoformat() if key.valid_from else ""
        place.refuse("valid_from", value, _("ngày bắt đầu đã có của mã này: %(days)s", days=", ".join(days)))


def _refuse_overlaps(known: KnownUnits, places: dict[UnitKey, Place]) -> None:
    for generation in known.generations():
        for earlier, later in pairwise(generation):
            if earlier.valid_to is not None and later.valid_from is not None and earlier.valid_to < later.valid_from:
                continue
            keys = [UnitKey(unit.level, unit.code, unit.valid_from) for unit in (earlier, later)]
            place = next((places[key] for key in keys if key in places), None)
            if place is not None:
                last = later.valid_from - timedelta(days=1) if later.valid_from else ""
                place.refuse(
                    "valid_to",
                    earlier.valid_to or "",
                    _("ngày trước khi đơn vị cùng mã %(code)s bắt đầu (%(last)s)", code=later.code, last=last),
                )
