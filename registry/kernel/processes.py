"""Child processes that cannot outlive their parent, and facts about running processes (Linux)."""

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
PROC: Final = Path("/proc")


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` that makes the kernel send `death_signal` to the child when its parent dies, even by kill -9.

    subprocess runs it after the change of user, which would clear the setting.
    """
    parent = os.getpid()

    def tie() -> None:
        if _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            os._exit(126)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(126)

    return tie


def executable(pid: int) -> Path | None:
    """The program file of process `pid`; None for a process that is gone, a zombie or another user's."""
    try:
        return (PROC / str(pid) / "exe").readlink()
    except OSError:
        return None


def working_directory(pid: int) -> Path | None:
    """The working directory of process `pid`; None for one that is gone, a zombie or another user's."""
    try:
        return (PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def processes_in(directory: Path) -> list[int]:
    """The processes that work in `directory`, also after it was deleted."""
    names = {directory, Path(f"{directory} (deleted)")}
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if working_directory(pid) in names]
