"""The ways between two places: that with least digging, the cheapest and the shortest, each in steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import rustworkx

from registry.kernel.i18n import _l
from registry.planned_routes.network import JOINT, Edge, Network, Point
from registry.planned_routes.settings import ELSEWHERE, STREET

#: A longer way along what stands is better than this share of its metres dug.
_TIE: Final = 0.001
DUG: Final = (STREET, ELSEWHERE)
LABELS: Final[dict[str, Any]] = {
    "least": _l("Đào mới ít nhất"),
    "cheapest": _l("Chi phí thấp nhất"),
    "shortest": _l("Ngắn nhất"),
}


@dataclass(frozen=True)
class Step:
    """A part of a path along structures of one owner, along one street, or dug elsewhere."""

    way: str
    points: tuple[Point, ...]
    metres: float
    structures: tuple[int, ...] = ()
    owner_id: int | None = None
    label: str = ""

    @property
    def is_dug(self) -> bool:
        """Whether it must be built."""
        return self.way in DUG


@dataclass(frozen=True)
class Path:
    """A way from the first place to the second; `keys` are the wishes that it fulfils best."""

    keys: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def metres(self) -> float:
        """How long it is."""
        return sum(step.metres for step in self.steps)

    @property
    def dug_m(self) -> float:
        """Metres to be built."""
        return sum(step.metres for step in self.steps if step.is_dug)

    @property
    def reused_m(self) -> float:
        """Metres along what stands."""
        return sum(step.metres for step in self.steps if not step.is_dug)


def find_paths(
    network: Network, ends: tuple[Point, Point], prices: Mapping[str, int], owners: Mapping[int, int]
) -> list[Path]:
    """The best path of each wish, one that is best for several once. `owners`: structure -> owner."""
    first, last = (network.node(*end) for end in ends)
    joint = max(price for way, price in prices.items() if way not in DUG)
    wishes: dict[str, Callable[[Edge], float]] = {
        "least": lambda edge: edge.metres * ((edge.way in DUG) + _TIE),
        "cheapest": lambda edge: edge.metres * prices.get(edge.way, joint),
        "shortest": lambda edge: edge.metres,
    }
    found: list[Path] = []
    for key, weight in wishes.items():
        steps = _steps(_shortest(network.graph, first, last, weight), owners)
        same = next((number for number, path in enumerate(found) if path.steps == steps), None)
        if same is None:
            found.append(Path((key,), steps))
        else:
            found[same] = replace(found[same], keys=(*found[same].keys, key))
    return found


def cost_of(step: Step, prices: Mapping[str, int]) -> float:
    """What a step costs, in dong."""
    return step.metres * prices[step.way]


def _shortest(graph: Any, first: int, last: int, weight: Callable[[Edge], float]) -> list[Edge]:
    """The edges of the best path, each turned so that it begins where it is entered."""
    nodes = list(rustworkx.dijkstra_shortest_paths(graph, first, target=last, weight_fn=weight)[last])
    return [_turned(min(graph.get_all_edge_data(one, other), key=weight), one) for one, other in pairwise(nodes)]


def _turned(edge: Edge, entered: int) -> Edge:
    if edge.first == entered:
        return edge
    return replace(edge, first=entered, points=edge.points[::-1], structures=edge.structures[::-1])


def _steps(edges: Sequence[Edge], owners: Mapping[int, int]) -> tuple[Step, ...]:
    steps = [
        Step(edge.way, edge.points, edge.metres, edge.structures, _owner(edge, owners), edge.label) for edge in edges
    ]
    return tuple(_merged(_settled(steps)))


def _owner(edge: Edge, owners: Mapping[int, int]) -> int | None:
    """Of a span between two poles it is the owner of the first."""
    return owners[edge.structures[0]] if edge.structures else None


def _settled(steps: Sequence[Step]) -> list[Step]:
    """Joints belong to what stands before or else behind them; between two parts that are dug they are dug."""
    settled: list[Step] = []
    for number, step in enumerate(steps):
        last = settled[-1] if settled else None
        if step.way == STREET and not step.label and last is not None and last.way == STREET:
            settled.append(replace(step, label=last.label))
            continue
        if step.way != JOINT:
            settled.append(step)
            continue
        around = [*settled[-1:], *(other for other in steps[number + 1 :] if other.way != JOINT)][:2]
        host = next((other for other in around if not other.is_dug), None)
        settled.append(
            replace(step, way=ELSEWHERE)
            if host is None
            else replace(step, way=host.way, owner_id=host.owner_id, label=host.label)
        )
    return settled


def _merged(steps: Sequence[Step]) -> list[Step]:
    """Neighbours of the same owner, way and street as one step; what is dug elsewhere leads straight."""
    merged: list[Step] = []
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


def _straight(one: Step, other: Step) -> Step:
    points = (one.points[0], other.points[-1])
    edge = Edge(0, ELSEWHERE, points)
    return replace(one, points=points, metres=edge.metres)
