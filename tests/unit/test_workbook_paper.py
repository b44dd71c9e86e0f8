"""Every workbook prints on A4: no sheet can be added without saying what its headings are."""

import io
import zipfile

import pytest

from registry.kernel.exports.workbook import HEAD, open_book

XML = "xl/worksheets/sheet1.xml"


def parts_of(head, columns):
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet("Số liệu", head=head, columns=columns)
        book.text(sheet, head or 0, 0, "Nội dung", HEAD)
    with zipfile.ZipFile(target) as archive:
        return archive.read(XML).decode(), archive.read("xl/workbook.xml").decode()


@pytest.mark.parametrize("columns", [1, 7, 20, 21, 90])
def test_a_sheet_is_a4_across_with_numbered_pages(columns):
    sheet, _book = parts_of(0, columns)
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert "&amp;P / &amp;N" in sheet


def test_columns_that_can_be_read_on_one_page_fit_on_it():
    sheet, _book = parts_of(0, 20)
    assert 'fitToHeight="0"' in sheet
    assert "fitToPage" in sheet


def test_a_sheet_of_more_columns_repeats_the_first_one_instead():
    sheet, book = parts_of(0, 21)
    assert "fitToPage" not in sheet
    assert "$A:$A" in book


@pytest.mark.parametrize(("head", "rows"), [(0, "$1:$1"), (3, "$4:$4")])
def test_the_headings_stand_on_each_page(head, rows):
    _sheet, book = parts_of(head, 5)
    assert f"'Số liệu'!{rows}" in book


def test_a_sheet_says_what_its_headings_are():
    with open_book(io.BytesIO()) as book, pytest.raises(TypeError):
        book.sheet("Số liệu")
