"""Stretches of a route: whatever runs there are, re-used and new metres add up to the whole."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.planned_routes.forms import to_address, to_lines
from registry.planned_routes.rules import RouteRun, Stretch, cover, reused, reused_by_owner, spans, split_gap

metres = st.floats(0, 2000, allow_nan=False)


@st.composite
def runs_(draw):
    """Runs of three owners in two ways, some of them beyond the end of the route."""
    runs = []
    for number in range(draw(st.integers(0, 12))):
        start = draw(metres)
        end = start + draw(st.floats(0.1, 800))
        runs.append(RouteRun(start, end, (number,), draw(st.integers(1, 3)), draw(st.sampled_from(("hung", "pulled")))))
    return runs


@given(runs_(), st.floats(1, 2000), st.sampled_from((0, 10)), st.sampled_from((0, 20)))
def test_the_stretches_are_the_whole_route_once(runs, length, join, least):
    stretches = cover(runs, length, join=join, least=least)
    assert stretches[0].start == 0
    assert stretches[-1].end == length
    assert all(stretch.end == other.start for stretch, other in pairwise(stretches))
    new = sum(stretch.metres for stretch in stretches if stretch.is_gap)
    assert reused(stretches) + new == pytest.approx(length)
    assert sum(reused_by_owner(stretches).values()) == pytest.approx(reused(stretches))


@given(runs_(), st.floats(1, 2000))
def test_exactly_what_some_run_covers_is_reused(runs, length):
    """Without joining and dropping, a metre is re-used if and only if a run covers it."""
    stretches = cover(runs, length, join=0, least=0)
    for at in (length * step / 97 for step in range(1, 97)):
        stretch = next(each for each in stretches if each.start <= at <= each.end)
        near = any(abs(at - edge) < 0.1 for run in runs for edge in (run.start, run.end))
        assert near or stretch.is_gap != any(run.start <= at <= run.end for run in runs)


@given(runs_(), st.floats(1, 2000))
def test_a_stretch_names_the_owner_and_way_of_its_runs(runs, length):
    runs_by_id = {run.structures[0]: run for run in runs}
    for stretch in cover(runs, length, join=10, least=20):
        used = [runs_by_id[key] for key in stretch.structures]
        assert all((run.owner_id, run.way) == (stretch.owner_id, stretch.way) for run in used)
        assert bool(used) is not stretch.is_gap


@given(st.floats(0, 500), st.floats(1, 500), st.lists(st.tuples(metres, metres).map(sorted), max_size=5))
def test_what_must_be_built_stays_so_however_it_is_parted(start, length, blocked):
    gap = Stretch(start, start + length)
    parts = split_gap(gap, blocked, join=10)
    assert all(part.is_gap for part in parts)
    assert (parts[0].start, parts[-1].end) == (pytest.approx(gap.start), pytest.approx(gap.end))
    assert sum(part.metres for part in parts) == pytest.approx(length)


def test_a_gap_is_parted_where_something_without_room_begins_and_ends():
    parts = split_gap(Stretch(100, 400), [(50, 120), (118, 200), (300, 999)], join=10)
    assert [(part.start, part.end) for part in parts] == [(100, 200), (200, 300), (300, 400)]


def test_next_to_nothing_at_the_ends_is_not_built():
    stretches = cover([RouteRun(0.5, 98, (1,), 1, "pulled")], 100, join=10, least=20)
    assert [(stretch.start, stretch.end, stretch.is_gap) for stretch in stretches] == [(0, 100, False)]


def test_as_few_runs_as_possible_are_taken():
    runs = [
        RouteRun(0, 40, (1,), 1, "pulled"),
        RouteRun(30, 60, (2,), 2, "pulled"),
        RouteRun(0, 100, (3,), 3, "pulled"),
    ]
    assert [stretch.structures for stretch in cover(runs, 100, join=0, least=0)] == [(3,)]


def test_spans_join_poles_that_stand_near_and_no_others():
    spans_found = spans([(100, 3, 1), (0, 1, 1), (50, 2, 2)], 50, "hung")
    assert [(run.start, run.end, run.structures, run.owner_id) for run in spans_found] == [
        (0, 50, (1, 2), 1),
        (50, 100, (2, 3), 2),
    ]
    assert spans([(0, 1, 1), (51, 2, 1)], 50, "hung") == []


def test_an_address_is_short_and_reads_as_lines():
    text = to_address('{"type": "LineString", "coordinates": [[105.776, 19.807], [105.7770001, 19.808]]}')
    assert text == "19.807000,105.776000;19.808000,105.777000"
    assert to_lines(text) == "19.807000, 105.776000\n19.808000, 105.777000"
    assert to_lines("X = 2.191.076,73; Y = 581.102,24") == "X = 2.191.076,73; Y = 581.102,24"
