"""One step of an import in a process of its own, as the worker does it; prints seconds and peak memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from sqlalchemy import event

import registry.wiring
from registry.files.storage import FileStore
from registry.imports.jobs import run_work
from registry.kernel.db.session import WORKER_ROLE, Database


def main(url: str, folder: str, what: str, batch_id: str) -> None:
    """`what` is read, check or apply."""
    database = Database(url, role=WORKER_ROLE)
    database.before_commit.append(registry.wiring.write_pending)
    backends: set[int] = set()
    peaks: dict[int, int] = {}

    @event.listens_for(database.engine, "checkin")
    def look(connection, _record):
        peaks[connection.info.backend_pid] = _peak_kb(connection.info.backend_pid)

    begun = time.monotonic()
    run_work(database, FileStore(Path(folder)), what, int(batch_id), None)
    seconds = time.monotonic() - begun
    database.dispose()
    del backends
    print(
        json.dumps(
            {
                "seconds": seconds,
                "worker_mb": _peak_kb("self") / 1024,
                "reader_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
                "backend_mb": max(peaks.values(), default=0) / 1024,
            }
        )
    )


def _peak_kb(pid: int | str) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
