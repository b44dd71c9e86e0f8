"""CSV that a spreadsheet opens: UTF-8 with byte order mark, semicolons, decimal comma; notes stand above the header."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from registry.kernel.exports.cells import safe_cell
from registry.kernel.exports.dataset import Dataset, Value
from registry.kernel.i18n import _, format_date, format_datetime


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
