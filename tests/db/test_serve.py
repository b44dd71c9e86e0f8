"""`flask serve` as a person starts it: what it says, what it survives, what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.kernel.db.cluster import Cluster
from registry.kernel.installation import CHECKOUT
from registry.kernel.processes import PROC
from tests.support.patience import PATIENCE_S

FLASK = (sys.executable, "-m", "flask", "--app", "app")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The caller's environment with a data directory and a port of the test's own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE", "REGISTRY", "FLASK"))}
    return kept | {"DATA_DIR": str(folder / "var"), "DEMO": "0", "REGISTRY_WEB_WORKERS": "1", **more}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def served(env: dict[str, str]) -> Iterator[subprocess.Popen]:
    """A running server, killed at the end if the test has not stopped it."""
    log = Path(env["DATA_DIR"]).parent / "serve.log"
    with (
        log.open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=output, stderr=output) as process,
    ):
        try:
            address = f"http://127.0.0.1:{env['PORT']}"
            until(lambda: address in log.read_text(encoding="utf-8"), process, log)
            yield process
        finally:
            process.kill()


def until(condition, process: subprocess.Popen, log: Path, timeout_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def children(pid: int) -> dict[int, str]:
    """The processes that `pid` started: their numbers and command lines."""
    numbers = (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    return {int(number): (PROC / number / "cmdline").read_text().replace("\0", " ") for number in numbers}


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*FLASK, *command], env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def answers(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as response:
            return response.status == 200
    except OSError:
        return False


def test_it_restarts_what_is_killed_and_ends_in_order(folder):
    env = environment(folder, PORT=str(free_port()))
    log = folder / "serve.log"
    with served(env) as process:
        assert answers(env["PORT"])
        before = children(process.pid)
        assert len(before) == 3, before
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(
            lambda: len(children(process.pid)) == 3 and not children(process.pid).keys() & before.keys(), process, log
        )
        until(lambda: answers(env["PORT"]), process, log)
        used = run(["cluster", "status"], env)
        assert used.returncode == 0, used.stderr
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
    assert not Cluster(folder / "var").status().running


def test_its_next_start_survives_its_being_killed(folder):
    env = environment(folder, PORT=str(free_port()))
    with served(env) as process:
        process.kill()
        process.wait()
    with served(env) as process:
        assert answers(env["PORT"])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 0


def test_it_refuses_a_busy_port_before_anything_is_made(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        answer = run(["serve"], environment(folder, PORT=str(number)))
    assert answer.returncode == 1
    assert str(number) in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (folder / "var" / "postgres").exists()


def test_it_refuses_a_folder_that_cannot_be_written():
    answer = run(["serve"], environment(Path("/proc/registry"), PORT=str(free_port())))
    assert answer.returncode == 4
    assert "/proc/registry" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_other_commands_say_that_nothing_runs_and_start_nothing(folder):
    env = environment(folder, PORT=str(free_port()))
    answer = run(["db", "upgrade"], env)
    assert answer.returncode == 5
    assert "make run" in answer.stderr
    assert not (folder / "var" / "postgres").exists()


def test_it_serves_with_a_database_server_of_someone_elses(folder, cluster, database_url):
    key = "k" * 40
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=database_url, SECRET_KEY=key)
    with served(env) as process:
        assert answers(env["PORT"])
        assert len(children(process.pid)) == 2
        shown = "".join(children(process.pid).values())
        assert key not in shown
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
    assert not (folder / "var" / "postgres").exists()
    assert cluster.status().running


def test_it_says_that_the_database_server_does_not_answer_and_hides_the_password(folder):
    url = f"postgresql://owner:hunter2@127.0.0.1:{free_port()}/registry"
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=url, SECRET_KEY="k" * 40)
    for command in (["serve"], ["db", "upgrade"]):
        answer = run(command, env)
        assert answer.returncode == 5, answer.stderr
        assert "DATABASE_URL" in answer.stderr
        assert "hunter2" not in answer.stderr
        assert "Traceback" not in answer.stderr


def test_it_stops_in_order_also_while_it_is_still_starting(folder):
    env = environment(folder, PORT=str(free_port()))
    with subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE_S
        while not Cluster(folder / "var").status().running and time.monotonic() < deadline:
            time.sleep(0.02)
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
    assert not Cluster(folder / "var").status().running
