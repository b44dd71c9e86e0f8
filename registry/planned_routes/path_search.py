"""Paths between two points on a graph of where cables can run: existing structures, streets, and straight digging.

Lines are shapely geometries in metres of the province's grid. A duct, trench or tunnel is entered at its ends, a line
of poles at each of its points, a street anywhere. Elsewhere one digs straight from node to node, along the edges of a
Delaunay triangulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import dist
from typing import Any, Final

import rustworkx
import shapely
from shapely.ops import substring

from registry.kernel.i18n import _l
from registry.planned_routes.settings import ELSEWHERE, STREET

#: A connection between two ends that are close enough to lead a cable on.
JOINT: Final = "joint"
_DECIMALS: Final = 2
#: Maximum distance from a structure to the street that it is connected to.
_REACH_M: Final = 200
_APART_M: Final = 0.05

Point = tuple[float, float]


@dataclass(frozen=True)
class ExistingStructure:
    """A line or pole with free capacity, and the way that a cable runs along it."""

    id: int
    shape: Any
    way: str
    #: Whether a cable may leave it at each point, not only at its ends.
    is_open: bool = False


@dataclass(frozen=True)
class RuledArea:
    """Where a rule of a street makes some ways dearer: each metre inside counts `factor` times."""

    rule_id: int
    area: Any
    ways: frozenset[str]
    factor: float


@dataclass(frozen=True)
class Ruled:
    """The rules that a line breaks, and the metres that they add to it."""

    rules: tuple[int, ...] = ()
    extra_m: float = 0


@dataclass(frozen=True)
class Edge:
    """An edge from node `first`: points and structures in that direction; `label` is the name of a street."""

    first: int
    way: str
    points: tuple[Point, ...]
    structures: tuple[int, ...] = ()
    label: str = ""
    ruled: Ruled = Ruled()

    @cached_property
    def metres(self) -> float:
        return sum(dist(start, other) for start, other in pairwise(self.points))


@dataclass
class Network:
    """The graph; one node per position."""

    span_m: float
    join_m: float
    graph: Any = field(default_factory=lambda: rustworkx.PyGraph(multigraph=True))
    nodes: dict[Point, int] = field(default_factory=dict)
    on_structures: set[int] = field(default_factory=set)
    on_streets: set[int] = field(default_factory=set)
    ruled: Sequence[RuledArea] = ()

    @cached_property
    def _areas(self) -> Any:
        return shapely.STRtree([each.area for each in self.ruled])

    def ruled_along(self, way: str, points: Sequence[Point]) -> Ruled:
        """What the rules of streets say of a line in a way."""
        if not self.ruled:
            return Ruled()
        line = shapely.LineString(points)
        rules: list[int] = []
        extra_m = 0.0
        for number in sorted(self._areas.query(line, predicate="intersects").tolist()):
            area = self.ruled[number]
            inside = float(area.area.intersection(line).length) if way in area.ways else 0.0
            if inside > _APART_M:
                rules.append(area.rule_id)
                extra_m += (area.factor - 1) * inside
        return Ruled(tuple(dict.fromkeys(rules)), extra_m)

    def node(self, x: float, y: float) -> int:
        """The node at a position, to the centimetre."""
        position = (round(x, _DECIMALS), round(y, _DECIMALS))
        if position not in self.nodes:
            self.nodes[position] = self.graph.add_node(position)
        return self.nodes[position]

    def add_lines(self, lines: Iterable[ExistingStructure]) -> None:
        """Add edges along existing lines."""
        for line in lines:
            points = list(line.shape.coords)
            parts = pairwise(points) if line.is_open else [points]
            for part in parts:
                self._add(part, line.way, self.on_structures, structures=(line.id,))

    def add_poles(self, poles: Sequence[ExistingStructure]) -> None:
        """Add edges from each pole to its neighbours."""
        shapes = [pole.shape for pole in poles]
        for first, other in _neighbours(shapes, self.span_m):
            pair = (poles[first], poles[other])
            points = [pole.shape.coords[0] for pole in pair]
            self._add(points, pair[0].way, self.on_structures, structures=tuple(pole.id for pole in pair))

    def add_streets(self, streets: Sequence[tuple[str, Any]], ends: Sequence[Point]) -> None:
        """Add edges along streets (name, line), split where the ends and nearby structures connect."""
        if not streets:
            return
        lines = [line for _name, line in streets]
        cuts = self._cuts(lines, ends)
        for (name, line), places in zip(streets, cuts, strict=True):
            for start, end in _consecutive(places):
                self._add(list(substring(line, start, end).coords), STREET, self.on_streets, label=name)

    def join(self) -> None:
        """Connect ends that are close together: of structures, and of streets."""
        for nodes, way in ((self.on_structures, JOINT), (self.on_streets, STREET)):
            places = sorted(nodes)
            shapes = [shapely.Point(self.graph[node]) for node in places]
            for first, other in _within(shapes, self.join_m):
                points = [self.graph[places[first]], self.graph[places[other]]]
                self._add(points, way, nodes)

    def dig(self, ends: tuple[Point, Point]) -> None:
        """Add straight edges between neighbouring nodes, and from end to end."""
        self._add(list(ends), ELSEWHERE, set())
        xs, ys = zip(*self.nodes, strict=True)
        far = 9 * max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
        # Far corners make collinear nodes triangulate too; edges to the corners are dropped.
        corners = [(x, y) for x in (min(xs) - far, max(xs) + far) for y in (min(ys) - far, max(ys) + far)]
        edges = shapely.delaunay_triangles(shapely.MultiPoint([*self.nodes, *corners]), only_edges=True)
        for start, other in shapely.get_coordinates(edges).round(_DECIMALS).reshape(-1, 2, 2).tolist():
            points = [tuple(start), tuple(other)]
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
            ruled = self.ruled_along(way, points)
            self.graph.add_edge(first, last, Edge(first, way, tuple(points), structures, label, ruled))

    def _cuts(self, lines: Sequence[Any], ends: Sequence[Point]) -> list[set[float]]:
        """Metres at which each street is split: its ends, other streets, nearby structures, the ends of the path."""
        cuts: list[set[float]] = [{0.0, line.length} for line in lines]
        tree = shapely.STRtree(lines)
        for first, other in tree.query(lines, predicate="intersects").T:
            if first < other:
                for point in _points_of(lines[first].intersection(lines[other])):
                    cuts[first].add(lines[first].project(point))
                    cuts[other].add(lines[other].project(point))
        tips = [shapely.Point(line.coords[at]) for line in lines for at in (0, -1)]
        for tip, line in tree.query(tips, predicate="dwithin", distance=self.join_m).T:
            cuts[line].add(lines[line].project(tips[tip]))
        stops = [shapely.Point(self.graph[node]) for node in sorted(self.on_structures)]
        for stop, line in tree.query_nearest(stops, max_distance=_REACH_M, all_matches=False).T if stops else ():
            cuts[line].add(lines[line].project(stops[stop]))
        for end in ends:
            for line in tree.query_nearest(shapely.Point(end), all_matches=False):
                cuts[line].add(lines[line].project(shapely.Point(end)))
        return cuts


def _within(shapes: Sequence[Any], metres: float) -> list[tuple[int, int]]:
    """Pairs within some metres of each other, each once."""
    if not shapes:
        return []
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    return [(int(first), int(other)) for first, other in pairs.T if first < other]


def _neighbours(points: Sequence[Any], metres: float) -> list[tuple[int, int]]:
    """Pairs within some metres without a third point between them (a Gabriel graph)."""
    pairs = _within(points, metres)
    if not pairs:
        return []
    tree = shapely.STRtree(points)
    middles = [shapely.LineString([points[first], points[other]]).centroid for first, other in pairs]
    radii = [points[first].distance(points[other]) / 2 - _APART_M for first, other in pairs]
    taken = {int(pair) for pair, _point in tree.query(middles, predicate="dwithin", distance=radii).T}
    return [pair for number, pair in enumerate(pairs) if number not in taken]


def _points_of(shape: Any) -> list[Any]:
    """The points of an intersection; the ends of a shared stretch."""
    points = []
    for part in shapely.get_parts(shape):
        points += [shapely.Point(part.coords[at]) for at in ({0, len(part.coords) - 1})]
    return points


def _consecutive(places: Iterable[float]) -> list[tuple[float, float]]:
    """Consecutive pairs of the positions along a line; nearly equal positions count once."""
    distinct: list[float] = []
    for distance in sorted(places):
        if not distinct or distance - distinct[-1] > _APART_M:
            distinct.append(distance)
    return list(pairwise(distinct))


#: Weight of a re-used metre against a dug one: ties go to the shorter path.
_TIE: Final = 0.001
DUG: Final = (STREET, ELSEWHERE)
LABELS: Final[dict[str, Any]] = {
    "least": _l("Đào mới ít nhất"),
    "cheapest": _l("Chi phí thấp nhất"),
    "shortest": _l("Ngắn nhất"),
}


@dataclass(frozen=True)
class PathStep:
    """A part of a path along structures of one owner, along one street, or dug elsewhere."""

    way: str
    points: tuple[Point, ...]
    metres: float
    structures: tuple[int, ...] = ()
    owner_id: int | None = None
    label: str = ""
    ruled: Ruled = Ruled()

    @property
    def is_dug(self) -> bool:
        return self.way in DUG


@dataclass(frozen=True)
class Path:
    """A path between the two points; `keys` are the criteria that it is best for."""

    keys: tuple[str, ...]
    steps: tuple[PathStep, ...]

    @property
    def metres(self) -> float:
        return sum(step.metres for step in self.steps)

    @property
    def dug_m(self) -> float:
        return sum(step.metres for step in self.steps if step.is_dug)

    @property
    def reused_m(self) -> float:
        return sum(step.metres for step in self.steps if not step.is_dug)

    @property
    def extra_m(self) -> float:
        """Metres that the rules of streets add."""
        return sum(step.ruled.extra_m for step in self.steps)


def find_paths(
    network: Network, ends: tuple[Point, Point], prices: Mapping[str, int], owners: Mapping[int, int]
) -> list[Path]:
    """The best path for each criterion, without duplicates. `owners`: structure -> owner.

    What breaks a rule of a street counts longer than it is where digging or cost is compared, not in the shortest path.
    """
    first, last = (network.node(*end) for end in ends)
    joint = max(price for way, price in prices.items() if way not in DUG)
    criteria: dict[str, Callable[[Edge], float]] = {
        "least": lambda edge: edge.metres * ((edge.way in DUG) + _TIE) + edge.ruled.extra_m,
        "cheapest": lambda edge: (edge.metres + edge.ruled.extra_m) * prices.get(edge.way, joint),
        "shortest": lambda edge: edge.metres,
    }
    searched = {
        key: tuple(
            replace(step, ruled=network.ruled_along(step.way, step.points))
            for step in _steps(_shortest(network.graph, first, last, weight), owners)
        )
        for key, weight in criteria.items()
    }
    measures: dict[str, Callable[[Path], float]] = {
        "least": lambda path: path.dug_m + _TIE * path.metres + path.extra_m,
        "cheapest": lambda path: sum(
            cost_of(step, prices) + step.ruled.extra_m * prices[step.way] for step in path.steps
        ),
        "shortest": lambda path: path.metres,
    }
    # The search follows edges; dug straight, the path of another criterion can turn out to be the better one.
    candidates = {key: Path((), steps) for key, steps in searched.items()}
    paths_by_steps: dict[tuple[PathStep, ...], Path] = {}
    for key, measure in measures.items():
        best = min((candidates[key], *candidates.values()), key=measure)
        keys = paths_by_steps[best.steps].keys if best.steps in paths_by_steps else ()
        paths_by_steps[best.steps] = Path((*keys, key), best.steps)
    return list(paths_by_steps.values())


def cost_of(step: PathStep, prices: Mapping[str, int]) -> float:
    """The cost of a step in VND, without what rules of streets add to compare paths."""
    return step.metres * prices[step.way]


def _shortest(graph: Any, first: int, last: int, weight: Callable[[Edge], float]) -> list[Edge]:
    """The edges of the best path, each in the direction of the path."""
    nodes = list(rustworkx.dijkstra_shortest_paths(graph, first, target=last, weight_fn=weight)[last])
    return [_turned(min(graph.get_all_edge_data(node, other), key=weight), node) for node, other in pairwise(nodes)]


def _turned(edge: Edge, entered: int) -> Edge:
    if edge.first == entered:
        return edge
    return replace(edge, first=entered, points=edge.points[::-1], structures=edge.structures[::-1])


def _steps(edges: Sequence[Edge], owners: Mapping[int, int]) -> tuple[PathStep, ...]:
    steps = [
        PathStep(edge.way, edge.points, edge.metres, edge.structures, _owner(edge, owners), edge.label)
        for edge in edges
    ]
    return tuple(_merged(_without_joints(steps)))


def _owner(edge: Edge, owners: Mapping[int, int]) -> int | None:
    """A span between two poles belongs to the owner of the first."""
    return owners[edge.structures[0]] if edge.structures else None


def _without_joints(steps: Sequence[PathStep]) -> list[PathStep]:
    """Joints become part of the structure before or else after them; between two dug parts they are dug."""
    result: list[PathStep] = []
    for number, step in enumerate(steps):
        last = result[-1] if result else None
        if step.way == STREET and not step.label and last is not None and last.way == STREET:
            result.append(replace(step, label=last.label))
            continue
        if step.way != JOINT:
            result.append(step)
            continue
        around = [*result[-1:], *(other for other in steps[number + 1 :] if other.way != JOINT)][:2]
        host = next((other for other in around if not other.is_dug), None)
        result.append(
            replace(step, way=ELSEWHERE)
            if host is None
            else replace(step, way=host.way, owner_id=host.owner_id, label=host.label)
        )
    return result


def _merged(steps: Sequence[PathStep]) -> list[PathStep]:
    """Merge neighbours of the same owner, way and street; merged digging elsewhere becomes straight."""
    merged: list[PathStep] = []
    for step in steps:
        last = merged[-1] if merged else None
        if last is None or (last.way, last.owner_id, last.label) != (step.way, step.owner_id, step.label):
            merged.append(step)
        elif step.way == ELSEWHERE:
            merged[-1] = _straight(last, step)
        else:
            structures = tuple(dict.fromkeys((*last.structures, *step.structures)))
            points = (*last.points, *step.points[1:])
            merged[-1] = replace(last, points=points, metres=last.metres + step.metres, structures=structures)
    return merged


def _straight(first: PathStep, other: PathStep) -> PathStep:
    points = (first.points[0], other.points[-1])
    edge = Edge(0, ELSEWHERE, points)
    return replace(first, points=points, metres=edge.metres)
