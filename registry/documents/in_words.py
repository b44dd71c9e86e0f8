"""Sums in words, as official papers write them after the figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
#: Of groups of three digits, from the right; billions repeat.
_GROUPS: Final = ("", "nghìn", "triệu")
_THOUSAND: Final = 1000
_BILLION: Final = 1_000_000_000
_TEN, _FIVE = 10, 5


def dong_in_words(amount: Decimal | int) -> str:
    """A whole sum of đồng in words, with a capital; ValueError for a negative sum or one with a fraction."""
    whole = int(amount)
    if whole != amount or whole < 0:
        message = f"not a whole sum: {amount}"
        raise ValueError(message)
    words = _number(whole)
    return f"{words[0].upper()}{words[1:]} đồng"


def _number(value: int) -> str:
    if value == 0:
        return _DIGITS[0]
    parts = []
    if value >= _BILLION:
        parts.append(f"{_number(value // _BILLION)} tỷ")
        value %= _BILLION
    groups = []
    while value:
        value, group = divmod(value, _THOUSAND)
        groups.append(group)
    for index in range(len(groups) - 1, -1, -1):
        if groups[index]:
            text = _group(groups[index], is_first=not parts)
            parts.append(f"{text} {_GROUPS[index]}".strip())
    return " ".join(parts)


def _group(value: int, *, is_first: bool) -> str:
    """Three digits; the first group of a number leaves out its leading zeros."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, _TEN)
    parts = [] if is_first and not hundreds else [f"{_DIGITS[hundreds]} trăm"]
    if tens == 0:
        if ones and parts:
            parts.append(f"linh {_DIGITS[ones]}")
        elif ones:
            parts.append(_DIGITS[ones])
        return " ".join(parts)
    parts.append("mười" if tens == 1 else f"{_DIGITS[tens]} mươi")
    if ones == 1 and tens > 1:
        parts.append("mốt")
    elif ones == _FIVE:
        parts.append("lăm")
    elif ones:
        parts.append(_DIGITS[ones])
    return " ".join(parts)
