"""CSV for spreadsheets, and cells that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from registry.kernel.exports.dataset import Dataset, Value
from registry.kernel.i18n import _, format_date, format_datetime

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


def write_csv(data: Dataset, path: Path) -> int:
    """Write the file record by record; returns how many. An importer takes the lines above the header as a title."""
    places = data.places(geometry=False)
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([safe_cell(data.title)])
        for label, text in data.notes:
            writer.writerow([safe_cell(f"{label}: {text}")])
        writer.writerow([])
        writer.writerow([safe_cell(data.columns[at].label) for at in places])
        for record in data.records():
            writer.writerow([cell_text(record.values[at]) for at in places])
            count += 1
    return count


def cell_text(value: Value) -> str:
    """A value as people in Vietnam write it, numbers without thousands marks; texts are made safe."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return format_datetime(value)
    return format_date(value) if isinstance(value, date) else str(value)


def number_text(value: Decimal) -> str:
    """45,5 for 45.500: a comma, and no more decimals than there are."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")
