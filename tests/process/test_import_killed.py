"""P4, at named points: a worker or the database server killed within a step of an import leaves all or nothing."""

import signal

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


@pytest.fixture(scope="module")
def work():
    with nursery() as workers:
        yield workers


@pytest.fixture(scope="module")
def lengths_of(work):
    """A function: a trial, which gets what each step adds -> statements and seconds of each; tried once for all."""
    known_lengths = []

    def measured(trial):
        if not known_lengths:
            known_lengths.append((undisturbed(trial, work), trial.expected))
        lengths, trial.expected = known_lengths[0]
        return lengths

    return measured


def test_a_worker_killed_within_a_step_leaves_it_undone_or_done_and_the_next_one_finishes(
    live_url, tmp_path, work, lengths_of
):
    with trial_on(live_url, tmp_path) as trial:
        lengths = lengths_of(trial)
        batch_id, outcomes = trial.sent(), {}
        for step in STEPS:
            statements, _seconds = lengths[step]
            trial.ask(step, batch_id)
            before = trial.signature()
            ended = work(url=trial.url, folder=str(trial.folder), statement=statements // 2)
            trial.wait_for_ends()
            outcomes[step] = ended["status"], trial.check(step, batch_id, before)
            trial.finish()
            trial.is_done(step, batch_id, before, trial.signature())
        assert trial.notices(batch_id) == ["applied", "undone"]
    assert {status for status, _found in outcomes.values()} == {-signal.SIGKILL}
    # The middle of a short step may lie after its commit.
    assert "before" in {state for _status, state in outcomes.values()}


def test_the_server_killed_in_the_middle_of_an_import_loses_and_doubles_nothing(
    own_cluster, tmp_path, work, lengths_of
):
    with trial_on(own_cluster.url(), tmp_path) as trial:
        statements, _seconds = lengths_of(trial)["apply"]
        outcome, seconds, _status = kill_the_server_while("apply", trial, own_cluster, work, statement=statements // 2)
    assert (outcome, seconds < SERVES_AGAIN_S) == ("before", True)
