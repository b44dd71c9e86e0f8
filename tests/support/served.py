"""The program as an installation runs it: `flask serve` and other commands, as processes of their own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.audit.chain import write_pending
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.installation import CHECKOUT
from registry.kernel.processes import PROC
from tests.support.memory import temporary_root
from tests.support.ports import free_port
from tests.support.processes import LIMIT_S, wait_for, wait_for_end

FLASK = (sys.executable, "-m", "flask", "--app", "app")
#: Signs the cookies of a program that a test serves.
KEY = "k" * 40


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
def served(env, limit_s=LIMIT_S):
    """A server that answers within `limit_s`, killed at the end if the test has not stopped it."""
    with (
        log_of(env).open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=CHECKOUT, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(lambda: has_web_server(process), process, log_of(env), limit_s)
            wait_for(lambda: serves(env), process, log_of(env), limit_s)
            yield process
        finally:
            process.kill()


@dataclass(frozen=True)
class Served:
    """The program as it runs for tests: its environment, its process, and a pool of its database."""

    env: dict
    process: subprocess.Popen
    database: Database

    @property
    def address(self):
        return f"http://127.0.0.1:{self.env['PORT']}"

    @property
    def folder(self):
        """Where it keeps its files."""
        return Path(self.env["DATA_DIR"])


@contextmanager
def serving(database_url, folder, limit_s=LIMIT_S):
    """The program with two web workers, served as an installation with a database server of its own choice serves it.

    It has to end in order when it is told to.
    """
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=database_url, SECRET_KEY=KEY)
    env |= {"REGISTRY_WEB_WORKERS": "2", "REGISTRY_LOG_LEVEL": "WARNING", "REGISTRY_METRICS_PORT": str(free_port())}
    database = Database(database_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with served(env, limit_s) as process:
        yield Served(env, process, database)
        database.dispose()
        process.terminate()
        assert wait_for_end(process, log_of(env)) == 0


def has_web_server(process):
    """Whether the database is ready, so that the web server was started."""
    return any("gunicorn" in command for command in children(process.pid).values())


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


@pytest.fixture(scope="module")
def run_forked():
    """A function: a command of the program, its environment -> status and output, see `forked_program.py`."""
    command = [sys.executable, "-m", "tests.support.forked_program"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:

        def ran(words, env):
            parent.stdin.write(json.dumps({"words": words, "env": env}) + "\n")
            parent.stdin.flush()
            answer = json.loads(parent.stdout.readline())
            return subprocess.CompletedProcess(words, answer["status"], answer["stdout"], answer["stderr"])

        yield ran
        parent.kill()


def children(pid):
    """The processes that `pid` started and that still run: their numbers and command lines."""
    commands = {}
    for number in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split():
        # It may end between the reading of the list and that of its line.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            commands[int(number)] = (PROC / number / "cmdline").read_text().replace("\0", " ")
    return commands


def web_workers(pid):
    """The processes that answer requests: those that a child of the program itself has started."""
    workers = []
    for child in children(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            workers += children(child)
    return workers
