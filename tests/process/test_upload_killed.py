"""P4, at named points: a web worker killed in the middle of an upload leaves an import that is whole, or none."""

import hashlib
import signal
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from registry.files.storage import GRACE, FileStore
from registry.imports.jobs import FOLDER
from registry.imports.service.read import sweep
from registry.kernel.clock import utc_now
from registry.kernel.db.cluster.server import send
from tests.support.import_files import as_csv, site
from tests.support.live import context
from tests.support.processes import wait_for
from tests.support.served import log_of, web_workers
from tests.support.uploads import Sender, is_answered

ROWS = 60
FOUND = text(
    "SELECT b.sha256, count(r.number) FROM import_batch b LEFT JOIN import_row r ON r.batch_id = b.id GROUP BY b.id"
)
#: Requests of web workers that have written something and not committed yet.
WRITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL"
)


@contextmanager
def rows_held(database):
    """Nobody writes rows of a file: a request that has to waits, with its import written and not committed."""
    with database.engine.begin() as connection:
        connection.execute(text("LOCK TABLE import_row IN SHARE MODE"))
        yield


def kill_web_workers(process):
    for pid in web_workers(process.pid):
        # Also what the job worker has started, which may end by itself.
        send(pid, signal.SIGKILL)


def check_whole_or_not_there(database, store, acknowledged):
    """Each import has all its rows, the acknowledged one is there, and the sweep leaves the files of imports alone."""
    with context(database, "so.khcn") as ctx:
        rows = ctx.session.execute(FOUND).all()
        ctx.before_commit.clear()
    assert {count for _name, count in rows} == {ROWS}
    assert acknowledged in {name for name, _count in rows}
    with context(database, "so.khcn", now=utc_now() + GRACE + timedelta(hours=1)) as ctx:
        sweep(ctx, store)
        ctx.before_commit.clear()
    left = {path.name for path in store.root.rglob("*") if path.is_file()}
    assert left == {name for name, _count in rows}


def test_an_upload_whose_worker_is_killed_is_whole_or_not_there(program, cast):
    process, log = program.process, log_of(program.env)
    sender = Sender(program.address, cast["viettel"])

    def is_writing():
        with program.database.engine.connect() as connection:
            return connection.scalar(WRITING)

    def strike_while_it_writes():
        wait_for(is_writing, process, log)
        kill_web_workers(process)

    # Once with half of the file sent, once while the program writes what all of it says.
    for number, share, strike in ((0, 0.5, lambda: kill_web_workers(process)), (1, 1.0, strike_while_it_writes)):
        content = as_csv([site(number * ROWS + each) for each in range(ROWS)])
        with rows_held(program.database):
            assert not sender.send(content, share, strike)
        wait_for(lambda: is_answered(sender), process, log)
    # Who was not answered sends it again.
    assert sender.send(content)
    acknowledged = hashlib.sha256(content).hexdigest()
    check_whole_or_not_there(program.database, FileStore(program.folder / FOLDER), acknowledged)
