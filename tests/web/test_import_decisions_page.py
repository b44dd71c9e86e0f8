"""On the page of the columns: values for all rows, columns that claim one field, systems by code, no headings."""

import html
import json
import re

import pytest
from sqlalchemy import select

from registry.imports.models import BatchState, ImportBatch
from tests.messy.making import text
from tests.web.test_import_pages import confirm, send, token_in
from tests.web.test_import_rows import hidden

HEADER = ("Mã trạm", "Tên trạm", "Chiều cao cột", "Vĩ độ", "Kinh độ")
ROWS = tuple((f"T{n}", f"Trạm Hạc Thành {n}", "42", "19.807", f"{105.776 + n / 2000}") for n in range(1, 4))


@pytest.fixture
def viettel(client_of):
    return client_of("viettel")


def uploaded(client, rows, **options):
    answer = send(client, text(rows).encode("utf-8-sig") if not isinstance(rows, bytes) else rows, **options)
    assert answer.status_code == 303
    return answer.headers["Location"]


def batch_of(database):
    with database.session() as session:
        return session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()


def test_a_value_for_all_rows_stands_for_a_required_column(viettel, database):
    address = uploaded(viettel, (HEADER, *ROWS))
    refused = confirm(viettel, address)
    assert refused.status_code == 422
    assert "Chưa chọn cột cho trường bắt buộc “Loại cột”" in html.unescape(refused.text)
    assert confirm(viettel, address, constant_mast_class="A2b").status_code == 303
    batch = batch_of(database)
    assert (batch.state, batch.counts["new"], batch.options["constants"]) == (
        BatchState.CHECKED,
        3,
        {"mast_class": "A2b"},
    )
    page = html.unescape(viettel.get(address).text)
    assert "Giá trị chung cho mọi dòng" in page
    assert "“Loại cột” là “A2b”" in page


def test_a_value_that_no_row_could_have_is_refused_at_its_field(viettel):
    address = uploaded(viettel, (HEADER, *ROWS))
    answer = confirm(viettel, address, constant_mast_class="A2b", constant_max_users="nhiều")
    assert answer.status_code == 422
    assert "không phải là số" in html.unescape(answer.text)


def test_two_columns_for_one_field_must_be_decided(viettel, database):
    header = (*HEADER, "Độ cao cột")
    address = uploaded(viettel, (header, *((*cells, "99") for cells in ROWS)))
    page = html.unescape(viettel.get(address).text)
    assert "Cùng khớp trường “Chiều cao" in page
    asked = confirm(viettel, address, constant_mast_class="A2b")
    assert asked.status_code == 422
    assert "Nhiều cột cùng khớp một trường" in html.unescape(asked.text)
    answer = confirm(viettel, address, constant_mast_class="A2b", column_2="", column_5="height_m")
    assert answer.status_code == 303
    assert batch_of(database).mapping["height_m"] == "Độ cao cột"


def test_a_system_by_its_code(viettel, database):
    rows = [(*cells[:3], str(11774930 + n * 60), "2250000") for n, cells in enumerate(ROWS)]
    address = uploaded(viettel, ((*HEADER[:3], "X", "Y"), *rows))
    wrong = confirm(viettel, address, constant_mast_class="A2b", epsg="5773")
    assert wrong.status_code == 422
    assert "chuyển được sang WGS 84" in html.unescape(wrong.text)
    assert confirm(viettel, address, constant_mast_class="A2b", epsg="3857").status_code == 303
    batch = batch_of(database)
    assert (batch.options["system"], batch.counts["new"]) == ("epsg:3857", 3)
    page = html.unescape(viettel.get(address).text)
    assert "WGS 84 / Pseudo-Mercator" in page
    # It stands in the list now, and is kept when the columns are sent again.
    assert confirm(viettel, address, constant_mast_class="A2b").status_code == 303
    assert batch_of(database).options["system"] == "epsg:3857"


def test_a_list_without_headings_is_read_from_its_first_row(viettel, database):
    address = uploaded(viettel, ROWS)
    page = viettel.get(address)
    data = {"csrf_token": token_in(page), "version": hidden(page, "version"), "header_row": "0"}
    assert viettel.post(f"{address}/reading", data=data).status_code == 303
    batch = batch_of(database)
    assert (batch.counts["rows"], batch.found["header"]) == (3, [f"Cột {n}" for n in range(1, 6)])


def test_geojson_without_properties_has_a_way_on(viettel, database):
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [105.776 + n / 1000, 19.807]}}
        for n in range(3)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    address = uploaded(viettel, content, name="be.geojson", kind="manhole")
    assert re.search(r'name="constant_name"', viettel.get(address).text)
    assert confirm(viettel, address, constant_name="Bể cáp").status_code == 303
    assert batch_of(database).counts["new"] == 3
