"""What the reading process may ask of the kernel: a filter of system calls, and Landlock for files (Linux)."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import Final

_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000 | 1  # with EPERM
#: Architecture in the kernel's words, and the first number that belongs to another calling convention.
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32: Final = 0x40000000
#: Calls that are refused: network, other processes, new programs, namespaces and mounts, the kernel's inner parts.
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
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06

_LANDLOCK_CREATE: Final = 444
_LANDLOCK_ADD: Final = 445
_LANDLOCK_RESTRICT: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
#: Rights over files that each version of Landlock can take away, and those kept in the private directory: read,
#: write, list, remove, make plain files, truncate. No execution, no links, no devices, no sockets.
_RIGHTS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_MOST_RIGHTS: Final = 0xFFFF
_KEPT: Final = 0x2 | 0x4 | 0x8 | 0x20 | 0x100 | 0x4000
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6


def filter_calls(libc: ctypes.CDLL) -> bool:
    """Have the kernel refuse the calls above for good; False where it cannot. Needs no_new_privs."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != struct.calcsize("Q"):
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(head), 0, 0) == 0)


def _program(machine: str) -> bytes:
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
    for place, number in enumerate(refused):
        steps.append((_JUMP_EQUAL, len(refused) - place, 0, number))
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def restrict_files(libc: ctypes.CDLL) -> bool:
    """Leave the working directory alone of all files; False where the kernel has no Landlock. Needs no_new_privs."""
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    rights = _RIGHTS.get(version, _MOST_RIGHTS)
    network = 0x3 if version >= _NETWORK_SINCE else 0
    scopes = 0x3 if version >= _SCOPES_SINCE else 0
    words = (rights, network, scopes)[: 3 if scopes else 2 if network else 1]
    attributes = struct.pack(f"{len(words)}Q", *words)
    rules = libc.syscall(_LANDLOCK_CREATE, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        beneath = struct.pack("=Qi", _KEPT & rights, folder)
        added = libc.syscall(_LANDLOCK_ADD, rules, _PATH_BENEATH, ctypes.c_char_p(beneath), 0)
        return bool(added == 0 and libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(folder)
        os.close(rules)
