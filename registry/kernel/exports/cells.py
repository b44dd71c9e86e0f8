"""Cells that a spreadsheet opens safely, and the way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

#: A cell that begins so would be run as a formula; full-width forms count as well.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MARK: Final = "'"
_BYTE_ORDER_MARK: Final = "\ufeff"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return text.startswith(_FORMULA_STARTS)


def safe_cell(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula.

    One that reads as if it had been made safe gets another apostrophe, so that `plain_cell` gives it back.
    """
    return f"{_MARK}{text}" if is_formula(text.lstrip(_MARK)) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given: a text that was made safe is read back as it was."""
    return text[1:] if text.startswith(_MARK) and is_formula(text.lstrip(_MARK)) else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows, headings first, as CSV: semicolons, byte order mark; texts are made safe, numbers stay numbers."""
    out = io.StringIO()
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()
