"""Resolve a written commune: names and codes of any day, with or without its kind and district."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.kernel.i18n import _, format_date
from registry.kernel.text import TextRefused, fold, normalise_name
from registry.territory.models import AdminSuccession, AdminUnit, ExtentQuality, UnitKind, UnitLevel
from registry.territory.rules import name_key, split_name, split_short_name

_DAY: Final = timedelta(days=1)
#: Separates a commune from its district and province: "Xã Hà Lĩnh, huyện Hà Trung", "Xã Hà Lĩnh (Hà Trung)".
_PARTS: Final = re.compile(r"[,;()\n]|\s[-–—]\s")
#: Dates that pages of the register add to a name: "(đến 30/06/2025)", "trước 01/07/2025: ...".
_ENDED: Final = re.compile(r"\s*\((?:đến|until)\s+(\d{2}/\d{2}/\d{4})\)$", re.IGNORECASE)
_BEFORE: Final = re.compile(r"^.*(?:trước|before)\s+(\d{2}/\d{2}/\d{4})\s*:\s*", re.IGNORECASE)
_CODE: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True)
class GazetteerUnit:
    """A unit without its outline."""

    id: int
    level: UnitLevel
    kind: UnitKind
    code: str
    name: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None
    older_names: tuple[str, ...]
    extent_quality: ExtentQuality

    def is_in_force(self, on: date) -> bool:
        """Whether the unit is in force on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or self.valid_to >= on)


@dataclass(frozen=True)
class Candidate:
    """A unit that matches a text, with its successors in force, the main one first.

    A unit in force is its own only successor.
    """

    unit: GazetteerUnit
    successors: tuple[GazetteerUnit, ...]

    @property
    def is_former(self) -> bool:
        """Whether the unit has ended."""
        return self.successors != (self.unit,)

    @property
    def successor_ids(self) -> frozenset[int]:
        """Candidates with the same successors are the same place today."""
        return frozenset(unit.id for unit in self.successors)

    def label(self, successor: GazetteerUnit | None = None) -> str:
        """The name in a sentence: "Phường Hạc Thành, trước 01/07/2025: Phường Ngọc Trạo".

        Without `successor`, the chosen one of several, all successors are named.
        """
        if not self.is_former or self.unit.valid_to is None:
            return self.unit.name
        now = successor.name if successor else ", ".join(unit.name for unit in self.successors)
        if now in ("", self.unit.name):
            return self.unit.name
        day = format_date(self.unit.valid_to + _DAY)
        return _("%(now)s, trước %(day)s: %(name)s", now=now, day=day, name=self.unit.name)


class MatchKind(Enum):
    """How the text matches the name of its candidates."""

    EXACT = "exact"
    #: The same name with another kind: a commune may have become a ward since.
    OTHER_KIND = "other_kind"
    #: The same letters with other diacritics.
    OTHER_MARKS = "other_marks"
    #: The name of a unit merged into it before the register begins.
    OLDER_NAME = "older_name"


@dataclass(frozen=True)
class Resolution:
    """The candidates for a text, or why there are none."""

    candidates: tuple[Candidate, ...] = ()
    match_kind: MatchKind = MatchKind.EXACT
    refusal: str = ""

    @property
    def is_ambiguous(self) -> bool:
        """Whether the candidates are different places today."""
        return len({candidate.successor_ids for candidate in self.candidates}) > 1


@dataclass(frozen=True)
class _Written:
    """A written name: its kind if stated, and its short name in lower case."""

    kind: UnitKind | None
    bare: str

    @cached_property
    def folded(self) -> str:
        return fold(self.bare)


@lru_cache(maxsize=4096)  # the names of all units several times: each import asks for them
def _written(name: str) -> _Written:
    kind, bare = split_short_name(normalise_name(name))
    return _Written(kind, bare.casefold())


class Gazetteer:
    """The communes and districts of all times by code and name, loaded once for many texts."""

    def __init__(self, units: Iterable[GazetteerUnit], successions: Iterable[tuple[int, int]], on: date) -> None:
        """`successions` are pairs of ids (predecessor, successor), of several successors the main one first."""
        self._on = on
        self._units = {unit.id: unit for unit in units if unit.valid_from is None or unit.valid_from <= on}
        self._after: dict[int, list[int]] = {}
        self._before: dict[int, list[int]] = {}
        for predecessor, successor in successions:
            self._after.setdefault(predecessor, []).append(successor)
            self._before.setdefault(successor, []).append(predecessor)
        self._communes = self._of_level(UnitLevel.COMMUNE)
        areas = (*self._of_level(UnitLevel.DISTRICT), *self._of_level(UnitLevel.PROVINCE))
        self._areas = _grouped(areas, lambda unit: [_written(unit.name).folded])
        self._by_code = _grouped(self._communes, lambda unit: [unit.code])
        self._by_bare = _grouped(self._communes, lambda unit: [_written(unit.name).bare])
        self._by_folded = _grouped(self._communes, lambda unit: [_written(unit.name).folded])
        self._by_older = _grouped(self._communes, lambda unit: unit.older_names)

    def __getitem__(self, unit_id: int) -> GazetteerUnit:
        """A unit by its id."""
        return self._units[unit_id]

    def _of_level(self, level: UnitLevel) -> list[GazetteerUnit]:
        units = [unit for unit in self._units.values() if unit.level is level]
        # Units in force first, then the latest: the first one is named where only one can be.
        units.sort(key=lambda unit: (unit.code, unit.id))
        units.sort(key=lambda unit: unit.valid_to or date.max, reverse=True)
        return units

    # --- reading ------------------------------------------------------------------------------------------------------
    def read(self, text: str) -> Resolution:
        """Resolve a text; a spelling with diacritics matches others only if nothing has the same spelling."""
        try:
            name, last_day = _dated(normalise_name(text))
        except TextRefused as refused:
            return Resolution(refusal=str(refused))
        parts = [part.strip() for part in _PARTS.split(name) if part.strip()]
        codes = [part for part in parts if _CODE.fullmatch(part)]
        names = [part for part in parts if part not in codes]
        if len(names) > 1 and self._is_area(names[0]):
            names.reverse()
        units, match_kind = self._find(names, codes)
        if last_day is not None:
            units = [unit for unit in units if unit.valid_to == last_day]
        if not units:
            sentence = _(
                "Không có xã, phường nào tên “%(name)s” trong tỉnh, kể cả tên và mã trước đây; hãy kiểm tra lại.",
                name=name,
            )
            return Resolution(refusal=sentence)
        candidates = [self._candidate(unit) for unit in units]
        for part in names[1:]:
            candidates, refusal = self._within(names[0], candidates, part)
            if refusal:
                return Resolution(refusal=refusal)
        return Resolution(tuple(candidates), match_kind)

    def _find(self, names: list[str], codes: list[str]) -> tuple[list[GazetteerUnit], MatchKind]:
        if not names:
            return (self._by_code.get(codes[0], []) if codes else []), MatchKind.EXACT
        units, match_kind = self._named(names[0])
        return ([unit for unit in units if unit.code in codes] if codes else units), match_kind

    def _named(self, name: str) -> tuple[list[GazetteerUnit], MatchKind]:
        written = _written(name)
        if written.folded not in self._by_folded:
            # Without diacritics the first word of a name may look like a kind: "Phuong Nghi".
            written = _Written(None, normalise_name(name).casefold())
        same, alike = self._by_bare.get(written.bare, []), self._by_folded.get(written.folded, [])
        if fold(name) == name.casefold():
            # Without any diacritics all names with these letters match equally.
            same = alike
        rounds = (same, MatchKind.EXACT, MatchKind.OTHER_KIND), (alike, MatchKind.OTHER_MARKS, MatchKind.OTHER_MARKS)
        for units, as_written, of_another_kind in rounds:
            of_kind = [unit for unit in units if written.kind in (None, split_name(unit.name)[0] or unit.kind)]
            if units:
                return of_kind or units, as_written if of_kind else of_another_kind
        return self._by_older.get(name_key(name), []), MatchKind.OLDER_NAME

    def _is_area(self, part: str) -> bool:
        kind = _written(part).kind
        return kind in (UnitKind.HUYEN, UnitKind.THI_XA, UnitKind.THANH_PHO, UnitKind.TINH)

    def _areas_of(self, part: str) -> list[GazetteerUnit]:
        written = _written(part)
        return [area for area in self._areas.get(written.folded, []) if written.kind in (None, area.kind)]

    def knows_area(self, name: str) -> bool:
        """Whether a district or province of any day has a name."""
        return bool(self._areas_of(name))

    def _within(self, name: str, candidates: list[Candidate], part: str) -> tuple[list[Candidate], str]:
        """The candidates in the district that is written with the name, or why there are none."""
        areas = self._areas_of(part)
        if any(area.level is UnitLevel.PROVINCE for area in areas):
            return candidates, ""
        codes = {area.code for area in areas}
        in_district = [candidate for candidate in candidates if codes & self._district_codes(candidate.unit)]
        if in_district:
            return in_district, ""
        if areas:
            return [], _("“%(name)s” không thuộc “%(area)s”; hãy kiểm tra lại hai tên.", name=name, area=part)
        return [], _(
            "Không có huyện, thị xã, thành phố nào tên “%(area)s” trong tỉnh; hãy kiểm tra lại tên.", area=part
        )

    def _district_codes(self, unit: GazetteerUnit) -> set[str]:
        """The districts of a unit and of its predecessors."""
        ids = {unit.id, *_reached(unit.id, self._before)}
        parents = (self._units.get(self._units[each].parent_id or 0) for each in ids if each in self._units)
        return {parent.code for parent in parents if parent is not None and parent.level is UnitLevel.DISTRICT}

    def district_of(self, unit: GazetteerUnit) -> GazetteerUnit | None:
        """The district of a unit on its last day."""
        parent = self._units.get(unit.parent_id or 0)
        return parent if parent is not None and parent.level is UnitLevel.DISTRICT else None

    def _candidate(self, unit: GazetteerUnit) -> Candidate:
        if unit.is_in_force(self._on):
            return Candidate(unit, (unit,))
        reached = [self._units[each] for each in _reached(unit.id, self._after) if each in self._units]
        return Candidate(unit, tuple(each for each in reached if each.is_in_force(self._on)))


def _dated(text: str) -> tuple[str, date | None]:
    """A name without the date that pages add to it, and the last day that this date implies."""
    for pattern, days in ((_ENDED, timedelta()), (_BEFORE, _DAY)):
        match = pattern.search(text)
        if match is None:
            continue
        try:
            day = datetime.strptime(match[1], "%d/%m/%Y").date()  # noqa: DTZ007  # a day, no moment
        except ValueError:
            continue
        return pattern.sub("", text).removesuffix(")").strip(), day - days
    return text, None


def _grouped(
    units: Iterable[GazetteerUnit], keys: Callable[[GazetteerUnit], Collection[str]]
) -> Mapping[str, list[GazetteerUnit]]:
    units_by_key: dict[str, list[GazetteerUnit]] = {}
    for unit in units:
        for key in keys(unit):
            units_by_key.setdefault(key, []).append(unit)
    return units_by_key


def read_gazetteer(session: Session, on: date) -> Gazetteer:
    """The gazetteer of the register as at a day."""
    units = select(
        AdminUnit.id,
        AdminUnit.level,
        AdminUnit.kind,
        AdminUnit.code,
        AdminUnit.name,
        AdminUnit.parent_id,
        AdminUnit.valid_from,
        AdminUnit.valid_to,
        AdminUnit.older_names,
        AdminUnit.extent_quality,
    )
    successions = (
        select(AdminSuccession.predecessor_id, AdminSuccession.successor_id)
        .where(AdminSuccession.successor_id.is_not(None))
        .order_by(AdminSuccession.is_default.desc(), AdminSuccession.id)
    )
    all_units = (GazetteerUnit(*row[:8], tuple(row.older_names), row.extent_quality) for row in session.execute(units))
    pairs = ((row[0], row[1]) for row in session.execute(successions) if row[1] is not None)
    return Gazetteer(all_units, pairs, on)


def _reached(unit_id: int, steps: Mapping[int, list[int]]) -> list[int]:
    """All units reachable from a unit, each once, the main ones first."""
    reached: dict[int, None] = {}
    waiting = list(steps.get(unit_id, ()))
    while waiting:
        each = waiting.pop(0)
        if each not in reached:
            reached[each] = None
            waiting += steps.get(each, ())
    return list(reached)
