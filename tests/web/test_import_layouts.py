"""Columns are remembered by layout: shown where they are suggested, corrected, deleted."""

import html
import re

import pytest
from sqlalchemy import select

from registry.imports.jobs import STORE, run_work
from registry.imports.models import RememberedLayout
from tests.factories.structures import organisation_id
from tests.support.import_files import PLACE
from tests.support.import_ways import _lists as lists_in
from tests.support.import_ways import answer_values, press, send_columns, token_in, upload

HEADER = ("Mã cột", "Nhãn hiệu", "Vĩ độ", "Kinh độ", "Chiều dài cột (m)", "Vật liệu")


def content(first, header=HEADER):
    rows = [(f"C-{first}", "Cột một", str(PLACE[1] + first * 0.001), str(PLACE[0]), "8,5", "Bê tông ly tâm")]
    return "".join(f"{';'.join(cells)}\n" for cells in (header, *rows)).encode()


@pytest.fixture
def sent(app, database, client_of):
    """A function: content and columns by field -> address, applied where columns are given."""
    with database.session() as session:
        owner = organisation_id(session, "viettel")
    client = client_of("viettel")

    def send(file, mapping=None):
        address = upload(client, file, "cot.csv", owner=owner, kind="cable_pole")
        if mapping:
            assert send_columns(client, address, mapping).status_code == 303
            assert press(client, address, "apply").status_code == 303
            run_work(database, STORE.of(app), "apply", int(address.rsplit("/", 1)[1]), None)
        return address

    send.client = client
    return send


ALL = dict(zip(("own_code", "name", "latitude", "longitude", "length_m", "material"), HEADER, strict=True))


def chosen(client, address):
    return dict(lists_in(client.get(address)).values())


def test_a_column_is_suggested_as_in_the_last_file_of_its_layout_and_says_so(sent):
    first = sent(content(1))
    assert chosen(sent.client, first)["Nhãn hiệu"] == ""
    sent(content(2), ALL)
    again = sent(content(3))
    assert chosen(sent.client, again)["Nhãn hiệu"] == "name"
    page = html.unescape(sent.client.get(again).text)
    assert re.search(r"Như ngày \d\d/\d\d/\d{4} cho tệp “cot.csv”: Tên", page)


def test_a_file_of_another_layout_is_suggested_by_its_names_alone(sent):
    sent(content(1), ALL)
    turned = (HEADER[0], HEADER[2], HEADER[1], *HEADER[3:])
    assert chosen(sent.client, sent(content(2, turned)))["Nhãn hiệu"] == ""


def test_what_is_remembered_is_corrected_and_deleted_on_its_page(sent, database):
    sent(content(1), ALL)
    with database.session() as session:
        layout = session.scalars(select(RememberedLayout)).one()
    address = f"/imports/layouts/{layout.id}"
    assert "cot.csv" in sent.client.get("/imports/layouts").text
    page = sent.client.get(address)
    fields = {f"column_{index}": field for index, field in enumerate(ALL)}
    data = {"csrf_token": token_in(page), "version": str(layout.version)} | fields
    twice = sent.client.post(address, data=data | {"column_1": "own_code"})
    assert twice.status_code == 422
    assert "đã chọn cho nhiều cột" in twice.text
    assert sent.client.post(address, data=data | {"column_1": "note"}).status_code == 303
    assert chosen(sent.client, sent(content(2)))["Nhãn hiệu"] == "note"
    assert sent.client.post(address, data=data | {"delete": "1"}).status_code == 409
    current = {"csrf_token": token_in(page), "version": str(layout.version + 1), "delete": "1"}
    assert sent.client.post(address, data=current).status_code == 303
    assert chosen(sent.client, sent(content(3)))["Nhãn hiệu"] == ""


def test_meanings_of_values_are_shown_with_the_layout_and_forgotten_alone(sent, app, database):
    address = sent(content(1).replace("Bê tông ly tâm".encode(), "Sắt mạ".encode()))
    assert send_columns(sent.client, address, ALL).status_code == 303
    answer_values(sent.client, address, {"material": {"Sắt mạ": "Thép"}})
    assert press(sent.client, address, "apply").status_code == 303
    run_work(database, STORE.of(app), "apply", int(address.rsplit("/", 1)[1]), None)
    with database.session() as session:
        layout = session.scalars(select(RememberedLayout)).one()
    address = f"/imports/layouts/{layout.id}"
    page = sent.client.get(address)
    assert "“Sắt mạ” → steel" in html.unescape(page.text)
    data = {"csrf_token": token_in(page), "version": str(layout.version), "forget": "1"}
    assert sent.client.post(address, data=data).status_code == 303
    page = sent.client.get(address)
    assert "Sắt mạ" not in html.unescape(page.text)
    assert "Nhãn hiệu" in page.text
