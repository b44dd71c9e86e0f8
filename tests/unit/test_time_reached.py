"""A median of times counts what is still open: the Kaplan-Meier estimate."""

import random
from statistics import median_low

import pytest

from registry.incidents.rules import time_reached_by


@pytest.mark.parametrize(
    ("ended", "still_open", "median"),
    [
        ([], [], None),
        ([], [5.0], None),
        ([2.0], [], 2.0),
        ([1.0, 3.0], [30.0], 3.0),
        # Too young to say anything of the later hours.
        ([1.0, 3.0], [0.5, 0.5], 1.0),
        ([1.0], [2.0, 2.0], None),
        ([1.0, 1.0, 4.0], [2.0], 1.0),
    ],
)
def test_those_that_are_open_are_counted_as_long_as_they_are(ended, still_open, median):
    assert time_reached_by(0.5, ended, still_open) == median


def test_without_open_ones_it_is_the_lower_median_and_an_open_one_never_makes_it_shorter():
    chance = random.Random(55)  # noqa: S311 - repeatable, not secret
    for _round in range(200):
        ended = [float(chance.randrange(1, 40)) for _each in range(chance.randrange(1, 30))]
        assert time_reached_by(0.5, ended, []) == median_low(ended)
        longer = time_reached_by(0.5, ended, [100.0])
        assert longer is None or longer >= median_low(ended)
