"""Positions as people enter them, point or line, parsed into one given position; rules on values only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial

from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, System, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.geo.vn2000 import ZONE_105, Zone
from registry.kernel.i18n import _, _n
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape

#: Most points of a line: 100 km with one every 20 m.
MOST_POINTS = 5_000
_FEWEST_OF_LINE = 2
#: Two numbers whose commas are unambiguous: decimal marks or separators.
_PAIR = r"[+-]?\d{1,9}(?:\.\d+\s*,\s*[+-]?\d{1,9}\.\d+|(?:[.,]\d+)?\s+[+-]?\d{1,9}(?:[.,]\d+)?)"
_IN_ONE_LINE = re.compile(rf"\s*{_PAIR}(?:\s*[;|]\s*{_PAIR})+\s*[;|]?\s*")
_SEPARATOR = re.compile("[;|]")


def read_position(
    text: str, system: System, shape: Shape, bounds: Bounds | None, *, zone: Zone = ZONE_105
) -> GivenPosition:
    """As `read_points`, in a system that the application knows."""
    return read_points(text, shape, partial(parse_position, system=system, bounds=bounds, zone=zone))


def read_points(text: str, shape: Shape, parse: Callable[[str], ParsedPosition]) -> GivenPosition:
    """A point from one line of text, or a line from one point on each text line or from points separated by `;` or `|`.

    Each point is read by `parse`; PositionRefused with the number of the point.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if shape is Shape.POINT:
        if len(lines) > 1:
            raise PositionRefused(
                _n("Công trình dạng điểm chỉ có một tọa độ; đã nhập %(count)d dòng.", len(lines), count=len(lines))
            )
        return as_point(parse(text))
    if len(lines) == 1 and _IN_ONE_LINE.fullmatch(lines[0]):
        lines = [point for point in _SEPARATOR.split(lines[0]) if point.strip()]
    if not _FEWEST_OF_LINE <= len(lines) <= MOST_POINTS:
        raise PositionRefused(
            _(
                "Công trình dạng tuyến cần từ 2 đến %(most)d điểm, mỗi điểm một dòng; đã nhập %(count)d.",
                most=MOST_POINTS,
                count=len(lines),
            )
        )
    return as_line([_numbered(number, line, parse) for number, line in enumerate(lines, 1)], text)


def as_point(parsed: ParsedPosition) -> GivenPosition:
    """The given position of one parsed point."""
    geojson = json.dumps({"type": "Point", "coordinates": [parsed.lon, parsed.lat]})
    return GivenPosition(geojson, parsed.original_text, parsed.srid, parsed.operation, parsed.warnings)


def as_line(points: Sequence[ParsedPosition], text: str) -> GivenPosition:
    """The given position of a line through parsed points; PositionRefused where all of them are the same place."""
    coordinates = [[point.lon, point.lat] for point in points]
    if all(pair == coordinates[0] for pair in coordinates):
        raise PositionRefused(_("Các điểm của tuyến trùng nhau; tuyến cần ít nhất hai điểm khác nhau."))
    first = points[0]
    warnings = tuple(dict.fromkeys(warning for point in points for warning in point.warnings))
    geojson = json.dumps({"type": "LineString", "coordinates": coordinates})
    return GivenPosition(geojson, text.strip(), first.srid, first.operation, warnings)


def _numbered(number: int, line: str, parse: Callable[[str], ParsedPosition]) -> ParsedPosition:
    try:
        return parse(line)
    except PositionRefused as refused:
        raise PositionRefused(_("Dòng %(number)d: %(refusal)s", number=number, refusal=refused.message)) from refused
