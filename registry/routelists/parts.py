"""Lines of streets joined and cut, in metres of the province's grid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely import LineString, Point
from shapely.ops import substring

from registry.kernel.text import TextRefused, fold
from registry.routelists.doubles import ALONG_M

#: A part is at least this long.
LEAST_M: Final = 5
#: Two ends of lines of one street are joined up to this distance.
_GAP_M: Final = 2 * ALONG_M
_HOUSE: Final = re.compile(r"^(?:so nha|nha so|nha|sn|so)\s*(\d{1,4})\b")


@dataclass(frozen=True)
class JoinedLine:
    """A line and what another one adds to it."""

    shape: LineString
    #: The metres of the other line that are not along the first one.
    beyond_m: float
    #: The end of the other line ("from", "to") that is now the start, the end of the joined one; None: as it was.
    start_of: str | None
    end_of: str | None


def join_lines(own: LineString, other: LineString) -> JoinedLine | None:
    """One line of two that touch or overlap along one street; None where they are apart or make no single line."""
    if own.distance(other) > ALONG_M:
        return None
    points = list(own.coords)
    beyond = 0.0
    ends: dict[str, str | None] = {"start": None, "end": None}
    rest = other.difference(own.buffer(ALONG_M))
    for part in (each for each in shapely.get_parts(rest).tolist() if each.length >= LEAST_M):
        at, gap, coordinates = _nearest_end(own, part)
        if at is None or ends[at] is not None:
            return None
        far = Point(coordinates[-1])
        ends[at] = "from" if far.distance(Point(other.coords[0])) < far.distance(Point(other.coords[-1])) else "to"
        beyond += float(part.length) + gap
        points = [*points, *coordinates] if at == "end" else [*reversed(coordinates), *points]
    shape = LineString(points)
    return JoinedLine(shape, beyond, ends["start"], ends["end"]) if shape.is_simple else None


def _nearest_end(own: LineString, part: LineString) -> tuple[str | None, float, list[Any]]:
    """The end of a line that a part goes on from (None: too far), the metres between, and its points from there."""
    candidates = [
        (Point(own.coords[index]).distance(Point(coordinates[0])), at, coordinates)
        for at, index in (("start", 0), ("end", -1))
        for coordinates in (list(part.coords), list(reversed(part.coords)))
    ]
    gap, at, coordinates = min(candidates, key=lambda each: each[0])
    return at if gap <= _GAP_M else None, float(gap), coordinates


def cut_line(line: LineString, at_m: float) -> tuple[LineString, LineString] | None:
    """Both parts of a line; None where one would be shorter than the least."""
    if not LEAST_M <= at_m <= line.length - LEAST_M:
        return None
    return substring(line, 0, at_m), substring(line, at_m, line.length)


def house_number(text: str) -> int | None:
    """The number of a house that a text names; None for any other place."""
    try:
        matched = _HOUSE.match(fold(text).strip())
    except TextRefused:
        return None
    return int(matched.group(1)) if matched else None


def share_by_house(start: str, end: str, wanted: str) -> float | None:
    """How far along a street a house lies, from 0 to 1, by the numbers at its ends; None where they do not say it."""
    first, last, number = (house_number(text) for text in (start, end, wanted))
    if first is None or last is None or number is None or first == last:
        return None
    share = (number - first) / (last - first)
    return share if 0 < share < 1 else None
