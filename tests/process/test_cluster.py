"""The private cluster: twice, killed, interrupted, in odd places."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from registry.kernel.db.cluster import Cluster, ClusterError
from registry.kernel.db.cluster.cluster import ELSEWHERE_FILE
from registry.kernel.db.cluster.programs import Account
from registry.kernel.db.cluster.server import send
from registry.kernel.installation import CHECKOUT
from registry.kernel.processes import processes_in
from tests.support.own_cluster import cluster_in, own, own_folder, prepared_cluster, unmade
from tests.support.processes import is_alive, wait_for

__all__ = ["own", "own_folder", "prepared_cluster", "unmade"]

AS_ROOT = os.geteuid() == 0
PARENT = """
import sys, time
from pathlib import Path
from registry.kernel.db.cluster import Cluster
Cluster(Path(sys.argv[1]), fsync=False).start(tied=True)
print('up', flush=True)
time.sleep(600)
"""


def ask(cluster, question):
    with psycopg.connect(cluster.url().replace("+psycopg", "")) as connection:
        return connection.execute(question).fetchone()[0]


def log_of(cluster):
    """What the server wrote."""
    return cluster.data_dir / "postgres" / "server.log"


def test_it_starts_twice_and_stops_twice(own):
    own.start()
    pid = own.status().pid
    Cluster(own.data_dir, fsync=False).start()
    assert own.status().pid == pid
    Cluster(own.data_dir).stop()
    assert not own.status().running
    own.stop()


def test_first_starts_at_once_after_an_interrupted_one_give_one_server(unmade):
    draft = unmade.data_dir / "postgres" / "draft-data"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("17")
    failures = []

    def start():
        try:
            Cluster(unmade.data_dir, fsync=False).start()
        except ClusterError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ask(unmade, "SELECT 1") == 1
    assert not draft.exists()


def test_it_keeps_its_data_over_a_kill_of_the_server(own):
    own = Cluster(own.data_dir)  # as installations run it: what is committed is written
    own.start()
    with psycopg.connect(own.url().replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    with contextlib.closing(psycopg.connect(own.url().replace("+psycopg", ""))) as busy:
        busy.execute("SELECT 1")
        os.kill(own.status().pid, signal.SIGKILL)
        own.start()
        assert ask(own, "SELECT seven FROM kept") == 7


def test_it_ignores_a_lock_file_whose_number_is_now_another_process(own):
    files = own.status().files
    account = Account.for_server()
    lock = files / "postmaster.pid"
    with account_sleeper(account) as pid:
        lock.write_text(f"{pid}\n{files}\n")
        account.give(lock)
        own.start()
        assert ask(own, "SELECT 1") == 1


@contextlib.contextmanager
def account_sleeper(account):
    """A process of the server's account that is no server."""
    with subprocess.Popen(["sleep", "600"], user=account.uid if account.switched else None, cwd="/") as process:
        yield process.pid
        process.kill()


def test_it_completes_a_database_that_an_interrupted_start_left_out(own):
    own.start()
    with psycopg.connect(own.url(database="postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP DATABASE registry")
    own.start()
    assert ask(own, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'") == 1


def test_it_works_in_a_path_longer_than_a_socket_may_have(own_folder, prepared_cluster):
    deep = own_folder.joinpath(*["a folder with spaces and a long name"] * 5)
    with cluster_in(deep, prepared_cluster) as cluster:
        for folder in deep.relative_to(own_folder).parents:
            (own_folder / folder).chmod(0o711)
        cluster.start()
        assert len(str(deep)) > 107
        assert ask(cluster, "SELECT 1") == 1


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a folder that the server's account cannot enter")
def test_it_works_in_a_folder_that_only_root_can_enter(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "var", fsync=False)
    cluster.start()
    elsewhere = Path((closed / "var" / ELSEWHERE_FILE).read_text().strip())
    try:
        assert ask(cluster, "SELECT current_user") == "registry_owner"
        assert ask(Cluster(closed / "var"), "SHOW data_directory") == str(elsewhere / "data")
        cluster.stop()
        cluster.start()
    finally:
        cluster.stop()
        shutil.rmtree(elsewhere)


def test_a_tied_server_ends_with_the_process_that_started_it(own):
    command = [sys.executable, "-c", PARENT, str(own.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as parent:
        assert parent.stdout.readline() == "up\n"
        assert own.status().running
        parent.kill()
    # The next start does not wait for the dying server to be gone: it copes.
    own.start()
    assert ask(own, "SELECT 1") == 1


def test_a_tied_server_that_was_killed_starts_again_and_one_that_hangs_is_ended_in_time(own):
    own.start(tied=True)
    os.kill(own.status().pid, signal.SIGKILL)
    wait_for(lambda: not own.status().running, None, log_of(own))
    own.start(tied=True)
    assert ask(own, "SELECT 1") == 1
    # The server first, so that it starts no other. What answered the question may end meanwhile.
    send(own.status().pid, signal.SIGSTOP)
    hanging = processes_in(own.status().files)
    for pid in hanging:
        send(pid, signal.SIGSTOP)
    own.stop(within_s=0.5)
    assert not own.status().running
    wait_for(lambda: not any(map(is_alive, hanging)), None, log_of(own))
