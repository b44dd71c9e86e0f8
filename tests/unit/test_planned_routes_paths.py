"""Paths over a small made-up town: least digging, least cost, least length, on a plain grid of metres."""

from itertools import pairwise

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry.planned_routes.path_search import ExistingStructure, Network, cost_of, find_paths

PRICES = {"pulled_cables": 60, "laid_cables": 60, "hung_cables": 30, "street": 1_000, "elsewhere": 1_500}
#: Edges that the graph of a town has per pole, at most: what is searched grows as the town, not as its square.
EDGES_PER_POLE = 8
A, B = (0.0, 0.0), (1000.0, 0.0)


def duct(number, *points):
    return ExistingStructure(number, shapely.LineString(points), "pulled_cables")


def pole(number, *point):
    return ExistingStructure(number, shapely.Point(point), "hung_cables")


def network_of(lines=(), poles=(), streets=(), ends=(A, B)):
    network = Network(span_m=60, join_m=10)
    network.add_lines(lines)
    network.add_poles(poles)
    network.add_streets([(name, shapely.LineString(points)) for name, points in streets], ends)
    network.join()
    network.dig(ends)
    return network


def paths(lines=(), poles=(), streets=(), ends=(A, B)):
    """Wish -> the path that fulfils it best; every structure is of the owner with its number."""
    network = network_of(lines, poles, streets, ends)
    owners = {each.id: each.id for each in (*lines, *poles)}
    return {key: path for path in find_paths(network, ends, PRICES, owners) for key in path.keys}


def ways(path):
    return [(step.way, round(step.metres)) for step in path.steps]


def test_with_nothing_there_one_digs_straight():
    found_paths = paths()
    assert len({id(path) for path in found_paths.values()}) == 1
    assert ways(found_paths["least"]) == [("elsewhere", 1000)]


def test_a_duct_in_between_is_used():
    found_paths = paths([duct(1, (200, 0), (700, 0))])
    assert ways(found_paths["least"]) == [("elsewhere", 200), ("pulled_cables", 500), ("elsewhere", 300)]
    assert (round(found_paths["least"].reused_m), round(found_paths["least"].dug_m)) == (500, 500)


def test_least_digging_takes_a_long_way_and_the_shortest_does_not():
    around = duct(1, (0, 5), (0, 900), (1000, 900), (1000, 5))
    found_paths = paths([around])
    assert found_paths["least"].dug_m == pytest.approx(10, abs=0.1)
    assert found_paths["least"].metres == pytest.approx(2800, abs=0.1)
    assert ways(found_paths["shortest"]) == [("elsewhere", 1000)]
    assert found_paths["cheapest"] == found_paths["least"]


def test_the_cheapest_weighs_rent_against_digging():
    """The way around re-uses 20 km for 120 metres less to dig: no bargain."""
    around = duct(1, (0, 50), (0, 10_000), (170, 10_000), (170, 50))
    found_paths = paths([around], ends=((0, 0), (170, 0)))
    assert "pulled_cables" in [step.way for step in found_paths["least"].steps]
    assert ways(found_paths["cheapest"]) == [("elsewhere", 170)]


def test_one_digs_along_streets_and_across_their_corners():
    streets = [("Phố Lê Lai", [(0, 5), (0, 400)]), ("Đường Trần Phú", [(-50, 400), (1000, 400)])]
    path = paths(streets=streets, ends=((0, 0), (1000, 405)))["cheapest"]
    assert [(step.way, step.label) for step in path.steps] == [
        ("elsewhere", ""),
        ("street", "Phố Lê Lai"),
        ("street", "Đường Trần Phú"),
        ("elsewhere", ""),
    ]


def test_a_duct_is_entered_at_its_ends_only_and_a_pole_line_at_each_pole():
    beside = ((-300, 3), (0, 3), (1000, 3), (1300, 3))
    assert paths([duct(1, *beside)])["least"].reused_m == pytest.approx(1600)
    line = ExistingStructure(1, shapely.LineString(beside), "hung_cables", is_open=True)
    assert paths([line])["least"].reused_m == pytest.approx(1000)


def test_poles_a_span_apart_carry_a_cable_and_none_is_skipped():
    path = paths(poles=[pole(number, 50 * number, 2) for number in range(21)])["least"]
    assert [step.structures for step in path.steps if not step.is_dug] == [(n, n + 1) for n in range(20)]
    assert path.reused_m == pytest.approx(1000)
    apart = paths(poles=[pole(number, 61 * number, 2) for number in range(17)])["least"]
    assert apart.reused_m == 0


def test_ends_that_lie_together_belong_together():
    path = paths([duct(1, (0, 2), (500, 2)), duct(2, (507, 2), (1000, 2))])["least"]
    assert [step.way for step in path.steps] == ["elsewhere", "pulled_cables", "pulled_cables", "elsewhere"]
    assert path.reused_m == pytest.approx(1000)


def total(path):
    """The cost of a path in VND."""
    return sum(cost_of(step, PRICES) for step in path.steps)


places = st.tuples(st.integers(0, 1000), st.integers(-300, 300))


@settings(max_examples=60, deadline=None)
# Dug straight, the path with the shorter digging is the one that was searched for another wish.
@example([[(0, 11), (7, 8)], [(0, 22), (0, 0), (51, 135)], [(0, 0), (0, -1)], [(0, 11), (0, -12)]], [(33, 0), (56, 0)])
@given(st.lists(st.lists(places, min_size=2, max_size=3, unique=True), max_size=6), st.lists(places, max_size=5))
def test_each_path_is_best_at_what_it_is_for_and_adds_up(lines, poles):
    found_paths = paths(
        [duct(number, *points) for number, points in enumerate(lines)],
        [pole(100 + number, *point) for number, point in enumerate(poles)],
    )
    assert found_paths["shortest"].metres == pytest.approx(1000, abs=0.1)
    for path in found_paths.values():
        # Ties go to the shorter path: a metre in a thousand.
        assert found_paths["least"].dug_m <= path.dug_m + 0.001 * path.metres
        assert total(found_paths["cheapest"]) <= total(path) + 0.001
        assert path.reused_m + path.dug_m == pytest.approx(path.metres)
        ends = path.steps[0].points[0], path.steps[-1].points[-1]
        assert ends == (A, B)
        assert all(step.points[-1] == other.points[0] for step, other in pairwise(path.steps))
        assert total(path) <= 1_500 * path.metres + 1


def test_the_graph_of_a_whole_town_grows_as_the_town():
    """A thousand poles and twenty streets: what is searched is some edges a pole, so that no reader waits for it."""
    poles = [pole(number, 50 * (number % 40), 50 * (number // 40)) for number in range(1_000)]
    streets = [(f"Phố {n}", [(0, 100 * n + 5), (2000, 100 * n + 5)]) for n in range(10)]
    streets += [(f"Đường {n}", [(200 * n + 5, 0), (200 * n + 5, 1250)]) for n in range(10)]
    ends = ((-100, -100), (2100, 1350))
    assert paths(poles=poles, streets=streets, ends=ends)["least"].dug_m < 500
    network = network_of(poles=poles, streets=streets, ends=ends)
    assert network.graph.num_edges() < EDGES_PER_POLE * len(poles)
