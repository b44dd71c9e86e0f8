"""The file to mend that an import gives back: the same table with its reasons, safe to open, known when it returns."""

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from registry.imports.models import FileFormat, ImportBatch
from registry.imports.outcome.error_file import ErrorFileRows, error_file_format
from tests.support.import_files import BAD, GOOD, HEADER, as_csv, as_xlsx, rows_of_sites, site
from tests.web.test_import_pages import confirm, send
from tests.web.test_import_rows import checked


@pytest.fixture
def viettel(client_of):
    return client_of("viettel")


@pytest.fixture
def address(viettel):
    """A checked file of Viettel with good and bad rows."""
    return checked(viettel, as_csv(rows_of_sites()))


def download(client, address):
    """The content of a file, closed as a server does it."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.data


def sheet(content):
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_the_error_file_is_the_same_table_with_a_column_of_reasons(viettel, address):
    rows = sheet(download(viettel, f"{address}/errors?format=xlsx"))
    assert rows[2] == ["Lỗi", *HEADER]
    assert len(rows) == 3 + len(BAD)
    assert "không phải là số" in next(row[0] for row in rows if row[1] == "7")
    assert "VN-2000" in rows[0][0]
    everything = sheet(download(viettel, f"{address}/errors?format=xlsx&rows=all"))
    assert len(everything) == 3 + len(BAD) + len(GOOD)
    assert viettel.get(f"{address}/errors?format=kml").status_code == 422
    assert viettel.get(f"{address}/errors?rows=some").status_code == 422


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_mended_error_file_is_recognised_and_goes_in(viettel, database, address, form):
    content = download(viettel, f"{address}/errors?format={form}")
    again = send(viettel, content, name=f"sửa.{form}").headers["Location"]
    page = viettel.get(again)
    assert re.search(r'<option selected value="vn2000"', page.text)
    assert confirm(viettel, again).status_code == 303
    with database.session() as session:
        batch = session.get(ImportBatch, int(again.rsplit("/", 1)[1]))
        first = session.get(ImportBatch, int(address.rsplit("/", 1)[1]))
        assert batch.mapping == first.mapping
        assert batch.counts["rows"] == len(BAD)


def test_the_error_file_is_safe_to_open(viettel):
    rows = [site(1, **{"Ghi chú": '=HYPERLINK("http://x")', "Loại cột": "@SUM(1)"}), site(2, **{"Loại cột": "+1"})]
    address = checked(viettel, as_csv(rows))
    for line in download(viettel, f"{address}/errors").decode("utf-8-sig").splitlines():
        assert not re.search(r"(^|;)[=+@-]", line), line
    workbook = download(viettel, f"{address}/errors?format=xlsx")
    assert '=HYPERLINK("http://x")' in sheet(workbook)[3]
    assert b"<f>" not in workbook


def test_a_file_that_was_not_checked_has_no_error_file(viettel):
    address = send(viettel, as_csv([site(1)])).headers["Location"]
    assert viettel.get(f"{address}/errors").status_code == 409


def test_a_workbook_comes_back_as_a_workbook(viettel):
    address = checked(viettel, as_xlsx([site(1), site(2, **{"Loại cột": "B7"})]), name="trạm.xlsx")
    with viettel.get(f"{address}/errors") as answer:
        assert answer.headers["Content-Disposition"].endswith(".xlsx")
        assert len(sheet(answer.data)) == 4


@pytest.mark.parametrize(
    ("file_format", "refused", "expected_format"),
    [("xlsx", 20_000, "xlsx"), ("xlsx", 20_001, "csv"), ("tsv", 1, "csv"), ("gpkg", 1, "xlsx")],
)
def test_what_would_keep_a_person_waiting_comes_back_as_text(file_format, refused, expected_format):
    batch = ImportBatch(file_format=FileFormat(file_format), counts={"rows": 200_000, "refused": refused})
    assert error_file_format(batch, ErrorFileRows.REFUSED) == expected_format
    assert error_file_format(batch, ErrorFileRows.ALL) == FileFormat.CSV
