"""Agreements by page: what is shown to whom, and what a refused form keeps."""

import re
from datetime import timedelta

import pytest

from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.commands import EditContract
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import current_values
from tests.factories.agreements import active, agreed, contracted, get, move, terms
from tests.factories.colocation import case, draft, filed, items_of, tower
from tests.factories.tariffs import publish
from tests.permissions.agreements import CONTRACT
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("new_agreement")


@pytest.fixture(scope="module")
def new_agreement(ctx_of):
    """(agreement, code): one that was just begun."""
    return agreed(ctx_of)


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"', page.text).group(1)


def form(client, address):
    """The hidden fields of a form, as its page holds them."""
    page = client.get(address)
    return {name: hidden(page, name) for name in ("csrf_token", "request_key", "version")}


def contract(ctx, **other):
    days = {"today": f"{ctx.today:%d/%m/%Y}", "in_two_years": f"{ctx.today + timedelta(days=730):%d/%m/%Y}"}
    return {name: value.format(**days) for name, value in CONTRACT.items() if name != "version"} | other


def test_both_sides_and_the_department_read_it_and_nobody_else(ctx_of, client_of, new_agreement):
    number, code = new_agreement
    for name in ("viettel", "vnpt", "so.khcn"):
        page = client_of(name).get(f"/agreements/{number}")
        assert page.status_code == 200
        assert code in page.text
    assert client_of("dienluc").get(f"/agreements/{number}").status_code == 404


def test_a_contract_that_cannot_stand_keeps_what_was_typed(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    client, address = client_of("viettel"), f"/agreements/{number}/contract"
    with ctx_of("viettel") as ctx:
        typed = contract(ctx, ends_on=f"{ctx.today:%d/%m/%Y}", duties="Mỗi bên tự lo")
    answer = client.post(address, data=form(client, address) | typed)
    assert answer.status_code == 422
    assert "cần sau “Hiệu lực từ ngày”" in answer.text
    assert "Mỗi bên tự lo" in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("12,500", "Số tiền “12,500” có hai cách đọc; hãy ghi 12500."),
        ("6800000,5", "6800000,5 có phần lẻ; cần số tròn đồng."),
    ],
)
def test_a_price_of_two_readings_or_with_decimals_is_neither_guessed_nor_rounded(
    ctx_of, client_of, new_agreement, typed, sentence
):
    number, _code = new_agreement
    client, address = client_of("viettel"), f"/agreements/{number}/contract"
    with ctx_of("viettel") as ctx:
        fields = contract(ctx, price_vnd=typed)
    answer = client.post(address, data=form(client, address) | fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_contract_that_somebody_changed_meanwhile_keeps_what_was_typed(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    client, address = client_of("viettel"), f"/agreements/{number}/contract"
    read = form(client, address)
    with ctx_of("viettel") as ctx:
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))
        typed = contract(ctx, duties="Bản của tôi")
    answer = client.post(address, data=read | typed)
    assert answer.status_code == 409
    assert "đã thay đổi kể từ khi mở trang" in answer.text
    assert "Bản của tôi" in answer.text


def test_the_page_says_what_the_contract_lacks_and_offers_no_sending(client_of, new_agreement):
    number, _code = new_agreement
    page = client_of("viettel").get(f"/agreements/{number}").text
    assert "Chưa nhập “Số hợp đồng”." in page
    assert f"/cases/agreement/{number}/propose" not in page


def test_the_list_opens_and_narrows(client_of, new_agreement):
    number, _code = new_agreement
    client = client_of("vnpt")
    assert f"/agreements/{number}" in client.get("/agreements?state=contracting").text
    assert f"/agreements/{number}" not in client.get("/agreements?state=active").text


def test_the_request_leads_to_its_agreement_and_back(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("vnpt") as ctx:
        request_id = get(ctx, number).request_id
    assert f'href="/agreements/{number}"' in client_of("vnpt").get(f"/colocation/{request_id}").text
    assert f'href="/colocation/{request_id}"' in client_of("vnpt").get(f"/agreements/{number}").text


def test_the_report_on_a_structure_is_for_who_installs_and_while_it_installs(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, get(ctx, number).request_id))
    address = f"/agreements/{number}/items/{item.id}"
    assert client_of("vnpt").get(address).status_code == 409
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "install", text="Đội 3")
    assert client_of("viettel").get(address).status_code == 403
    client = client_of("vnpt")
    answer = client.post(address, data=form(client, address) | {"position": "gần chợ"})
    assert answer.status_code == 422
    assert "gần chợ" in answer.text
    assert client.get(f"/agreements/{number}/items/999999").status_code == 404


def test_while_a_dispute_runs_the_page_says_that_nothing_is_taken_down(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "dispute", text="Giá tăng")
    page = client_of("viettel").get(f"/agreements/{number}").text
    assert "không bên nào được tháo dỡ" in page


def test_the_receipt_says_what_was_received_and_a_draft_has_none(ctx_of, client_of, new_agreement):
    number, code = new_agreement
    with ctx_of("vnpt") as ctx:
        request = case(ctx, get(ctx, number).request_id)
        other = draft(ctx, code).id
        wanted = (request.number, code, "Viettel", "VNPT")
    page = client_of("vnpt").get(f"/colocation/{request.id}/receipt")
    assert [word for word in wanted if word not in page.text] == []
    assert client_of("vnpt").get(f"/colocation/{other}/receipt").status_code == 404


# --- messages


def test_what_one_side_writes_the_other_reads_and_a_second_click_writes_nothing(ctx_of, client_of, new_agreement):
    number, _code = new_agreement
    client, address = client_of("vnpt"), f"/cases/agreement/{number}/messages"
    page = client.get(f"/agreements/{number}")
    read = {name: hidden(page, name) for name in ("csrf_token", "request_key")}
    for _click in range(2):
        answer = client.post(address, data=read | {"text": "Hẹn <b>thứ hai</b>\n8 giờ"})
        assert answer.status_code == 303
    page = client_of("viettel").get(f"/agreements/{number}").text
    assert page.count("Hẹn &lt;b&gt;thứ hai&lt;/b&gt;") == 1


def test_an_empty_message_is_refused_in_words(client_of, new_agreement):
    number, _code = new_agreement
    client = client_of("vnpt")
    page = client.get(f"/agreements/{number}")
    read = {name: hidden(page, name) for name in ("csrf_token", "request_key")}
    answer = client.post(f"/cases/agreement/{number}/messages", data=read | {"text": "  "})
    assert answer.status_code == 422
    assert "Nội dung trao đổi" in answer.text
    assert ColocationAgreement.__tablename__ not in answer.text


# --- what a decision rests on


@pytest.mark.parametrize("changed", ["structure", "price"])
def test_a_decision_on_what_is_not_so_any_more_is_refused_and_can_then_be_made(ctx_of, client_of, changed):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    client, address = client_of("viettel"), f"/cases/colocation/{number}/accept"
    page = client.get(address)
    sent = {name: hidden(page, name) for name in ("csrf_token", "request_key", "version", "decision_digest")}
    with ctx_of("viettel") as ctx:
        (item,) = items_of(ctx, case(ctx, number))
        if changed == "structure":
            structure = get_structure(ctx, code)
            values = current_values(structure) | {"name": "Trạm đổi tên"}
            edit_structure(ctx, EditStructure(code, structure.version, values, None))
        else:
            publish(ctx, 3_000_000, code=code)
    answer = client.post(address, data=sent | {"items": item.id, "answer": "Đồng ý"})
    assert answer.status_code == 409
    assert "đã thay đổi kể từ khi mở trang" in answer.text
    assert "Đồng ý" in answer.text
    again = {name: hidden(answer, name) for name in ("csrf_token", "request_key", "version", "decision_digest")}
    assert client.post(address, data=again | {"items": item.id}).status_code == 303
