"""Hide small counts of a table, and as many others as it takes that no difference discloses them.

The table has whole numbers and totals of rows and columns; totals of columns and of the whole are always published.
Small counts and small totals of rows are hidden (primary suppression). A hidden figure is safe when another table with
the same published figures has another value there. Tables with equal sums differ by cycles: add one to a figure, take
one from another of its column, add one to another of that row, and so on until the first row is even again. So a figure
is safe if and only if it lies on such a cycle of hidden figures, of which those that lose one are not zero. Where it
does not, the cheapest cycle through it is hidden, too (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

#: The column of the totals of rows.
TOTAL: Final = -1
#: What hiding a total costs more than hiding a count.
_OF_TOTAL: Final = 5
Place = tuple[int, int]


@dataclass(frozen=True)
class Suppressed:
    """The hidden figures of a table, by row and column (TOTAL: the total of the row)."""

    hidden: frozenset[Place]

    def shows(self, row: int, column: int) -> bool:
        return (row, column) not in self.hidden


def suppress(table: Sequence[Sequence[int]], least: int) -> Suppressed:
    """Hide what is below `least` (but not zero), and what would tell it.

    With a single row nothing can be hidden by another one: then all of it is hidden.
    """
    values = {(row, column): count for row, counts in enumerate(table) for column, count in enumerate(counts)}
    values |= {(row, TOTAL): sum(counts) for row, counts in enumerate(table)}
    primary = sorted(place for place, count in values.items() if 0 < count < least)
    if len(table) == 1:
        return Suppressed(frozenset(values) if primary else frozenset())
    hidden = set(primary)
    graph = _Graph(values, hidden)
    # Figures that others brought along need their own cycles, too.
    waiting = primary
    while waiting:
        added: set[Place] = set()
        for place in waiting:
            cycle = graph.cheapest_cycle(place)
            added |= cycle - hidden
            hidden |= cycle
        waiting = sorted(added)
    return Suppressed(frozenset(hidden))


class _Graph:
    """Rows and columns as nodes; a figure is an edge from its row to its column that adds one, and one back that takes.

    Totals of rows have the other sign in the sum of their row: they take one where a count adds one.
    """

    def __init__(self, values: dict[Place, int], hidden: set[Place]) -> None:
        self._values = values
        #: Changed by the caller.
        self._hidden = hidden
        self._of_row: dict[int, list[Place]] = {}
        self._of_column: dict[int, list[Place]] = {}
        for place in values:
            self._of_row.setdefault(place[0], []).append(place)
            self._of_column.setdefault(place[1], []).append(place)

    def cheapest_cycle(self, place: Place) -> set[Place]:
        """The figures of the cheapest cycle through a place; one of hidden figures alone costs nothing."""
        row, column = place
        ways = []
        if self._may_go_to_column(place):
            ways.append(self._path(column, row, place, from_column=True))
        if self._may_go_to_row(place):
            ways.append(self._path(row, column, place, from_column=False))
        _cost, path = min(way for way in ways if way is not None)
        return {place, *path}

    def _may_go_to_column(self, place: Place) -> bool:
        return place[1] != TOTAL or self._values[place] > 0

    def _may_go_to_row(self, place: Place) -> bool:
        return place[1] == TOTAL or self._values[place] > 0

    def _path(
        self, start: int, end: int, left_out: Place, *, from_column: bool
    ) -> tuple[int, tuple[Place, ...]] | None:
        """The cheapest way between a column and a row (or back) without one figure: its cost and places."""
        first, last = (from_column, start), (not from_column, end)
        waiting: list[tuple[int, tuple[Place, ...], tuple[bool, int]]] = [(0, (), first)]
        done = set()
        while waiting:
            cost, path, node = heappop(waiting)
            if node == last:
                return cost, path
            if node in done:
                continue
            done.add(node)
            at_column, number = node
            places = self._of_column[number] if at_column else self._of_row[number]
            may_go = self._may_go_to_row if at_column else self._may_go_to_column
            for place in places:
                target = (not at_column, place[0] if at_column else place[1])
                if place != left_out and target not in done and may_go(place):
                    heappush(waiting, (cost + self._cost(place), (*path, place), target))
        return None

    def _cost(self, place: Place) -> int:
        if place in self._hidden:
            return 0
        return 1 + self._values[place] * (_OF_TOTAL if place[1] == TOTAL else 1)
