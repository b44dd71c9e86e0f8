"""The table of a Shapefile (dBASE III): values are spooled once, so that every field is as wide as its widest value."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from registry.kernel.clock import utc_now
from registry.kernel.exports.cells import safe_cell
from registry.kernel.exports.dataset import Column, Value

#: Longest text of the format, in bytes, and its longest field name.
MOST_BYTES: Final = 254
MOST_LETTERS: Final = 10
_FIELD: Final = struct.Struct("<11sc4xBB14x")
_LOGICAL, _DAY, _NUMBER, _TEXT = b"L", b"D", b"N", b"C"
_KINDS: Final = {bool: _LOGICAL, int: _NUMBER, Decimal: _NUMBER, date: _DAY}


def short_names(names: Sequence[str]) -> list[str]:
    """Field names of at most ten letters, each once: the first ten, or fewer with a number."""
    found: list[str] = []
    for name in names:
        short, again = name[:MOST_LETTERS], 1
        while short in found:
            again += 1
            short = f"{name[: MOST_LETTERS - len(str(again))]}{again}"
        found.append(short)
    return found


def clipped(text: str) -> str:
    """As much of a text as a field can hold, cut between letters."""
    return text.encode()[:MOST_BYTES].decode(errors="ignore")


class DbfWriter:
    """Takes rows of values and makes the file at the end."""

    def __init__(self, path: Path, names: list[str], columns: list[Column]) -> None:
        self.path = path
        self._names, self._columns = names, columns
        self._widths = [1] * len(columns)
        self._decimals = [0] * len(columns)
        self._count = 0
        self._spool_path = path.with_suffix(".rows")
        self._spool = self._spool_path.open("w", encoding="utf-8")

    def add(self, values: Sequence[Value]) -> None:
        """One row."""
        texts = [_written(value) for value in values]
        for at, text in enumerate(texts):
            self._widths[at] = max(self._widths[at], len(text.encode()))
            if self._columns[at].kind is Decimal and "." in text:
                self._decimals[at] = max(self._decimals[at], len(text) - text.index(".") - 1)
        self._spool.write(json.dumps(texts, ensure_ascii=False) + "\n")
        self._count += 1

    def finish(self) -> Path:
        """Write the table; returns where it stands."""
        self._spool.close()
        kinds = [_KINDS.get(column.kind, _TEXT) for column in self._columns]
        widths = [self._width(at, kind) for at, kind in enumerate(kinds)]
        today = utc_now()
        with self.path.open("wb") as out, self._spool_path.open(encoding="utf-8") as spool:
            head_bytes = 32 + 32 * len(widths) + 1
            out.write(
                struct.pack(
                    "<4BIHH20x", 3, today.year - 1900, today.month, today.day, self._count, head_bytes, 1 + sum(widths)
                )
            )
            for at, kind in enumerate(kinds):
                out.write(_FIELD.pack(self._names[at].encode("ascii"), kind, widths[at], self._decimals[at]))
            out.write(b"\r")
            for line in spool:
                out.write(b" ")
                for at, text in enumerate(json.loads(line)):
                    out.write(self._padded(at, text, kinds[at], widths[at]))
            out.write(b"\x1a")
        self._spool_path.unlink()
        return self.path

    def _width(self, at: int, kind: bytes) -> int:
        if kind == _DAY:
            return 8
        # Numbers are written with as many decimals as the longest has, which may need more room in front.
        extra = self._decimals[at] + 1 if kind == _NUMBER and self._decimals[at] else 0
        return 1 if kind == _LOGICAL else min(self._widths[at] + extra, MOST_BYTES)

    def _padded(self, at: int, text: str, kind: bytes, width: int) -> bytes:
        if kind == _NUMBER:
            if text and self._decimals[at]:
                text = f"{Decimal(text):.{self._decimals[at]}f}"
            return text.rjust(width).encode("ascii")
        # Neither true nor false has a sign of its own.
        content = b"?" if kind == _LOGICAL and not text else text.encode()
        return content + b" " * (width - len(content))


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    # Office programs open the table as a sheet.
    return str(value) if isinstance(value, int) else clipped(safe_cell(value))
