"""Fields that a column may be mapped to, and the suggested mapping of a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from registry.imports.mapping.aliases import HEADER_ALIASES
from registry.imports.reading.heading import GROUP_MARK, header_key, is_typo, plain_key
from registry.kernel.fields import Field
from registry.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, _l, current_locale, force_locale, in_language
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape


@dataclass(frozen=True)
class ImportField:
    """A field of an import; `declared` is the field of the structure, None for fields that only files have."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    declared: Field | None = None


FILE_FIELDS: Final = tuple(
    ImportField(name, label, tuple(HEADER_ALIASES["file"].get(name, ())))
    for name, label in (
        ("registry_code", _l("Mã trong hệ thống")),
        ("x", _l("X (tọa độ Bắc)")),
        ("y", _l("Y (tọa độ Đông)")),
        ("latitude", _l("Vĩ độ")),
        ("longitude", _l("Kinh độ")),
        ("position", _l("Tọa độ (một ô)")),
        ("latitude_minutes", _l("Vĩ độ: phút")),
        ("latitude_seconds", _l("Vĩ độ: giây")),
        ("latitude_hemisphere", _l("Vĩ độ: bán cầu")),
        ("longitude_minutes", _l("Kinh độ: phút")),
        ("longitude_seconds", _l("Kinh độ: giây")),
        ("longitude_hemisphere", _l("Kinh độ: bán cầu")),
        ("commune", _l("Xã, phường")),
        ("district", _l("Huyện, thị xã, thành phố (của xã, phường)")),
        ("owner", _l("Chủ sở hữu")),
        ("capacity_total", _l("Tổng số vị trí")),
        ("capacity_used", _l("Số vị trí đã sử dụng")),
        ("capacity_height_m", _l("Cao độ của vị trí (m)")),
        ("capacity_diameter_mm", _l("Đường kính của vị trí (mm)")),
        ("capacity_level", _l("Vị trí ở tầng thứ")),
        ("holder", _l("Đơn vị sử dụng")),
    )
)
#: Field of a coordinate -> the same of the other end, of lines that have one point in the columns of each end.
END_OF: Final = {name: f"{name}_end" for name in ("x", "y", "latitude", "longitude")}
_END_FIELDS: Final = tuple(
    ImportField(END_OF[name], label)
    for name, label in (
        ("x", _l("X (tọa độ Bắc) điểm cuối")),
        ("y", _l("Y (tọa độ Đông) điểm cuối")),
        ("latitude", _l("Vĩ độ điểm cuối")),
        ("longitude", _l("Kinh độ điểm cuối")),
    )
)
#: The part of a header that names an end of a line: "Điểm đầu / X", "Tọa độ bể cuối (Y)", "lat_end".
_WHERE: Final = r"(?:(?:toa do|vi tri) )?(?:(?:diem|be|be cap|ho ga|cot|nut|tram|node|point|manhole) )?"
_FIRST_END: Final = re.compile(rf"\b{_WHERE}(?:dau|bat dau|start|begin|from|tu(?: be| diem)?)\b")
_LAST_END: Final = re.compile(rf"\b{_WHERE}(?:cuoi|ket thuc|end|to|den(?: be| diem)?)\b")
_NUMBERED_END: Final = re.compile(r"(x|y|lat|lon|long|lng|vi do|kinh do) ?([12])")
_CODES: Final = frozenset({"ma", "ma be", "ma so", "ma hieu", "ky hieu", "so hieu", "code", "ma be cap", "ten be"})
#: Coordinate system in the header of an axis: "X VN-2000 KTT 105°00'".
_SYSTEM: Final = re.compile(
    r"\b(?:he toa do|he|ktt|kinh tuyen truc|mui chieu|mui|vn ?2000|wgs ?(?:19)?84|utm|epsg|zone)\b"
    r"(?: (?:\d+n?|do|phut|m)\b)*"
)
#: Headers of identifiers that programs add automatically.
_BY_ANY_PROGRAM: Final = frozenset({"id", "gid", "fid", "objectid"})
#: Angles whose parts may have columns of their own.
ANGLES: Final = ("latitude", "longitude")
ANGLE_PARTS: Final = ("minutes", "seconds", "hemisphere")
_PARTS: Final = tuple(f"{angle}_{part}" for angle in ANGLES for part in ANGLE_PARTS)
#: Stands for the geometry of a row itself, in problems and as the source of a position.
GEOMETRY: Final = "geometry"
POSITION_FIELDS: Final = ("x", "y", *ANGLES, "position", *_PARTS, *END_OF.values())


@cache
def import_fields(kind: str) -> dict[str, ImportField]:
    """All fields of a kind: those that only files have, relations, declared fields."""
    declared = [
        ImportField(name, field.label, (*field.aliases, *HEADER_ALIASES["structure"].get(name, ())), field)
        for name, field in KINDS[kind].fields().items()
    ]
    relations = [
        ImportField(each.name, each.label, each.aliases)
        for relation in KINDS[kind].relations
        for each in relation.columns
    ]
    of_files = (*FILE_FIELDS, *(_END_FIELDS if KINDS[kind].shape is Shape.LINE else ()))
    return {target.name: target for target in (*of_files, *relations, *declared)}


@contextmanager
def in_vietnamese() -> Iterator[None]:
    """Run in Vietnamese, the language of files and stored sentences."""
    if current_locale() == DEFAULT_LANGUAGE:
        yield
        return
    with force_locale(DEFAULT_LANGUAGE):
        yield


@cache
def _by_key(kind: str) -> dict[str, str]:
    """Header key -> field: names and labels (Vietnamese first) before aliases."""
    targets = import_fields(kind).values()
    names_by_key: dict[str, str] = {}
    for target in targets:
        names_by_key.setdefault(header_key(target.name), target.name)
    for language in LANGUAGES:
        labels = {target.name: in_language(target.label, language) for target in targets}
        for name, label in labels.items():
            names_by_key.setdefault(header_key(label), name)
    for target in targets:
        for alias in target.aliases:
            names_by_key.setdefault(header_key(alias), target.name)
    return names_by_key


def known_header_keys(kind: str) -> tuple[str, ...]:
    return tuple(_by_key(kind))


def suggest_mapping(
    kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """Field -> column header, for unambiguous columns.

    Full matches by name come first; then `remembered`, the field of each heading in an earlier file of this layout
    (None: ignored on purpose), the lower of two header rows, keys with one typo.
    """
    matches = _best_matches(kind, header, remembered or {})
    return _one_position({name: words[0] for name, words in matches.items() if len(words) == 1})


def columns_by_name(
    kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """Field -> the one column of the best match, with all forms of a position."""
    return {name: words[0] for name, words in _best_matches(kind, header, remembered or {}).items() if len(words) == 1}


def competing_columns(
    kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None] | None = None
) -> dict[str, list[str]]:
    """Field -> columns that match equally well, for the user to choose from."""
    matches = _best_matches(kind, header, remembered or {})
    rivals = {name: words for name, words in matches.items() if len(words) > 1}
    whole = _one_position({name: words[0] for name, words in matches.items()})
    return {name: words for name, words in rivals.items() if name in whole}


def _best_matches(kind: str, header: tuple[str, ...], remembered: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Field -> columns with the best match."""
    names_by_key = _by_key(kind)
    matches: dict[str, dict[int, list[str]]] = {}
    angle = None
    for word in header:
        name, rank = _end_field(kind, word, names_by_key), 1
        if name is None:
            name, rank = _match(word, names_by_key, remembered)
        if name is None and angle is not None and word not in remembered:
            name, rank = _part_of(angle, word), 4
        angle = next((each for each in ANGLES if name is not None and name.startswith(each)), None)
        if name is not None:
            matches.setdefault(name, {}).setdefault(rank, []).append(word)
    best = {name: ranks[min(ranks)] for name, ranks in matches.items()}
    decided = {name: _decided(name, words, remembered) for name, words in best.items()}
    return {name: words for name, words in decided.items() if words}


def _decided(name: str, words: list[str], remembered: Mapping[str, str | None]) -> list[str]:
    """Columns that match a field equally, narrowed to the one that was chosen the last time; none where none was."""
    if len(words) < 2 or not remembered.keys() >= set(words):  # noqa: PLR2004 - one is no question
        return words
    return [word for word in words if remembered[word] == name]


def _match(word: str, names_by_key: Mapping[str, str], remembered: Mapping[str, str | None]) -> tuple[str | None, int]:
    key = header_key(word)
    part = _angle_part(word, names_by_key)
    if part is not None:
        return part, 1
    if word in remembered and (key not in names_by_key or key in _BY_ANY_PROGRAM):
        return remembered[word], 2
    if key in names_by_key:
        return names_by_key[key], 3 if key in _BY_ANY_PROGRAM else 1
    low = header_key(word.rpartition(GROUP_MARK)[2])
    if GROUP_MARK in word and low in names_by_key:
        return names_by_key[low], 4
    bare = " ".join(_SYSTEM.sub(" ", key).split())
    if bare != key and names_by_key.get(bare) in POSITION_FIELDS:
        return names_by_key[bare], 3
    return _by_typo(key, names_by_key), 5


def _end_field(kind: str, word: str, names_by_key: Mapping[str, str]) -> str | None:
    """The field of a header that names one end of a line and what it has there: a coordinate, or a code."""
    if KINDS[kind].shape is not Shape.LINE or header_key(word) in names_by_key:
        return None
    for key in (plain_key(word), header_key(word)):
        numbered = _NUMBERED_END.fullmatch(key)
        if numbered is not None:
            name = names_by_key[numbered[1]]
            return name if numbered[2] == "1" else END_OF[name]
        for pattern, is_last in ((_FIRST_END, False), (_LAST_END, True)):
            rest = " ".join(pattern.sub(" ", key).split())
            if rest == key:
                continue
            name = names_by_key.get(rest, "")
            if name in END_OF:
                return END_OF[name] if is_last else name
            if rest in _CODES and KINDS[kind].references:
                return sorted(KINDS[kind].references)[is_last]
    return None


def _angle_part(word: str, names_by_key: Mapping[str, str]) -> str | None:
    """Part of an angle named by a header: "Vĩ độ / Phút", "Vĩ độ (giây)", "lat_min", "Lat hem"."""
    whole = plain_key(word)
    for part, names in HEADER_ALIASES["angle_parts"].items():
        for name in names:
            axis = whole.removesuffix(f" {name}")
            if axis != whole and names_by_key.get(axis) in ANGLES:
                return names_by_key[axis] if part == "degrees" else f"{names_by_key[axis]}_{part}"
    return None


def _part_of(angle: str, word: str) -> str | None:
    """Part of an angle named by a bare header after that of its degrees: "Vĩ độ", then "Phút", "Giây", "Hướng"."""
    key = header_key(word)
    parts = (
        part
        for part, names in HEADER_ALIASES["angle_parts"].items()
        if part != "degrees" and len(key) > 1 and key in names
    )
    return next((f"{angle}_{part}" for part in parts), None)


def _by_typo(key: str, names_by_key: Mapping[str, str]) -> str | None:
    names = {names_by_key[other] for other in names_by_key if is_typo(key, other)}
    return names.pop() if len(names) == 1 else None


def _one_position(matches: dict[str, str]) -> dict[str, str]:
    """Keep one form of position: X and Y, prescribed by law, before angles, before a single cell."""
    pairs = [pair for pair in (("x", "y"), ("latitude", "longitude")) if matches.keys() >= set(pair)]
    if pairs:
        kept = {*ANGLES, *_PARTS} if pairs[0] == ANGLES else set(pairs[0])
        kept |= {END_OF[name] for name in pairs[0]}
        drop = {name for name in POSITION_FIELDS if name not in kept}
        return {name: word for name, word in matches.items() if name not in drop}
    return matches
