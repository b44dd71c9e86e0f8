"""Test the sandbox: a process inside it attempts what a hostile file would."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry.imports.reading import protocol
from registry.imports.reading.client import start
from registry.kernel import sandbox
from registry.kernel.clock import utc_now
from registry.kernel.i18n import _
from registry.kernel.sandbox_process import PREFIX
from registry.kernel.sandbox_process import end_program as end

_SECONDS: Final = 20
_SECRET: Final = b"not for the reading process"
_FORGOTTEN_S: Final = 3600
_READ: Final = 65_536


@dataclass(frozen=True)
class SelfTest:
    """What the sandbox blocks: connections, other files, programs, excessive memory."""

    network: bool
    files: bool
    programs: bool
    memory: bool

    @property
    def ok(self) -> bool:
        return self.network and self.files and self.programs and self.memory

    @property
    def detail(self) -> str:
        """One sentence for the administrator."""
        if self.ok:
            return _("tiến trình đọc tệp không có mạng, không thấy tệp nào khác, bộ nhớ có hạn")
        missing = [
            words
            for holds, words in (
                (self.network, _("chưa chặn được mạng (không nhận Shapefile, GeoPackage)")),
                (self.files, _("chưa chặn được việc mở tệp khác")),
                (self.programs, _("chưa chặn được việc chạy chương trình")),
                (self.memory, _("chưa giới hạn được bộ nhớ")),
            )
            if not holds
        ]
        return "; ".join(missing) + _("; cần Linux có seccomp và Landlock, hoặc chạy bằng root")


def selftest(data_dir: Path) -> SelfTest:
    """Run a process in the sandbox that tries a listening socket, files inside and outside of `data_dir`, a program,
    and too much memory.

    Takes about a second. Also removes directories that killed programs left.
    """
    remove_leftovers()
    private = Path(tempfile.mkdtemp(prefix=PREFIX))
    outside = private.with_name(private.name + "-outside")
    secret = data_dir / f"{private.name}.secret"
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        secret.write_bytes(_SECRET)
        secret.chmod(0o600)
        port = listener.getsockname()[1]
        with open(os.devnull, "rb") as nothing:
            process = start("selftest", [str(port), str(secret), str(outside)], private, nothing.fileno())
        report = _report(process)
        heard = bool(select.select([listener], [], [], 0)[0])
        return SelfTest(
            network=bool(report.get("network")) and not heard,
            files=bool(report.get("files")) and not outside.exists(),
            programs=bool(report.get("programs")),
            memory=bool(report.get("memory")),
        )
    finally:
        listener.close()
        for leftover in (secret, outside):
            with contextlib.suppress(OSError):
                leftover.unlink()
        shutil.rmtree(private, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove directories of reading processes whose program was killed; those in use are younger."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if left.is_dir() and left.stat().st_mtime < utc_now().timestamp() - _FORGOTTEN_S:
                shutil.rmtree(left, ignore_errors=True)


def _report(process: Any) -> dict[str, Any]:
    line = b""
    with contextlib.suppress(ValueError, OSError):
        deadline = time.monotonic() + _SECONDS
        while not line.endswith(b"\n") and (left := deadline - time.monotonic()) > 0:
            if not select.select([process.stdout], [], [], left)[0]:
                break
            piece = os.read(process.stdout.fileno(), _READ)
            if not piece:
                break
            line += piece
    end(process)
    try:
        report = json.loads(line)
    except ValueError:
        return {}
    return dict(report) if isinstance(report, dict) else {}


# --- in the process -----------------------------------------------------------------------------------------------


def main() -> None:
    """Attempt each action inside the sandbox; arguments: port, unreadable file, unwritable file."""
    port, secret, outside = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    sandbox.apply_limits(_SECONDS)
    sandbox.enter_sandbox(Path.cwd())
    kept = Path("kept")
    kept.write_bytes(b"its own directory is open")  # else every refusal below would prove nothing
    report = {
        "network": _is_refused(lambda: _connect(port)),
        "files": all(
            map(_is_refused, (lambda: _read_one(secret), lambda: _write(outside), lambda: _read_one("/etc/passwd")))
        ),
        "programs": _is_refused(_fork) and _is_refused(_run),
        "memory": _is_refused(lambda: mmap.mmap(-1, sandbox.READING_BYTES + 600 * sandbox.MEGABYTE)),
    }
    sys.stdout.buffer.write(protocol.to_line(report))
    sys.stdout.buffer.flush()


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _run() -> None:
    os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606  # it must fail


def _connect(port: int) -> None:
    with socket.socket() as out:
        out.connect(("127.0.0.1", port))


def _read_one(path: str) -> None:
    with open(path, "rb") as source:
        source.read(1)


def _write(path: str) -> None:
    Path(path).write_bytes(b"x")
