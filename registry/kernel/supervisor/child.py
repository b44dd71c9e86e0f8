"""One process that is started again whenever it ends."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.kernel.processes import die_with_parent

FIRST_DELAY_S: Final = 0.5
LONGEST_DELAY_S: Final = 30.0
#: A process that has lived this long was well: its next end counts as the first again.
WELL_AFTER_S: Final = 60.0


@dataclass(frozen=True)
class Program:
    """What to run: a name for the log, the command, and the folder to run it in."""

    name: str
    arguments: tuple[str, ...]
    folder: Path


class Child:
    """A running program, restarted with growing delays while it keeps failing."""

    def __init__(self, program: Program) -> None:
        """Nothing runs before start()."""
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._failures = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Run the program, in a session of its own so that only the supervisor hears Ctrl-C, and tied to our life."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self.program.arguments,
            cwd=self.program.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one system call, no locks
        )

    def ended(self) -> int | None:
        """The exit status when the process has just ended, once; its restart is planned then."""
        if self._process is None or self._process.poll() is None:
            return None
        status = self._process.returncode
        self._process = None
        now = time.monotonic()
        self._failures = 0 if now - self._started_at > WELL_AFTER_S else self._failures + 1
        self._start_at = now + min(FIRST_DELAY_S * 2 ** max(self._failures - 1, 0), LONGEST_DELAY_S)
        return status

    def due(self) -> bool:
        """Whether the planned restart's time has come."""
        return self._process is None and time.monotonic() >= self._start_at

    def ask_to_stop(self) -> None:
        """Let it finish what it does."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Return when it has ended; after `deadline` (monotonic seconds) its whole group is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
