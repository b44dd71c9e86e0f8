"""The largest tables that are taken: 200,000 rows of 20 columns stay below 600 MB, as CSV and as workbook."""

import csv

import pytest
import xlsxwriter

from registry.imports.mapping.fields import known_header_keys
from registry.imports.reading.client import Reading
from registry.imports.reading.protocol import ReadOptions
from tests.messy.making import HEADER, ROWS

pytestmark = pytest.mark.trial

COUNT = 200_000
MORE = tuple(f"Cột thêm {at}" for at in range(20 - len(HEADER)))
MOST_KB = 600 * 1024


def row(number):
    """A row like a real one, with words that differ from row to row."""
    first = ROWS[number % len(ROWS)]
    return (
        f"T{number:06d}",
        f"{first[1]} số {number}",
        *first[2:],
        *(f"giá trị {number % 1_000} {word}" for word in MORE),
    )


def write_csv(path):
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow((*HEADER, *MORE))
        writer.writerows(map(row, range(COUNT)))


def write_xlsx(path):
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Trạm")
        sheet.write_row(0, 0, (*HEADER, *MORE))
        for number in range(COUNT):
            sheet.write_row(number + 1, 0, row(number))


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_the_largest_table_is_read_within_bounded_memory(tmp_path, write):
    path = tmp_path / "upload"
    write(path)
    with Reading(path, ReadOptions(known_headers=known_header_keys("antenna_tower"))) as reading:
        assert reading.description.tables[0].header == (*HEADER, *MORE)
        count = sum(1 for _row in reading)
    assert (count, reading.peak_memory_kb < MOST_KB) == (COUNT, True)
