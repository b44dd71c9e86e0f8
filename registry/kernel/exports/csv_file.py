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
from registry.kernel.i18n import _, typed_date, typed_datetime

#: A cell with one of these first characters is run as a formula; full-width forms count as well.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MARK: Final = "'"
_BYTE_ORDER_MARK: Final = "\ufeff"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text as a formula."""
    return text.startswith(_FORMULA_STARTS)


def safe_cell(text: str) -> str:
    """The text with an apostrophe before anything that a spreadsheet would run as a formula.

    A text that already looks escaped gets another apostrophe, so that `plain_cell` restores it.
    """
    return f"{_MARK}{text}" if is_formula(text.lstrip(_MARK)) else text


def plain_cell(text: str) -> str:
    return text[1:] if text.startswith(_MARK) and is_formula(text.lstrip(_MARK)) else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows with the headings first as CSV: byte order mark, semicolons, escaped texts, numbers as numbers."""
    out = io.StringIO()
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def write_csv(data: Dataset, path: Path) -> int:
    """Write the file record by record; returns their number.

    UTF-8 with byte order mark, semicolons, decimal comma; title and notes stand above the header.
    """
    indexes = data.column_indexes(geometry=False)
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([safe_cell(data.title)])
        for label, text in data.notes:
            writer.writerow([safe_cell(f"{label}: {text}")])
        writer.writerow([])
        writer.writerow([safe_cell(data.columns[at].label) for at in indexes])
        for record in data.records():
            writer.writerow([cell_text(record.values[at]) for at in indexes])
            count += 1
    return count


def cell_text(value: Value) -> str:
    """A value in Vietnamese notation, numbers without thousands marks; texts are escaped."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return typed_datetime(value)
    return typed_date(value) if isinstance(value, date) else str(value)


def number_text(value: Decimal) -> str:
    """45,5 for 45.500: a decimal comma, no trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")
