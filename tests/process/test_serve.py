"""`flask serve` as a person starts it: what it says, what it survives, what it refuses."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg

from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.server_rights import missing_rights
from registry.kernel.installation import CHECKOUT
from tests.support.own_cluster import full_folder, own, own_folder, prepared_cluster
from tests.support.ports import free_port
from tests.support.processes import is_alive, wait_for, wait_for_end
from tests.support.served import (
    FLASK,
    KEY,
    answers,
    children,
    environment,
    folder,
    log_of,
    run_forked,
    served,
    web_workers,
)

__all__ = ["folder", "full_folder", "own", "own_folder", "prepared_cluster", "run_forked"]


def test_it_restarts_what_is_killed_or_lost_and_its_next_start_survives_its_own_kill(full_folder, run_forked):
    env = environment(full_folder, PORT=str(free_port()))
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
        used = run_forked(["cluster", "status"], env)
        assert used.returncode == 0, used.stderr
        database = Cluster(full_folder / "var").status()
        (database.files / "postmaster.pid").unlink()
        wait_for(lambda: Cluster(full_folder / "var").status().pid not in {None, database.pid}, process, log)
        process.kill()
        process.wait()
    with served(env) as process:
        assert answers(env["PORT"])
        ends_in_time_without_its_folder(full_folder, env, process)


def ends_in_time_without_its_folder(data_folder, env, process):
    """All of it, though there is nothing left to work with."""
    log, files = log_of(env), Cluster(data_folder / "var").status().files
    started = [*children(process.pid), *web_workers(process.pid)]
    (data_folder / "var").rename(data_folder / "gone")
    wait_for(lambda: str(files) in log.read_text(encoding="utf-8"), process, log)
    process.terminate()
    assert wait_for_end(process, log) == 0
    assert not [pid for pid in started if is_alive(pid)]
    assert not (data_folder / "var" / "postgres").exists()


def test_a_command_that_cannot_work_says_why_in_words_and_makes_nothing(folder, run_forked):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = str(taken.getsockname()[1])
        free = str(free_port())
        url = f"postgresql://owner:hunter2@127.0.0.1:{free}/registry"
        foreign = environment(folder, PORT=free, DATABASE_URL=url, SECRET_KEY=KEY)
        refused = [
            (["serve"], environment(folder, PORT=busy), 1, busy),
            (["serve"], environment(Path("/proc/registry"), PORT=free), 4, "/proc/registry"),
            (["serve"], environment(folder, PORT=free, FLASK_DEBUG="1"), 4, "FLASK_DEBUG"),
            (["db", "upgrade"], environment(folder, PORT=free), 5, "make run"),
            (["serve"], foreign, 5, "Connection refused), cần kiểm tra DATABASE_URL"),
        ]
        for command, env, status, named in refused:
            answer = run_forked(command, env)
            assert answer.returncode == status, answer.stderr
            assert named in answer.stderr
            assert "Traceback" not in answer.stderr
            assert "hunter2" not in answer.stderr
    assert not (folder / "var" / "postgres").exists()


def test_it_serves_with_a_server_of_someone_elses_whose_owner_is_no_superuser(folder, own):
    own.start()
    with psycopg.connect(own.url(database="postgres").replace("+psycopg", ""), autocommit=True) as admin:
        for statement in (
            "DROP DATABASE registry",
            "DROP ROLE registry_web, registry_worker, registry_position_reader",
            "CREATE ROLE province LOGIN CREATEROLE",
            "CREATE DATABASE registry OWNER province",
        ):
            admin.execute(statement)
    with psycopg.connect(own.url().replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION postgis")
    url, key = own.url(role="province"), "k" * 40
    with migrations.connected(url) as connection, connection.begin():
        assert missing_rights(connection) == []
    migrations.upgrade(url)
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=url, SECRET_KEY=key)
    with served(env) as process:
        assert answers(env["PORT"])
        assert len(children(process.pid)) == 2
        shown = "".join(children(process.pid).values())
        assert key not in shown
        # As Ctrl-C does.
        process.send_signal(signal.SIGINT)
        assert wait_for_end(process, log_of(env)) == 0
    assert not (folder / "var" / "postgres").exists()
    assert own.status().running


def test_it_stops_in_order_also_while_it_is_still_starting(full_folder):
    env = environment(full_folder, PORT=str(free_port()))
    with (
        log_of(env).open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(lambda: Cluster(full_folder / "var").status().running, process, log_of(env))
            process.send_signal(signal.SIGINT)
            assert wait_for_end(process, log_of(env)) == 0
        finally:
            process.kill()
    assert not Cluster(full_folder / "var").status().running
