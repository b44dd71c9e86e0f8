"""Rows of one file that lie on top of each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

_METRES_PER_DEGREE: Final = 111_320.0


def near_pairs(points: Iterable[tuple[int, float, float]], metres: float) -> dict[int, int]:
    """For each number of a point (number, longitude, latitude) that has another within `metres`: one such number.

    Distances are taken on a plane at the point's latitude: good to a few centimetres at this size.
    """
    grid: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
    found: dict[int, int] = {}
    for number, lon, lat in points:
        x, y = lon * _METRES_PER_DEGREE * math.cos(math.radians(lat)), lat * _METRES_PER_DEGREE
        cell = (math.floor(x / metres), math.floor(y / metres))
        for column in range(cell[0] - 1, cell[0] + 2):
            for line in range(cell[1] - 1, cell[1] + 2):
                for other, other_x, other_y in grid.get((column, line), ()):
                    if math.hypot(x - other_x, y - other_y) <= metres:
                        found.setdefault(number, other)
                        found.setdefault(other, number)
        grid.setdefault(cell, []).append((number, x, y))
    return found
