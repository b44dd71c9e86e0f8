"""Ranges of geohashes (codes of a Z-order curve over longitude and latitude) that cover a box.

Source: ST_GeoHash of PostGIS and http://geohash.org (G. Niemeyer, 2008): base 32 with five bits per letter, the first
bit for the longitude, the next for the latitude and so on. Codes of one length sort along the curve.
"""

from __future__ import annotations

from base64 import b32encode
from itertools import pairwise
from typing import Final

#: Alphabet of RFC 4648 -> alphabet of geohashes.
_LETTERS: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789bcdefghjkmnpqrstuvwxyz")
_BITS_A_LETTER: Final = 5
#: Length of a code; a cell is some 5 m wide.
LETTERS: Final = 9
#: Sixteen letters are ten whole bytes; codes are shorter.
_BITS: Final = 80


def ranges_of(
    box: tuple[float, float, float, float], *, most: int = 64, deepest: int = LETTERS * 5 // 2
) -> list[tuple[str, str]]:
    """First and last code (inclusive) of each range of codes of LETTERS that covers a box; disjoint, in order.

    `box` is west, south, east, north in degrees. It is divided into at most `most` cells of the curve (at least four),
    none smaller than the world halved `deepest` times in each direction, so the ranges cover more than the box.
    """
    west, south, east, north = box
    for depth in range(deepest, -1, -1):
        columns, rows = _span(west, east, 180, depth), _span(south, north, 90, depth)
        if len(columns) * len(rows) <= max(most, 4):
            break
    # Base four spreads the bits of a number, so that those of the other coordinate fit between them.
    across, up = ([int(f"{number:b}", 4) for number in numbers] for numbers in (columns, rows))
    cells = sorted(2 * x + y for x in across for y in up)
    breaks = [(last, first) for last, first in pairwise(cells) if first != last + 1]
    firsts, lasts = [cells[0], *(first for _last, first in breaks)], [*(last for last, _first in breaks), cells[-1]]
    rest = LETTERS * _BITS_A_LETTER - 2 * depth
    return [(_code(first << rest), _code((last + 1 << rest) - 1)) for first, last in zip(firsts, lasts, strict=True)]


def _span(least: float, greatest: float, limit: int, depth: int) -> range:
    """The indexes of the cells that a span of degrees touches; a cell is the world halved `depth` times."""
    count = 1 << depth
    first, last = (
        min(max(int((degrees + limit) / (2 * limit) * count), 0), count - 1) for degrees in (least, greatest)
    )
    return range(first, last + 1)


def _code(code: int) -> str:
    whole = (code << _BITS - LETTERS * _BITS_A_LETTER).to_bytes(_BITS // 8)
    return b32encode(whole)[:LETTERS].translate(_LETTERS).decode()
