"""Run the processes of one installation, restart each one that exits, and stop them together."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from click import ClickException

from registry.kernel.i18n import _
from registry.kernel.processes import die_with_parent

#: A server that was killed just before may still hold the port.
PORT_TIMEOUT_S: Final = 5.0
PORT_POLL_S: Final = 0.1


class PortBusyError(ClickException):
    """The port cannot be listened on."""


def check_port(host: str, port: int, key: str = "PORT") -> None:
    """Raise PortBusyError for a port that another program holds or that this account may not open."""
    deadline = time.monotonic() + PORT_TIMEOUT_S
    while (number := _try_to_bind(host, port)) == errno.EADDRINUSE and time.monotonic() < deadline:
        time.sleep(PORT_POLL_S)
    if number == errno.EADDRINUSE:
        raise PortBusyError(
            _(
                "Cổng %(port)d trên %(host)s đang được chương trình khác dùng,"
                " cần dừng chương trình đó hoặc chọn cổng khác, ví dụ %(key)s=%(other)d.",
                key=key,
                port=port,
                host=host,
                other=port + 1 if port < 65535 else port - 1,  # noqa: PLR2004  # the last TCP port
            )
        )
    if number != 0:
        raise PortBusyError(
            _(
                "Không mở được cổng %(port)d trên %(host)s (%(reason)s), cần chọn cổng khác bằng %(key)s.",
                key=key,
                port=port,
                host=host,
                reason=errno.errorcode.get(number, str(number)),
            )
        )


def _try_to_bind(host: str, port: int) -> int:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: closed connections may linger
        try:
            probe.bind(address)
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def accepts_connections(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


FIRST_DELAY_S: Final = 0.5
MAX_DELAY_S: Final = 30.0
#: After this run time the next exit counts as the first failure.
HEALTHY_AFTER_S: Final = 60.0


@dataclass(frozen=True)
class Program:
    """A command with its name in the log and its working directory."""

    name: str
    arguments: tuple[str, ...]
    folder: Path


class Child:
    """One process, restarted after each exit; the delay grows while it keeps failing."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._failures = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the program in its own session, so that only the supervisor receives Ctrl-C.

        The kernel ends it when the supervisor dies.
        """
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self.program.arguments,
            cwd=self.program.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one system call, no locks
        )

    def ended(self) -> int | None:
        """The exit status when the process has just ended, else None; schedules the restart."""
        if self._process is None or self._process.poll() is None:
            return None
        status = self._process.returncode
        self._process = None
        now = time.monotonic()
        self._failures = 0 if now - self._started_at > HEALTHY_AFTER_S else self._failures + 1
        self._start_at = now + min(FIRST_DELAY_S * 2 ** max(self._failures - 1, 0), MAX_DELAY_S)
        return status

    def due(self) -> bool:
        return self._process is None and time.monotonic() >= self._start_at

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the exit; after `deadline` (monotonic seconds) kill the whole process group."""
        if self._process is None:
            return
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(KILL_TIMEOUT_S)


POLL_S: Final = 0.2
#: gunicorn gives requests in flight 12 seconds to finish.
STOP_TIMEOUT_S: Final = 13.0
#: A killed process ends at once, unless the kernel waits for a disk.
KILL_TIMEOUT_S: Final = 0.5

_log = structlog.get_logger(__name__)


class StopRequested(BaseException):
    """Raised by the signal handler in the middle of `each_round`; no `except Exception` hides it."""


class Supervisor:
    """Runs programs until SIGTERM, SIGINT or stop()."""

    def __init__(self, programs: Sequence[Program], each_round: Callable[[], None]) -> None:
        """`each_round` is called five times a second; a signal ends whatever it waits for, by StopRequested."""
        self.children = [Child(program) for program in programs]
        self._each_round = each_round
        self._stop = threading.Event()
        self._in_round = False

    def run(self) -> None:
        """Start all programs and restart those that exit; return when all have ended after a signal."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._supervise()
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Make run() return; safe from other threads and signal handlers."""
        self._stop.set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()
        if self._in_round:
            self._in_round = False
            raise StopRequested

    def _supervise(self) -> None:
        while not self._stop.is_set():
            for child in self.children:
                status = child.ended()
                if status is not None:
                    _log.warning("process ended, restarting", program=child.program.name, status=status)
                if child.due():
                    child.start()
                    _log.info("process started", program=child.program.name, pid=child.pid)
            self._do_round()
            self._stop.wait(POLL_S)

    def _do_round(self) -> None:
        with contextlib.suppress(StopRequested):
            self._in_round = True
            try:
                self._each_round()
            finally:
                self._in_round = False

    def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait(deadline)
