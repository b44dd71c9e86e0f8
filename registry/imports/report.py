"""The problems of a batch as a CSV file that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from registry.imports.models import ImportRow
from registry.kernel.i18n import _

#: A cell that begins so would be run as a formula; full-width forms count as well.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK: Final = "\ufeff"


def safe_cell(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def problems_csv(rows: Iterable[ImportRow]) -> str:
    """One line a problem: row, column, value, reason, whether it stops the row; semicolons, with byte order mark."""
    out = io.StringIO()
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"), _("Kết quả")])
    for row in rows:
        for problem in row.problems:
            words = (problem["column"], problem["value"], problem["reason"], str(row.outcome.label))
            writer.writerow([row.number, *map(safe_cell, words)])
    return out.getvalue()
