"""Places for the numbers and names of a map on paper, so that none covers another; all in units of the drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

#: West, north, east and south side.
Box = tuple[float, float, float, float]
Point = tuple[float, float]
#: Width of a text of a size.
Measure = Callable[[str, float], float]
#: Where along its line a label is tried, and how far aside of it.
_ALONG: Final = (0.5, 0.35, 0.65, 0.2, 0.8, 0.08, 0.92)
_ASIDE: Final = (16, 26, 38, 52, 70, 90, 115, 145, 180)
_DIRECTIONS: Final = 12
#: Free ground around a text, in each direction.
_PADDING: Final = 3
#: A name follows its line where the chord of its length is at least this part of it.
_STRAIGHT: Final = 0.97
_LINE_HEIGHT: Final = 1.25


@dataclass(frozen=True)
class MapLabel:
    """A text in its place: lines around `middle`, turned by `angle` degrees; `origin`: what it was moved aside from."""

    lines: Sequence[str]
    size: float
    middle: Point
    boxes: Sequence[Box]
    angle: float = 0
    origin: Point | None = None


class Labels:
    """The labels of one map, the more important ones placed first; `taken` stays free of them."""

    def __init__(self, width: float, height: float, measure: Measure, taken: Iterable[Box] = ()) -> None:
        self._width, self._height, self._measure = width, height, measure
        self._taken = list(taken)

    def number(self, text: str, line: Any, size: float) -> MapLabel:
        """A number on its line; where no place there is free, aside of it."""
        half = (self._measure(text, size) / 2 + _PADDING, size * _LINE_HEIGHT / 2 + 1)
        labels = (
            MapLabel([text], size, middle, [_box(middle, half)], origin=origin) for middle, origin in _places_near(line)
        )
        label = next(filter(self._is_free, labels), None)
        if label is None:
            middle = _at(line, _ALONG[0])
            label = MapLabel([text], size, middle, [_box(middle, half)])
        return self._keep(label)

    def name_of_area(self, lines: Sequence[str], area: Any, size: float) -> MapLabel | None:
        """A name within an area, near its middle; None without a free place."""
        half = (max(self._measure(text, size) for text in lines) / 2, size * _LINE_HEIGHT * len(lines) / 2)
        points = [shapely.point_on_surface(area), area.centroid]
        middles = [(point.x, point.y) for point in points if not point.is_empty]
        middles += [
            middle
            for distance in _ASIDE
            for middle in _around(middles[0] if middles else (0, 0), distance)
            if _is_within(middle, area.bounds) and shapely.contains_xy(area, *middle)
        ]
        labels = (MapLabel(lines, size, middle, [_box(middle, half)]) for middle in middles)
        label = next(filter(self._is_free, labels), None)
        return None if label is None else self._keep(label)

    def name_of_line(self, text: str, lines: Iterable[Any], size: float) -> MapLabel | None:
        """A name along the longest of some lines that is straight enough for it; None without a free place."""
        width = self._measure(text, size)
        for line in sorted(lines, key=shapely.length, reverse=True):
            if line.length < width:
                return None
            for part in _ALONG:
                start, end = part * line.length - width / 2, part * line.length + width / 2
                if start < 0 or end > line.length:
                    continue
                a, b = line.interpolate(start), line.interpolate(end)
                if a.distance(b) < _STRAIGHT * width:
                    continue
                # Names read from left to right.
                a, b = sorted((a, b), key=lambda point: (point.x, point.y))
                boxes = list(_boxes_between((a.x, a.y), (b.x, b.y), size))
                label = MapLabel(
                    [text],
                    size,
                    ((a.x + b.x) / 2, (a.y + b.y) / 2),
                    boxes,
                    angle=math.degrees(math.atan2(b.y - a.y, b.x - a.x)),
                )
                if self._is_free(label):
                    return self._keep(label)
        return None

    def _is_free(self, label: MapLabel) -> bool:
        return all(
            west >= 0 and east <= self._width and north >= 0 and south <= self._height
            for west, north, east, south in label.boxes
        ) and not any(overlap(box, other) for box in label.boxes for other in self._taken)

    def _keep(self, label: MapLabel) -> MapLabel:
        self._taken += label.boxes
        return label


def overlap(box: Box, other: Box) -> bool:
    """Whether two boxes have ground in common."""
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _places_near(line: Any) -> Iterator[tuple[Point, Point | None]]:
    """Places of a label, the best first, each with the point of the line that it was moved aside from."""
    yield from ((_at(line, part), None) for part in _ALONG)
    for distance in _ASIDE:
        for part in _ALONG[:3]:
            origin = _at(line, part)
            yield from ((middle, origin) for middle in _around(origin, distance))


def _at(line: Any, part: float) -> Point:
    point = line.interpolate(part, normalized=True)
    return point.x, point.y


def _around(middle: Point, distance: float) -> Iterator[Point]:
    for number in range(_DIRECTIONS):
        turn = 2 * math.pi * number / _DIRECTIONS
        yield middle[0] + distance * math.cos(turn), middle[1] + distance * math.sin(turn)


def _is_within(point: Point, box: Box) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _box(middle: Point, half: Point) -> Box:
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


def _boxes_between(start: Point, end: Point, size: float) -> Iterator[Box]:
    """Squares along a text that is turned: one box around it would take much more ground."""
    steps = max(1, math.ceil(math.dist(start, end) / size))
    half = size * _LINE_HEIGHT / 2
    for step in range(steps + 1):
        middle = tuple(a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
        yield _box((middle[0], middle[1]), (half, half))
