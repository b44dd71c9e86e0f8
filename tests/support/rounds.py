"""How often a test by chance is tried: a few times in `make test`, all of them in `make trials`."""

import os
from itertools import combinations, product

import pytest

#: The seed of the suite, which `make test SEED=7` sets; the chances of tests follow from it.
SUITE_SEED = "TEST_SEED"


def seeds(few, many):
    """Parameters of a test that takes a seed: `few` in each run, the rest of `many` in the trials."""
    base = int(os.environ.get(SUITE_SEED, "0")) * 100
    return [
        pytest.param(base + number, marks=() if number < few else pytest.mark.trial, id=f"chance-{number}")
        for number in range(many)
    ]


def sizes(few, many):
    """Parameters `seed` and `is_whole`: `few` small rounds in each run, `many` whole ones in the trials."""
    base = int(os.environ.get(SUITE_SEED, "0")) * 100
    small = [pytest.param(base + number, False, id=f"chance-{number}") for number in range(few)]
    whole = [pytest.param(base + number, True, marks=pytest.mark.trial, id=f"whole-{number}") for number in range(many)]
    return small + whole


def pairs(*lists):
    """As few rows as it takes for each value of a list to stand beside each value of every other list."""
    missing = {
        ((first, first_item), (second, second_item))
        for first, second in combinations(range(len(lists)), 2)
        for first_item, second_item in product(lists[first], lists[second])
    }
    rows = []
    while missing:
        best = max(product(*lists), key=lambda row: len(_beside(row) & missing))
        missing -= _beside(best)
        rows.append(best)
    return tuple(rows)


def _beside(row):
    return set(combinations(enumerate(row), 2))
