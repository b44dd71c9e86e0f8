"""Small counts of a published table cannot be computed from what is published beside them."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.dashboard.suppression import TOTAL, suppress
from tests.support.suppressed import computable

LEAST = 3


def splits(total, parts):
    """All ways to split a number into so many parts, those from the middle first."""
    if parts == 0:
        return [()] if total == 0 else []
    if parts == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in splits(total - first, parts - 1)]


def possible_values(table, hidden):
    """Every hidden figure -> the values that it may have for a reader of the published ones; two are enough."""
    rows, columns = len(table), len(table[0])
    found = {place: set() for place in hidden}
    of_columns = []
    for column in range(columns):
        unknown = [row for row in range(rows) if (row, column) in hidden]
        rest = sum(table[row][column] for row in unknown)
        of_columns.append([dict(zip(unknown, split, strict=True)) for split in splits(rest, len(unknown))])
    for choice in product(*of_columns):
        filled = [[choice[column].get(row, table[row][column]) for column in range(columns)] for row in range(rows)]
        totals = [sum(counts) for counts in filled]
        if any((row, TOTAL) not in hidden and totals[row] != sum(table[row]) for row in range(rows)):
            continue
        for row, column in hidden:
            found[row, column].add(totals[row] if column == TOTAL else filled[row][column])
        if all(len(values) > 1 for values in found.values()):
            break
    return found


@given(
    st.integers(2, 3).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 5), min_size=columns, max_size=columns), min_size=2, max_size=3
        )
    )
)
@settings(max_examples=60)
def test_no_hidden_figure_can_be_computed(table):
    hidden = suppress(table, LEAST).hidden
    for row, counts in enumerate(table):
        for column, count in (*enumerate(counts), (TOTAL, sum(counts))):
            assert (row, column) in hidden or count == 0 or count >= LEAST
    known = {place: values for place, values in possible_values(table, hidden).items() if len(values) < 2}
    assert known == {}


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=3),
    st.sets(st.tuples(st.integers(0, 2), st.integers(-1, 1)), min_size=1),
)
@settings(max_examples=60)
def test_what_can_be_computed_is_what_all_fillings_agree_on(table, places):
    hidden = {(row, column) for row, column in places if row < len(table)}
    agreed = {place for place, values in possible_values(table, hidden).items() if len(values) < 2}
    assert computable(table, hidden) == agreed


def test_a_table_without_small_counts_is_shown_whole():
    assert suppress([[5, 0], [7, 9]], LEAST).hidden == frozenset()


def test_one_small_count_hides_three_others_or_the_totals_that_would_tell_it():
    assert suppress([[1, 8, 8], [9, 3, 9], [9, 9, 4]], LEAST).hidden >= {(0, 0)}
    assert 3 < len(suppress([[1, 8, 8], [9, 3, 9], [9, 9, 4]], LEAST).hidden) < 6


def test_a_single_row_is_its_totals_and_hides_all():
    assert suppress([[1, 9]], LEAST).hidden == {(0, 0), (0, 1), (0, TOTAL)}
    assert suppress([[3, 9]], LEAST).hidden == frozenset()


def test_a_whole_province_is_suppressed_at_once():
    table = [[(row * 7 + column * 3) % 11 for column in range(10)] for row in range(166)]
    hidden = suppress(table, 5).hidden
    small = {(r, c) for r, counts in enumerate(table) for c, count in enumerate(counts) if 0 < count < 5}
    assert small <= hidden
    # What is hidden for their sake is little.
    assert len(hidden) < 1.2 * len(small)
