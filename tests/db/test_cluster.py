"""The private cluster: twice, killed, interrupted, in odd places."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from registry.kernel.db.cluster import EXTENSIONS, Cluster, ClusterError
from registry.kernel.db.cluster.account import Account
from registry.kernel.db.cluster.home import ELSEWHERE_FILE
from registry.kernel.installation import CHECKOUT
from tests.support.patience import PATIENCE_S

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def own():
    """A cluster of the test's own, not started yet, in a folder that the server's account can pass."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        cluster = Cluster(Path(folder) / "var", fsync=False)
        yield cluster
        cluster.stop()


def ask(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.url().replace("+psycopg", "")) as connection:
        return connection.execute(question).fetchone()[0]


def test_it_starts_twice_and_stops_twice(own):
    own.start()
    pid = own.status().pid
    Cluster(own.data_dir, fsync=False).start()
    assert own.status().pid == pid
    Cluster(own.data_dir).stop()
    assert not own.status().running
    own.stop()


def test_it_has_what_the_schema_needs_and_no_network_address(own):
    own.start()
    with psycopg.connect(own.url().replace("+psycopg", "")) as connection:
        present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    assert set(EXTENSIONS) <= present
    assert ask(own, "SHOW listen_addresses") == ""
    assert ask(own, "SHOW data_checksums") == "on"
    ordered = "SELECT string_agg(x, ' ' ORDER BY x) FROM unnest('{Đông,Dương,Ân,Bình,Ăn,An}'::text[]) x"
    assert ask(own, ordered) == "An Ăn Ân Bình Dương Đông"


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
    own.start()
    files = own.status().files
    own.stop()
    account = Account.for_server()
    lock = files / "postmaster.pid"
    with account_sleeper(account) as pid:
        lock.write_text(f"{pid}\n{files}\n")
        account.give(lock)
        own.start()
        assert ask(own, "SELECT 1") == 1


@contextlib.contextmanager
def account_sleeper(account: Account) -> Iterator[int]:
    """A process of the server's account that is no server."""
    with subprocess.Popen(["sleep", "600"], user=account.uid if account.switched else None, cwd="/") as process:
        yield process.pid
        process.kill()


def test_it_makes_a_half_made_cluster_anew(own):
    home = own.data_dir / "postgres"
    (home / "draft-data").mkdir(parents=True)
    (home / "draft-data" / "PG_VERSION").write_text("17")
    own.start()
    assert ask(own, "SELECT 1") == 1
    assert not (own.status().files.parent / "draft-data").exists()


def test_it_completes_a_database_that_an_interrupted_start_left_out(own):
    own.start()
    with psycopg.connect(own.url(database="postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP DATABASE registry")
    own.start()
    assert ask(own, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'") == 1


def test_two_starts_at_once_give_one_server(own):
    failures = []

    def start() -> None:
        try:
            Cluster(own.data_dir, fsync=False).start()
        except ClusterError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ask(own, "SELECT 1") == 1


def test_it_refuses_data_of_another_major_version(own):
    own.start()
    own.stop()
    version = own.status().files / "PG_VERSION"
    version.write_text("11\n")
    with pytest.raises(ClusterError, match="PostgreSQL 11"):
        own.start()
    assert not own.status().running


def test_it_works_in_a_path_longer_than_a_socket_may_have(own):
    deep = own.data_dir.joinpath(*["a folder with spaces and a long name"] * 5)
    cluster = Cluster(deep, fsync=False)
    cluster.start()
    try:
        assert len(str(deep)) > 107
        assert ask(cluster, "SELECT 1") == 1
    finally:
        cluster.stop()


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


def test_it_says_that_a_folder_cannot_be_written():
    with pytest.raises(ClusterError, match="/proc/registry"):
        Cluster(Path("/proc/registry")).start()


def test_a_tied_server_ends_with_the_process_that_started_it(own):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from registry.kernel.db.cluster import Cluster\n"
        "Cluster(Path(sys.argv[1]), fsync=False).start(tied=True)\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(own.data_dir)], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as parent:
        assert parent.stdout.readline() == "up\n"
        assert own.status().running
        parent.kill()
    # The next start does not wait for the dying server to be gone: it copes.
    own.start()
    assert ask(own, "SELECT 1") == 1


def test_a_tied_server_that_was_killed_starts_again(own):
    own.start(tied=True)
    os.kill(own.status().pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while own.status().running and time.monotonic() < deadline:
        time.sleep(0.05)
    own.start(tied=True)
    assert ask(own, "SELECT 1") == 1
