"""What can be given once is given once, however many ask at the same moment (PROMISES P3)."""

import random

import pytest

from tests.support.races import race_for_the_last_place, race_with_withdrawals_and_a_cut, racers

SEED = 20261126


@pytest.fixture(scope="module")
def owners(program, cast):
    with racers(6, program.address, cast["viettel"]) as people:
        yield people


def test_the_last_free_place_is_given_once(program, owners):
    race_for_the_last_place(program.database, owners)


def test_nothing_is_given_twice_and_nothing_free_is_refused(program, owners, cast):
    dice = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    with racers(2, program.address, cast["vnpt"]) as asking:
        for _round in range(2):
            race_with_withdrawals_and_a_cut(program.database, dice, owners, asking)
