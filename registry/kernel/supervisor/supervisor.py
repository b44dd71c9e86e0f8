"""The loop that restarts what ends and stops everything on SIGTERM or Ctrl-C."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

import structlog

from registry.kernel.supervisor.child import Child, Program

POLL_S: Final = 0.2
#: gunicorn lets requests in flight finish for 15 seconds; a little more than that.
STOP_TIMEOUT_S: Final = 20.0

_log = structlog.get_logger(__name__)


class Supervisor:
    """Runs programs until it is told to stop."""

    def __init__(self, programs: Sequence[Program], each_round: Callable[[], None]) -> None:
        """`each_round` is called five times a second, for what else must be kept alive or said."""
        self.children = [Child(program) for program in programs]
        self._each_round = each_round
        self._stop = threading.Event()

    def run(self) -> None:
        """Start everything, restart what ends, return when all has ended after SIGTERM or SIGINT."""
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._keep_running()
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Make run() return; from another thread or a signal."""
        self._stop.set()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            for child in self.children:
                status = child.ended()
                if status is not None:
                    _log.warning("process ended, restarting", program=child.program.name, status=status)
                if child.due():
                    child.start()
                    _log.info("process started", program=child.program.name, pid=child.pid)
            self._each_round()
            self._stop.wait(POLL_S)

    def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait(deadline)
