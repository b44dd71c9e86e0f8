"""How the words of headings are compared; light, so that the reading process and the suggestions share it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from registry.kernel.text import TextRefused, fold

_UNIT: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|\*")
_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")
#: What parts the words of a group of columns from those of one column of it.
GROUP_MARK: Final = " / "
#: A cell that says that its row adds up the others.
_TOTAL: Final = re.compile(r"(tong cong|tong so|tong|cong|cong cong|grand total|total|sum|subtotal)( cong)?\b.{0,20}")
#: Looks at a cell as it stands, since almost none says anything of the sort.
_MAY_BE_TOTAL: Final = re.compile(r"\W*(?:t[oổô]ng|c[oộô]ng|total|sum|sub|grand)", re.IGNORECASE)
#: Headings and first cells by which our own templates mark what is no data.
EXAMPLE_WORDS: Final = frozenset({"vi du", "vd", "example"})
NOT_READ: Final = "khong nhap trang nay"
_FIRST_CELLS: Final = 3
_SHORTEST_KEY: Final = 6
_LONGEST_EXAMPLE: Final = 10
_SHORTEST_WORD: Final = 4
_MOST_WORDS: Final = 3


@lru_cache(maxsize=8_192)
def header_key(header: str) -> str:
    """A header word as aliases are written: no diacritics, no unit in brackets, single spaces."""
    try:
        folded = fold(_UNIT.sub(" ", header))
    except TextRefused:
        return ""
    return _NOT_WORD.sub(" ", folded).strip()


def plain_key(header: str) -> str:
    """A header word without diacritics and signs, with what stands in its brackets."""
    try:
        return _NOT_WORD.sub(" ", fold(header)).strip()
    except TextRefused:
        return ""


def is_example(cells: list[str] | tuple[str, ...]) -> bool:
    """Whether a row is marked as an example by its first filled cell."""
    first = next((cell for cell in cells if cell.strip()), "")
    return len(first) <= _LONGEST_EXAMPLE and header_key(first) in EXAMPLE_WORDS


def is_not_read(cells: list[str] | tuple[str, ...]) -> bool:
    """Whether the first row of a sheet says that the sheet is no data: notes and lists of a template."""
    return any(NOT_READ in header_key(cell) for cell in cells[:1])


def is_total(cells: list[str] | tuple[str, ...]) -> bool:
    """Whether a row is a sum of the others: "Tổng cộng" among its first words, and nothing but numbers beside it."""
    if not any(map(_MAY_BE_TOTAL.match, cells)):
        return False
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not any(map(_says_total, filled[:_FIRST_CELLS])):
        return False
    words = [cell for cell in filled if any(map(str.isalpha, cell))]
    return len(words) <= _MOST_WORDS and sum(map(_says_total, words)) >= len(words) / 2


def _says_total(cell: str) -> bool:
    return _TOTAL.fullmatch(header_key(cell)) is not None


def is_typo(key: str, other: str) -> bool:
    """Whether two header keys differ by one letter (wrong, missing, too much, or two exchanged) of a longer word."""
    if abs(len(key) - len(other)) > 1 or min(len(key), len(other)) < _SHORTEST_KEY or key == other:
        return False
    mine, others = key.split(), other.split()
    if len(mine) != len(others):
        return key.replace(" ", "") == other.replace(" ", "")
    different = [(one, two) for one, two in zip(mine, others, strict=True) if one != two]
    return len(different) == 1 and _one_letter(*different[0])


def _one_letter(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    if len(long) < _SHORTEST_WORD:
        return False
    at = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    exchanged = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or exchanged
