"""VISCII 1.1 as RFC 1456 prints it: one byte a letter, six capitals among the control codes."""

from __future__ import annotations

from typing import Final

_AMONG_CONTROLS: Final = {"\x02": "Ẳ", "\x05": "Ẵ", "\x06": "Ẫ", "\x14": "Ỷ", "\x19": "Ỹ", "\x1e": "Ỵ"}
_UPPER_HALF: Final = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ"  # 80
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"  # 90
    "Õắằặấầẩậẽẹếềểễệố"  # A0
    "ồổỗỠƠộờởịỰỨỪỬơớƯ"  # B0
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ"  # C0
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư"  # D0
    "àáâãảăữẫèéêẻìíĩỉ"  # E0
    "đựòóôõỏọụùúũủýợỮ"  # F0
)
#: Byte (as the Latin-1 character) -> letter.
LETTERS: Final = _AMONG_CONTROLS | {chr(0x80 + place): letter for place, letter in enumerate(_UPPER_HALF)}
_TABLE: Final = str.maketrans(LETTERS)


def decode(text: str) -> str:
    """The words of a text whose characters are the bytes of VISCII."""
    return text.translate(_TABLE)
