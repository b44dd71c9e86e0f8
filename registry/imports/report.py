"""The problems of a batch as a CSV file that a spreadsheet opens safely, written as they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from registry.imports.queries import Problem
from registry.kernel.exports.csv_file import safe_cell
from registry.kernel.i18n import _


def write_problems(path: Path, problems: Iterable[Problem]) -> int:
    """One line a problem: row, column, value, reason, what becomes of the row; returns how many there are."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"), _("Kết quả")])
        for problem in problems:
            texts = (problem.column, problem.value, problem.reason, str(problem.outcome.label))
            writer.writerow([problem.row, *map(safe_cell, texts)])
            count += 1
    return count
