"""Aliases of headers and of closed-list values in operators' files; the vocabulary is in TOML files of this package."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from registry.kernel.db.base import Choice
from registry.kernel.i18n import LANGUAGES, in_language
from registry.kernel.text import TextRefused, fold


def _load(name: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


#: "structure", "file": field -> header aliases; "angle_parts": part -> suffixes of the header of an angle.
HEADER_ALIASES: Final[Mapping[str, Mapping[str, list[str]]]] = _load("header_aliases.toml")
#: Field -> alias -> code.
_VALUE_ALIASES: Final = {
    field: {alias: code for code, aliases in codes.items() for alias in aliases}
    for field, codes in _load("value_aliases.toml").items()
}
#: Field -> probable word -> code; suggested only.
_SUGGESTED: Final = {
    field: {word: code for code, words in codes.items() for word in words}
    for field, codes in _load("value_suggestions.toml").items()
}
#: "No capacity left"; the number of users determines which of two statuses is meant.
_FULL_ALIASES: Final = frozenset({"het kha nang", "het kha nang dung chung", "het cho", "day"})
#: Maximum number of used slots of an exclusive structure.
EXCLUSIVE_USERS: Final = 1
#: Least similarity (of 100) of a suggested spelling, and its least lead over that of another value.
_LEAST_SIMILARITY: Final = 82
_LEAD: Final = 6
#: The size behind a designation.
_SIZE: Final = re.compile(r"[\s\-_/]*\d+([.,]\d+)?\s*(m|[a-d])?$")
#: Prefixes of a code without a meaning of their own: "Loại A2b".
_PREFIXES: Final = ("loai cot ", "loai ", "cot ", "hang ")


def is_full(text: str) -> bool:
    """Whether a sharing status says only that no capacity is left."""
    return _key(text) in _FULL_ALIASES


def member_of(field: str, choices: type[Choice], text: str) -> Any:
    """Member of a closed list by code, label in any language, alias, or prefixed code ("Loại A2b"); None if unknown.

    The part of a label before a colon counts as well ("A2b: cồng kềnh trên mặt đất").
    """
    key = _key(text)
    members = _members(choices)
    aliases = _VALUE_ALIASES.get(field, {})
    for candidate in (key, *(key.removeprefix(start) for start in _PREFIXES if key.startswith(start))):
        if candidate in members:
            return members[candidate]
        if candidate in aliases and _key(aliases[candidate]) in members:
            return members[_key(aliases[candidate])]
    return None


def suggested_member(field: str, choices: type[Choice], text: str) -> Any:
    """Member of a closed list that a text probably means: by a list of probable words, else by near spelling."""
    key = _key(text)
    # A designation begins with the kind and ends with the size: "LT-12B", "H7,5", "BTLT 10".
    for word in (key, _SIZE.sub("", key)):
        code = _SUGGESTED.get(field, {}).get(word)
        if code is not None:
            return next((member for member in choices if member.value == code), None)
        if word != key and (meant := member_of(field, choices, word)) is not None:
            return meant
    aliases = _VALUE_ALIASES.get(field, {}).items()
    members = {
        **_members(choices),
        **{alias: _members(choices)[_key(code)] for alias, code in aliases if _key(code) in _members(choices)},
    }
    return _nearest(key, members)


def _nearest(key: str, members: Mapping[str, Any]) -> Any:
    """The member of the most similar spelling; None below the least similarity, and where two are about as near."""
    best: dict[Any, float] = {}
    for spelling, score, _index in process.extract(key, members.keys(), scorer=fuzz.ratio, limit=None):
        member = members[spelling]
        best[member] = max(best.get(member, 0), score)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < _LEAST_SIMILARITY:
        return None
    is_alone = len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= _LEAD
    return ranked[0][0] if is_alone else None


@cache
def _members(choices: type[Choice]) -> dict[str, Any]:
    """Code or label -> member; labels in all languages, since lists are exported in the language of the user."""
    members = {_key(member.value): member for member in choices}
    for language in LANGUAGES:
        labels = {member: _key(in_language(member.label, language)) for member in choices}
        for member, label in labels.items():
            members.setdefault(label, member)
            members.setdefault(label.partition(":")[0], member)
    return members


def _key(text: str) -> str:
    try:
        return fold(text)
    except TextRefused:
        return ""
