"""How often a test by chance is tried: a few times in `make test`, all of them in `make trials`."""

import os

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
