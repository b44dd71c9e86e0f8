"""Lives of violations by chance: three offices, the accused and the clock, against an oracle of the law."""

import pytest

from tests.support.rounds import seeds
from tests.support.violation_lives import Life

#: Lives of a round; with all rounds of the trials 500 in all.
LIVES = 10


@pytest.mark.parametrize("seed", seeds(1, 50))
def test_no_life_breaks_a_rule_of_the_law(seed, ctx_of, database):
    faults, states = {}, set()
    for number in range(LIVES):
        life = Life(f"{seed} {number}", ctx_of, database)
        if broken := life.live():
            faults[number] = broken
        states.add(life.case().state)
    assert not faults
    assert len(states) > 1
