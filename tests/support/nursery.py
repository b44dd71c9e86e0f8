"""Workers that die where they are told to, as processes of their own; each is a fork of one that has loaded everything.

`python nursery.py`. A line in: JSON with `url`, `folder`, and of `statement` (the number of the statement that is the
worker's last; those on progress are not counted), `seconds` (of its life) and `victim` (who is killed instead of the
worker: the number of a postmaster) what is to be. A line out: JSON with `status` of the ended worker (-9: killed) and
`statements` that it came to. What is due by the machine's hour is not begun.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import event

from registry import wiring
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.feature import mount
from registry.kernel.jobs import queue, run_worker
from registry.wiring.features import FEATURES


def main():
    mount(FEATURES)
    # Else the statements of what happens to be due would be counted with those of the work.
    queue.periodic_registry.periodic_tasks.clear()
    for line in sys.stdin:
        order = json.loads(line)
        reader, writer = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(reader)
            live(order, writer)
        os.close(writer)
        _pid, status = os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as pipe:
            statements = len(pipe.read())
        answer = {"status": os.waitstatus_to_exitcode(status), "statements": statements}
        sys.stdout.write(json.dumps(answer | {"seconds": time.monotonic() - began}) + "\n")
        sys.stdout.flush()


def live(order, pipe):
    """Work until nothing is left or death comes; never returns."""
    database = Database(order["url"], role=WORKER_ROLE)
    database.before_commit.append(wiring.write_pending)
    come_to = 0

    def die():
        os.kill(order.get("victim") or os.getpid(), signal.SIGKILL)

    def count():
        nonlocal come_to
        come_to += 1
        os.write(pipe, b".")
        if come_to == order.get("statement"):
            die()

    def count_statement(connection, _cursor, statement, *_more):
        # How often a worker says how far it is, in transactions of its own, depends on how fast it is.
        if "import_progress" not in statement and "set_config(" not in statement:
            connection.info["works"] = True
            count()

    def count_commit(connection):
        if connection.info.pop("works", False):
            count()

    event.listen(database.engine, "before_cursor_execute", count_statement)
    event.listen(database.engine, "commit", count_commit)
    if order.get("seconds") is not None:
        timer = threading.Timer(order["seconds"], die)
        timer.daemon = True
        timer.start()
    status = 1
    try:
        status = run_worker(database, Path(order["folder"]), wait=False)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
