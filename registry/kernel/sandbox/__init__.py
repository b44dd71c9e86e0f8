"""The walls around a process that reads uploads or writes map files: limits, no network, no other files, no other user.

Linux only. Each wall is tried and what holds is told, since containers and old kernels refuse some of them; two walls
stand against the network (a namespace without interfaces, and a filter of system calls) and two around the files
(a changed root, and Landlock), and one of each is enough.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.kernel.sandbox.syscalls import filter_calls, restrict_files

MEGABYTE: Final = 1024 * 1024
#: Memory before the readers are loaded, and what reading may add to what their libraries map.
_START_BYTES: Final = 1024 * MEGABYTE
READING_BYTES: Final = 560 * MEGABYTE
#: Seconds until a file is described, and what each megabyte adds to read all of it.
DESCRIBE_S: Final = 20
#: Largest file that a reader may write in the private directory (an upload and what is unpacked from it).
_WRITTEN_BYTES: Final = 100 * MEGABYTE + 4096
_OPEN_FILES: Final = 64
#: Nobody, by number: the name may be missing in a small container.
_NOBODY: Final = 65534
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_CAPABILITIES_V3: Final = 0x20080522
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Walls:
    """Which walls stand."""

    network: bool
    files: bool
    user: bool

    def as_json(self) -> dict[str, bool]:
        """For the line that the parent reads."""
        return {"network": self.network, "files": self.files, "user": self.user}


def limit(total_cpu_s: int, *, written_bytes: int = _WRITTEN_BYTES) -> None:
    """Bound memory, processor time, files and descriptors, and die with the parent; before anything else is done."""
    _die_with_parent()
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _bound(resource.RLIMIT_AS, _START_BYTES)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, written_bytes)
    _bound(resource.RLIMIT_NOFILE, _OPEN_FILES)
    hard = max(total_cpu_s, DESCRIBE_S)
    resource.setrlimit(resource.RLIMIT_CPU, (DESCRIBE_S, hard + 1))
    # One thread: namespaces and filters are taken by the thread that asks, and threads reserve memory.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", GDAL_NUM_THREADS="1")


def allow_all_of_the_time() -> None:
    """The file is described: the processor time of reading it all begins to count."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard - 1, hard))


def close_in(private: Path) -> Walls:
    """Give up network, files, user and privileges, with all modules loaded; afterwards only `private` exists.

    The working directory is `private`; nothing can be imported any more.
    """
    _bound(resource.RLIMIT_AS, min(_START_BYTES, _mapped_beyond_memory() + READING_BYTES))
    is_root = os.geteuid() == 0
    if is_root:
        give_to_nobody(private)
    has_namespace = _new_network(is_root)
    os.chdir(private)
    has_root = _change_root()
    has_user = _become_nobody() if is_root else False
    _die_with_parent()  # a change of user clears it
    _drop_capabilities()
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    has_landlock = restrict_files(_LIBC)
    _bound(resource.RLIMIT_NPROC, 0)
    has_filter = filter_calls(_LIBC)
    return Walls(network=has_namespace or has_filter, files=has_root or has_landlock, user=has_user)


def give_to_nobody(path: Path) -> None:
    """Let the user that the process becomes have a file or directory."""
    os.chown(path, _NOBODY, _NOBODY)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() == 1 and os.getpgid(0) != os.getpgid(1):  # it died before this was set
        sys.exit(1)


def _bound(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _mapped_beyond_memory() -> int:
    """Bytes that are mapped (libraries, mostly) without standing in memory."""
    mapped, resident = (Path("/proc/self/statm").read_text(encoding="ascii").split())[:2]
    return (int(mapped) - int(resident)) * os.sysconf("SC_PAGE_SIZE")


def _new_network(is_root: bool) -> bool:
    """A network namespace with no way out; without root it needs a namespace of users beside it.

    Root takes no namespace of users: it could not become nobody inside it.
    """
    return bool(_LIBC.unshare(_CLONE_NEWNET if is_root else _CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _change_root() -> bool:
    try:
        os.chroot(".")
        os.chdir("/")
    except OSError:
        return False
    return True


def _become_nobody() -> bool:
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError:
        return False
    return True


def _drop_capabilities() -> None:
    """A namespace of users gives all capabilities inside it; none is needed from here on."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    none = (ctypes.c_uint32 * 6)()
    _LIBC.capset(ctypes.byref(header), ctypes.byref(none))
