"""Agreements live as both sides, the department and the clock let them, and keep their promises on the way."""

from collections import Counter

import pytest

from tests.support.agreement_lives import Life

STEPS = 30


def test_a_few_lives(ctx_of, database):
    for seed in range(3):
        assert Life(ctx_of, database, seed).play(STEPS)


@pytest.mark.trial
@pytest.mark.parametrize("first", range(0, 500, 25))
def test_five_hundred_lives_reach_every_state(ctx_of, database, first):
    counts = Counter()
    for seed in range(first, first + 25):
        counts.update(step[-1] for step in Life(ctx_of, database, 1_000 + seed).play(60))
    assert len(counts) > 8, counts
