"""Values of columns: what a text that is no value of its field probably means, and clusters of near spellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rapidfuzz import fuzz, process

from registry.imports.mapping.aliases import suggested_member
from registry.imports.mapping.units import unit_advice
from registry.kernel.fields import Field
from registry.kernel.text import TextRefused, fold
from registry.kernel.units import PIECE, PLACE

#: Most meanings of values of one column.
MOST_VALUES: Final = 2_000
#: Texts that stand for nothing, folded.
EMPTY_MARKS: Final = frozenset(
    {
        *("-", "--", "---", "_", "/", "\\", ".", "..", "...", "?", "n/a", "na", "#n/a", "null", "none", "nil"),
        *("khong co", "chua co", "khong ro", "chua ro", "khong", "trong", "de trong", "chua xac dinh", "x x"),
    }
)
#: Marks that are no words: nothing in a column of any type.
_SIGNS: Final = frozenset(mark for mark in EMPTY_MARKS if not any(map(str.isalpha, mark)))
_TICKS: Final = frozenset({"v", "√", "✓", "✔", "c", "t", "+", "da co", "co roi", "da", "du", "con", "con du", "ok"})
_CROSSES: Final = frozenset({"k", "ko", "kg", "f", "chua", "mat", "khong co", "thieu", "0 co"})
#: A count with its word: "4 ống", "3 vị trí".
_COUNT: Final = re.compile(r"\s*(\d{1,6})\s*[^\W\d_][^\d]*")
#: A number that is said to be approximate: "~80", "khoảng 80 m".
_ABOUT: Final = re.compile(r"\s*(?:~|≈|±|c\.|ca\.|khoảng|chừng|about|approx\.?)\s*(\d.*)", re.IGNORECASE)
_LEAST_SIMILAR: Final = 88
_SHORTEST: Final = 4


def is_empty_mark(text: str) -> bool:
    return _folded(text) in EMPTY_MARKS


def suggest_value(field: Field, text: str) -> str | None:
    """What a text that cannot be read probably means, as a text of the field: "" for nothing, None without an idea."""
    key = _folded(text)
    if field.choices is not None:
        member = suggested_member(field.name, field.choices, text)
        if member is not None:
            return str(member.value)
    if field.python_type is bool and key in _TICKS | _CROSSES:
        return "có" if key in _TICKS else "không"
    if key in EMPTY_MARKS and not field.required:
        return ""
    about = _ABOUT.fullmatch(text)
    if about and field.python_type in (int, Decimal):
        return about[1].strip()
    count = _COUNT.fullmatch(text)
    if count and field.python_type is int and (field.unit in (None, PIECE, PLACE)):
        return count[1]
    return None


def carries_unit(field: Field, text: str) -> bool:
    """Whether a number has a unit of its field behind it: "42m", "150 ft"."""
    return field.unit is not None and bool(unit_advice(field, text))


def empty_marks_of(field: Field) -> frozenset[str]:
    """Folded texts of a text column that probably mean nothing; "không" may be a word of a note."""
    return frozenset() if field.required else _SIGNS | {"n/a", "na", "null", "none", "nil"}


@dataclass(frozen=True)
class SpellingCluster:
    """Spellings of probably one value with their counts; the most frequent comes first."""

    spellings: tuple[tuple[str, int], ...]

    @property
    def best(self) -> str:
        return self.spellings[0][0]

    @property
    def count(self) -> int:
        return sum(count for _text, count in self.spellings)


def clusters_of(counts: Mapping[str, int]) -> list[SpellingCluster]:
    """Clusters of near spellings: the same words in any order, case and marks, else few different letters.

    Texts that differ in a digit are never one value.
    """
    by_key: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        by_key[_fingerprint(text)].append(text)
    groups = _join_similar(list(by_key))
    clusters = []
    for keys in groups:
        texts = sorted((text for key in keys for text in by_key[key]), key=lambda text: (-counts[text], text))
        if len(texts) > 1:
            clusters.append(SpellingCluster(tuple((text, counts[text]) for text in texts)))
    return sorted(clusters, key=lambda cluster: (-cluster.count, cluster.best))


def _join_similar(keys: Sequence[str]) -> list[list[str]]:
    """Groups of keys that are most similar to the first of the group, with equal digits."""
    by_digits: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for key in sorted(keys, key=lambda key: (-len(key), key)):
        groups = by_digits["".join(filter(str.isdigit, key))]
        is_word = len(key) >= _SHORTEST
        best = (
            process.extractOne(key, groups.keys(), scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR) if is_word else None
        )
        groups.setdefault(best[0] if best else key, []).append(key)
    return [group for groups in by_digits.values() for group in groups.values()]


def _fingerprint(text: str) -> str:
    words = re.split(r"[\W_]+", _folded(text))
    return " ".join(sorted({word for word in words if word})) or text.strip()


def _folded(text: str) -> str:
    try:
        return fold(text).strip()
    except TextRefused:
        return ""
