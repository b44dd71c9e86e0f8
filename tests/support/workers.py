"""Workers as processes of their own, killed with their work done and nothing committed."""

import subprocess
import sys
import time

from sqlalchemy import NullPool, create_engine, text

from config.settings import CHECKOUT
from tests.db.test_import_worker import CHAIN_LOCK, WORKER
from tests.support.patience import PATIENCE_S

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'")


def kill_a_worker_before_it_commits(url, folder):
    """Start a worker, let it come to the lock of the audit chain, the last thing that it takes, and kill it there."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": CHAIN_LOCK})
        process = subprocess.Popen([sys.executable, "-c", WORKER, url, str(folder)], cwd=CHECKOUT)
        try:
            _wait_until(holder, waiting=True)
        finally:
            process.kill()
            process.wait(PATIENCE_S)
        holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": CHAIN_LOCK})
        # Its connection ends when it sees that nobody is there.
        _wait_until(holder, waiting=False)
    engine.dispose()


def _wait_until(connection, *, waiting):
    end = time.monotonic() + PATIENCE_S
    while bool(connection.execute(_WAITING).scalar_one()) is not waiting:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
