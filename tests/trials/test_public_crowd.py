"""A crowd of visitors who download files and read pages keeps no officer from files of their own.

`SECONDS` of the environment is the length of each half. Quiet and crowded rounds take turns, so that other work of the
machine is in both. With `-s` it says the figures: the times of an officer's pages and files while it is quiet, and
under ten visitors who read a page a second and six who download without a pause.
"""

import http.client
import json
import os
import random
import statistics
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest

from config.settings import CHECKOUT
from tests.support.mixed_requests import Visitor
from tests.support.ports import free_port
from tests.support.served import FLASK, environment, folder, served

pytestmark = pytest.mark.trial
__all__ = ["folder"]
SECONDS = float(os.environ.get("SECONDS", "60"))
READERS, DOWNLOADERS = 10, 6
ROUNDS = 4
START_S = 300
PAGES = ("/", "/structures", "/report", "/figures")
FILES = (
    "/exports/structures.gpkg",
    "/exports/structures.gpkg?kind=manhole",
    "/exports/structures.gpkg?kind=cable_pole",
)
WORK = ("/", "/structures", "/exports/structures.csv?kind=manhole")


def test_a_crowd_of_visitors_keeps_no_officer_from_files(folder):
    env = environment(folder, PORT=str(free_port()), REGISTRY_WEB_WORKERS="2")
    for command in (("cluster", "start"), ("db", "upgrade"), ("territory", "seed"), ("demo", "create")):
        subprocess.run([*FLASK, *command], env=env, cwd=CHECKOUT, check=True, capture_output=True)
    try:
        with served(env, START_S) as server:
            figures = measured(env)
            server.terminate()
            server.wait()
    finally:
        subprocess.run([*FLASK, "cluster", "stop"], env=env, cwd=CHECKOUT, check=True, capture_output=True)
    print(json.dumps(figures))  # noqa: T201 - the figures of the trial
    assert set(figures["officer"]) == {200}, figures
    assert set(figures["visitors"]) <= {200, 422, 429, 503}, figures


def measured(env):
    """The answers to both, and the officer's 95th percentiles in seconds by what was asked for."""
    accounts = json.loads((Path(env["DATA_DIR"]) / "demo-accounts.json").read_text())
    password = next(account["password"] for account in accounts if account["username"] == "so.khcn")
    base, port = f"http://127.0.0.1:{env['PORT']}", int(env["PORT"])
    officer = Visitor(base, "so.khcn", password, random.Random(1))  # noqa: S311 - no secret
    officer.statuses.clear()
    quiet, busy, answers = times(), times(), Counter()
    work(officer, SECONDS / ROUNDS, times())
    for _round in range(ROUNDS):
        work(officer, SECONDS / ROUNDS, quiet)
        over = threading.Event()
        with ThreadPoolExecutor(READERS + DOWNLOADERS) as pool:
            for number in range(READERS + DOWNLOADERS):
                pause, paths = (1.0, PAGES) if number < READERS else (0.0, FILES)
                pool.submit(crowd, port, number, paths, pause, over, answers)
            work(officer, SECONDS / ROUNDS, busy)
            over.set()
    ratios = {path: round(p95(busy[path]) / p95(quiet[path]), 2) for path in WORK}
    return {
        "quiet": {path: p95(quiet[path]) for path in WORK},
        "busy": {path: p95(busy[path]) for path in WORK},
        "ratios": ratios,
        "load": os.getloadavg()[0],
        "officer": officer.statuses,
        "visitors": dict(answers),
    }


def times():
    return {path: [] for path in WORK}


def p95(spent):
    return round(statistics.quantiles(spent, n=20)[-1], 3)


def work(officer, seconds, spent):
    """What the officer asks for, over and over; adds the seconds of each address to `spent`."""
    ends = time.monotonic() + seconds
    for path in cycle(WORK):
        begun = time.monotonic()
        officer.get(path)
        spent[path].append(time.monotonic() - begun)
        if time.monotonic() > ends:
            return


def crowd(port, number, paths, pause, over, answers):
    """One visitor at an address of its own."""
    for path in cycle(paths):
        if over.wait(pause):
            return
        source = (f"127.0.2.{number + 1}", 0)
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120, source_address=source)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            answers[answer.status] += 1
