"""The last free place, asked for by many at once over HTTP: it is given once, and the ledger adds up (PROMISES P3).

Then approvals by many at once, while others withdraw and the owner cuts its capacity: no place is ever given twice, and
no free one refused.
"""

import random
import sys
import time
from statistics import quantiles

import pytest

from tests.support.races import race_for_the_last_place, race_with_withdrawals_and_a_cut, racers

pytestmark = pytest.mark.trial
SEED = 20261126
OWNERS, ROUNDS = 64, 20
APPROVALS = 10_000


def summed_up(capsys, what, began, times):
    with capsys.disabled():
        sys.stdout.write(
            f"{what}: {time.monotonic() - began:.0f} s in all; an answer came within"
            f" {quantiles(times, n=20)[-1]:.2f} s (p95), {max(times):.2f} s (worst)\n"
        )


def test_the_last_free_place_is_given_once(program, cast, capsys):
    began, times = time.monotonic(), []
    with racers(OWNERS, program.address, cast["viettel"]) as owners:
        for _round in range(ROUNDS):
            times += race_for_the_last_place(program.database, owners)
    summed_up(capsys, f"{ROUNDS} rounds of {OWNERS}", began, times)


def test_nothing_is_given_twice_and_nothing_free_is_refused(program, cast, capsys):
    dice = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    done, began, times = 0, time.monotonic(), []
    viettel, vnpt = cast["viettel"], cast["vnpt"]
    with racers(49, program.address, viettel) as owning, racers(15, program.address, vnpt) as asking:
        while done < APPROVALS:
            times += race_with_withdrawals_and_a_cut(program.database, dice, owning, asking)
            done += len(owning.processes) - 1
    summed_up(capsys, f"{done} approvals, seed {SEED}", began, times)
