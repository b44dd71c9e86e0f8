"""What a column of a file may be mapped to: the declared fields of the kind, and a few more that only files have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from registry.imports import header_words as words
from registry.imports.reading.words import GROUP_MARK, header_key, is_typo
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
    Target("commune", _l("Xã, phường"), words.COMMUNE),
    Target("owner", _l("Chủ sở hữu"), words.OWNER),
    Target("capacity_total", _l("Tổng số vị trí"), words.CAPACITY_TOTAL),
    Target("capacity_used", _l("Số vị trí đã sử dụng"), words.CAPACITY_USED),
    Target("holder", _l("Đơn vị sử dụng"), words.HOLDER),
)
POSITION_TARGETS: Final = ("x", "y", "latitude", "longitude", "position")


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
    out on purpose); the first column wins. A word of two rows also counts by its lower row, then one letter may be
    wrong. A suggestion to be shown."""
    found: dict[str, str] = {}
    known: dict[str, str | None] = {**_by_key(kind), **(remembered or {})}
    keys = {word: header_key(word) for word in header}
    left = [word for word in header if keys[word] not in known]
    _take(found, ((known.get(keys[word]), word) for word in header))
    _take(found, ((known.get(header_key(word.rpartition(GROUP_MARK)[2])), word) for word in left if GROUP_MARK in word))
    _take(found, ((_by_typo(keys[word], known), word) for word in left if word not in found.values()))
    return _one_position(found)


def _take(found: dict[str, str], pairs: Iterable[tuple[str | None, str]]) -> None:
    for name, word in pairs:
        if name is not None:
            found.setdefault(name, word)


def _by_typo(key: str, known: Mapping[str, str | None]) -> str | None:
    """The field of the one known word that differs by a letter in a word of four or more, in six or more in all."""
    names = {known[other] for other in known if is_typo(key, other)}
    return names.pop() if len(names) == 1 else None


def _one_position(found: dict[str, str]) -> dict[str, str]:
    """One way of giving positions: X and Y, which law prescribes, before angles, before one cell for both."""
    pairs = [pair for pair in (("x", "y"), ("latitude", "longitude")) if found.keys() >= set(pair)]
    if pairs:
        drop = {name for name in POSITION_TARGETS if name not in pairs[0]}
        return {name: word for name, word in found.items() if name not in drop}
    return found
