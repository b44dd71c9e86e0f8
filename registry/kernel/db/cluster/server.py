"""The server process of a private cluster: detect, start, stop, clean up after a kill."""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import psycopg

from registry.kernel.db.cluster.programs import Account, Binaries, ClusterError
from registry.kernel.i18n import _
from registry.kernel.processes import executable, processes_in, working_directory

OWNER: Final = "registry_owner"
MAINTENANCE_DATABASE: Final = "postgres"
PORT: Final = 5432  # names the socket file only: the server listens on no network address
START_TIMEOUT_S: Final = 300.0  # recovery after a kill replays the log first
STOP_TIMEOUT_S: Final = 60.0
ORPHAN_TIMEOUT_S: Final = 10.0
#: For a server that does not start.
KILL_TIMEOUT_S: Final = 3.0
POLL_S: Final = 0.05
LOG_TAIL_LINES: Final = 3
LOG_LIMIT_BYTES: Final = 10_000_000
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the values in their errors may be personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
UNSAFE_BUT_FAST: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """The server of one PostgreSQL data directory (`files`), its socket folder and its log."""

    files: Path
    socket_dir: Path
    log: Path
    account: Account
    #: Server settings besides those of every cluster.
    more: Mapping[str, str] = field(default_factory=dict)

    def pid(self) -> int | None:
        """The process id of the running server; None for a stale postmaster.pid, even if the number is reused."""
        try:
            written = int((self.files / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return None
        return written if self._is_ours(written) else None

    def _is_ours(self, pid: int) -> bool:
        program = executable(pid)
        return program is not None and program.name.startswith("postgres") and working_directory(pid) == self.files

    def connect(self, database: str = MAINTENANCE_DATABASE) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_dir), port=PORT, user=OWNER, dbname=database, autocommit=True, connect_timeout=5
        )

    def clear_remains(self) -> None:
        """Remove the remains of a killed server: its child processes and its lock file.

        PostgreSQL checks the lock file itself, but takes any process of the same account for a server.
        """
        deadline = time.monotonic() + ORPHAN_TIMEOUT_S
        while orphans := processes_in(self.files):
            late = time.monotonic() > deadline
            if late and time.monotonic() > deadline + ORPHAN_TIMEOUT_S:
                raise ClusterError(
                    _("Tiến trình PostgreSQL cũ (số %(pid)d) không dừng, cần dừng nó rồi chạy lại.", pid=orphans[0])
                )
            for orphan in orphans:
                send(orphan, signal.SIGQUIT if late else signal.SIGTERM)
            time.sleep(POLL_S)
        (self.files / "postmaster.pid").unlink(missing_ok=True)

    def spawn_tied(self, binaries: Binaries, *, fsync: bool) -> subprocess.Popen[bytes]:
        """Start the server as a child that shuts down when this process dies."""
        with self._opened_log() as log:
            return self.account.spawn(
                [binaries.program("postgres"), "-D", str(self.files), *self._options(fsync=fsync)], log
            )

    def wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the started server accepts connections; ClusterError, with nothing left of it, if it does not."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(POLL_S)
        self.stop(process, KILL_TIMEOUT_S)
        raise self._failed()

    def start_detached(self, binaries: Binaries, *, fsync: bool) -> None:
        """Start the server as a daemon; returns when it accepts connections."""
        self._opened_log().close()
        answer = self.account.run(
            [
                binaries.program("pg_ctl"),
                *("start", "--silent", "--wait", "--timeout", f"{START_TIMEOUT_S:.0f}"),
                *("-D", str(self.files), "--log", str(self.log)),
                *("--options", shlex.join(self._options(fsync=fsync))),
            ],
            timeout_s=START_TIMEOUT_S + 10,
        )
        if answer.returncode != 0:
            raise self._failed()

    def _options(self, *, fsync: bool) -> list[str]:
        settings = SETTINGS | ({} if fsync else UNSAFE_BUT_FAST) | dict(self.more)
        settings |= {"unix_socket_directories": str(self.socket_dir)}
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _opened_log(self) -> IO[bytes]:
        too_long = self.log.is_file() and self.log.stat().st_size > LOG_LIMIT_BYTES
        log = self.log.open("wb" if too_long else "ab")
        self.account.give(self.log)
        return log

    def _failed(self) -> ClusterError:
        return ClusterError(_("PostgreSQL không khởi động được: %(log)s", log=self.log_tail()))

    def adopt(self) -> bool:
        """Whether a server runs and accepts connections; waits for one that is shutting down, then False."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while (pid := self.pid()) is not None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise ClusterError(_("PostgreSQL (tiến trình %(pid)d) không trả lời.", pid=pid))
            time.sleep(POLL_S)
        return False

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def log_tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.is_file() else []
        return " | ".join(line.strip() for line in lines[-LOG_TAIL_LINES:])

    def stop(self, process: subprocess.Popen[bytes] | None, within_s: float) -> None:
        """Stop the server in fast mode (open transactions are rolled back), then immediately, then by a kill.

        `process`: the server, if it is a child of this process: it is stopped also when its lock file is gone.
        """
        pid = process.pid if process is not None and process.poll() is None else self.pid()
        if pid is None:
            return
        begun = time.monotonic()
        for stop_signal, part in ((signal.SIGINT, 2 / 3), (signal.SIGQUIT, 5 / 6), (signal.SIGKILL, 1)):
            # What the server started outlives its kill for a moment, and holds its files.
            for each in {pid, *processes_in(self.files)} if stop_signal is signal.SIGKILL else (pid,):
                send(each, stop_signal)
            if self._gone(pid, process, begun + within_s * part):
                return
        raise ClusterError(_("PostgreSQL (tiến trình %(pid)d) không dừng được.", pid=pid))

    def _gone(self, pid: int, process: subprocess.Popen[bytes] | None, deadline: float) -> bool:
        while True:
            if process is not None and process.pid == pid:
                ended = process.poll() is not None
            else:
                ended = executable(pid) is None
            if ended or time.monotonic() > deadline:
                return ended
            time.sleep(POLL_S)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has ended is ignored."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
