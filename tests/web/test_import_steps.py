"""Steps before the check: several tables, how a file is read, columns with units, swapped axes, what is remembered."""

import html
import io
import re

import pytest
import xlsxwriter
from sqlalchemy import select

from registry.imports.models import BatchState, ImportBatch
from registry.imports.service import apply_batch, request_apply
from tests.support.import_files import HEADER, as_csv, site
from tests.web.test_import_pages import confirm, options_in, send, token_in
from tests.web.test_import_rows import checked, hidden, mend


@pytest.fixture
def viettel(client_of):
    return client_of("viettel")


def batches(database):
    with database.session() as session:
        return list(session.scalars(select(ImportBatch).order_by(ImportBatch.id)))


def two_sheets(names=("Cột", "Dự phòng")):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for index, name in enumerate(names):
            sheet = book.add_worksheet(name)
            for at, cells in enumerate((HEADER, site(1 + index), site(11 + index))):
                sheet.write_row(at, 0, cells)
    return out.getvalue()


def post(client, address, what, **data):
    page = client.get(address)
    sent = {"csrf_token": token_in(page), "version": hidden(page, "version")} | data
    return client.post(f"{address}/{what}", data=sent)


def test_each_table_of_a_file_becomes_an_import_of_its_kind(viettel, database):
    address = send(viettel, two_sheets(), name="hai bảng.xlsx").headers["Location"]
    page = viettel.get(address)
    assert "Các bảng của tệp" in page.text
    assert "Dự phòng" in page.text
    assert post(viettel, address, "tables").status_code == 422
    assert post(viettel, address, "tables", table_0="castle").status_code == 422
    answer = post(viettel, address, "tables", table_0="antenna_tower", table_1="cable_pole")
    assert answer.status_code == 303
    first, second = batches(database)
    assert (first.table_name, first.kind, first.state) == ("Cột", "antenna_tower", BatchState.READ)
    assert (second.table_name, second.kind, second.state) == ("Dự phòng", "cable_pole", BatchState.READ)
    assert f'href="/imports/{second.id}"' in viettel.get(address).text
    assert post(viettel, address, "tables", table_0="antenna_tower").status_code == 409


def test_how_the_file_was_read_is_shown_and_corrected(viettel, database):
    address = send(viettel, as_csv([site(1), site(2)])).headers["Location"]
    page = viettel.get(address)
    for words in ("UTF-8 (BOM)", "chấm phẩy (;)", "Trạm Hạc Thành 1", "kinh tuyến trục"):
        assert words in page.text
    assert post(viettel, address, "reading", header_row="4").status_code == 303
    assert batches(database)[0].found["header"][1] == "THA-0001"
    assert post(viettel, address, "reading", header_row="", separator="|").status_code == 303
    assert len(batches(database)[0].found["header"]) == 1
    assert post(viettel, address, "reading", header_row="", separator="").status_code == 303
    assert batches(database)[0].found["header"] == HEADER


@pytest.mark.parametrize(
    "wrong", [{"encoding": "klingon"}, {"separator": "x"}, {"header_row": "-1"}, {"header_row": "a"}]
)
def test_a_way_of_reading_that_there_is_not_is_refused_at_its_field(viettel, database, wrong):
    address = send(viettel, as_csv([site(1)])).headers["Location"]
    assert post(viettel, address, "reading", **wrong).status_code == 422
    assert batches(database)[0].state is BatchState.READ


def test_a_file_in_an_old_encoding_is_read_as_its_words_show_or_as_a_person_says(viettel, database):
    address = send(viettel, as_csv([site(1), site(2)], encoding="utf-16")).headers["Location"]
    assert "UTF-16" in viettel.get(address).text
    assert batches(database)[0].found["header"] == HEADER


def test_columns_of_the_whole_file_that_stand_the_other_way_round_are_offered_and_exchanged(viettel, database):
    header = [{"X (m)": "Y (m)", "Y (m)": "X (m)"}.get(word, word) for word in HEADER]
    address = send(viettel, as_csv([site(1), site(2)], header=header)).headers["Location"]
    page = viettel.get(address)
    assert "hai cột có thể đã đổi chỗ" in page.text
    assert confirm(viettel, address).status_code == 303
    assert batches(database)[0].counts.get("new", 0) == 0
    assert confirm(viettel, address, swap="1").status_code == 303
    assert batches(database)[0].counts["new"] == 2


def test_a_unit_in_the_heading_is_proposed_and_counts_once_it_is_accepted(viettel, database):
    header = [word.replace("(m)", "(ft)") if word.startswith("Chiều cao") else word for word in HEADER]
    address = send(viettel, as_csv([site(1, **{"Chiều cao cột (m)": "100"})], header=header)).headers["Location"]
    page = viettel.get(address)
    name = re.search(r'name="(unit_\d+)"', page.text).group(1)
    assert options_in(page, name) == "ft"
    assert confirm(viettel, address, **{name: "ft"}).status_code == 303
    batch = batches(database)[0]
    assert batch.options["units"] == {"height_m": "ft"}
    assert any("30,48" in note for note in batch.notes), batch.notes


def test_a_heading_that_was_mapped_before_is_offered_the_next_time_and_says_so(viettel, ctx_of):
    header = [{"Tên trạm": "Biệt hiệu"}.get(word, word) for word in HEADER]
    address = send(viettel, as_csv([site(1)], header=header)).headers["Location"]
    assert "Như ngày" not in viettel.get(address).text
    assert confirm(viettel, address, column_2="name").status_code == 303
    with ctx_of("viettel") as ctx:
        request_apply(ctx, int(address.rsplit("/", 1)[1]))
        apply_batch(ctx, int(address.rsplit("/", 1)[1]))
    page = viettel.get(send(viettel, as_csv([site(2)], header=header)).headers["Location"])
    assert options_in(page, "column_2") == "name"
    assert re.search("Như ngày [0-9/]+ cho tệp “[^”]+”: Tên", html.unescape(page.text))


def test_a_full_delivery_is_said_with_the_file_and_kept(viettel, database):
    page = viettel.get("/imports")
    data = {
        "csrf_token": token_in(page),
        "owner": options_in(page, "owner"),
        "kind": "antenna_tower",
        "full_delivery": "y",
        "file": (io.BytesIO(as_csv([site(1)])), "đủ.csv"),
    }
    address = viettel.post("/imports", data=data, content_type="multipart/form-data").headers["Location"]
    assert batches(database)[0].options["full_delivery"] is True
    assert re.search(r'name="full_delivery"[^>]*checked|checked[^>]*name="full_delivery"', viettel.get(address).text)


def test_a_template_opens_for_every_kind_and_no_other(viettel):
    page = html.unescape(viettel.get("/imports").text)
    addresses = re.findall(r'href="(/imports/templates/[^"]+)"', page)
    assert len(addresses) >= 18
    for address in addresses[:2]:
        assert viettel.get(address).data.startswith(b"PK")
    assert viettel.get("/imports/templates/castle.xlsx").status_code == 404
    assert viettel.get("/imports/templates/antenna_tower.xlsx?positions=moon").status_code == 404


def test_a_double_click_mends_once_and_a_page_from_before_changes_nothing(viettel, database):
    address = checked(viettel, as_csv([site(1), site(2, **{"Chiều cao cột (m)": "hai"})]))
    old = viettel.get(address)
    before = viettel.get(f"{address}/rows/5")
    sent = {"seen": hidden(before, "seen"), "request_key": "0" * 32}
    first = mend(viettel, address, 5, "Chiều cao cột (m)", "20", **sent)
    version = batches(database)[0].version
    again = mend(viettel, address, 5, "Chiều cao cột (m)", "20", **sent)
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.headers["Location"] == first.headers["Location"]
    stale = {"csrf_token": token_in(old), "version": hidden(old, "version")}
    names = re.findall(r'<select[^>]*name="(column_\d+|system)"', old.text)
    answer = viettel.post(f"{address}/mapping", data=stale | {name: options_in(old, name) for name in names})
    assert answer.status_code == 409
    assert batches(database)[0].version == version
