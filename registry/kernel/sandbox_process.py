"""Start, watch and end a program that closes itself into the sandbox (`kernel/sandbox.py`)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from registry.kernel.installation import CHECKOUT

#: Beginning of the names of the private directories; what killed programs left is removed by it.
PREFIX: Final = "registry-read-"
#: Signals of a library that ignores a failed allocation, and of the kernel out of memory.
OUT_OF_MEMORY: Final = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGKILL})
#: Seconds between the end of a process's output and its exit.
_ENDING_S: Final = 1.0
_START: Final = "import sys; sys.path.insert(0, sys.argv.pop()); from {module} import main; main()"


def start_program(module: str, arguments: list[str], private: Path, source: int) -> subprocess.Popen[bytes]:
    """Run `main` of a module in `private`, with an input, a pipe and nothing else."""
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", _START.format(module=module), *arguments, str(CHECKOUT)],
        cwd=private,
        env={},
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        close_fds=True,
        start_new_session=True,
    )


def end_program(process: subprocess.Popen[bytes]) -> int:
    """Kill a process and its group and reap it; returns its peak memory in kilobytes, 0 if it was reaped before."""
    if process.stdout is not None:
        process.stdout.close()
    if process.returncode is not None:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


def ends_by_itself(pid: int) -> bool:
    """Whether a child that has closed its output exits within a second; it is not reaped."""
    deadline = time.monotonic() + _ENDING_S
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def cpu_wait_s(pid: int) -> float:
    """Seconds that a process was ready but waited for a processor; 0 where the kernel does not report it."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
