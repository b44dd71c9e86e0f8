"""Open an uploaded file: a sandboxed process reads it, and only validated text comes back."""

from __future__ import annotations

import logging
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from msgspec import Raw

from registry.imports.reading import protocol
from registry.imports.reading.limits import (
    MAX_BYTES,
    MAX_ROWS,
    empty_file,
    refuse,
    too_large,
    too_many_rows,
    too_much_memory,
)
from registry.imports.reading.protocol import ProtocolError, ReadOptions, Row
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n
from registry.kernel.sandbox_process import OUT_OF_MEMORY, PREFIX, cpu_wait_s, ends_by_itself, start_program
from registry.kernel.sandbox_process import end_program as end

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to wait for a file, plus one per megabyte. Until the description the kernel limits the process to
#: `sandbox.DESCRIBE_S` of processor time, so a hostile file waits longer on a busy machine only.
DESCRIBE_S: Final = 20
#: Maximum factor by which waiting is extended on a busy machine.
MOST_BUSY: Final = 5
_MEGABYTE: Final = 1024 * 1024
_READ: Final = 1024 * 1024
#: A process that reached this much memory and died is assumed to have died of the memory limit.
_MUCH_MEMORY_KB: Final = 300 * 1024
#: Interval of memory measurements while waiting.
_MEASURE_S: Final = 0.1


class Reading:
    """A file being read: its description, then its rows as a stream."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        size = path.stat().st_size
        self._options = options
        self._total_s = DESCRIBE_S + size // _MEGABYTE
        self._waited_s = 0.0
        self._pending = b""
        self._usage_kb = self._seen_kb = 0
        self._private = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            (self._private / protocol.OPTIONS).write_text(protocol.options_text(options), encoding="utf-8")
            with path.open("rb") as source:
                self._process = start("child", [str(self._total_s)], self._private, source.fileno())
        except BaseException:
            shutil.rmtree(self._private, ignore_errors=True)
            raise
        try:
            self.sandbox_status = self._validated(protocol.status_from, self._expect("sandbox", DESCRIBE_S))
            described = self._expect("description", self._total_s)
            self.description = self._validated(protocol.description_from, described)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def peak_memory_kb(self) -> int:
        """Peak memory of the process in kilobytes; known after `close`."""
        return self._usage_kb

    def __iter__(self) -> Iterator[Row]:
        """Rows of the chosen table, once; raises Invalid where reading fails."""
        table = self._table()
        last, count = 0, 0
        while True:
            name, value = self._message(self._total_s)
            if name == "end":
                if self._validated(protocol.count_from, value) != count:
                    raise self._broken()
                return
            if name != "rows" or table is None:
                raise self._broken()
            rows = self._validated(protocol.rows_from, value, len(table.header), last)
            count += len(rows)
            if count > MAX_ROWS:
                raise too_many_rows()
            last = rows[-1].number if rows else last
            yield from rows

    def close(self) -> None:
        """Kill the process and remove its directory."""
        self._usage_kb = max(self._usage_kb, end(self._process))
        shutil.rmtree(self._private, ignore_errors=True)

    def _table(self) -> Any:
        tables = self.description.tables
        if self._options.table is None and len(tables) != 1:
            raise refuse(_n("Tệp có %(count)d bảng; hãy chọn một bảng để đọc.", len(tables), count=len(tables)))
        return next((table for table in tables if self._options.table in (None, table.name)), None)

    def _expect(self, wanted: str, limit_s: float) -> Raw:
        name, value = self._message(limit_s)
        if name != wanted:
            raise self._broken()
        return value

    def _message(self, limit_s: float) -> tuple[str, Raw]:
        """The next message; Invalid where the process refuses the file, dies or takes too long."""
        try:
            name, value = protocol.message_from(self._line(limit_s))
            if name == "refused":
                raise refuse(protocol.sentence_from(value))
            if name == "failed":
                raise self._broken(protocol.sentence_from(value))
        except ProtocolError as error:
            raise self._broken(str(error)) from error
        return name, value

    def _validated(self, parse: Callable[..., T], *arguments: Any) -> T:
        try:
            return parse(*arguments)
        except ProtocolError as error:
            raise self._broken(str(error)) from error

    def _line(self, limit_s: float) -> bytes:
        stream = self._process.stdout
        if stream is None:
            raise RuntimeError("the reading process has no output")
        searched = 0
        while (at := self._pending.find(b"\n", searched)) < 0:
            searched = len(self._pending)
            if searched > protocol.MAX_LINE:
                raise self._broken("a line without end")
            piece = self._wait_for(stream.fileno(), limit_s)
            if not piece:
                raise self._ended()
            self._pending += piece
        line, self._pending = self._pending[:at], self._pending[at + 1 :]
        return line

    def _wait_for(self, descriptor: int, limit_s: float) -> bytes:
        """Next output of the process. Only waiting counts towards the limit, and of that not the time in which the
        process waited for a processor, so that a busy machine does not refuse files.
        """
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while True:
            left = min(limit_s + cpu_wait_s(self._process.pid), limit_s * MOST_BUSY) - self._waited_s
            if left <= 0:
                raise refuse(timeout_message())
            started = time.monotonic()
            ready = poll.poll(min(left, _MEASURE_S) * 1000)
            self._waited_s += time.monotonic() - started
            # Measured while it runs: the usage of a reaped process starts with the peak of its parent.
            self._seen_kb = max(self._seen_kb, peak_kb(self._process.pid))
            if ready:
                return os.read(descriptor, _READ)

    def _ended(self) -> Invalid:
        """Refusal for a process that ended without a message."""
        has_ended = ends_by_itself(self._process.pid)
        self._usage_kb = end(self._process)
        status = self._process.returncode
        if not has_ended:
            return self._broken("closed its output")
        if status == -signal.SIGXCPU:
            return refuse(timeout_message())
        if -status in OUT_OF_MEMORY or self._seen_kb > _MUCH_MEMORY_KB:
            logger.warning("reading of an upload ended with %s, memory seen: %s kB", status, self._seen_kb)
            return too_much_memory()
        return self._broken(f"ended with {status}")

    def _broken(self, why: str = "an unexpected line") -> Invalid:
        logger.warning("reading of an upload failed: %s", why)
        return refuse(_("Tệp bị hỏng, không đọc được; hãy mở bằng phần mềm đã tạo ra nó rồi lưu lại."))


def open_file(path: Path, options: ReadOptions) -> Reading:
    """Read a stored file; a context manager with `description`, iterable over rows.

    Invalid (field `file`) states the reason, in the language of the options, at once or during iteration.
    """
    size = path.stat().st_size
    if size == 0:
        raise empty_file()
    if size > MAX_BYTES:
        raise too_large()
    return Reading(path, options)


def start(module: str, arguments: list[str], private: Path, source: int) -> subprocess.Popen[bytes]:
    """Start a program of this package in `private`, with an input, a pipe and nothing else."""
    return start_program(f"registry.imports.reading.{module}", arguments, private, source)


def peak_kb(pid: int) -> int:
    """Peak memory of a running process in kilobytes; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def timeout_message() -> str:
    return _("Đọc tệp này mất quá nhiều thời gian; tệp quá phức tạp hoặc có cấu trúc gây quá tải, hãy đơn giản hóa.")
