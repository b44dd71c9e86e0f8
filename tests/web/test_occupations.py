"""Occupations in the browser: the form, what it refuses and keeps, what each reader sees, answers, files, lists."""

import io
import re

import pytest
from sqlalchemy import func, select

from registry.occupations.models import Occupation
from registry.workflow.referrals import ReferralRow, process_referral
from tests.factories.occupations import CONTRACT, get, move, noted, pole, told
from tests.permissions.cases import token_in
from tests.permissions.occupations import FORM, PAPER
from tests.permissions.violations import photo
from tests.support.statements import statements_of

EVIDENCE = "Hai sợi cáp treo chung gông"


@pytest.fixture
def write_down(client_of):
    """A function: sends the form of a structure; `said` replaces what it says."""
    clients = {}

    def send(code, by="viettel", **fields):
        client = clients.setdefault(by, client_of(by))
        address = f"/structures/{code}/occupations/new"
        page = client.get(address)
        data = FORM | {"csrf_token": token_in(page)} | fields
        return client.post(address, data=data)

    return send


def post_move(client, occupation_id, name, version, **data):
    address = f"/cases/occupation/{occupation_id}/{name}"
    token = token_in(client.get(f"/occupations/{occupation_id}"))
    return client.post(address, data=data | {"csrf_token": token, "version": version})


def count(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(Occupation))


def test_it_is_written_down_from_the_structures_page_with_its_photos(ctx_of, client_of, write_down):
    code = pole(ctx_of)
    owner = client_of("viettel")
    assert f"/structures/{code}/occupations/new" in owner.get(f"/structures/{code}").text
    answer = write_down(code, photos=(io.BytesIO(photo()), "a.jpg"))
    assert answer.status_code == 303
    page = owner.get(answer.headers["Location"]).text
    assert page.count('<li class="file">') == 1
    assert "Cáp quang 24 sợi" in page
    assert "Thông báo bên sử dụng" in page
    assert "bản nháp" in owner.get(f"/structures/{code}").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"equipment": ""}, 'id="equipment-error"'),
        ({"found_on": "31/12/2099"}, "“Ngày phát hiện” là 31/12/2099; cần từ"),
        ({"quantity": "0"}, 'id="quantity-error"'),
        ({"evidence": " "}, 'id="evidence-error"'),
    ],
)
def test_a_wrong_form_is_refused_and_keeps_what_was_typed(ctx_of, write_down, fields, sentence):
    answer = write_down(pole(ctx_of), marks="THẺ LẠ", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="THẺ LẠ"' in answer.text
    assert count(ctx_of) == 0


def test_what_is_no_photo_is_refused_at_its_field(ctx_of, write_down):
    answer = write_down(pole(ctx_of), photos=(io.BytesIO(PAPER[1]), "a.pdf"))
    assert answer.status_code == 422
    assert "không phải ảnh" in answer.text
    assert count(ctx_of) == 0


def test_a_correction_of_an_old_version_is_refused_and_keeps_what_was_typed(ctx_of, client_of):
    occupation_id = noted(ctx_of)
    owner = client_of("viettel")
    token = token_in(owner.get(f"/occupations/{occupation_id}/edit"))
    sent = FORM | {"csrf_token": token, "version": "1", "quantity": "7"}
    assert owner.post(f"/occupations/{occupation_id}/edit", data=sent).status_code == 303
    again = owner.post(f"/occupations/{occupation_id}/edit", data=sent | {"quantity": "9"})
    assert again.status_code == 409
    assert 'value="9"' in again.text
    assert get(ctx_of, occupation_id).quantity == 7


def test_who_helps_to_find_the_owner_sees_what_was_found_and_nothing_else(ctx_of, client_of):
    code = pole(ctx_of)
    occupation_id = told(ctx_of, code=code, occupant=None)
    move(ctx_of, "dienluc", occupation_id, "deny", text="Không có tuyến ở đây")
    page = client_of("vnpt").get(f"/occupations/{occupation_id}").text
    for shown in (code, "Cáp quang 24 sợi", "VNPT THA 0912", "Xác nhận thuộc đơn vị", "Xác nhận không thuộc đơn vị"):
        assert shown in page
    for hidden in (EVIDENCE, "Không có tuyến ở đây", "Viettel", f"/structures/{code}"):
        assert hidden not in page, hidden
    owner = client_of("viettel").get(f"/occupations/{occupation_id}").text
    assert EVIDENCE in owner
    assert "Không có tuyến ở đây" in owner
    assert "Xác nhận thuộc đơn vị" not in owner


def test_a_claim_is_made_on_the_page_and_the_answer_follows(ctx_of, client_of):
    occupation_id = told(ctx_of, occupant=None)
    vnpt = client_of("vnpt")
    assert post_move(vnpt, occupation_id, "claim", "2", text="Tuyến TH-12").status_code == 303
    assert "Xuất trình hợp đồng" in vnpt.get(f"/occupations/{occupation_id}").text
    # While it is only claimed, others may claim it too and do not see the first claimant.
    other = client_of("dienluc").get(f"/occupations/{occupation_id}")
    assert (other.status_code, "VNPT Thanh Hóa" in other.text) == (200, False)
    sent = {"contract_number": "15/HĐ", "contract_on": "06/05/2024"}
    assert post_move(vnpt, occupation_id, "show_contract", "3", **sent).status_code == 422
    answer = post_move(vnpt, occupation_id, "show_contract", "3", **sent, files=(io.BytesIO(PAPER[1]), PAPER[0]))
    assert answer.status_code == 303
    assert "Bên sử dụng xuất trình hợp đồng" in client_of("viettel").get(f"/occupations/{occupation_id}").text


def test_the_violation_and_the_occupation_name_each_other(ctx_of, client_of, database):
    occupation_id = told(ctx_of)
    move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT)
    move(ctx_of, "viettel", occupation_id, "dispute", text="Hợp đồng đã hết hạn")
    # While it is disputed the department alone refers it.
    move(ctx_of, "so.khcn", occupation_id, "refer")
    assert "đang lập hồ sơ vi phạm" in client_of("viettel").get(f"/occupations/{occupation_id}").text
    with ctx_of("so.khcn", read_only=True) as ctx:
        finding_id, now = ctx.session.scalars(select(ReferralRow.id)).one(), ctx.now
    process_referral(database, finding_id, now)
    owner = client_of("viettel").get(f"/occupations/{occupation_id}").text
    number = re.search(r"VP-\d{4}-\d{6}", owner)[0]
    assert "/violations/" not in owner
    inspector = client_of("kiemtra1")
    address = re.search(rf'href="(/violations/\d+)">{number}', inspector.get(f"/occupations/{occupation_id}").text)[1]
    page = inspector.get(address).text
    assert f'href="/occupations/{occupation_id}">{get(ctx_of, occupation_id).number}' in page


def test_the_list_is_that_of_the_reader_and_is_narrowed_and_taken_out(ctx_of, client_of):
    code = pole(ctx_of)
    known_id, unknown = told(ctx_of, code=code), told(ctx_of, code=code, occupant=None, equipment="Bó cáp lạ")

    def listed(name, query=""):
        page = client_of(name).get(f"/occupations{query}").text
        return [
            occupation_id for occupation_id in (known_id, unknown) if f'href="/occupations/{occupation_id}"' in page
        ]

    assert listed("vnpt") == listed("viettel") == listed("kiemtra1") == [known_id, unknown]
    assert (listed("dienluc"), listed("kiemtra2")) == ([unknown], [])
    assert listed("vnpt", "?waiting=1") == [known_id]
    assert listed("vnpt", "?state=unclaimed") == [unknown]
    assert listed("viettel", "?q=cap+la") == [unknown]
    for name, owner_shown in (("vnpt", False), ("so.khcn", True)):
        with client_of(name).get("/exports/occupations.csv?state=unclaimed") as answer:
            table = answer.get_data(as_text=True)
        assert "Bó cáp lạ" in table
        assert ("Viettel" in table) is owner_shown


def test_a_double_click_writes_it_down_once(ctx_of, write_down):
    code = pole(ctx_of)
    first, second = (write_down(code, request_key="0" * 32) for _time in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(ctx_of) == 1


def test_the_desk_says_until_when_to_answer(ctx_of, client_of):
    occupation_id = told(ctx_of)
    page = client_of("vnpt").get("/").text
    assert get(ctx_of, occupation_id).number in page
    assert client_of("dienluc").get("/").text.count("CD-2026") == 0


def test_an_operator_is_asked_on_the_start_page_until_it_has_said_something(ctx_of, client_of):
    occupation_id = told(ctx_of, occupant=None)
    asked = "1 hồ sơ cáp, thiết bị chưa rõ chủ"
    pages = {name: client_of(name).get("/").text for name in ("vnpt", "dienluc", "viettel", "so.khcn")}
    assert [name for name, page in pages.items() if asked in page] == ["vnpt", "dienluc"]
    assert "/occupations?state=unclaimed" in pages["vnpt"]
    move(ctx_of, "dienluc", occupation_id, "deny")
    assert asked not in client_of("dienluc").get("/").text


#: Queries that the answer may take, signing in included, however many occupations there are.
BUDGETS = {"/occupations": 15, "/occupations/{made}": 23, "/structures/{code}/occupations/new": 15}


@pytest.mark.parametrize("address", BUDGETS)
def test_a_page_takes_a_bounded_number_of_queries(client_of, ctx_of, database, address):
    code = pole(ctx_of)
    occupation_id = max(told(ctx_of, code=code) for _number in range(12))
    client = client_of("viettel")
    with statements_of(database) as statements:
        assert client.get(address.format(made=occupation_id, code=code)).status_code == 200
    assert len(statements) <= BUDGETS[address], "\n".join(statements)
