"""TCVN3 (ABC, fonts named .VnTime): the letters of TCVN 5712:1993, set VN3.

The set has the seven plain capitals Ă Â Đ Ê Ô Ơ Ư; capitals with a tone are small letters shown by a capital font
(.VnTimeH), so a word whose other letters are capitals is read as capitals. Bytes that are no letter of the set keep
their meaning in Windows-1252 (the degree sign, quotation marks).
"""

from __future__ import annotations

import re
from typing import Final

_CAPITALS: Final = ("\xa1\xa2\xa3\xa4\xa5\xa6\xa7", "ĂÂÊÔƠƯĐ")
_PLAIN: Final = ("\xa8\xa9\xaa\xab\xac\xad\xae", "ăâêôơưđ")
# Each vowel in the order grave, hook, tilde, acute, dot below.
_TONED: Final = (
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
#: Byte (as the Latin-1 character) -> letter.
LETTERS: Final = {
    byte: letter
    for bytes_, letters in (_CAPITALS, _PLAIN, *_TONED)
    for byte, letter in zip(bytes_, letters, strict=True)
}
_TABLE: Final = str.maketrans(LETTERS)
_SMALL: Final = re.compile(r"[a-z]")
_TWO_CAPITALS: Final = re.compile(r"[A-Z][^\s\W]*[A-Z]")


def decode(text: str) -> str:
    """The words of a text whose characters are the bytes of TCVN3."""
    found = text.translate(_TABLE)
    return found.upper() if _TWO_CAPITALS.search(found) and not _SMALL.search(found) else found
