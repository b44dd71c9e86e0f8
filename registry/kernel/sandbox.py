"""Sandbox of a process that reads uploads or writes map files: limits, no network, no other files, no other user.

Linux only. Containers and old kernels refuse some of the layers, so each is tried and the result reported. The network
is blocked by a namespace without interfaces and by a system call filter (seccomp), the files by chroot and by Landlock;
one layer of each pair is enough.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1024 * 1024
#: Memory limit before the readers are loaded, and what reading may add to the memory mapped by libraries.
_START_BYTES: Final = 1024 * MEGABYTE
READING_BYTES: Final = 560 * MEGABYTE
#: Seconds of processor time to describe a file.
DESCRIBE_S: Final = 20
#: Largest file in the private directory (an upload or its unpacked content).
_WRITTEN_BYTES: Final = 100 * MEGABYTE + 4096
_OPEN_FILES: Final = 64
#: User id of `nobody`, the name may be missing in a small container.
_NOBODY: Final = 65534
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_CAPABILITIES_V3: Final = 0x20080522
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class SandboxStatus:
    """Which parts of the sandbox are in force."""

    network: bool
    files: bool
    user: bool

    def as_json(self) -> dict[str, bool]:
        return {"network": self.network, "files": self.files, "user": self.user}


def apply_limits(total_cpu_s: int, *, written_bytes: int = _WRITTEN_BYTES, memory_bytes: int = _START_BYTES) -> None:
    """Limit memory, processor time, files and descriptors, and die with the parent; call it before all else."""
    _die_with_parent()
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _set_limit(resource.RLIMIT_AS, memory_bytes)
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_FSIZE, written_bytes)
    _set_limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    hard = max(total_cpu_s, DESCRIBE_S)
    resource.setrlimit(resource.RLIMIT_CPU, (DESCRIBE_S, hard + 1))
    # One thread: namespaces and filters apply to the calling thread, and threads reserve memory.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", GDAL_NUM_THREADS="1")


def allow_full_cpu_time() -> None:
    """Raise the limit of processor time from describing a file to reading all of it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard - 1, hard))


def enter_sandbox(private: Path, *, memory_bytes: int = READING_BYTES, has_threads: bool = False) -> SandboxStatus:
    """Give up network, files, user and privileges; only `private` remains, as the working directory.

    All modules must be loaded before: nothing can be imported afterwards. `memory_bytes` may be used besides what is
    mapped by libraries. `has_threads` permits threads, which some decoders cannot do without, but no processes.
    """
    _set_limit(resource.RLIMIT_AS, _mapped_beyond_memory() + memory_bytes)
    is_root = os.geteuid() == 0
    if is_root:
        chown_to_nobody(private)
    has_namespace = _new_network(is_root)
    os.chdir(private)
    has_root = _change_root()
    has_user = _become_nobody() if is_root else False
    _die_with_parent()  # cleared by the change of user
    _drop_capabilities()
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    has_landlock = restrict_files(_LIBC)
    has_filter = filter_calls(_LIBC, has_threads=has_threads)
    if not (has_threads and has_filter):  # the limit counts threads as processes
        _set_limit(resource.RLIMIT_NPROC, 0)
    return SandboxStatus(network=has_namespace or has_filter, files=has_root or has_landlock, user=has_user)


def chown_to_nobody(path: Path) -> None:
    """Give a file or directory to the unprivileged user of the sandbox."""
    os.chown(path, _NOBODY, _NOBODY)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() == 1 and os.getpgid(0) != os.getpgid(1):  # it died before this was set
        sys.exit(1)


def _set_limit(resource_id: int, most: int) -> None:
    _soft, hard = resource.getrlimit(resource_id)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource_id, (most, most))


def _mapped_beyond_memory() -> int:
    """Bytes that are mapped (mostly libraries) without being resident."""
    mapped, resident = (Path("/proc/self/statm").read_text(encoding="ascii").split())[:2]
    return (int(mapped) - int(resident)) * os.sysconf("SC_PAGE_SIZE")


def _new_network(is_root: bool) -> bool:
    """Enter an empty network namespace; without root this needs a user namespace.

    Root enters no user namespace: it could not become the unprivileged user inside it.
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
    """Drop the capabilities that a user namespace grants."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    none = (ctypes.c_uint32 * 6)()
    _LIBC.capset(ctypes.byref(header), ctypes.byref(none))


_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000 | 1  # with EPERM
#: AUDIT_ARCH constants, and the first system call number of the x32 ABI.
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32: Final = 0x40000000
#: Refused system calls: network, other processes, new programs, namespaces and mounts, kernel internals.
_REFUSED: Final[dict[str, tuple[int, ...]]] = {
    "x86_64": (
        *range(41, 60),  # socket ... getsockopt, clone, fork, vfork, execve
        61,  # wait4
        62,  # kill
        101,  # ptrace
        135,  # personality
        155,  # pivot_root
        161,  # chroot
        165,  # mount
        166,  # umount2
        175,  # init_module
        200,  # tkill
        *(206, 209, 210),  # io_setup, io_submit, io_cancel
        234,  # tgkill
        246,  # kexec_load
        *(248, 249, 250),  # keys
        272,  # unshare
        288,  # accept4
        298,  # perf_event_open
        *(299, 307),  # recvmmsg, sendmmsg
        *(303, 304),  # file handles
        308,  # setns
        *(310, 311),  # memory of other processes
        313,  # finit_module
        321,  # bpf
        322,  # execveat
        323,  # userfaultfd
        *range(424, 436),  # pidfd_send_signal, io_uring, mounts, pidfd_open, clone3
        438,  # pidfd_getfd
        442,  # mount_setattr
    ),
    "aarch64": (
        *(0, 2, 3),  # io_setup, io_submit, io_cancel
        *(39, 40, 41),  # umount2, mount, pivot_root
        51,  # chroot
        *(92, 97),  # personality, unshare
        *(104, 105),  # kexec_load, init_module
        117,  # ptrace
        *(129, 130, 131),  # kill, tkill, tgkill
        *range(198, 213),  # socket ... recvmsg
        *(217, 218, 219),  # keys
        220,  # clone
        221,  # execve
        241,  # perf_event_open
        *(242, 243),  # accept4, recvmmsg
        *(264, 265),  # file handles
        268,  # setns
        269,  # sendmmsg
        *(270, 271, 273),  # memory of other processes, finit_module
        *(280, 281, 282),  # bpf, execveat, userfaultfd
        *range(424, 436),
        438,
        442,
    ),
}
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_CLONE3: Final = 435
_CLONE_THREAD: Final = 0x10000
_MISSING: Final = 0x00050000 | 38  # with ENOSYS

_LANDLOCK_CREATE: Final = 444
_LANDLOCK_ADD: Final = 445
_LANDLOCK_RESTRICT: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
#: File rights that each version of Landlock controls, and those granted in the private directory: read, write, list,
#: remove, create regular files, truncate. No execution, links, devices or sockets.
_RIGHTS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_ALL_RIGHTS: Final = 0xFFFF
_GRANTED: Final = 0x2 | 0x4 | 0x8 | 0x20 | 0x100 | 0x4000
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6


def filter_calls(libc: ctypes.CDLL, *, has_threads: bool = False) -> bool:
    """Install the system call filter; False where the kernel cannot. Needs no_new_privs."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != struct.calcsize("Q"):
        return False
    program = _program(machine, has_threads=has_threads)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(head), 0, 0) == 0)


def _program(machine: str, *, has_threads: bool) -> bytes:
    """The filter as BPF instructions (code, jump if true, jump if false, value)."""
    refused = _REFUSED[machine]
    steps = [
        (_LOAD, 0, 0, 4),  # architecture
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # number of the call
        (_JUMP_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
    ]
    if has_threads:
        steps += [
            # Its arguments lie in memory, where a filter cannot look: the C library then uses clone.
            (_JUMP_EQUAL, 0, 1, _CLONE3),
            (_RETURN, 0, 0, _MISSING),
            (_JUMP_EQUAL, 0, 3, _CLONE[machine]),
            (_LOAD, 0, 0, 16),  # flags, the first argument
            (_JUMP_ANY_BIT, 0, len(refused) + 2, _CLONE_THREAD),
            (_RETURN, 0, 0, _ALLOW),
        ]
    for index, number in enumerate(refused):
        steps.append((_JUMP_EQUAL, len(refused) - index, 0, number))
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def restrict_files(libc: ctypes.CDLL) -> bool:
    """Restrict file access to the working directory; False without Landlock. Needs no_new_privs."""
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    rights = _RIGHTS.get(version, _ALL_RIGHTS)
    network = 0x3 if version >= _NETWORK_SINCE else 0
    scopes = 0x3 if version >= _SCOPES_SINCE else 0
    fields = (rights, network, scopes)[: 3 if scopes else 2 if network else 1]
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    rules = libc.syscall(_LANDLOCK_CREATE, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        beneath = struct.pack("=Qi", _GRANTED & rights, folder)
        added = libc.syscall(_LANDLOCK_ADD, rules, _PATH_BENEATH, ctypes.c_char_p(beneath), 0)
        return bool(added == 0 and libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(folder)
        os.close(rules)
