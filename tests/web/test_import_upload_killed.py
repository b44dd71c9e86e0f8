"""P4: web workers killed in the middle of uploads: an import is whole or not there, and no file is left behind.

TRIAL_SEED names the chances, TRIAL_SECONDS after how many seconds no further kill begins.
"""

import hashlib
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from registry.files.storage import GRACE, FileStore
from registry.imports.jobs import FOLDER
from registry.imports.service.keeping import sweep
from registry.kernel.clock import utc_now
from tests.db.test_serve import environment, free_port, served, until
from tests.support.import_files import as_csv, site
from tests.support.live import context
from tests.support.patience import PATIENCE_S
from tests.support.uploads import Sender, web_workers

ROWS = 60
FOUND = text(
    "SELECT b.sha256, count(r.number) FROM import_batch b LEFT JOIN import_row r ON r.batch_id = b.id GROUP BY b.id"
)


@pytest.fixture
def server(live_url, tmp_path):
    """The program, served as an installation serves it, with one web worker; its process and address."""
    port = str(free_port())
    env = environment(tmp_path, PORT=port, DATABASE_URL=live_url, SECRET_KEY="k" * 40, REGISTRY_LOG_LEVEL="WARNING")
    with served(env) as process:
        yield process, f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def kill_web_workers(process):
    for pid in web_workers(process.pid):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(("kills", "seconds"), [pytest.param(50, 600, marks=pytest.mark.trial, id="many"), (3, 60)])
def test_an_upload_whose_worker_is_killed_is_whole_or_not_there(
    live_app, server, cast, tmp_path, capsys, kills, seconds
):
    database, (process, address) = live_app.extensions["registry.database"], server
    store, log = FileStore(tmp_path / "var" / FOLDER), tmp_path / "serve.log"
    seed = int(os.environ.get("TRIAL_SEED") or time.time())
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sender, acknowledged, longest, seen = Sender(address, cast["viettel"]), [], 0.0, Counter()
    began, most = time.monotonic(), int(os.environ.get("TRIAL_SECONDS") or seconds)
    for number in range(kills):
        if time.monotonic() - began > most:
            break
        content = as_csv([site(number * ROWS + each) for each in range(ROWS)])

        def strike():
            time.sleep(chance.uniform(0, 0.6))
            kill_web_workers(process)

        # Half of them with a part of the file sent, half while the program works on all of it.
        share = chance.choice((1.0, chance.random()))
        if sender.send(content, share, strike):
            acknowledged.append(hashlib.sha256(content).hexdigest())
        killed_at = time.monotonic()
        until(lambda: sender_answers(sender), process, log)
        longest = max(longest, time.monotonic() - killed_at)
        seen["whole" if share == 1 else "part"] += 1
    # Who was not answered sends it again.
    assert sender.send(content)
    acknowledged.append(hashlib.sha256(content).hexdigest())
    with context(database, "so.khcn") as ctx:
        found = ctx.session.execute(FOUND).all()
        ctx.before_commit.clear()
    assert {count for _name, count in found} == {ROWS}
    assert set(acknowledged) <= {name for name, _count in found}
    files = {path for path in store.root.rglob("*") if path.is_file()}
    with context(database, "so.khcn", now=utc_now() + GRACE + timedelta(hours=1)) as ctx:
        gone = sweep(ctx, store)
        ctx.before_commit.clear()
    left = {path.name for path in store.root.rglob("*") if path.is_file()}
    assert left == {name for name, _count in found}
    with capsys.disabled():
        sys.stdout.write(
            f"seed {seed}: {seen.total()} kills {dict(seen)} in {time.monotonic() - began:.0f} s; {len(acknowledged)}"
            f" acknowledged, {len(found)} imports, {len(files)} files, {gone} swept;"
            f" served again within {longest:.1f} s\n"
        )


def sender_answers(sender):
    try:
        return sender.ask("GET", "/imports")[0] == 200
    except OSError:
        return False
