"""Read the code lists that come with boundaries: former communes, their successors, still older names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from registry.kernel.i18n import _
from registry.territory.catalogue import UnitKey
from registry.territory.importing.geojson import KINDS_BY_WORD, LEVEL_WORDS
from registry.territory.importing.problems import Place, Problems
from registry.territory.models import UnitKind
from registry.territory.rules import name_key

UNITS_FILE: Final = "former_communes.csv"
SUCCESSORS_FILE: Final = "commune_successors.csv"
NAMES_FILE: Final = "former_name_keys.csv"
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
_COLUMNS: Final = {
    UNITS_FILE: ("code", "name", "level", "parent_code", "valid_from", "valid_to", "kind"),
    SUCCESSORS_FILE: ("old_code", "new_code", "relation", "is_default", "effective"),
    NAMES_FILE: ("code", "older_name_key"),
}


@dataclass(frozen=True)
class ListedUnit:
    """One row of the list of former units."""

    place: Place
    key: UnitKey
    kind: UnitKind
    name: str
    parent_code: str
    valid_to: date | None


@dataclass(frozen=True)
class ListedSuccession:
    """One row of the list of successors."""

    place: Place
    old_code: str
    new_code: str
    whole: bool
    is_default: bool
    effective_on: date


@dataclass(frozen=True)
class ListedName:
    """One older name of a former unit."""

    place: Place
    code: str
    name_key: str


def read_units(path: Path, problems: Problems) -> list[ListedUnit]:
    """The former units; what is wrong goes to `problems`."""
    found = []
    for place in _rows(path, problems):
        before = len(problems.sentences)
        code, name = place.text("code", longest=20), place.text("name")
        parent = place.text("parent_code", longest=20)
        level, kind = place.one_of("level", LEVEL_WORDS), place.one_of("kind", KINDS_BY_WORD)
        start, end = place.day("valid_from"), place.day("valid_to")
        if start and end and end < start:
            place.refuse("valid_to", end.isoformat(), _("ngày không trước valid_from"))
        if len(problems.sentences) == before:
            found.append(ListedUnit(place, UnitKey(level, code, start), kind, name, parent, end))
    return found


def read_successions(path: Path, problems: Problems) -> list[ListedSuccession]:
    """Which unit passed into which; what is wrong goes to `problems`."""
    found = []
    for place in _rows(path, problems):
        before = len(problems.sentences)
        old, new = place.text("old_code", longest=20), place.text("new_code", longest=20)
        whole = place.one_of("relation", {"whole": True, "part": False})
        is_default = place.one_of("is_default", {"yes": True, "no": False})
        day = place.day("effective")
        if day is None and place.values.get("effective") in (None, ""):
            place.refuse("effective", "", _("ngày dạng YYYY-MM-DD"))
        if day is not None and len(problems.sentences) == before:
            found.append(ListedSuccession(place, old, new, whole, is_default, day))
    return found


def read_names(path: Path, problems: Problems) -> list[ListedName]:
    """Older names by code of the unit on 30/06/2025; what is wrong goes to `problems`."""
    found = []
    for place in _rows(path, problems):
        before = len(problems.sentences)
        code, key = place.text("code", longest=20), place.text("older_name_key")
        if key and key != name_key(key):
            place.refuse("older_name_key", key, _("chữ thường không dấu, không khoảng trắng"))
        if len(problems.sentences) == before:
            found.append(ListedName(place, code, key))
    return found


def _rows(path: Path, problems: Problems) -> Iterator[Place]:
    if path.stat().st_size > MAX_FILE_BYTES:
        problems.add_sentence(
            _("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=MAX_FILE_BYTES // (1024 * 1024))
        )
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            rows: list[dict[str, Any]] = list(csv.DictReader(source, strict=True))
            header = rows[0].keys() if rows else ()
    except (UnicodeDecodeError, csv.Error) as error:
        problems.add_sentence(
            _("Tệp %(file)s không phải CSV bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)
        )
        return
    missing = [column for column in _COLUMNS[path.name] if column not in header]
    if missing:
        problems.add_sentence(
            _("Tệp %(file)s trống hoặc thiếu cột: %(columns)s.", file=path.name, columns=", ".join(missing))
        )
        return
    for number, row in enumerate(rows, start=2):
        yield Place(problems, path.name, "row", number, row)
