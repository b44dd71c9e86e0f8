"""Encodings of Vietnamese files: bytes to text, and letters of legacy fonts to Unicode."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from registry.imports.reading.encodings.legacy import TCVN3, VISCII, VNI
from registry.imports.reading.encodings.syllables import score
from registry.imports.reading.limits import refuse
from registry.kernel.i18n import _

#: UTF-8 that was read as Windows-1252 and encoded as UTF-8 again.
TWICE: Final = "utf-8-twice"
#: Encodings of files in bytes, and of documents in any encoding by a legacy font.
LEGACY: Final[dict[str, Callable[[str], str]]] = {"tcvn3": TCVN3.decode, "vni": VNI.decode, "viscii": VISCII.decode}
#: Encodings for the user to choose from, with their labels.
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
    """`container` is the Python codec of the bytes; `to_unicode` converts a decoded cell."""

    container: str
    to_unicode: Callable[[str], str]


def check_known(encoding: str | None) -> None:
    """Invalid for an encoding that is not in NAMES; None means automatic."""
    if encoding is not None and encoding not in NAMES:
        names = ", ".join(NAMES)
        raise refuse(_("Không có bảng mã “%(given)s”; cần một trong: %(known)s.", given=encoding[:40], known=names))


def to_nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def converter(encoding: str | None) -> Callable[[str], str]:
    """Converter for cells of a Unicode document (workbook, UTF-8 text) in the chosen encoding."""
    if encoding in LEGACY:
        return _convert_mixed(encoding)
    if encoding == TWICE:
        return decode_twice_encoded
    return to_nfc


@lru_cache(maxsize=8)
def _convert_mixed(encoding: str) -> Callable[[str], str]:
    """Convert cells, except those that are more Vietnamese as they are: a document may mix both."""
    decode = LEGACY[encoding]

    @lru_cache(maxsize=65_536)
    def converted(text: str) -> str:
        characters = text.translate(_BYTES)
        if any(ord(character) > _LAST_BYTE for character in characters):
            return to_nfc(text)
        decoded = to_nfc(decode(characters).translate(_FROM_BYTES))
        return to_nfc(text) if score(text).valid > score(decoded).valid else decoded

    return lambda text: text if text.isascii() else converted(text)


def decode_twice_encoded(text: str) -> str:
    """Undo a second UTF-8 encoding; other text is returned in NFC."""
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
    """Codec of a text file in a chosen or detected encoding; `container` is the Unicode encoding of its bytes, or
    "latin-1".
    """
    if encoding in LEGACY:
        if container != "latin-1":
            return Codec(container, converter(encoding))
        return Codec("latin-1", _of_bytes(encoding))
    if encoding == TWICE:
        return Codec(container if container != "latin-1" else "utf-8", decode_twice_encoded)
    if encoding == "utf-16" and not container.startswith("utf-16"):
        return Codec("utf-16-le", to_nfc)  # without a mark Python would refuse the name that asks for one
    return Codec(container if encoding == "utf-16" else encoding, to_nfc)
