"""Vietnamese encodings from before Unicode, of files in bytes and of fonts: TCVN3, VISCII and VNI for Windows.

A decoder takes a text with one Latin-1 character for each byte. Bytes that are no letter of the encoding keep their
meaning in Windows-1252 (the degree sign, quotation marks).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LegacyEncoding:
    """`letters` maps sequences of Latin-1 characters to Unicode letters; `decode` converts a text."""

    letters: dict[str, str]
    decode: Callable[[str], str]


# --- TCVN 5712:1993, set VN3 (ABC, fonts named .VnTime) -----------------------------------------------------------
_TCVN3_LETTERS: Final = {
    byte: letter
    for bytes_, letters in (
        ("\xa1\xa2\xa3\xa4\xa5\xa6\xa7", "ĂÂÊÔƠƯĐ"),
        ("\xa8\xa9\xaa\xab\xac\xad\xae", "ăâêôơưđ"),
        # Each vowel in the order grave, hook, tilde, acute, dot below.
        ("\xb5\xb6\xb7\xb8\xb9", "àảãáạ"),
        ("\xbb\xbc\xbd\xbe\xc6", "ằẳẵắặ"),
        ("\xc7\xc8\xc9\xca\xcb", "ầẩẫấậ"),
        ("\xcc\xce\xcf\xd0\xd1", "èẻẽéẹ"),
        ("\xd2\xd3\xd4\xd5\xd6", "ềểễếệ"),
        ("\xd7\xd8\xdc\xdd\xde", "ìỉĩíị"),
        ("\xdf\xe1\xe2\xe3\xe4", "òỏõóọ"),
        ("\xe5\xe6\xe7\xe8\xe9", "ồổỗốộ"),
        ("\xea\xeb\xec\xed\xee", "ờởỡớợ"),
        ("\xef\xf1\xf2\xf3\xf4", "ùủũúụ"),
        ("\xf5\xf6\xf7\xf8\xf9", "ừửữứự"),
        ("\xfa\xfb\xfc\xfd\xfe", "ỳỷỹýỵ"),
    )
    for byte, letter in zip(bytes_, letters, strict=True)
}
_TCVN3_TABLE: Final = str.maketrans(_TCVN3_LETTERS)
_SMALL: Final = re.compile(r"[a-z]")
_TWO_CAPITALS: Final = re.compile(r"[A-Z][^\s\W]*[A-Z]")


def _decode_tcvn3(text: str) -> str:
    """TCVN3 has only seven accented capitals; the others are small letters in a capital font (.VnTimeH).

    So a word whose other letters are capitals is read as capitals.
    """
    decoded = text.translate(_TCVN3_TABLE)
    return decoded.upper() if _TWO_CAPITALS.search(decoded) and not _SMALL.search(decoded) else decoded


# --- VISCII 1.1 (RFC 1456) ----------------------------------------------------------------------------------------
_VISCII_UPPER_HALF: Final = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ"  # 80
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"  # 90
    "Õắằặấầẩậẽẹếềểễệố"  # A0
    "ồổỗỠƠộờởịỰỨỪỬơớƯ"  # B0
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ"  # C0
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư"  # D0
    "àáâãảăữẫèéêẻìíĩỉ"  # E0
    "đựòóôõỏọụùúũủýợỮ"  # F0
)
#: Six capitals are encoded among the control codes.
_VISCII_LETTERS: Final = {"\x02": "Ẳ", "\x05": "Ẵ", "\x06": "Ẫ", "\x14": "Ỷ", "\x19": "Ỹ", "\x1e": "Ỵ"} | {
    chr(0x80 + index): letter for index, letter in enumerate(_VISCII_UPPER_HALF)
}
_VISCII_TABLE: Final = str.maketrans(_VISCII_LETTERS)


def _decode_viscii(text: str) -> str:
    return text.translate(_VISCII_TABLE)


# --- VNI for Windows (fonts named VNI-Times) ----------------------------------------------------------------------
_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_VNI_MARKS: Final = {
    "\xf8": _GRAVE, "\xfb": _HOOK, "\xf5": _TILDE, "\xf9": _ACUTE, "\xef": _DOT,
    "\xe2": _CIRCUMFLEX, "\xe0": _CIRCUMFLEX + _GRAVE, "\xe5": _CIRCUMFLEX + _HOOK, "\xe3": _CIRCUMFLEX + _TILDE,
    "\xe1": _CIRCUMFLEX + _ACUTE, "\xe4": _CIRCUMFLEX + _DOT,
    "\xea": _BREVE, "\xe8": _BREVE + _GRAVE, "\xfa": _BREVE + _HOOK, "\xfc": _BREVE + _TILDE, "\xe9": _BREVE + _ACUTE,
    "\xeb": _BREVE + _DOT,
}  # fmt: skip
_VNI_TONES: Final = "\xf8\xfb\xf5\xf9\xef"
#: Base as written -> the vowel meant, and the marks that may follow it.
_VNI_BASES: Final = {
    "a": ("a", "".join(_VNI_MARKS)),
    "e": ("e", _VNI_TONES + "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "o": ("o", _VNI_TONES + "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "u": ("u", _VNI_TONES),
    "y": ("y", _VNI_TONES),
    "\xf4": ("ơ", _VNI_TONES),
    "\xf6": ("ư", _VNI_TONES),
}
_VNI_SINGLE: Final = dict(zip("\xf4\xf6\xec\xed\xe6\xf3\xf2\xee\xf1", "ơưìíỉĩịỵđ", strict=True))


def _vni_letters() -> dict[str, str]:
    """Letter, or vowel and following mark -> Unicode letter; a mark of the other case (Haø, HAØ) counts as well."""
    letters = dict(_VNI_SINGLE)
    for base, (vowel, marks) in _VNI_BASES.items():
        for mark in marks:
            letters[base + mark] = unicodedata.normalize("NFC", vowel + _VNI_MARKS[mark])
    capitals = {sequence.upper(): letter.upper() for sequence, letter in letters.items()}
    mixed = {s[0].upper() + s[1]: letter.upper() for s, letter in letters.items() if len(s) == 2}  # noqa: PLR2004 - a pair
    upper_marks = {s[0] + s[1].upper(): letter for s, letter in letters.items() if len(s) == 2}  # noqa: PLR2004 - a pair
    return upper_marks | mixed | capitals | letters


_VNI_LETTERS: Final = _vni_letters()
_VNI_SEQUENCE: Final = re.compile("|".join(sorted(map(re.escape, _VNI_LETTERS), key=len, reverse=True)))


def _decode_vni(text: str) -> str:
    return _VNI_SEQUENCE.sub(lambda match: _VNI_LETTERS[match[0]], text)


TCVN3: Final = LegacyEncoding(_TCVN3_LETTERS, _decode_tcvn3)
VISCII: Final = LegacyEncoding(_VISCII_LETTERS, _decode_viscii)
VNI: Final = LegacyEncoding(_VNI_LETTERS, _decode_vni)
