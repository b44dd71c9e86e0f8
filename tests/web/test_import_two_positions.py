"""A file with two positions of each row that disagree is asked which of them holds."""

import html

import pytest
from sqlalchemy import select

from registry.imports.models import ImportBatch
from registry.kernel.geo.vn2000 import to_plane
from tests.factories.structures import organisation_id
from tests.support.import_files import PLACE
from tests.support.import_ways import send_columns, upload

HEADER = ("Mã cột", "Tên cột", "X (VN-2000 KTT 105°00')", "Y (VN-2000 KTT 105°00')", "Vĩ độ", "Kinh độ")


def content(shift):
    rows = []
    for number in range(3):
        lon, lat = PLACE[0], PLACE[1] + number * 0.001
        metres = to_plane(lon, lat)
        plane = (f"{metres.x_northing:.2f}".replace(".", ","), f"{metres.y_easting:.2f}".replace(".", ","))
        rows.append((f"C-{number}", f"Cột {number}", *plane, f"{lat + shift:.6f}", f"{lon:.6f}"))
    return "".join(f"{';'.join(cells)}\n" for cells in (HEADER, *rows)).encode()


@pytest.fixture
def sent(database, client_of):
    with database.session() as session:
        owner = organisation_id(session, "viettel")
    client = client_of("viettel")
    return client, lambda file: upload(client, file, "cot.csv", owner=owner, kind="cable_pole")


@pytest.mark.parametrize(("choice", "fields"), [("plane", {"x", "y"}), ("angles", {"latitude", "longitude"})])
def test_the_person_says_which_holds(sent, database, choice, fields):
    client, send = sent
    address = send(content(0.001))
    page = html.unescape(client.get(address).text)
    assert "hai cách ghi tọa độ lệch nhau tới 111 m" in page
    refused = send_columns(client, address)
    assert refused.status_code == 422
    assert "hãy chọn một trong hai tọa độ" in html.unescape(refused.text)
    assert send_columns(client, address, position_source=choice).status_code == 303
    with database.session() as session:
        batch = session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)).one()
        assert set(batch.mapping) & {"x", "y", "latitude", "longitude"} == fields
        assert batch.counts["new"] == 3


def test_two_positions_of_one_place_are_no_question(sent):
    client, send = sent
    address = send(content(0.00001))
    assert "position_source" not in client.get(address).text
    assert send_columns(client, address).status_code == 303
