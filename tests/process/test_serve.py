"""`flask serve` as a person starts it: what it says, what it survives, what it refuses."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from registry.kernel.db.cluster import Cluster
from registry.kernel.installation import CHECKOUT
from tests.support.own_cluster import made, place, prepared_cluster
from tests.support.processes import wait_for, wait_for_end
from tests.support.served import (
    FLASK,
    KEY,
    answers,
    children,
    environment,
    folder,
    free_port,
    log_of,
    run,
    run_forked,
    served,
)

__all__ = ["folder", "made", "place", "prepared_cluster", "run_forked"]


def test_it_restarts_what_is_killed_and_its_next_start_survives_its_own_kill(made):
    env = environment(made, PORT=str(free_port()))
    log = log_of(env)
    with served(env) as process:
        assert answers(env["PORT"])
        before = children(process.pid)
        assert len(before) == 3, before
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        def all_are_new():
            now = children(process.pid)
            return len(now) == 3 and not now.keys() & before.keys()

        wait_for(all_are_new, process, log)
        wait_for(lambda: answers(env["PORT"]), process, log)
        used = run(["cluster", "status"], env)
        assert used.returncode == 0, used.stderr
        process.kill()
        process.wait()
    with served(env) as process:
        assert answers(env["PORT"])
        process.send_signal(signal.SIGINT)
        assert wait_for_end(process, log) == 0
    assert not Cluster(made / "var").status().running


def test_a_command_that_cannot_work_says_why_in_words_and_makes_nothing(folder, run_forked):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = str(taken.getsockname()[1])
        free = str(free_port())
        url = f"postgresql://owner:hunter2@127.0.0.1:{free}/registry"
        foreign = environment(folder, PORT=free, DATABASE_URL=url, SECRET_KEY=KEY)
        refused = [
            (["serve"], environment(folder, PORT=busy), 1, busy),
            (["serve"], environment(Path("/proc/registry"), PORT=free), 4, "/proc/registry"),
            (["db", "upgrade"], environment(folder, PORT=free), 5, "make run"),
            (["serve"], foreign, 5, "DATABASE_URL"),
        ]
        for command, env, status, named in refused:
            answer = run_forked(command, env)
            assert answer.returncode == status, answer.stderr
            assert named in answer.stderr
            assert "Traceback" not in answer.stderr
            assert "hunter2" not in answer.stderr
    assert not (folder / "var" / "postgres").exists()


def test_it_serves_with_a_database_server_of_someone_elses(program, cluster):
    """That it ends in order too is asked where `program` is told to end."""
    assert answers(program.env["PORT"])
    assert len(children(program.process.pid)) == 2
    shown = "".join(children(program.process.pid).values())
    assert KEY not in shown
    assert not (program.folder / "postgres").exists()
    assert cluster.status().running


def test_it_stops_in_order_also_while_it_is_still_starting(made):
    env = environment(made, PORT=str(free_port()))
    with (
        log_of(env).open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(lambda: Cluster(made / "var").status().running, process, log_of(env))
            process.terminate()
            assert wait_for_end(process, log_of(env)) == 0
        finally:
            process.kill()
    assert not Cluster(made / "var").status().running
