"""Web workers stay below a bound after many requests of all kinds: pages, tiles, downloads, photos, uploads, posts.

`REQUESTS` of the environment shortens it. With `-s` it says the memory of each worker after every thousand requests.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.settings import CHECKOUT
from tests.support.mixed_requests import Visitor
from tests.support.ports import free_port
from tests.support.served import FLASK, children, environment, folder, served

pytestmark = pytest.mark.trial
__all__ = ["folder"]
REQUESTS = int(os.environ.get("REQUESTS", "50000"))
MOST_MB, ROUND = 300, 1000
#: A trial may begin while the machine is busy with others.
START_S = 300
ACCOUNTS = ("viettel", "vnpt", "so.khcn", "quantri")


def resident_mb(pid):
    """Memory of a process in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def web_workers(pid):
    """The workers of the web server that `flask serve` started."""
    servers = [child for child, command in children(pid).items() if "gunicorn" in command]
    return [worker for server in servers for worker in children(server)]


def test_web_workers_stay_small(folder):
    seed = os.environ.get("SEED", str(random.randrange(10**6)))  # noqa: S311
    env = environment(folder, PORT=str(free_port()), REGISTRY_WEB_WORKERS="2")
    for command in (("cluster", "start"), ("db", "upgrade"), ("territory", "seed"), ("demo", "create")):
        subprocess.run([*FLASK, *command], env=env, cwd=CHECKOUT, check=True, capture_output=True)
    try:
        with served(env, START_S) as server:
            figures = _figures(env, server.pid, seed)
            server.terminate()
            server.wait()
    finally:
        subprocess.run([*FLASK, "cluster", "stop"], env=env, cwd=CHECKOUT, check=True, capture_output=True)
    assert max(figures["mb"][-1]) < MOST_MB, f"seed {seed}: {json.dumps(figures)}"


def _figures(env, pid, seed):
    """Megabytes of each worker at the start and after each thousand of the requests, and how they were answered."""
    passwords = {
        account["username"]: account["password"]
        for account in json.loads((Path(env["DATA_DIR"]) / "demo-accounts.json").read_text())
    }
    base = f"http://127.0.0.1:{env['PORT']}"
    visitors = [Visitor(base, name, passwords[name], random.Random(f"{seed} {name}")) for name in ACCOUNTS]  # noqa: S311
    grown, begun = [[resident_mb(worker) for worker in web_workers(pid)]], time.monotonic()
    sys.stdout.write(f"\nseed {seed}: {grown[0]} MB\n")
    with ThreadPoolExecutor(len(visitors)) as pool:
        for asked in range(0, REQUESTS, ROUND):
            each = min(ROUND, REQUESTS - asked) // len(visitors)
            list(pool.map(lambda visitor, times=each: [visitor.visit() for _time in range(times)], visitors))
            grown.append([resident_mb(worker) for worker in web_workers(pid)])
            sys.stdout.write(f"{asked + ROUND} visits, {time.monotonic() - begun:.0f} s: {grown[-1]} MB\n")
            sys.stdout.flush()
    statuses = sum((Counter(visitor.statuses) for visitor in visitors), Counter())
    return {"mb": grown, "answers": statuses}
