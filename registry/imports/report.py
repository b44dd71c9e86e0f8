"""The problems of a batch as a CSV file that a spreadsheet opens safely."""

from __future__ import annotations

from collections.abc import Iterable

from registry.imports.queries import ListedRow
from registry.kernel.exports import csv_text
from registry.kernel.i18n import _


def problems_csv(rows: Iterable[ListedRow]) -> str:
    """One line a problem: row, column, value, reason, whether it stops the row."""
    heads = [_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"), _("Kết quả")]
    lines = [
        [row.number, problem["column"], problem["value"], problem["reason"], str(row.result.outcome.label)]
        for row in rows
        for problem in row.result.problems or ()
    ]
    return csv_text([heads, *lines])
