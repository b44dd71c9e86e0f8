"""What can be given once is given once, however many ask at the same moment (PROMISES P3)."""

import random

from tests.support.races import address, race_for_the_last_place, race_with_withdrawals_and_a_cut, racers

__all__ = ["address"]

SEED = 20261126


def test_the_last_free_place_is_given_once(live_app, address, cast):
    with racers(6, address, cast["viettel"]) as owners:
        race_for_the_last_place(live_app.extensions["registry.database"], owners)


def test_nothing_is_given_twice_and_nothing_free_is_refused(live_app, address, cast):
    database, dice = live_app.extensions["registry.database"], random.Random(SEED)  # noqa: S311 - repeatable, not secret
    with racers(6, address, cast["viettel"]) as owning, racers(2, address, cast["vnpt"]) as asking:
        for _round in range(2):
            race_with_withdrawals_and_a_cut(database, dice, owning, asking)
