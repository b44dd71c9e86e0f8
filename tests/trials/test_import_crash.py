"""P4: workers, database servers and web servers killed at random points of an import: all as before, or as after.

TRIAL_SEED names the chances, TRIAL_FROM the round to begin with (a round does not depend on those before it),
TRIAL_SECONDS after how many seconds no further round begins.
"""

import os
import random
import signal
import sys
import time
from collections import Counter

import pytest

from tests.support.crash import (
    SERVES_AGAIN_S,
    STEPS,
    kill_the_server_while,
    nursery,
    own_cluster,
    trial_on,
    undisturbed,
)
from tests.support.own_cluster import prepared_cluster

__all__ = ["own_cluster", "prepared_cluster"]

pytestmark = pytest.mark.trial
#: Each round kills in each of the four steps; some workers are done before.
KILLS, SERVER_KILLS = 50, 50
SECONDS = 1200


@pytest.fixture
def trial(live_url, tmp_path):
    with trial_on(live_url, tmp_path) as import_trial:
        yield import_trial


@pytest.fixture
def server_trial(own_cluster, tmp_path):
    with trial_on(own_cluster.url(), tmp_path) as import_trial:
        yield import_trial


def rounds(kills, counts, capsys):
    """Chance after chance until so many kills were seen, or time is over."""
    seed, number = int(os.environ.get("TRIAL_SEED") or time.time()), int(os.environ.get("TRIAL_FROM") or 0)
    began, most = time.monotonic(), int(os.environ.get("TRIAL_SECONDS") or SECONDS)
    while counts["killed"] < kills and time.monotonic() - began < most:
        yield random.Random(f"{seed} {number}")  # noqa: S311 - repeatable, not secret
        with capsys.disabled():
            sys.stdout.write(f"seed {seed} round {number}: {dict(counts)}, {time.monotonic() - began:.0f} s\n")
        number += 1
    assert counts["killed"] >= kills, f"time was over, go on with TRIAL_SEED={seed} TRIAL_FROM={number}"


def point_in(length, chance):
    """At a statement, of which there are many while little time passes, or at a moment, also within one."""
    statements, seconds = length
    if chance.random() < 0.5:
        return {"statement": chance.randint(1, statements)}
    return {"seconds": chance.uniform(0, seconds / 2)}


def test_workers_killed_at_random_points_leave_a_step_undone_or_done(trial, capsys):
    counts = Counter()
    with nursery() as work:
        lengths = undisturbed(trial, work)
        for chance in rounds(KILLS, counts, capsys):
            batch_id = trial.sent()
            for step in STEPS:
                trial.ask(step, batch_id)
                before = trial.signature()
                ended = work(url=trial.url, folder=str(trial.folder), **point_in(lengths[step], chance))
                trial.wait_for_ends()
                counts["killed" if ended["status"] == -signal.SIGKILL else "too late"] += 1
                counts[f"{step} {trial.check(step, batch_id, before)}"] += 1
                trial.finish()
                trial.is_done(step, batch_id, before, trial.signature())
            assert trial.notices(batch_id) == ["applied", "undone"]


def test_servers_killed_at_random_points_lose_and_double_nothing(server_trial, own_cluster, capsys):
    counts, longest = Counter(), 0.0
    with nursery() as work:
        lengths = undisturbed(server_trial, work)
        for chance in rounds(SERVER_KILLS, counts, capsys):
            step = chance.choice(("apply", "apply", "undo"))
            point = point_in(lengths[step], chance)
            outcome, seconds, status = kill_the_server_while(step, server_trial, own_cluster, work, **point)
            longest = max(longest, seconds)
            counts.update(["killed", f"{step} {outcome}", f"worker ended with {status}"])
    with capsys.disabled():
        sys.stdout.write(f"served again after at most {longest:.1f} s\n")
    assert longest < SERVES_AGAIN_S
