"""Where texts stand in a drawing: their widths, texts cut to a width, boxes moved apart so that none overlap."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import inf
from typing import Final

#: Widths in em of the letters of the program's font, regular and bold, each group by its widest letter.
_GROUPS: Final = (
    (0.36, " iIlj.,:;'!`·\N{NO-BREAK SPACE}"),
    (0.51, 'frtJ1()[]{}|"~*'),
    (0.54, "sz/\\"),
    (0.64, "knhuvxyce?-^<>7Ef"),
    (0.73, "abdgopq0234568" + "9LFTPSBZRY_+×–đ$"),
    (0.81, "AVXDHNUKCG=&Đ"),
    (0.91, "mOQwM%#…Ø"),
    (1.05, "W@"),
)
_WIDTHS: Final = {letter: width for width, letters in _GROUPS for letter in letters}
#: A letter of another script in whatever font the browser finds; a picture.
_FOREIGN: Final = 1.05
_PICTURE: Final = 1.5
#: Scripts whose letters are no wider than `_FOREIGN`: Greek to Arabic, Thai and Lao, those of East Asia.
_COMMON: Final = (
    (0x370, 0x6FF),
    (0xE00, 0xEFF),
    (0x1100, 0x11FF),
    (0x3000, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xFF00, 0xFFEF),
)
_ELLIPSIS: Final = "…"
#: A Vietnamese vowel has a mark and a tone.
_MOST_MARKS: Final = 2
_RIGHT_TO_LEFT: Final = ("R", "AL", "AN")
_ISOLATE, _END_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
#: A no-break space keeps a number and its unit on one line.
_SPACES: Final = re.compile(r"[^\S\u00a0]+")
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn")


def plain(text: str) -> str:
    """One line without control and direction characters, with at most two marks on a letter."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFD", _SPACES.sub(" ", text).strip()):
        if unicodedata.category(letter) in _UNSEEN:
            continue
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def isolated(name: str) -> str:
    """A name that keeps its own direction and leaves that of the text around it."""
    clean = plain(name)
    if not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in clean):
        return clean
    return f"{_ISOLATE}{clean}{_END_ISOLATE}"


def is_measured(text: str) -> bool:
    """Whether no letter is wider than its measure here, in any font; else the drawing must give the width."""
    return all(_base(letter) in _WIDTHS or letter in (_ISOLATE, _END_ISOLATE) or _is_common(letter) for letter in text)


def _is_common(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _COMMON)


def text_width(text: str, size: float) -> float:
    """At least the width of a text in the program's font."""
    return size * sum(_width(letter) for letter in text)


def _base(letter: str) -> str:
    base_letter = unicodedata.normalize("NFD", letter)[0]
    return {"Ơ": "O", "ơ": "o", "Ư": "U", "ư": "u"}.get(base_letter, base_letter)


@lru_cache(maxsize=4096)
def _width(letter: str) -> float:
    if unicodedata.combining(letter) or letter in (_ISOLATE, _END_ISOLATE):
        return 0
    return _WIDTHS.get(_base(letter), _PICTURE if unicodedata.category(letter) == "So" else _FOREIGN)


def fit(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size) <= width:
        return text
    room = width - text_width(_ELLIPSIS, size)
    kept, used = [], 0.0
    for letter in text:
        used += size * _width(letter)
        if used > room:
            break
        kept.append(letter)
    cut = "".join(kept).rstrip()
    # An opened isolate is closed, so that the ellipsis stands at its end.
    return cut + _END_ISOLATE * (cut.count(_ISOLATE) - cut.count(_END_ISOLATE)) + _ELLIPSIS


def wrap(text: str, width: float, size: float, most: int) -> list[str]:
    """The text in at most so many lines; the last one is cut where more is left."""
    lines: list[str] = []
    rest = text.split(" ")
    while rest and len(lines) < most - 1:
        line = [rest.pop(0)]
        while rest and text_width(" ".join([*line, rest[0]]), size) <= width:
            line.append(rest.pop(0))
        lines.append(fit(" ".join(line), width, size))
    return [*lines, fit(" ".join(rest), width, size)] if rest else lines


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float = 0, high: float = inf) -> list[float]:
    """Starts of boxes of these sizes, in the given order, none overlapping and none before `low`.

    Each is as near to its wanted start as the others allow (least squares; pool adjacent violators). None ends after
    `high` where they all have room between both.
    """
    if not wanted:
        return []
    before = [0.0]
    for size in sizes[:-1]:
        before.append(before[-1] + size)
    # Without the room of those before it, a box may start where the last one does, or later.
    pools: list[tuple[float, int]] = []
    for start, taken in zip(wanted, before, strict=True):
        pool = (start - taken, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, count = pools.pop()
            pool = ((mean * count + pool[0] * pool[1]) / (count + pool[1]), count + pool[1])
        pools.append(pool)
    last = max(low, high - sum(sizes))
    starts = [min(max(mean, low), last) for mean, count in pools for _each in range(count)]
    return [start + taken for start, taken in zip(starts, before, strict=True)]
