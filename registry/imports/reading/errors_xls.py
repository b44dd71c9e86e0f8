"""Cells of an XLS sheet that hold an error: found in the records of the file itself, as the reader of values leaves
them empty. Only what is needed of the OLE2 container and of BIFF8 is read; a file that is built otherwise has none."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from registry.imports.reading.errors_xlsx import MOST_ERRORS, Errors

_WORDS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_HEADER: Final = 512
_IN_HEADER: Final = 109
_LAST_SECTOR: Final = 0xFFFFFFF9
_ENTRY: Final = 128
_NAMES: Final = ("Workbook", "Book")
_SMALLEST_STREAM: Final = 4096
_FORMULA, _SHEET, _ERROR, _END = 0x0006, 0x0085, 0x0205, 0x000A
_ERROR_LENGTH: Final = 8
_FORMULA_LENGTH: Final = 14
_IS_ERROR: Final = 2


def find_errors(path: Path, place: int) -> Errors:
    """Row (from 1) -> column (from 0) -> error word, for the sheet at a place (from 0) of the workbook."""
    try:
        stream = _stream(path.read_bytes())
        starts = [struct.unpack_from("<I", body)[0] for code, body in _records(stream, 0) if code == _SHEET]
        return _errors(stream, starts[place]) if place < len(starts) else {}
    except (struct.error, IndexError, OSError):
        return {}  # what is wrong with the file, the reader of values says


def _stream(content: bytes) -> bytes:
    """The records of the workbook, out of the sectors of the container."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    directory, more, count = (struct.unpack_from("<I", content, at)[0] for at in (48, 68, 72))
    tables = [*struct.unpack_from(f"<{_IN_HEADER}I", content, 76)]
    for _time in range(min(count, len(content) // size)):
        sector = struct.unpack_from(f"<{size // 4}I", content, _HEADER + more * size)
        tables += sector[:-1]
        more = sector[-1]
    chain: list[int] = []
    for table in tables:
        if table < _LAST_SECTOR:
            chain += struct.unpack_from(f"<{size // 4}I", content, _HEADER + table * size)
    entries = _follow(content, chain, directory, size)
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        entry = entries[at : at + _ENTRY]
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(0, length - 2)].decode("utf-16-le", "replace")
        start, total = struct.unpack_from("<II", entry, 116)
        if name in _NAMES and total >= _SMALLEST_STREAM:
            return _follow(content, chain, start, size)[:total]
    return b""


def _follow(content: bytes, chain: list[int], sector: int, size: int) -> bytes:
    """The bytes of the sectors from one on, in the order of the chain."""
    found = []
    for _time in range(len(content) // size + 1):
        if sector >= _LAST_SECTOR:
            break
        found.append(content[_HEADER + sector * size : _HEADER + (sector + 1) * size])
        sector = chain[sector]
    return b"".join(found)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        yield code, stream[at + 4 : at + 4 + length]
        if code == _END:
            return
        at += 4 + length


def _errors(stream: bytes, start: int) -> Errors:
    found: Errors = {}
    count = 0
    for code, body in _records(stream, start):
        word = None
        if code == _ERROR and len(body) >= _ERROR_LENGTH and body[7] == 1:
            word = _WORDS.get(body[6])
        elif code == _FORMULA and len(body) >= _FORMULA_LENGTH and body[12:14] == b"\xff\xff" and body[6] == _IS_ERROR:
            word = _WORDS.get(body[8])
        if word is not None and count < MOST_ERRORS:
            row, column = struct.unpack_from("<HH", body)
            found.setdefault(row + 1, {})[column] = word
            count += 1
    return found
