"""Limits of tables, text of cells, and refusal of files, for all readers."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from registry.kernel.errors import Invalid

MAX_BYTES: Final = 100 * 1024 * 1024
MAX_ROWS: Final = 200_000
#: For sentences; the reading process cannot open files, so locale data are not available.
MAX_ROWS_TEXT: Final = f"{MAX_ROWS:,}".replace(",", ".")
MAX_COLUMNS: Final = 300
#: Limit of a cell in spreadsheets.
MAX_CELL: Final = 32_767
#: Headers are searched in this many rows.
SEARCHED_ROWS: Final = 20
_MIDNIGHT: Final = (0, 0, 0)
#: Characters that the database cannot store, and control characters.
UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD in place of characters that the database cannot store."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def refuse(sentence: str) -> Invalid:
    """Refusal of a file, in one sentence."""
    return Invalid({"file": sentence})


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
    """Digits with a decimal comma, which is never a thousands separator."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return str(value)
    if exact == exact.to_integral_value():
        return f"{exact.to_integral_value():f}"
    return f"{exact:f}".rstrip("0").replace(".", ",")
