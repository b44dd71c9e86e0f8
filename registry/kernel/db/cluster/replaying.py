"""Replaying archived WAL on a copy of a cluster's files, apart from the cluster itself."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import psycopg

from registry.kernel.db.cluster.programs import Account, Binaries, ClusterError
from registry.kernel.db.cluster.server import POLL_S, Server

#: Replaying a day of a busy register takes minutes.
REPLAY_TIMEOUT_S: Final = 6 * 3600.0
_STOP_S: Final = 120.0
_LOG_LINES: Final = 40
#: What the server writes each time that it is asked whether it is ready.
_ASKED: Final = "the database system is starting up"


def copy_owned(sources: Iterable[Path], target: Path, account: Account) -> None:
    """Copy files and folders into the new folder `target`, for the server's account."""
    target.mkdir(mode=0o700)
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target / source.name)
    for path in (target, *target.rglob("*")):
        account.give(path)
    target.chmod(0o700)


def replay(server: Server, binaries: Binaries, *, fsync: bool) -> None:
    """Recover a copy as the settings of `server` say, and stop it; ClusterError with the end of its log if it fails."""
    signal_file = server.files / "recovery.signal"
    signal_file.touch()
    server.account.give(signal_file)
    process = server.spawn_tied(binaries, fsync=fsync)
    try:
        if not _has_replayed(server, process):
            lines = server.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise ClusterError(" | ".join([line.strip() for line in lines if _ASKED not in line][-_LOG_LINES:]))
    finally:
        server.stop(process, _STOP_S)


def _has_replayed(server: Server, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + REPLAY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError), server.connect() as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row is not None and not row[0]:
                return True
        time.sleep(POLL_S)
    return False
