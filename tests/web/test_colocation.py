"""From list to answer in a browser without JavaScript; bad input loses nothing and leaves one record or none."""

import io
import re

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.service import set_place
from registry.colocation.models import ColocationRequest
from tests.factories.colocation import LABEL, accept, draft, filed, fill, items_of, move, tower, unpublish
from tests.permissions.cases import DOCUMENT
from tests.permissions.colocation import ITEM, REQUEST


@pytest.fixture
def code(ctx_of):
    with ctx_of("viettel") as ctx:
        return tower(ctx).code


@pytest.fixture
def case_id(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code).id


@pytest.fixture
def draft_id(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        return draft(ctx, code).id


@pytest.fixture
def facts(ctx_of):
    """A function: what a request is now."""

    def read(number):
        with ctx_of("so.khcn", read_only=True) as ctx:
            request = ctx.session.get_one(ColocationRequest, number)
            (item,) = items_of(ctx, request)
            slot = ctx.session.get(CapacityPlace, item.place_id or 0)
            reserved = slot.reserved if slot else None
            return {"state": request.state.value, "version": request.version, "item": item, "reserved": reserved}

    return read


@pytest.fixture
def events(ctx_of):
    """A function: how many changes the audit chain holds."""

    def count():
        with ctx_of("so.khcn", read_only=True) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(AuditEvent))

    return count


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"', page.text).group(1)


def token(client):
    return {"csrf_token": hidden(client.get("/colocation"), "csrf_token")}


def step(client, number, name):
    """A form of a move with its hidden fields, as the page holds them."""
    address = f"/cases/colocation/{number}/{name}"
    page = client.get(address)
    return address, {field: hidden(page, field) for field in ("csrf_token", "request_key", "version")}


REFUSAL = {"ground": "unsafe", "evidence": "Quy hoạch 2025", "answer": "Không thuộc quy hoạch"}


# --- from the list to the receipt


def test_boxes_stand_beside_what_may_be_asked_for_and_nothing_else(ctx_of, client_of, code):
    with ctx_of("vnpt") as ctx:
        own = tower(ctx, owner="vnpt").code
    page = client_of("vnpt").get("/structures").text
    assert f'form="selection-colocation-create" name="code" value="{code}"' in page
    assert f'form="selection-colocation-create" name="code" value="{own}"' not in page
    for name in ("so.khcn", "nguoidan", None):
        assert 'form="selection-colocation' not in client_of(name).get("/structures").text


def test_a_request_goes_from_the_list_to_its_receipt(ctx_of, client_of, code, facts):
    client = client_of("vnpt")
    response = client.post("/colocation", data=token(client) | {"code": [code]})
    address = response.headers["Location"]
    number = int(address.rpartition("/")[2])
    page = client.get(address)
    assert "Còn thiếu, chưa gửi được" in page.text
    assert f"/cases/colocation/{number}/submit" not in page.text
    with ctx_of("vnpt") as ctx:
        place_id = ctx.session.scalars(select(CapacityPlace.id).where(CapacityPlace.label == LABEL)).all()[-1]
    for where, fields in (("edit", REQUEST), (f"items/{facts(number)['item'].id}", ITEM)):
        sent = {
            name: value.format(case_version=facts(number)["version"], place_id=place_id)
            for name, value in fields.items()
        }
        assert client.post(f"{address}/{where}", data=token(client) | sent).status_code == 303, where
    page = client.get(address)
    assert "Nội dung đã đầy đủ" in page.text
    assert client.post(f"/cases/colocation/{number}/submit", data=step(client, number, "submit")[1]).status_code == 303
    receipt = client.get(address).text
    assert re.search(r"Đã gửi, số hồ sơ DC-\d{4}-\d{6}", receipt)
    assert "Chủ sở hữu phải trả lời chậm nhất ngày" in receipt


def test_two_owners_are_two_drafts_and_the_page_says_so(ctx_of, client_of, code):
    with ctx_of("dienluc") as ctx:
        pole = tower(ctx, owner="pc_thanhhoa", kind="power_pole_shared").code
    client = client_of("vnpt")
    answer = client.post("/colocation", data=token(client) | {"code": [code, pole]}, follow_redirects=True)
    assert "2 chủ sở hữu" in answer.text
    assert answer.request.path == "/colocation/basket"
    assert answer.text.count('name="draft" value="') == 4


def test_a_draft_sent_incomplete_names_every_gap(client_of, draft_id, facts, events):
    client = client_of("vnpt")
    address, form = step(client, draft_id, "submit")
    before = events()
    answer = client.post(address, data=form)
    assert answer.status_code == 422
    for words in ("Mục đích sử dụng", "Đề nghị sử dụng từ ngày", "chưa chọn vị trí lắp đặt"):
        assert words in answer.text
    assert (facts(draft_id)["state"], events()) == ("draft", before)


def test_what_was_typed_stays_when_it_is_refused(client_of, draft_id):
    client = client_of("vnpt")
    sent = token(client) | REQUEST | {"version": "1", "contact_phone": "12", "purpose": "Lời đã viết dài"}
    answer = client.post(f"/colocation/{draft_id}/edit", data=sent)
    assert answer.status_code == 422
    assert "Lời đã viết dài" in answer.text
    assert "Số điện thoại" in answer.text


def test_a_draft_edited_elsewhere_keeps_what_was_typed_and_says_so(ctx_of, client_of, draft_id):
    client = client_of("vnpt")
    with ctx_of("vnpt") as ctx:
        fill(ctx, ctx.session.get_one(ColocationRequest, draft_id))
    sent = token(client) | REQUEST | {"version": "1", "purpose": "Lời của tôi"}
    answer = client.post(f"/colocation/{draft_id}/edit", data=sent)
    assert answer.status_code == 409
    assert "Lời của tôi" in answer.text
    assert "đã thay đổi kể từ khi mở trang" in answer.text


@pytest.mark.parametrize("sent", [{}, {"code": ["khong-co"]}, {"code": ["\x00"]}, {"code": ["a"] * 51}], ids=str)
def test_a_selection_that_cannot_be_is_refused_in_words(client_of, sent, events):
    client = client_of("vnpt")
    data = token(client) | sent
    before = events()
    answer = client.post("/colocation", data=data)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text
    assert events() == before


def test_more_structures_than_a_request_holds_are_refused(client_of):
    client = client_of("vnpt")
    answer = client.post("/colocation", data=token(client) | {"code": [f"X-{n}" for n in range(101)]})
    assert answer.status_code == 422
    assert "mỗi lần tối đa 100" in answer.text


# --- the answer


def test_a_double_click_on_acceptance_holds_one_place_and_leaves_one_record(client_of, case_id, facts, events):
    client = client_of("viettel")
    address, form = step(client, case_id, "accept")
    form |= {"items": facts(case_id)["item"].id}
    before = events()
    answers = [client.post(address, data=form).status_code for _click in range(3)]
    assert answers == [303, 303, 303]
    assert (facts(case_id)["reserved"], events() - before) == (1, 1)


def test_the_back_button_after_an_answer_is_told_what_the_case_is_now(client_of, case_id, facts, events):
    client = client_of("viettel")
    address, form = step(client, case_id, "accept")
    _other, refusal = step(client, case_id, "reject")
    client.post(address, data=form | {"items": facts(case_id)["item"].id})
    before = events()
    again = refusal | REFUSAL | {"items": facts(case_id)["item"].id}
    answer = client.post(f"/cases/colocation/{case_id}/reject", data=again)
    assert answer.status_code == 409
    assert "Quy hoạch 2025" in answer.text
    assert "nay: Đã chấp thuận" in answer.text
    assert (facts(case_id)["state"], events()) == ("accepted", before)


def test_a_stale_page_is_refused_with_the_words_kept(ctx_of, client_of, code, facts, events):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, code, second)
        first, other = items_of(ctx, request)
    client = client_of("viettel")
    address, form = step(client, request.id, "reject")
    with ctx_of("viettel") as ctx:
        accept(ctx, ctx.session.get_one(ColocationRequest, request.id), first)
    before = events()
    answer = client.post(address, data=form | REFUSAL | {"items": other.id})
    assert answer.status_code == 409
    assert "Quy hoạch 2025" in answer.text
    assert events() == before


@pytest.mark.parametrize(("name", "status"), [("vnpt", 403), ("so.khcn", 403), ("dienluc", 404), ("quansu", 404)])
def test_nobody_but_the_owner_answers(client_of, case_id, facts, events, name, status):
    client = client_of(name)
    page = client.get("/structures" if name != "quansu" else "/")
    before = events()
    sent = {"csrf_token": hidden(page, "csrf_token"), "version": facts(case_id)["version"]}
    answer = client.post(f"/cases/colocation/{case_id}/accept", data=sent | {"items": facts(case_id)["item"].id})
    assert answer.status_code == status
    assert (facts(case_id)["state"], events()) == ("under_review", before)


@pytest.mark.parametrize("total", [None, 0])
def test_capacity_cut_meanwhile_refuses_the_acceptance_in_words(ctx_of, client_of, code, case_id, facts, events, total):
    client = client_of("viettel")
    address, form = step(client, case_id, "accept")
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, total))
    before = events()
    answer = client.post(address, data=form | {"items": facts(case_id)["item"].id, "answer": "Giờ lắp đặt: 8-17"})
    assert answer.status_code == 409
    assert ("chưa rõ tổng số" if total is None else "còn trống 0 trong tổng số 0") in answer.text
    assert "Giờ lắp đặt: 8-17" in answer.text
    assert (facts(case_id)["reserved"], events()) == (0, before)


def test_a_refusal_for_lack_of_capacity_asks_for_a_document_and_keeps_it_with_the_case(client_of, case_id, facts):
    client = client_of("viettel")
    address, form = step(client, case_id, "reject")
    sent = form | REFUSAL | {"ground": "no_capacity", "items": str(facts(case_id)["item"].id)}
    bare = client.post(address, data=sent)
    assert bare.status_code == 422
    assert "ít nhất một tài liệu" in bare.text
    assert "Quy hoạch 2025" in bare.text
    assert "hãy nêu lý do vẫn là “Hết dung lượng" in bare.text
    sent |= {"files": (io.BytesIO(DOCUMENT), "khảo sát.pdf"), "despite_room": "Dành cho trạm dự phòng"}
    assert client.post(address, data=sent, content_type="multipart/form-data").status_code == 303
    for name in ("vnpt", "so.khcn"):
        page = client_of(name).get(f"/colocation/{case_id}").text
        assert "Hết dung lượng" in page
        attachment = re.search(r'href="(/files/\d+)"', page).group(1)
        with client_of(name).get(attachment) as opened:
            assert opened.status_code == 200
    assert client_of("dienluc").get(attachment).status_code == 404


def test_a_forged_item_is_refused(client_of, case_id, facts):
    client = client_of("viettel")
    address, form = step(client, case_id, "accept")
    for forged in ("999999", "x", ""):
        answer = client.post(address, data=form | {"items": forged})
        assert answer.status_code == 422, forged
    assert facts(case_id)["state"] == "under_review"


def test_a_step_by_the_clock_is_no_address(client_of, case_id):
    for name in ("lapse", "expire", "stand"):
        assert client_of("so.khcn").get(f"/cases/colocation/{case_id}/{name}").status_code == 404


def test_the_page_of_a_structure_tells_both_sides_and_the_department_of_open_requests(ctx_of, client_of, code, case_id):
    for name, told in (("vnpt", True), ("viettel", True), ("so.khcn", True), ("dienluc", False), ("so.xaydung", False)):
        page = client_of(name).get(f"/structures/{code}").text
        assert (f"/colocation/{case_id}" in page) is told, name
    with ctx_of("vnpt") as ctx:
        move(ctx, ctx.session.get_one(ColocationRequest, case_id), "withdraw")
    assert f"/colocation/{case_id}" not in client_of("viettel").get(f"/structures/{code}").text


def test_the_dossier_holds_register_capacity_and_events(client_of, case_id):
    page = client_of("so.khcn").get(f"/colocation/{case_id}/dossier").text
    for words in ("Trích hồ sơ công trình", "Chiều cao", LABEL, "Đã gửi đề nghị dùng chung", "Phủ sóng 5G"):
        assert words in page, words


def test_the_dossier_of_an_ended_case_tells_no_position(ctx_of, client_of, code, case_id):
    with ctx_of("vnpt") as ctx:
        move(ctx, ctx.session.get_one(ColocationRequest, case_id), "withdraw")
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    page = client_of("vnpt").get(f"/colocation/{case_id}/dossier").text
    assert "Tài khoản không còn quyền xem hồ sơ công trình này" in page
    assert "19,807" not in page
