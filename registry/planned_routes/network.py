"""A graph of where cables can be led between two places: along what stands, along streets, and dug straight elsewhere.

Lines are shapely geometries in metres of the province's grid. A duct, trench or tunnel is entered at its ends, a line
of poles at each of its points, a street anywhere. Elsewhere one digs straight from node to node, along the edges of a
Delaunay triangulation, which joins each node to those around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import dist
from typing import Any, Final

import rustworkx
import shapely
from shapely.ops import substring

from registry.planned_routes.settings import ELSEWHERE, STREET

#: Two ends so near belong together: a cable is led on from one to the other.
JOINT: Final = "joint"
_DECIMALS: Final = 2
#: From so far a structure is led to the next street.
_REACH_M: Final = 200
_APART_M: Final = 0.05

Point = tuple[float, float]


@dataclass(frozen=True)
class Standing:
    """A line or pole with room: its geometry, its structure, and how a cable is led along it."""

    id: int
    shape: Any
    way: str
    #: Whether a cable may leave it at each of its points, not only at its ends.
    is_open: bool = False


@dataclass(frozen=True)
class Edge:
    """A way from node `first` to another: its points, its structures from the first end on, the street's name."""

    first: int
    way: str
    points: tuple[Point, ...]
    structures: tuple[int, ...] = ()
    label: str = ""

    @cached_property
    def metres(self) -> float:
        """How long it is."""
        return sum(dist(one, other) for one, other in pairwise(self.points))


@dataclass
class Network:
    """The graph; nodes are places, each once."""

    span_m: float
    join_m: float
    graph: Any = field(default_factory=lambda: rustworkx.PyGraph(multigraph=True))
    nodes: dict[Point, int] = field(default_factory=dict)
    standing: set[int] = field(default_factory=set)
    on_streets: set[int] = field(default_factory=set)

    def node(self, x: float, y: float) -> int:
        """The node of a place, to the centimetre."""
        place = (round(x, _DECIMALS), round(y, _DECIMALS))
        if place not in self.nodes:
            self.nodes[place] = self.graph.add_node(place)
        return self.nodes[place]

    def add_lines(self, lines: Iterable[Standing]) -> None:
        """Lead cables along lines that stand."""
        for line in lines:
            points = list(line.shape.coords)
            parts = pairwise(points) if line.is_open else [points]
            for part in parts:
                self._add(part, line.way, self.standing, structures=(line.id,))

    def add_poles(self, poles: Sequence[Standing]) -> None:
        """Hang cables from each pole to those around it that no other pole stands between."""
        shapes = [pole.shape for pole in poles]
        for one, other in _neighbours(shapes, self.span_m):
            pair = (poles[one], poles[other])
            points = [pole.shape.coords[0] for pole in pair]
            self._add(points, pair[0].way, self.standing, structures=tuple(pole.id for pole in pair))

    def add_streets(self, streets: Sequence[tuple[str, Any]], ends: Sequence[Point]) -> None:
        """Dig along streets (name, line), which are entered from the ends and from all that stands near by."""
        if not streets:
            return
        lines = [line for _name, line in streets]
        cuts = self._cuts(lines, ends)
        for (name, line), places in zip(streets, cuts, strict=True):
            for start, end in _consecutive(places):
                self._add(list(substring(line, start, end).coords), STREET, self.on_streets, label=name)

    def join(self) -> None:
        """Lead on between ends that lie together: of structures, and of streets."""
        for nodes, way in ((self.standing, JOINT), (self.on_streets, STREET)):
            places = sorted(nodes)
            shapes = [shapely.Point(self.graph[node]) for node in places]
            for one, other in _within(shapes, self.join_m):
                points = [self.graph[places[one]], self.graph[places[other]]]
                self._add(points, way, nodes)

    def dig(self, ends: tuple[Point, Point]) -> None:
        """Dig straight between the nodes that lie around each other, and from end to end."""
        self._add(list(ends), ELSEWHERE, set())
        xs, ys = zip(*self.nodes, strict=True)
        far = 9 * max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
        # Corners far outside, so that places in one line are triangulated too; their own edges are no ways.
        corners = [(x, y) for x in (min(xs) - far, max(xs) + far) for y in (min(ys) - far, max(ys) + far)]
        edges = shapely.delaunay_triangles(shapely.MultiPoint([*self.nodes, *corners]), only_edges=True)
        for one, other in shapely.get_coordinates(edges).round(_DECIMALS).reshape(-1, 2, 2).tolist():
            points = [tuple(one), tuple(other)]
            if all(point in self.nodes for point in points):
                self._add(points, ELSEWHERE, set())

    def _add(
        self,
        points: Sequence[Point],
        way: str,
        nodes: set[int],
        *,
        structures: tuple[int, ...] = (),
        label: str = "",
    ) -> None:
        first, last = self.node(*points[0]), self.node(*points[-1])
        nodes.update((first, last))
        if first != last:
            self.graph.add_edge(first, last, Edge(first, way, tuple(points), structures, label))

    def _cuts(self, lines: Sequence[Any], ends: Sequence[Point]) -> list[set[float]]:
        """Where each street is cut into edges: at its ends, at other streets, beside what stands, beside the ends."""
        cuts: list[set[float]] = [{0.0, line.length} for line in lines]
        tree = shapely.STRtree(lines)
        for one, other in tree.query(lines, predicate="intersects").T:
            if one < other:
                for point in _points_of(lines[one].intersection(lines[other])):
                    cuts[one].add(lines[one].project(point))
                    cuts[other].add(lines[other].project(point))
        tips = [shapely.Point(line.coords[at]) for line in lines for at in (0, -1)]
        for tip, line in tree.query(tips, predicate="dwithin", distance=self.join_m).T:
            cuts[line].add(lines[line].project(tips[tip]))
        stops = [shapely.Point(self.graph[node]) for node in sorted(self.standing)]
        for stop, line in tree.query_nearest(stops, max_distance=_REACH_M, all_matches=False).T if stops else ():
            cuts[line].add(lines[line].project(stops[stop]))
        for end in ends:
            for line in tree.query_nearest(shapely.Point(end), all_matches=False):
                cuts[line].add(lines[line].project(shapely.Point(end)))
        return cuts


def _within(shapes: Sequence[Any], metres: float) -> list[tuple[int, int]]:
    """Pairs that lie within some metres of each other, each once."""
    if not shapes:
        return []
    found = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    return [(int(one), int(other)) for one, other in found.T if one < other]


def _neighbours(points: Sequence[Any], metres: float) -> list[tuple[int, int]]:
    """Pairs within some metres that no third point stands between (a Gabriel graph)."""
    pairs = _within(points, metres)
    if not pairs:
        return []
    tree = shapely.STRtree(points)
    middles = [shapely.LineString([points[one], points[other]]).centroid for one, other in pairs]
    radii = [points[one].distance(points[other]) / 2 - _APART_M for one, other in pairs]
    taken = {int(pair) for pair, _point in tree.query(middles, predicate="dwithin", distance=radii).T}
    return [pair for number, pair in enumerate(pairs) if number not in taken]


def _points_of(shape: Any) -> list[Any]:
    """Points of an intersection; of a common stretch its ends."""
    found = []
    for part in shapely.get_parts(shape):
        found += [shapely.Point(part.coords[at]) for at in ({0, len(part.coords) - 1})]
    return found


def _consecutive(places: Iterable[float]) -> list[tuple[float, float]]:
    """Neighbours of the places along a line, those that are as good as one taken once."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _APART_M:
            kept.append(place)
    return list(pairwise(kept))
