"""Codes in Crockford's Base32, which people read and type: no I, L, O and U, so that no two characters look alike."""

from __future__ import annotations

import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP: Final = 4
#: Bits of one character.
BITS: Final = 5
#: Look-alikes that people type.
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_MAX_TYPED: Final = 60


def new_code(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _character in range(length))


def code_of(content: bytes, length: int) -> str:
    """The code of the leading bits of `content`."""
    number = int.from_bytes(content)
    bits = len(content) * 8
    return "".join(ALPHABET[number >> (bits - BITS * (index + 1)) & 31] for index in range(length))


def read_code(text: str, length: int) -> str | None:
    """Parse a typed or scanned code, ignoring case, dashes and look-alikes; None where it is not a code."""
    if len(text) > _MAX_TYPED:
        return None
    code = re.sub(r"[\s-]", "", text).upper().translate(_LOOKALIKES)
    return code if len(code) == length and set(code) <= set(ALPHABET) else None


def grouped(code: str) -> str:
    """The code in groups of four, as printed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
