"""Columns of coordinates that stand in each other's place throughout a file: found by their ranges, only offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from registry.kernel.geo.coordinates import LATITUDE_BELOW, LONGITUDE_ABOVE, MAX_LATITUDE, MIN_LATITUDE
from registry.kernel.geo.degrees import AngleRefused, read_angle
from registry.kernel.geo.readings import MIN_NORTHING_M
from registry.kernel.i18n import _
from registry.kernel.numbers import NumberRefused, parse_decimal

#: Pairs of fields whose columns people exchange.
PAIRS: Final = (("x", "y"), ("latitude", "longitude"))
_HALF_TURN: Final = 180
_LEAST_EASTING_M: Final = 100_000
_MOST_NORTHING_M: Final = 10_000_000

Range = tuple[Decimal, Decimal]


def ranges_swapped(first: Range, second: Range, *, degrees: bool) -> bool:
    """Whether two columns (least, most), named X and Y or latitude and longitude, each lie in the other's range."""
    if degrees:
        here = first[0] > LONGITUDE_ABOVE and -LATITUDE_BELOW < second[0] <= second[1] < LATITUDE_BELOW
        # In other countries only latitudes where nothing stands give it away.
        beyond = first[0] > MAX_LATITUDE or first[1] < MIN_LATITUDE
        sound = MIN_LATITUDE <= second[0] <= second[1] <= MAX_LATITUDE and max(map(abs, first)) <= _HALF_TURN
        return here or (beyond and sound)
    return _LEAST_EASTING_M < first[0] <= first[1] < MIN_NORTHING_M <= second[0] <= second[1] < _MOST_NORTHING_M


def swap_offered(header: tuple[str, ...], rows: Iterable[tuple[str, ...]], mapping: Mapping[str, str]) -> str:
    """The sentence that offers to exchange two columns, or nothing; every readable row must speak for it."""
    rows = list(rows)
    for names in PAIRS:
        words = [mapping[name] for name in names if mapping.get(name) in header]
        if len(words) == len(names) and _are_swapped(rows, [header.index(word) for word in words], names):
            return _(
                "Mọi giá trị của cột «%(first)s» và «%(second)s» nằm trong khoảng của nhau; hai cột có thể đã đổi chỗ.",
                first=words[0],
                second=words[1],
            )
    return ""


def swapped(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the two coordinate columns exchanged."""
    made = dict(mapping)
    for first, second in PAIRS:
        if first in mapping and second in mapping:
            made[first], made[second] = mapping[second], mapping[first]
    return made


def _are_swapped(rows: list[tuple[str, ...]], at: list[int], names: tuple[str, str]) -> bool:
    """Columns named X and Y are tried as metres first: a file may also give degrees under these names."""
    return any(
        ranges_swapped(*ranges, degrees=degrees)
        for degrees in ((True,) if "latitude" in names else (False, True))
        if (ranges := _ranges(rows, at, degrees=degrees))
    )


def _ranges(rows: list[tuple[str, ...]], at: list[int], *, degrees: bool) -> tuple[Range, Range] | None:
    """Least and most of both columns over the rows in which both are read."""
    numbers = []
    for cells in rows:
        try:
            first, second = (_number(cells[place], degrees=degrees) for place in at)
        except (NumberRefused, AngleRefused):
            continue
        numbers.append((first, second))
    if not numbers:
        return None
    one, other = zip(*numbers, strict=True)
    return (min(one), max(one)), (min(other), max(other))


def _number(text: str, *, degrees: bool) -> Decimal:
    return read_angle(text).degrees if degrees else parse_decimal(text)
