"""P4: web workers killed at chance moments of uploads: an import is whole or not there, and no file is left behind.

TRIAL_SEED names the chances, TRIAL_SECONDS after how many seconds no further kill begins.
"""

import hashlib
import os
import random
import sys
import time
from collections import Counter

import pytest

from registry.files.storage import FileStore
from registry.imports.jobs import FOLDER
from tests.process.test_upload_killed import ROWS, check_whole_or_not_there, kill_web_workers
from tests.support.import_files import as_csv, site
from tests.support.processes import wait_for
from tests.support.served import log_of
from tests.support.uploads import Sender, is_answered

pytestmark = pytest.mark.trial
KILLS, SECONDS = 50, 600


def test_an_upload_whose_worker_is_killed_is_whole_or_not_there(program, cast, capsys):
    process, log = program.process, log_of(program.env)
    seed = int(os.environ.get("TRIAL_SEED") or time.time())
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sender = Sender(program.address, cast["viettel"])
    acknowledged, longest, counts = [], 0.0, Counter()
    began, most = time.monotonic(), int(os.environ.get("TRIAL_SECONDS") or SECONDS)

    def strike():
        time.sleep(chance.uniform(0, 0.6))
        kill_web_workers(process)

    for number in range(KILLS):
        if time.monotonic() - began > most:
            break
        content = as_csv([site(number * ROWS + each) for each in range(ROWS)])
        # Half of them with a part of the file sent, half while the program works on all of it.
        share = chance.choice((1.0, chance.random()))
        if sender.send(content, share, strike):
            acknowledged.append(hashlib.sha256(content).hexdigest())
        killed_at = time.monotonic()
        wait_for(lambda: is_answered(sender), process, log)
        longest = max(longest, time.monotonic() - killed_at)
        counts["whole" if share == 1 else "part"] += 1
    # Who was not answered sends it again.
    assert sender.send(content)
    acknowledged.append(hashlib.sha256(content).hexdigest())
    check_whole_or_not_there(program.database, FileStore(program.folder / FOLDER), acknowledged)
    with capsys.disabled():
        sys.stdout.write(
            f"seed {seed}: {counts.total()} kills {dict(counts)} in {time.monotonic() - began:.0f} s;"
            f" {len(acknowledged)} acknowledged; served again within {longest:.1f} s\n"
        )
