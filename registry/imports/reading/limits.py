"""Limits of tables, text of cells, and refusal of files, for all readers."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

MAX_BYTES: Final = 100 * 1024 * 1024
MAX_ROWS: Final = 200_000
#: For sentences; the reading process cannot open files, so locale data are not available.
MAX_ROWS_TEXT: Final = f"{MAX_ROWS:,}".replace(",", ".")
MAX_COLUMNS: Final = 300
#: Limit of a cell in spreadsheets.
MAX_CELL: Final = 32_767
#: Text above the headers, which is kept whole: it may name the coordinate system anywhere.
MAX_TITLE: Final = 200_000
#: Headers are searched in this many rows.
SEARCHED_ROWS: Final = 20
_MIDNIGHT: Final = (0, 0, 0)
#: Characters that the database cannot store, and control characters.
UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD in place of characters that the database cannot store."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def excerpt(text: str, most: int) -> str:
    """The text on one line, at most so long; a longer one ends before the word that would be cut."""
    line = " ".join(storable(text).split())
    if len(line) <= most:
        return line
    start = line[: most - 1]
    return f"{start.rpartition(' ')[0] or start}…"


def refuse(sentence: str) -> Invalid:
    """Refusal of a file, in one sentence."""
    return Invalid({"file": sentence})


def empty_file() -> Invalid:
    return refuse(_("Tệp rỗng; cần một dòng tiêu đề cột và ít nhất một dòng dữ liệu."))


def too_large() -> Invalid:
    return refuse(_("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MAX_BYTES // (1024 * 1024)))


def no_rows() -> Invalid:
    return refuse(_("Tệp không có dòng dữ liệu nào dưới dòng tiêu đề cột."))


def too_many_rows() -> Invalid:
    return refuse(_("Tệp có hơn %(most)s dòng dữ liệu; hãy chia thành nhiều tệp.", most=MAX_ROWS_TEXT))


def too_much_memory() -> Invalid:
    return refuse(_("Đọc tệp này cần quá nhiều bộ nhớ; hãy chia thành nhiều tệp nhỏ hơn hoặc xóa phần thừa."))


def cell_text(value: object) -> str:
    """A cell as a user would type it, so that workbooks and CSV files are parsed alike."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, (int, float)):
        return _number_text(value)
    return "" if value is None else _day_text(value)


def _day_text(value: object) -> str:
    if isinstance(value, datetime):
        day = value.strftime("%d/%m/%Y")
        return day if (value.hour, value.minute, value.second) == _MIDNIGHT else f"{day} {value:%H:%M:%S}"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)


@lru_cache(maxsize=65_536)
def _number_text(value: int | float) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return decimal_text(exact) if exact.is_finite() else str(value)


def decimal_text(number: Decimal) -> str:
    """Digits with a decimal comma, which is never a thousands separator."""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".").replace(".", ",") if "." in plain else plain
