"""The database server is killed while the worker applies an import: it comes back, and the import is all or nothing."""

from tests.support.crash import SERVES_AGAIN_S, kill_the_server_while, nursery, own_cluster, trial_on, undisturbed

__all__ = ["own_cluster"]


def test_the_server_killed_in_the_middle_of_an_import_loses_and_doubles_nothing(own_cluster, tmp_path):
    with trial_on(own_cluster.url(), tmp_path) as trial, nursery() as work:
        statements, _seconds = undisturbed(trial, work)["apply"]
        found, seconds, _status = kill_the_server_while("apply", trial, own_cluster, work, statement=statements // 2)
    assert (found, seconds < SERVES_AGAIN_S) == ("before", True)
