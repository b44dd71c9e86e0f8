"""VNI for Windows (fonts named VNI-Times): a letter is a vowel and a mark beside it, by VNI Software's table.

`ô` and `ö` stand for ơ and ư; five letters (ỉ, ĩ, ị, ỵ, đ) have a byte of their own; ì and í are those of Latin-1.
A mark of the other case (Haø, HAØ) is taken as well. Other bytes keep their meaning in Windows-1252.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_MARKS: Final = {
    "\xf8": _GRAVE, "\xfb": _HOOK, "\xf5": _TILDE, "\xf9": _ACUTE, "\xef": _DOT,
    "\xe2": _CIRCUMFLEX, "\xe0": _CIRCUMFLEX + _GRAVE, "\xe5": _CIRCUMFLEX + _HOOK, "\xe3": _CIRCUMFLEX + _TILDE,
    "\xe1": _CIRCUMFLEX + _ACUTE, "\xe4": _CIRCUMFLEX + _DOT,
    "\xea": _BREVE, "\xe8": _BREVE + _GRAVE, "\xfa": _BREVE + _HOOK, "\xfc": _BREVE + _TILDE, "\xe9": _BREVE + _ACUTE,
    "\xeb": _BREVE + _DOT,
}  # fmt: skip
_TONES: Final = "\xf8\xfb\xf5\xf9\xef"
#: Base as written -> the vowel meant, and the marks that may follow it.
_BASES: Final = {
    "a": ("a", "".join(_MARKS)),
    "e": ("e", _TONES + "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "o": ("o", _TONES + "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "u": ("u", _TONES),
    "y": ("y", _TONES),
    "\xf4": ("ơ", _TONES),
    "\xf6": ("ư", _TONES),
}
_SINGLE: Final = {
    "\xf4": "ơ",
    "\xf6": "ư",
    "\xec": "ì",
    "\xed": "í",
    "\xe6": "ỉ",
    "\xf3": "ĩ",
    "\xf2": "ị",
    "\xee": "ỵ",
    "\xf1": "đ",
}


def _pairs() -> dict[str, str]:
    """Sequence -> letter, for both cases of base and mark."""
    found = dict(_SINGLE)
    for base, (vowel, marks) in _BASES.items():
        for mark in marks:
            found[base + mark] = unicodedata.normalize("NFC", vowel + _MARKS[mark])
    capitals = {sequence.upper(): letter.upper() for sequence, letter in found.items()}
    mixed = {s[0].upper() + s[1]: letter.upper() for s, letter in found.items() if len(s) == 2}  # noqa: PLR2004 - a pair
    shouted = {s[0] + s[1].upper(): letter for s, letter in found.items() if len(s) == 2}  # noqa: PLR2004 - a pair
    return shouted | mixed | capitals | found


#: Sequence (as Latin-1 characters) -> letter.
LETTERS: Final = _pairs()
_SEQUENCE: Final = re.compile("|".join(sorted(map(re.escape, LETTERS), key=len, reverse=True)))


def decode(text: str) -> str:
    """The words of a text whose characters are the bytes of VNI."""
    return _SEQUENCE.sub(lambda match: LETTERS[match[0]], text)
