"""Apply a folder of official boundaries and code lists: all or nothing; the same files again change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.i18n import _
from registry.territory.catalogue import UnitKey
from registry.territory.importing.reading import (
    FilePosition,
    FolderContents,
    ListedSuccession,
    ListedUnit,
    Outline,
    Problems,
    read_folder,
)
from registry.territory.models import AdminSuccession, AdminUnit, ExtentQuality, SuccessionKind, UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY, TWO_LEVELS_ON
from registry.territory.rules import succession_kind

_DAY = timedelta(days=1)
_ABOVE = {
    UnitLevel.COMMUNE: (UnitLevel.DISTRICT, UnitLevel.PROVINCE),
    UnitLevel.DISTRICT: (UnitLevel.PROVINCE,),
    UnitLevel.PROVINCE: (),
}
#: Why a shape is invalid, and whether it differs from the stored one. It runs before the update, because an update that
#: changes no row still counts as a change of the table.
_COMPARE_EXTENT = text(
    """
    SELECT CASE WHEN NOT ST_IsValid(given.geom) THEN ST_IsValidReason(given.geom) END AS reason,
           unit.extent_quality <> 'official' OR unit.geom IS DISTINCT FROM given.geom AS differs
      FROM admin_unit unit, (SELECT ST_Multi(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326))) AS geom) given
     WHERE unit.id = :id
    """
)
_PUT_EXTENT = text(
    """
    UPDATE admin_unit SET extent_quality = 'official',
           geom = ST_Multi(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326)))
     WHERE id = :id
    """
)


@dataclass(frozen=True)
class UnitImportResult:
    """What an import changed; all zero where the register agreed already."""

    units_added: int
    units_changed: int
    extents_changed: int
    successions_changed: int
    names_changed: int

    @property
    def changes(self) -> int:
        """The number of all changes."""
        return sum(asdict(self).values())


def import_folder(ctx: Ctx, folder: Path) -> UnitImportResult:
    """Read, check and apply the GeoJSON and CSV files of a folder; Invalid with all problems found.

    Official outlines replace approximate ones; units that the files do not name stay as they are.
    """
    require(ctx, P.TERRITORY_IMPORT)
    problems = Problems()
    contents = read_folder(folder, problems)
    problems.raise_if_any()
    known_units = KnownUnits(ctx.session.scalars(select(AdminUnit)).all(), ctx.today)
    units = _apply_units(ctx, contents, known_units, problems)
    problems.raise_if_any()
    extents = _apply_outlines(ctx, contents.outlines, known_units, problems)
    successions = _apply_successions(ctx, contents, known_units, problems)
    names = _apply_names(contents, known_units, problems)
    problems.raise_if_any()
    ctx.session.flush()
    result = UnitImportResult(units.added, units.changed, extents, successions, names)
    if result.changes:
        record(ctx, "territory.import", "admin_unit", None, **asdict(result))
    return result


def _apply_outlines(ctx: Ctx, outlines: list[Outline], known_units: KnownUnits, problems: Problems) -> int:
    different = []
    for outline in outlines:
        values = {"shape": outline.geometry, "id": known_units.by_key[outline.key].id}
        reason, differs = ctx.session.execute(_COMPARE_EXTENT, values).one()
        if reason is not None:
            outline.position.refuse("geometry", reason, _("đa giác hợp lệ, không tự cắt"))
        elif differs:
            different.append(values)
    problems.raise_if_any()
    for values in different:
        ctx.session.execute(_PUT_EXTENT, values)
    return len(different)


def _apply_names(contents: FolderContents, known_units: KnownUnits, problems: Problems) -> int:
    changed: set[UnitKey] = set()
    for listed in contents.names:
        key, unit = known_units.last_former(listed.code)
        if key is None or unit is None:
            listed.position.refuse("code", listed.code, _("mã của xã, phường, thị trấn trước 01/07/2025"))
        elif listed.name_key not in unit.older_names:
            unit.older_names = [*unit.older_names, listed.name_key]
            changed.add(key)
    return len(changed)


class KnownUnits:
    """The units of the register and the new ones of the files."""

    def __init__(self, units: Iterable[AdminUnit], today: date) -> None:
        self.today = today
        self.by_key: dict[UnitKey, AdminUnit] = {}
        self._by_code: dict[str, list[AdminUnit]] = {}
        for unit in units:
            self.add(unit)

    def add(self, unit: AdminUnit) -> None:
        """Add a unit."""
        self.by_key[UnitKey(unit.level, unit.code, unit.valid_from)] = unit
        self._by_code.setdefault(unit.code, []).append(unit)

    def on(self, code: str, levels: Iterable[UnitLevel], day: date) -> AdminUnit | None:
        """The unit of that code in force on a day."""
        wanted_levels = set(levels)
        return next(
            (unit for unit in self._by_code.get(code, ()) if unit.level in wanted_levels and unit.is_in_force(day)),
            None,
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
        """The units of each level and code in order of time."""
        groups: dict[tuple[UnitLevel, str], list[AdminUnit]] = {}
        for unit in self.by_key.values():
            groups.setdefault((unit.level, unit.code), []).append(unit)
        return [sorted(group, key=lambda unit: unit.valid_from or date.min) for group in groups.values()]


@dataclass(frozen=True)
class UnitChanges:
    """How many units were added, and of how many the name, kind, last day or parent changed."""

    added: int
    changed: int


def _apply_units(ctx: Ctx, contents: FolderContents, known_units: KnownUnits, problems: Problems) -> UnitChanges:
    """Set names, kinds, days and parents as in the files; errors go to `problems`.

    Listed units may be new; a unit that is only drawn must be known, or its code is a slip.
    """
    changed: set[int] = set()
    fresh: list[tuple[ListedUnit, AdminUnit]] = []
    positions: dict[UnitKey, FilePosition] = {}
    # Otherwise the next query flushes a changed last day before the following unit has its own.
    with ctx.session.no_autoflush:
        for listed in sorted(contents.units, key=lambda row: row.key.level is UnitLevel.COMMUNE):
            if listed.key in positions:
                listed.position.refuse("code", listed.key.code, _("mỗi đơn vị (code, valid_from) một lần trong tệp"))
                continue
            positions[listed.key] = listed.position
            _apply_listed(listed, known_units, changed, fresh)
        for outline in contents.outlines:
            drawn = known_units.by_key.get(outline.key)
            positions[outline.key] = outline.position
            if drawn is None:
                _refuse_unknown(outline.position, outline.key, known_units)
            elif _update(drawn, {"name": outline.name, "kind": outline.kind, "valid_to": outline.valid_to}):
                changed.add(drawn.id)
        _refuse_overlaps(known_units, positions)
        problems.raise_if_any()
        # Old units first: a new one may begin the day after the new end of an old one.
        ctx.session.flush()
        for level in (UnitLevel.DISTRICT, UnitLevel.COMMUNE):
            ctx.session.add_all(unit for listed, unit in fresh if listed.key.level is level)
            ctx.session.flush()
            _set_new_parents(known_units, fresh)
    return UnitChanges(len(fresh), len(changed - {unit.id for _listed, unit in fresh}))


def _apply_listed(
    listed: ListedUnit, known_units: KnownUnits, changed: set[int], fresh: list[tuple[ListedUnit, AdminUnit]]
) -> None:
    parent = known_units.on(listed.parent_code, _ABOVE[listed.key.level], listed.valid_to or known_units.today)
    if parent is None:
        listed.position.refuse(
            "parent_code", listed.parent_code, _("mã đơn vị cấp trên có hiệu lực trong thời gian đó")
        )
        return
    values = {"name": listed.name, "kind": listed.kind, "valid_to": listed.valid_to}
    unit = known_units.by_key.get(listed.key)
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
        known_units.add(unit)
        fresh.append((listed, unit))
    elif _update(unit, values | ({"parent_id": parent.id} if parent.id else {})):
        changed.add(unit.id)


def _set_new_parents(known_units: KnownUnits, fresh: list[tuple[ListedUnit, AdminUnit]]) -> None:
    """Set the parent of new communes of a new district, which has an id only once it is written."""
    for listed, unit in fresh:
        if unit.parent_id is None:
            parent = known_units.on(listed.parent_code, _ABOVE[listed.key.level], listed.valid_to or known_units.today)
            unit.parent_id = parent.id if parent else None


def _update(row: AdminUnit | AdminSuccession, values: dict[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


def _refuse_unknown(position: FilePosition, key: UnitKey, known_units: KnownUnits) -> None:
    days = known_units.first_days(key.level, key.code)
    if not days:
        position.refuse("code", key.code, _("mã có trong danh mục đơn vị hành chính"))
    else:
        value = key.valid_from.isoformat() if key.valid_from else ""
        position.refuse("valid_from", value, _("ngày bắt đầu đã có của mã này: %(days)s", days=", ".join(days)))


def _refuse_overlaps(known_units: KnownUnits, positions: dict[UnitKey, FilePosition]) -> None:
    for generation in known_units.generations():
        for earlier, later in pairwise(generation):
            if earlier.valid_to is not None and later.valid_from is not None and earlier.valid_to < later.valid_from:
                continue
            keys = [UnitKey(unit.level, unit.code, unit.valid_from) for unit in (earlier, later)]
            position = next((positions[key] for key in keys if key in positions), None)
            if position is not None:
                last = later.valid_from - timedelta(days=1) if later.valid_from else ""
                position.refuse(
                    "valid_to",
                    earlier.valid_to or "",
                    _("ngày trước khi đơn vị cùng mã %(code)s bắt đầu (%(last)s)", code=later.code, last=last),
                )


@dataclass(frozen=True)
class _Succession:
    before: AdminUnit
    after: AdminUnit
    kind: SuccessionKind
    is_default: bool
    effective_on: date


def _apply_successions(ctx: Ctx, contents: FolderContents, known_units: KnownUnits, problems: Problems) -> int:
    """Add missing successions and correct those that differ from the files; the number changed.

    Errors go to `problems`; successions of units that the files do not name stay.
    """
    if not contents.successions and not contents.units:
        return 0
    existing = {(row.predecessor_id, row.successor_id): row for row in ctx.session.scalars(select(AdminSuccession))}
    successions = _listed(contents.successions, known_units, set(existing))
    problems.raise_if_any()
    with_successor = {pair[0] for pair in existing} | {item.before.id for item in successions}
    listed = {known_units.by_key[row.key].id for row in contents.units}
    successions += _renamed(known_units, listed - with_successor)
    return sum(_save_succession(ctx, item, existing) for item in successions)


def _listed(
    rows: list[ListedSuccession], known_units: KnownUnits, existing: set[tuple[int, int | None]]
) -> list[_Succession]:
    ends = [(row, *_ends(row, known_units)) for row in rows]
    pairs = existing | {(before.id, after.id) for _row, before, after in ends if before and after}
    predecessors = Counter(pair[1] for pair in pairs)
    successions = []
    for row, before, after in ends:
        if before is None or after is None:
            continue
        kind = succession_kind(
            whole=row.whole,
            only_predecessor=predecessors[after.id] == 1,
            successor_is_new=after.valid_from == row.effective_on,
        )
        successions.append(_Succession(before, after, kind, row.is_default, row.effective_on))
    return successions


def _ends(row: ListedSuccession, known_units: KnownUnits) -> tuple[AdminUnit | None, AdminUnit | None]:
    """The units before and after a succession; None where refused."""
    before = known_units.on(row.old_code, (UnitLevel.COMMUNE,), row.effective_on - _DAY)
    after = known_units.on(row.new_code, (UnitLevel.COMMUNE,), row.effective_on)
    day = row.effective_on.isoformat()
    if before is None:
        row.position.refuse("old_code", row.old_code, _("mã có hiệu lực đến trước ngày %(day)s", day=day))
    if after is None:
        row.position.refuse("new_code", row.new_code, _("mã có hiệu lực từ ngày %(day)s", day=day))
    elif before is after:
        row.position.refuse("new_code", row.new_code, _("đơn vị khác với đơn vị cũ"))
        return None, None
    return before, after


def _renamed(known_units: KnownUnits, without_successor: set[int]) -> list[_Succession]:
    """Successions of listed codes that continue without a gap and have no listed successor: renames."""
    successions = []
    for generation in known_units.generations():
        for before, after in pairwise(generation):
            if (
                before.id not in without_successor
                or before.valid_to is None
                or after.valid_from != before.valid_to + _DAY
            ):
                continue
            # On that day nearly every code went to a merged unit: only a list says what it means.
            if after.valid_from == TWO_LEVELS_ON:
                continue
            successions.append(_Succession(before, after, SuccessionKind.RENAME, True, after.valid_from))
    return successions


def _save_succession(ctx: Ctx, item: _Succession, existing: dict[tuple[int, int | None], AdminSuccession]) -> bool:
    values = {"kind": item.kind, "is_default": item.is_default, "effective_on": item.effective_on}
    row = existing.get((item.before.id, item.after.id))
    if row is None:
        row = AdminSuccession(
            predecessor_id=item.before.id, successor_id=item.after.id, legal_basis=item.after.legal_basis, **values
        )
        ctx.session.add(row)
        existing[item.before.id, item.after.id] = row
        return True
    return _update(row, values)
