"""The program as an installation runs it: `flask serve` and other commands, as processes of their own."""

import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.kernel.installation import CHECKOUT
from registry.kernel.processes import PROC
from tests.support.memory import temporary_root
from tests.support.processes import LIMIT_S, wait_for

FLASK = (sys.executable, "-m", "flask", "--app", "app")


def free_port():
    """A port of this machine that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def environment(folder, **more):
    """The caller's environment with a data directory and settings of the test's own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE", "REGISTRY", "FLASK"))}
    return kept | {"DATA_DIR": str(folder / "var"), "DEMO": "0", "REGISTRY_WEB_WORKERS": "1", **more}


@pytest.fixture
def folder():
    """A folder for the program's data, which the database server's account may pass."""
    with tempfile.TemporaryDirectory(dir=temporary_root()) as name:
        Path(name).chmod(0o711)
        yield Path(name)


def log_of(env):
    """Where a server of this environment writes."""
    return Path(env["DATA_DIR"]).parent / "serve.log"


@contextmanager
def served(env):
    """A server that answers, killed at the end if the test has not stopped it."""
    with (
        log_of(env).open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(lambda: serves(env), process, log_of(env))
            yield process
        finally:
            process.kill()


def serves(env):
    """Whether the server has said where it answers."""
    return f"http://127.0.0.1:{env['PORT']}" in log_of(env).read_text(encoding="utf-8")


def answers(port):
    """Whether the home page comes from this port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=LIMIT_S) as response:
            return response.status == 200
    except OSError:
        return False


def run(command, env):
    """A command of the program, run to its end."""
    return subprocess.run(
        [*FLASK, *command], env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def children(pid):
    """The processes that `pid` started: their numbers and command lines."""
    numbers = (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    return {int(number): (PROC / number / "cmdline").read_text().replace("\0", " ") for number in numbers}


def web_workers(pid):
    """The processes that answer requests: those that a child of the program itself has started."""
    return [grandchild for child in children(pid) for grandchild in children(child)]
