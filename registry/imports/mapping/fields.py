"""What a column of a file may be mapped to: the declared fields of the kind, and a few more that only files have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from registry.imports.mapping import header_aliases as words
from registry.imports.reading.heading import GROUP_MARK, header_key, is_typo, plain_key
from registry.kernel.fields import Field
from registry.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, _l, current_locale, force_locale, in_language
from registry.structures.kinds import KINDS


@dataclass(frozen=True)
class Target:
    """One thing that a column may hold; `declared` is the field of the structure, None for what only files have."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    declared: Field | None = None


VIRTUAL: Final = (
    Target("x", _l("X (tọa độ Bắc)"), words.X),
    Target("y", _l("Y (tọa độ Đông)"), words.Y),
    Target("latitude", _l("Vĩ độ"), words.LATITUDE),
    Target("longitude", _l("Kinh độ"), words.LONGITUDE),
    Target("position", _l("Tọa độ (một ô)"), words.POSITION),
    Target("latitude_minutes", _l("Vĩ độ: phút")),
    Target("latitude_seconds", _l("Vĩ độ: giây")),
    Target("latitude_hemisphere", _l("Vĩ độ: bán cầu")),
    Target("longitude_minutes", _l("Kinh độ: phút")),
    Target("longitude_seconds", _l("Kinh độ: giây")),
    Target("longitude_hemisphere", _l("Kinh độ: bán cầu")),
    Target("commune", _l("Xã, phường"), words.COMMUNE),
    Target("district", _l("Huyện, thị xã, thành phố (của xã, phường)"), words.DISTRICT),
    Target("owner", _l("Chủ sở hữu"), words.OWNER),
    Target("capacity_total", _l("Tổng số vị trí"), words.CAPACITY_TOTAL),
    Target("capacity_used", _l("Số vị trí đã sử dụng"), words.CAPACITY_USED),
    Target("capacity_height_m", _l("Cao độ của vị trí (m)"), words.CAPACITY_HEIGHT),
    Target("capacity_diameter_mm", _l("Đường kính của vị trí (mm)"), words.CAPACITY_DIAMETER),
    Target("capacity_level", _l("Vị trí ở tầng thứ"), words.CAPACITY_LEVEL),
    Target("holder", _l("Đơn vị sử dụng"), words.HOLDER),
)
#: Headings of identifiers that programs add by themselves.
_BY_ANY_PROGRAM: Final = frozenset({"id", "gid", "fid", "objectid"})
#: An angle whose degrees, minutes, seconds and hemisphere stand in columns of their own.
ANGLES: Final = ("latitude", "longitude")
ANGLE_PARTS: Final = ("minutes", "seconds", "hemisphere")
_PARTS: Final = tuple(f"{angle}_{part}" for angle in ANGLES for part in ANGLE_PARTS)
#: Stands for the geometry of a row itself, in problems and as the source of a position.
GEOMETRY: Final = "geometry"
POSITION_TARGETS: Final = ("x", "y", *ANGLES, "position", *_PARTS)


@cache
def targets_of(kind: str) -> dict[str, Target]:
    """Everything that a column of a file of this kind may hold: what only files have, then the declared fields."""
    declared = [
        Target(name, field.label, (*field.aliases, *words.FIELD_WORDS.get(name, ())), field)
        for name, field in KINDS[kind].fields().items()
    ]
    relations = [Target(each.name, each.label, each.aliases) for each in KINDS[kind].relations]
    return {target.name: target for target in (*VIRTUAL, *relations, *declared)}


@contextmanager
def in_vietnamese() -> Iterator[None]:
    """Labels and kept sentences in the language of the files, whatever the reader chose."""
    if current_locale() == DEFAULT_LANGUAGE:
        yield
        return
    with force_locale(DEFAULT_LANGUAGE):
        yield


@cache
def _by_key(kind: str) -> dict[str, str]:
    """Header key -> field; names and labels first (an exported list has those of its reader's language, Vietnamese
    before others), then the aliases in the order of the targets."""
    targets = targets_of(kind).values()
    found: dict[str, str] = {}
    for target in targets:
        found.setdefault(header_key(target.name), target.name)
    for language in LANGUAGES:
        labels = {target.name: in_language(target.label, language) for target in targets}
        for name, label in labels.items():
            found.setdefault(header_key(label), name)
    for target in targets:
        for alias in target.aliases:
            found.setdefault(header_key(alias), target.name)
    return found


def is_known(kind: str, header: str) -> bool:
    """Whether some field of the kind goes by this header word."""
    return header_key(header) in _by_key(kind)


def known_keys(kind: str) -> tuple[str, ...]:
    """All folded header words that some field of the kind goes by."""
    return tuple(_by_key(kind))


def suggest(kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Field -> header for the columns whose words are known, remembered ones first (header key -> field, None: left
    out on purpose). A word of two rows also counts by its lower row, then one letter may be wrong. A field that two
    columns claim alike has none. A suggestion to be shown."""
    claims = _claims(kind, header, remembered or {})
    return _one_position({name: words[0] for name, words in claims.items() if len(words) == 1})


def rivals(
    kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None] | None = None
) -> dict[str, list[str]]:
    """Field -> the columns that claim it alike, so that a person must choose."""
    claims = _claims(kind, header, remembered or {})
    found = {name: words for name, words in claims.items() if len(words) > 1}
    whole = _one_position({name: words[0] for name, words in claims.items()})
    return {name: words for name, words in found.items() if name in whole}


def _claims(kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Field -> the columns that claim it the most surely: as remembered, by a word that fields go by (an identifier
    that any program writes counts less), by the lower of two heading rows, by a word with one letter wrong."""
    known: dict[str, str | None] = {**_by_key(kind), **remembered}
    claims: dict[str, dict[int, list[str]]] = {}
    angle = None
    for word in header:
        name, rank = _claim(word, known, remembered)
        if name is None and angle is not None:
            name, rank = _part_of(angle, word), 3
        angle = next((each for each in ANGLES if name is not None and name.startswith(each)), None)
        if name is not None:
            claims.setdefault(name, {}).setdefault(rank, []).append(word)
    return {name: ranks[min(ranks)] for name, ranks in claims.items()}


def _claim(word: str, known: Mapping[str, str | None], remembered: Mapping[str, str | None]) -> tuple[str | None, int]:
    key = header_key(word)
    part = _angle_part(word, known)
    if part is not None and key not in remembered:
        return part, 1
    if key in known:
        return known[key], 0 if key in remembered else 2 if key in _BY_ANY_PROGRAM else 1
    low = header_key(word.rpartition(GROUP_MARK)[2])
    if GROUP_MARK in word and low in known:
        return known[low], 3
    bare = " ".join(words.SYSTEM.sub(" ", key).split())
    if bare != key and known.get(bare) in POSITION_TARGETS:
        return known[bare], 2
    return _by_typo(key, known), 4


def _angle_part(word: str, known: Mapping[str, str | None]) -> str | None:
    """The part of an angle that a heading names: "Vĩ độ / Phút", "Vĩ độ (giây)", "lat_min", "Lat hem"."""
    whole = plain_key(word)
    for part, names in words.ANGLE_PARTS.items():
        for name in names:
            axis = whole.removesuffix(f" {name}")
            if axis != whole and known.get(axis) in ANGLES:
                return f"{known[axis]}_{part}" if part else known[axis]
    return None


def _part_of(angle: str, word: str) -> str | None:
    """The part of an angle that a bare heading names behind its degrees: "Vĩ độ", then "Phút", "Giây", "Hướng"."""
    key = header_key(word)
    parts = (part for part, names in words.ANGLE_PARTS.items() if part and len(key) > 1 and key in names)
    return next((f"{angle}_{part}" for part in parts), None)


def _by_typo(key: str, known: Mapping[str, str | None]) -> str | None:
    """The field of the one known word that differs by a letter in a word of four or more, in six or more in all."""
    names = {known[other] for other in known if is_typo(key, other)}
    return names.pop() if len(names) == 1 else None


def _one_position(found: dict[str, str]) -> dict[str, str]:
    """One way of giving positions: X and Y, which law prescribes, before angles, before one cell for both."""
    pairs = [pair for pair in (("x", "y"), ("latitude", "longitude")) if found.keys() >= set(pair)]
    if pairs:
        kept = {*ANGLES, *_PARTS} if pairs[0] == ANGLES else pairs[0]
        drop = {name for name in POSITION_TARGETS if name not in kept}
        return {name: word for name, word in found.items() if name not in drop}
    return found
