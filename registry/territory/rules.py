"""Names of units: labels with dates, kinds, search forms; pure functions on values."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from registry.kernel.i18n import _, format_date
from registry.kernel.text import fold, normalise
from registry.territory.models import AdminUnit, SuccessionKind, UnitKind

#: The first word of a full name, as law writes it.
KIND_WORDS: Final = {
    UnitKind.TINH: "Tỉnh",
    UnitKind.HUYEN: "Huyện",
    UnitKind.THI_XA: "Thị xã",
    UnitKind.THANH_PHO: "Thành phố",
    UnitKind.XA: "Xã",
    UnitKind.PHUONG: "Phường",
    UnitKind.THI_TRAN: "Thị trấn",
}
_FOLDED_WORDS: Final = {fold(word): kind for kind, word in KIND_WORDS.items()}
#: Short forms as addresses and registers write them: "P. Hàm Rồng", "TT Ngọc Lặc", "TP.Thanh Hóa".
_SHORT_FORM: Final = re.compile(r"^(?:(x|p|h|t)\.|(tt|tx|tp)[. ])\s*(?=\S)")
_SHORT_WORDS: Final = {
    "x": "xa",
    "p": "phuong",
    "h": "huyen",
    "t": "tinh",
    "tt": "thi tran",
    "tx": "thi xa",
    "tp": "thanh pho",
}
_NOT_KEY: Final = re.compile(r"[^0-9a-z]+")


def unit_label(unit: AdminUnit, on: date) -> str:
    """The unit's name, with its last or first day if it is not in force on a day."""
    if unit.valid_to is not None and unit.valid_to < on:
        return _("%(name)s (đến %(day)s)", name=unit.name, day=format_date(unit.valid_to))
    if unit.valid_from is not None and unit.valid_from > on:
        return _("%(name)s (từ %(day)s)", name=unit.name, day=format_date(unit.valid_from))
    return unit.name


def kind_of(text: str) -> UnitKind | None:
    """The kind of "phường" or "Thị trấn", regardless of case and diacritics; None if unknown."""
    return _FOLDED_WORDS.get(fold(text))


def split_name(name: str) -> tuple[UnitKind | None, str]:
    """A full name as kind and short name: "Xã Ngọc Liên" gives XA and "Ngọc Liên"; no kind word gives None."""
    text = normalise(name)
    for word, kind in _FOLDED_WORDS.items():
        head, rest = text[: len(word)], text[len(word) :]
        # "Phượng Nghi" and "Tĩnh Gia" are names: a kind has its own diacritics or none at all.
        if fold(head) == word and rest.startswith(" ") and head.casefold() in (word, KIND_WORDS[kind].casefold()):
            return kind, rest.strip()
    return None, text


def split_short_name(name: str) -> tuple[UnitKind | None, str]:
    """As `split_name`, of a name that may have its kind in a short form: "P. Hàm Rồng" gives PHUONG and "Hàm Rồng"."""
    text = normalise(name)
    short = _SHORT_FORM.match(text.lower())
    if short is None:
        return split_name(text)
    return _FOLDED_WORDS[_SHORT_WORDS[short.group(1) or short.group(2)]], text[short.end() :].strip()


def search_names(text: str) -> list[list[str]]:
    """The folded full names to search for, in rounds; a later round applies only if the earlier ones find nothing.

    First the name as given (its short form written out, or with each kind before it), then with any kind, because a
    commune may have become a ward since.
    """
    folded = fold(text)
    short = _SHORT_FORM.match(folded)
    if short:
        folded = f"{_SHORT_WORDS[short.group(1) or short.group(2)]} {folded[short.end() :]}"
    first = [folded] if short else [folded, *(f"{word} {folded}" for word in _FOLDED_WORDS)]
    _kind, bare = split_name(folded)
    return [first] if bare == folded else [first, [f"{word} {bare}" for word in _FOLDED_WORDS]]


def name_key(text: str) -> str:
    """A name as old registers write it as a key: lower case, no diacritics, no spaces."""
    return _NOT_KEY.sub("", fold(text))


def succession_kind(*, whole: bool, only_predecessor: bool, successor_is_new: bool) -> SuccessionKind:
    """The kind of a succession; a new unit that replaces exactly one whole unit is a renamed one."""
    if not whole:
        return SuccessionKind.PARTIAL_SPLIT
    return SuccessionKind.RENAME if only_predecessor and successor_is_new else SuccessionKind.WHOLE_MERGE
