"""Pages of the import of a workbook: preview, columns and values said by hand and remembered, sending of drafts."""

import html
import io
import re

import pytest
from sqlalchemy import func, select

from registry.routelists.models import RouteItem
from registry.routelists.workbook_models import RouteWorkbook
from registry.territory.queries import get_unit
from tests.factories.routelists import YEAR, a_list, propose
from tests.permissions.cases import token_in

HEAD = "Địa bàn;Trục;Từ;Đến;Nội dung;Nội thị\n"


@pytest.fixture
def commune(ctx_of):
    """The name of a commune of ubnd.xa."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        units = [get_unit(ctx.session, number) for number in ctx.actor.unit_ids]
        return next(unit.name for unit in units if unit.valid_to is None and unit.level.value == "commune")


@pytest.fixture
def upload(ctx_of, client_of):
    """A function: text of a CSV -> the client of ubnd.xa and the address of what was uploaded."""
    list_id = a_list(ctx_of)
    client = client_of("ubnd.xa")

    def send(text, **fields):
        address = f"/route-lists/{list_id}/import"
        data = {"csrf_token": token_in(client.get(address)), "reason": "Cáp sà thấp"} | fields
        answer = client.post(address, data=data | {"file": (io.BytesIO(text.encode()), "danh-muc.csv")})
        assert answer.status_code == 303, answer.text
        return client, answer.location

    return send


#: The name of a field of several lines and its text.
TEXT_AREA = r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>'


def fields_of(page):
    """Names and selected values of the form, by name."""
    texts = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page.text))
    texts |= {name: value for value, name in re.findall(r'<input[^>]* value="([^"]*)"[^>]* name="([^"]+)"', page.text)}
    texts |= {name: html.unescape(text).strip() for name, text in re.findall(TEXT_AREA, page.text, re.DOTALL)}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        marked = re.search(r'<option selected value="([^"]*)"', options)
        texts[name] = marked.group(1) if marked else ""
    return {name: text for name, text in texts.items() if name not in ("q", "theme")}


def drafts(ctx_of):
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return list(ctx.session.scalars(select(RouteItem).order_by(RouteItem.id)))


def test_columns_and_values_are_said_once_and_remembered_for_the_office(ctx_of, upload, commune):
    table = HEAD + f"{commune};Phố Một;A;B;Trồng cây;Phải\n{commune};Phố Hai;A;B;Ngầm hóa;Phải\n"
    client, address = upload(table)
    page = client.get(address)
    assert "hãy chọn cột" in page.text
    fields = fields_of(page) | {"heading_commune": "0", "heading_street_name": "1", "heading_is_urban": "5"}
    assert client.post(address, data=fields).status_code == 303
    page = client.get(address)
    fields = fields_of(page)
    meanings = sorted(name for name in fields if name.startswith("meaning_"))
    assert [name.rsplit("_", 1)[0] for name in meanings] == ["meaning_is_urban", "meaning_work_kind"]
    fields |= dict(zip(meanings, ("true", "tidy"), strict=True))
    assert client.post(address, data=fields).status_code == 303
    page = client.get(address)
    assert "Nhập 2 tuyến" in page.text
    fields = fields_of(page)
    assert client.post(address, data=fields | {"store": "1"}).status_code == 303
    assert "2 tuyến cần vẽ tay" in client.get(address).text
    assert [draft.work_kind.value for draft in drafts(ctx_of)] == ["tidy", "underground"]
    client, address = upload(table.replace("Phố", "Đường"))
    page = client.get(address)
    assert "nhận như lần nhập tệp" in page.text
    assert "Nhập 2 tuyến" in page.text


def test_a_preview_stores_nothing_and_rows_are_stored_once(ctx_of, upload, commune):
    client, address = upload(f"Xã, phường;Tên đường;Từ;Đến;Nội dung;Đô thị\n{commune};Phố Một;A;B;Ngầm hóa;có\n")
    page = client.get(address)
    assert drafts(ctx_of) == []
    fields = fields_of(page) | {"store": "1"}
    assert [client.post(address, data=fields).status_code for _time in range(2)] == [303, 303]
    assert len(drafts(ctx_of)) == 1
    stale = fields | {"request_key": "0" * 32}
    assert client.post(address, data=stale).status_code == 303
    assert len(drafts(ctx_of)) == 1


def test_a_stale_page_of_a_workbook_is_a_conflict_and_stores_nothing(ctx_of, upload, commune):
    client, address = upload(f"Xã, phường;Tên đường;Từ;Đến;Nội dung;Đô thị\n{commune};Phố Một;A;B;Ngầm hóa;có\n")
    fields = fields_of(client.get(address))
    assert client.post(address, data=fields | {"reason": "Lý do khác"}).status_code == 303
    page = client.post(address, data=fields | {"store": "1", "request_key": "1" * 32})
    assert page.status_code == 409
    assert drafts(ctx_of) == []


def test_a_workbook_is_of_its_user_alone_and_one_waits_at_a_time(ctx_of, upload, client_of, commune, clock):
    table = f"Xã, phường;Tên đường;Từ;Đến;Nội dung;Đô thị\n{commune};Phố Một;A;B;Ngầm hóa;có\n"
    client, first = upload(table)
    assert client_of("so.xaydung").get(first).status_code == 404
    _client, second = upload(table)
    assert client.get(first).status_code == 404
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(RouteWorkbook)) == 1
    assert client.get(second).status_code == 200


def test_one_column_is_not_taken_for_two_fields(upload, commune):
    client, address = upload(f"Xã, phường;Tên đường;Từ;Đến;Nội dung;Đô thị\n{commune};Phố Một;A;B;Ngầm hóa;có\n")
    fields = fields_of(client.get(address))
    page = client.post(address, data=fields | {"heading_reason": fields["heading_street_name"]})
    assert page.status_code == 422
    assert "đã chọn cho trường khác" in page.text


def test_all_drafts_with_a_line_are_sent_at_once(ctx_of, client_of, commune):
    ids = [propose(ctx_of, street_name=name) for name in ("Phố Một", "Phố Hai")]
    client, list_id = client_of("ubnd.xa"), a_list(ctx_of)
    page = client.get(f"/route-lists/items?year={YEAR}")
    assert "Gửi Sở Xây dựng 2 tuyến" in page.text
    answer = client.post(f"/route-lists/{list_id}/send", data={"csrf_token": token_in(page)})
    assert answer.status_code == 303
    assert {draft.id: draft.state.value for draft in drafts(ctx_of)} == dict.fromkeys(ids, "under_review")
