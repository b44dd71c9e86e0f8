"""Photos are re-encoded in the sandbox, so that only pixels survive; the camera's time and position are read first."""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from registry.files.photo_limits import BROKEN, COSTLY, CPU_S, MAX_PIXELS, SERVED_SIDE, TOO_LARGE
from registry.files.types import FileRefused
from registry.kernel.i18n import _
from registry.kernel.sandbox_process import (
    OUT_OF_MEMORY,
    PREFIX,
    cpu_wait_s,
    end_program,
    ends_by_itself,
    start_program,
)
from registry.kernel.text import shown

log = logging.getLogger(__name__)

__all__ = ["SERVED_SIDE", "Photo", "reencode"]

#: A web process has one photo decoded at a time, because each may take as much memory as the sandbox allows.
_ALONE: Final = threading.Lock()
#: Seconds to wait, and the factor by which a busy machine may extend them.
_WAIT_S: Final = CPU_S + 5
_MOST_BUSY: Final = 5
_MEASURE_S: Final = 0.2
_READ: Final = 1024 * 1024
#: The largest answer: a photo of the served size is a tenth of it.
_MAX_ANSWER: Final = 32 * 1024 * 1024
_SERVED_TYPES: Final = ("image/jpeg", "image/webp")
#: Bounds of a signed number of 64 bits.
_HALF: Final = 2**63


@dataclass(frozen=True)
class Photo:
    """A photo as it is served, and its metadata: time (aware) and position (WGS 84 degrees).

    `pixels`: of the picture that was sent.
    """

    content: bytes
    media_type: str
    width: int
    height: int
    taken_at: datetime | None
    lon: Decimal | None
    lat: Decimal | None
    pixels: int
    #: Its difference hash, 64 bits as a signed number; None for a picture without contrast.
    difference_hash: int | None = None


#: Left, top, width and height of a part of a photo in pixels.
Box = tuple[int, int, int, int]


def reencode(name: str, media_type: str, content: bytes, boxes: Sequence[Box] = ()) -> Photo:
    """Decode the first frame, rotate it upright and encode it without metadata; FileRefused if that fails.

    JPEG and HEIC become JPEG, PNG and WEBP become WEBP (which keeps transparency), at most 2,400 pixels a side. The
    pixels in `boxes` are filled with black.
    """
    answer, encoded = decode(media_type, content, boxes)
    refused = answer.get("refused")
    if refused is None:
        photo = _photo_from(answer, encoded)
        if photo is not None:
            return photo
    if refused == TOO_LARGE:
        raise _too_large(name)
    if refused == COSTLY:
        raise _costly(name)
    raise _broken(name)


def _too_large(name: str) -> FileRefused:
    most = MAX_PIXELS // 1_000_000
    return FileRefused(
        _("Ảnh “%(name)s” lớn hơn %(most)d triệu điểm ảnh; hãy giảm kích thước.", name=shown(name), most=most)
    )


def _broken(name: str) -> FileRefused:
    return FileRefused(_("Ảnh “%(name)s” bị hỏng, không mở được; hãy chụp hoặc xuất lại.", name=shown(name)))


def _costly(name: str) -> FileRefused:
    return FileRefused(
        _(
            "Ảnh “%(name)s” cần quá nhiều bộ nhớ hoặc thời gian để mở; hãy xuất lại với kích thước nhỏ.",
            name=shown(name),
        )
    )


def _photo_from(answer: dict[str, Any], encoded: bytes) -> Photo | None:
    """The photo of an answer; None for an answer that a sound decoder does not give."""
    try:
        taken_at = datetime.fromisoformat(answer["taken_at"]) if answer["taken_at"] else None
        lon, lat = (Decimal(answer[name]) if answer[name] is not None else None for name in ("lon", "lat"))
        width, height, pixels = (int(answer[name]) for name in ("width", "height", "pixels"))
        media_type = answer["media_type"]
        look = None if answer["difference_hash"] is None else int(answer["difference_hash"])
    except (KeyError, ValueError, TypeError, InvalidOperation):
        return None
    is_sound = media_type in _SERVED_TYPES and answer.get("size") == len(encoded) > 0
    is_sound = is_sound and 0 < width <= SERVED_SIDE and 0 < height <= SERVED_SIDE
    is_sound = is_sound and (look is None or -_HALF <= look < _HALF)
    is_sound = is_sound and (taken_at is None or taken_at.tzinfo is not None) and (lon is None) == (lat is None)
    return Photo(encoded, media_type, width, height, taken_at, lon, lat, pixels, look) if is_sound else None


def _decode(media_type: str, content: bytes, boxes: Sequence[Box] = ()) -> tuple[dict[str, Any], bytes]:
    """The answer of the process that decodes, and the new file."""
    with _ALONE, tempfile.TemporaryFile() as source:
        source.write(content)
        source.seek(0)
        private = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            process = start_program(
                "registry.files.photo_child", [media_type, json.dumps(boxes)], private, source.fileno()
            )
            try:
                output = _output_of(process)
            finally:
                end_program(process)
        finally:
            shutil.rmtree(private, ignore_errors=True)
    return _parsed(output, process.returncode)


#: Tests of the layers above decode in their own process.
decode = _decode


def _output_of(process: subprocess.Popen[bytes]) -> bytes | None:
    """Everything that the process writes until it ends; None where it takes too long or writes too much.

    The time in which it waits for a processor does not count.
    """
    if process.stdout is None:
        raise RuntimeError("the decoding process has no output")
    descriptor, answer, started = process.stdout.fileno(), bytearray(), time.monotonic()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while len(answer) <= _MAX_ANSWER:
        limit_s = min(_WAIT_S + cpu_wait_s(process.pid), _WAIT_S * _MOST_BUSY)
        if time.monotonic() - started > limit_s:
            return None
        if not poll.poll(_MEASURE_S * 1000):
            continue
        piece = os.read(descriptor, _READ)
        if not piece:
            ends_by_itself(process.pid)
            return bytes(answer)
        answer += piece
    return None


def _parsed(output: bytes | None, status: int | None) -> tuple[dict[str, Any], bytes]:
    if output is None:
        return {"refused": COSTLY}, b""
    line, _newline, encoded = output.partition(b"\n")
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        is_costly = status is not None and (-status in OUT_OF_MEMORY or -status == signal.SIGXCPU)
        log.warning("decoding of a photo ended with %s", status)
        return {"refused": COSTLY if is_costly else BROKEN}, b""
    if "failed" in answer:
        log.warning("decoding of a photo failed: %s", answer["failed"])
    return answer, encoded
