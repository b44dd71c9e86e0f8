"""Text files and workbooks are streamed within their limits, and refused in one sentence beyond them."""

import pytest

from registry.imports.mapping.fields import known_header_keys
from registry.imports.reading import table, workbook
from registry.imports.reading.client import Reading
from registry.imports.reading.heading import MAX_HEADER_ROW
from registry.imports.reading.limits import MAX_CELL, cell_text
from registry.imports.reading.protocol import ReadOptions, limited
from registry.imports.reading.text import describe_text, rows_of_text
from registry.imports.reading.workbook import describe_workbook, rows_of_workbook
from registry.kernel.errors import Invalid
from registry.kernel.i18n import format_number
from tests.messy import encodings, separators, sheets
from tests.messy.making import HEADER, ROWS, text, xlsx

KNOWN = known_header_keys("antenna_tower")


@pytest.fixture
def kept(tmp_path):
    """Keeps bytes as an upload; returns their path."""

    def keep(content):
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return keep


def refusal(read):
    with pytest.raises(Invalid) as caught:
        read()
    assert list(caught.value.fields) == ["file"]
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "không có dòng nào"),
        ("\ufeff", "không có dòng nào"),
        ("Mã trạm;Tên trạm\r\n", "không có dòng dữ liệu"),
        ("a;b\r\n" + "x" * 1_200_000 + ";1\r\n", "ô quá dài"),
        ("a;b\r\n" + "x" * 200_000 + ";1\r\n", "dòng 2"),
        ('a;b\r\n"' + "x;y\r\n" * 100_000, "dòng 2"),
        (";".join(f"c{n}" for n in range(301)) + "\n" + ";".join("1" * 301) + "\n", "301 cột"),
    ],
    ids=["nothing", "a mark alone", "no rows", "a line of a megabyte", "a long cell", "an open quote", "301 columns"],
)
def test_a_text_that_is_no_table_is_refused(kept, content, words):
    assert words in refusal(lambda: describe_text(kept(content), ReadOptions(known_headers=KNOWN)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ReadOptions(encoding="utf-7"), "“utf-7”"),
        (ReadOptions(separator="ab"), "“ab”"),
        (ReadOptions(header_row=-1), "Dòng tiêu đề -1"),
        (ReadOptions(header_row=MAX_HEADER_ROW + 1), "không hợp lệ"),
        (ReadOptions(header_row=900), "Dòng 900 của tệp trống"),
    ],
)
def test_an_option_that_fits_nothing_is_refused_by_its_value(kept, options, words):
    assert words in refusal(lambda: describe_text(kept(text()), options))


def test_a_file_with_too_many_rows_is_refused_when_they_are_read(kept, monkeypatch):
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    path = kept(text())
    assert "hơn 200.000 dòng" in refusal(lambda: list(rows_of_text(path, ReadOptions())))
    book = kept(xlsx())
    assert "hơn 200.000 dòng" in refusal(lambda: describe_workbook(book, ReadOptions()))


@pytest.mark.parametrize("length", [33_000, 70_000])
def test_a_cell_longer_than_a_spreadsheet_holds_refuses_its_row_alone(kept, length):
    long = (*ROWS[0][:1], "x" * length, *ROWS[0][2:])
    rows = [limited(row) for row in rows_of_text(kept(text((HEADER, *ROWS, long))), ReadOptions())]
    assert [row.problem is not None for row in rows] == [False, False, False, True]
    assert f"ô dài {format_number(length)} ký tự" in rows[-1].problem
    assert max(map(len, rows[-1].cells)) <= MAX_CELL


@pytest.mark.parametrize("read", [rows_of_text, rows_of_workbook])
def test_text_outside_of_the_columns_is_joined_to_none(kept, read):
    # Behind the rows by which columns are counted.
    rows = [HEADER, *ROWS * 30, (*ROWS[0], "thừa")]
    content = text(rows) if read is rows_of_text else xlsx(rows)
    last = list(read(kept(content), ReadOptions(known_headers=KNOWN)))[-1]
    assert last.cells[: len(HEADER)] == ROWS[0]
    if read is rows_of_text:
        assert "“thừa”" in last.problem
    else:
        assert last.cells[len(HEADER) :] == ("thừa",)


def test_what_no_database_keeps_is_marked_where_it_stood(kept):
    rows = list(rows_of_text(kept("Mã trạm;Tên trạm\nT1;A\x00B\n"), ReadOptions(known_headers=KNOWN)))
    assert rows[0].cells == ("T1", "A\ufffdB")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(15.0, "15"), (1.234, "1,234"), (45.1, "45,1"), (True, "có"), (None, ""), (2191076.73, "2191076,73"), (0.0, "0")],
)
def test_a_number_of_a_workbook_is_written_so_that_it_is_read_back(value, shown):
    assert cell_text(value) == shown


def test_a_large_sheet_is_not_counted_before_it_is_read(kept, monkeypatch):
    monkeypatch.setattr(workbook, "_COUNTED_ROWS", 2)
    path = kept(xlsx((HEADER, *ROWS, (), ("Tổng cộng", *[""] * 6))))
    description = describe_workbook(path, ReadOptions(known_headers=KNOWN))
    assert (description.tables[0].row_count, len(list(rows_of_workbook(path, ReadOptions())))) == (5, 4)


def test_a_file_that_was_replaced_is_loaded_anew(kept):
    assert describe_workbook(kept(xlsx()), ReadOptions()).tables[0].row_count == 3
    assert describe_workbook(kept(xlsx((HEADER, *ROWS, *ROWS))), ReadOptions()).tables[0].row_count == 6


def test_rows_are_given_one_by_one(kept):
    rows = rows_of_text(kept(text()), ReadOptions(known_headers=KNOWN))
    assert next(rows).number == 2
    assert next(rows).number == 3


def test_a_heading_far_down_is_found_where_a_person_says(kept):
    rows = [("ghi chú", str(at)) for at in range(50)]
    description = describe_text(kept(text((*rows, HEADER, *ROWS))), ReadOptions(header_row=51, known_headers=KNOWN))
    assert (description.tables[0].header, description.tables[0].header_row) == (HEADER, 51)


def test_a_workbook_without_data_is_refused(kept):
    assert "không có trang tính" in refusal(lambda: describe_workbook(kept(xlsx(())), ReadOptions()))


def test_a_sheet_that_is_not_there_is_named(kept):
    path = kept(xlsx())
    assert "“Khác”" in refusal(lambda: rows_of_workbook(path, ReadOptions(table="Khác")))


def test_utf16_may_be_chosen_for_a_file_without_its_mark(kept):
    description = describe_text(kept(text().encode("utf-16-le")), ReadOptions(encoding="utf-16", known_headers=KNOWN))
    assert description.tables[0].header == HEADER


def test_a_container_that_makes_the_library_panic_is_broken(kept):
    content = sheets.CASES[0].content
    assert "bị hỏng" in refusal(lambda: describe_workbook(kept(content[:515]), ReadOptions()))


def test_a_broken_workbook_is_refused(kept):
    assert "bị hỏng" in refusal(lambda: describe_workbook(kept(xlsx()[:2_000]), ReadOptions()))


@pytest.mark.parametrize(
    "case",
    [encodings.CASES[7], separators.CASES[1], sheets.CASES[0], sheets.CASES[2], sheets.CASES[13]],
    ids=lambda case: case.sentence,
)
def test_the_reading_process_gives_the_same(kept, case):
    path = kept(case.content)
    options = ReadOptions(table=case.table, known_headers=known_header_keys(case.kind))
    with Reading(path, options) as reading:
        table = next(each for each in reading.description.tables if case.table in (None, each.name))
        rows = list(reading)
    assert (reading.description.file_format, table.header, len(rows)) == (case.file_format, case.header, case.rows)
    assert case.geometry in (None, rows[0].geometry)
