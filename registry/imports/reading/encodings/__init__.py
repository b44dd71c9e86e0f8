"""Encodings of Vietnamese files: how bytes become text, and how letters of an old font become Unicode."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from registry.imports.reading.encodings.legacy import TCVN3, VISCII, VNI
from registry.imports.reading.encodings.syllables import score

#: Text of UTF-8 that was taken for Windows-1252 and written as UTF-8 once more.
TWICE: Final = "utf-8-twice"
#: Old tables: their bytes stand for letters, in a file of bytes or, by a font, in a document of any encoding.
LEGACY: Final[dict[str, Callable[[str], str]]] = {"tcvn3": TCVN3.decode, "vni": VNI.decode, "viscii": VISCII.decode}
#: Everything that a person may choose, with its name for people.
NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1258": "Windows-1258",
    "tcvn3": "TCVN3 (ABC, .VnTime)",
    "vni": "VNI Windows",
    "viscii": "VISCII",
    "cp1252": "Windows-1252 (Latin)",
    TWICE: "UTF-8 × 2",
}
#: Characters of Windows-1252 that are not those of Latin-1, and the byte each stands for.
_BYTES: Final = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_FROM_BYTES: Final = {byte: character for character, byte in _BYTES.items()}
_LAST_BYTE: Final = 0xFF


@dataclass(frozen=True)
class Codec:
    """`container` is the codec of Python that turns bytes into characters, `mend` what makes a cell of them Unicode."""

    container: str
    to_unicode: Callable[[str], str]


def to_nfc(text: str) -> str:
    """The text with each letter as one character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def converter(encoding: str | None) -> Callable[[str], str]:
    """What turns a cell of a document (workbook, UTF-8 text) into Unicode words, by the encoding that was chosen."""
    if encoding in LEGACY:
        return _keeping_unicode(encoding)
    if encoding == TWICE:
        return decode_twice_encoded
    return to_nfc


@lru_cache(maxsize=8)
def _keeping_unicode(encoding: str) -> Callable[[str], str]:
    """Cells of such documents may be of either sort: one that is Vietnamese as it stands is left alone."""
    decode = LEGACY[encoding]

    @lru_cache(maxsize=65_536)
    def converted(text: str) -> str:
        characters = text.translate(_BYTES)
        if any(ord(character) > _LAST_BYTE for character in characters):
            return to_nfc(text)
        found = to_nfc(decode(characters).translate(_FROM_BYTES))
        return to_nfc(text) if score(text).valid > score(found).valid else found

    return lambda text: text if text.isascii() else converted(text)


def decode_twice_encoded(text: str) -> str:
    """The text before it was encoded a second time; as it stands where that did not happen."""
    if text.isascii():
        return text
    characters = text.translate(_BYTES)
    try:
        return to_nfc(characters.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return to_nfc(text)


def _of_bytes(encoding: str) -> Callable[[str], str]:
    decode = LEGACY[encoding]
    return lambda text: to_nfc(decode(text).translate(_FROM_BYTES))


def codec_of(encoding: str, container: str) -> Codec:
    """How to read a text file by the encoding that was chosen or found; `container` is what its bytes are by
    themselves: a Unicode encoding, or "latin-1" where they are none."""
    if encoding in LEGACY:
        if container != "latin-1":
            return Codec(container, converter(encoding))
        return Codec("latin-1", _of_bytes(encoding))
    if encoding == TWICE:
        return Codec(container if container != "latin-1" else "utf-8", decode_twice_encoded)
    if encoding == "utf-16" and not container.startswith("utf-16"):
        return Codec("utf-16-le", to_nfc)  # without a mark Python would refuse the name that asks for one
    return Codec(container if encoding == "utf-16" else encoding, to_nfc)
