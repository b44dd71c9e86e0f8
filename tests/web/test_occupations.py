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

    def send(code, by="viettel", **said):
        client = clients.setdefault(by, client_of(by))
        address = f"/structures/{code}/occupations/new"
        page = client.get(address)
        given = FORM | {"csrf_token": token_in(page)} | said
        return client.post(address, data=given)

    return send


def post_move(client, made, name, version, **said):
    address = f"/cases/occupation/{made}/{name}"
    token = token_in(client.get(f"/occupations/{made}"))
    return client.post(address, data=said | {"csrf_token": token, "version": version})


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
    ("said", "sentence"),
    [
        ({"equipment": ""}, 'id="equipment-error"'),
        ({"found_on": "31/12/2099"}, "«Ngày phát hiện» là 31/12/2099; cần từ"),
        ({"quantity": "0"}, 'id="quantity-error"'),
        ({"evidence": " "}, 'id="evidence-error"'),
    ],
)
def test_a_wrong_form_is_refused_and_keeps_what_was_typed(ctx_of, write_down, said, sentence):
    answer = write_down(pole(ctx_of), marks="THẺ LẠ", **said)
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
    made = noted(ctx_of)
    owner = client_of("viettel")
    token = token_in(owner.get(f"/occupations/{made}/edit"))
    sent = FORM | {"csrf_token": token, "version": "1", "quantity": "7"}
    assert owner.post(f"/occupations/{made}/edit", data=sent).status_code == 303
    again = owner.post(f"/occupations/{made}/edit", data=sent | {"quantity": "9"})
    assert again.status_code == 409
    assert 'value="9"' in again.text
    assert get(ctx_of, made).quantity == 7


def test_who_helps_to_find_the_owner_sees_what_was_found_and_nothing_else(ctx_of, client_of):
    code = pole(ctx_of)
    made = told(ctx_of, code=code, occupant=None)
    move(ctx_of, "dienluc", made, "deny", text="Không có tuyến ở đây")
    page = client_of("vnpt").get(f"/occupations/{made}").text
    for shown in (code, "Cáp quang 24 sợi", "VNPT THA 0912", "Là của chúng tôi", "Không phải của chúng tôi"):
        assert shown in page
    for hidden in (EVIDENCE, "Không có tuyến ở đây", "Viettel", f"/structures/{code}"):
        assert hidden not in page, hidden
    owner = client_of("viettel").get(f"/occupations/{made}").text
    assert EVIDENCE in owner
    assert "Không có tuyến ở đây" in owner
    assert "Là của chúng tôi" not in owner


def test_a_claim_is_made_on_the_page_and_the_answer_follows(ctx_of, client_of):
    made = told(ctx_of, occupant=None)
    vnpt = client_of("vnpt")
    assert post_move(vnpt, made, "claim", "2", text="Tuyến TH-12").status_code == 303
    assert "Xuất trình hợp đồng" in vnpt.get(f"/occupations/{made}").text
    # While it is only claimed, others may claim it too and do not see the first claimant.
    other = client_of("dienluc").get(f"/occupations/{made}")
    assert (other.status_code, "VNPT Thanh Hóa" in other.text) == (200, False)
    sent = {"contract_number": "15/HĐ", "contract_on": "06/05/2024"}
    assert post_move(vnpt, made, "show_contract", "3", **sent).status_code == 422
    answer = post_move(vnpt, made, "show_contract", "3", **sent, files=(io.BytesIO(PAPER[1]), PAPER[0]))
    assert answer.status_code == 303
    assert "Bên sử dụng xuất trình hợp đồng" in client_of("viettel").get(f"/occupations/{made}").text


def test_the_violation_and_the_occupation_name_each_other(ctx_of, client_of, database):
    made = told(ctx_of)
    move(ctx_of, "vnpt", made, "show_contract", **CONTRACT)
    move(ctx_of, "viettel", made, "dispute", text="Hợp đồng đã hết hạn")
    # While it is disputed the department alone refers it.
    move(ctx_of, "so.khcn", made, "refer")
    assert "đang lập hồ sơ vi phạm" in client_of("viettel").get(f"/occupations/{made}").text
    with ctx_of("so.khcn", read_only=True) as ctx:
        finding_id, now = ctx.session.scalars(select(ReferralRow.id)).one(), ctx.now
    process_referral(database, finding_id, now)
    owner = client_of("viettel").get(f"/occupations/{made}").text
    number = re.search(r"VP-\d{4}-\d{6}", owner)[0]
    assert "/violations/" not in owner
    inspector = client_of("kiemtra1")
    address = re.search(rf'href="(/violations/\d+)">{number}', inspector.get(f"/occupations/{made}").text)[1]
    page = inspector.get(address).text
    assert f'href="/occupations/{made}">{get(ctx_of, made).number}' in page


def test_the_list_is_that_of_the_reader_and_is_narrowed_and_taken_out(ctx_of, client_of):
    code = pole(ctx_of)
    known, unknown = told(ctx_of, code=code), told(ctx_of, code=code, occupant=None, equipment="Bó cáp lạ")

    def listed(name, query=""):
        page = client_of(name).get(f"/occupations{query}").text
        return [made for made in (known, unknown) if f'href="/occupations/{made}"' in page]

    assert listed("vnpt") == listed("viettel") == listed("kiemtra1") == [known, unknown]
    assert (listed("dienluc"), listed("kiemtra2")) == ([unknown], [])
    assert listed("vnpt", "?waiting=1") == [known]
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
    made = told(ctx_of)
    page = client_of("vnpt").get("/").text
    assert get(ctx_of, made).number in page
    assert client_of("dienluc").get("/").text.count("CD-2026") == 0


def test_an_operator_is_asked_on_the_start_page_until_it_has_said_something(ctx_of, client_of):
    made = told(ctx_of, occupant=None)
    asked = "1 hồ sơ cáp, thiết bị chưa rõ chủ"
    pages = {name: client_of(name).get("/").text for name in ("vnpt", "dienluc", "viettel", "so.khcn")}
    assert [name for name, page in pages.items() if asked in page] == ["vnpt", "dienluc"]
    assert "/occupations?state=unclaimed" in pages["vnpt"]
    move(ctx_of, "dienluc", made, "deny")
    assert asked not in client_of("dienluc").get("/").text


#: Queries that the answer may take, signing in included, however many occupations there are.
BUDGETS = {"/occupations": 15, "/occupations/{made}": 23, "/structures/{code}/occupations/new": 15}


@pytest.mark.parametrize("address", BUDGETS)
def test_a_page_takes_a_bounded_number_of_queries(client_of, ctx_of, database, address):
    code = pole(ctx_of)
    made = max(told(ctx_of, code=code) for _number in range(12))
    client = client_of("viettel")
    with statements_of(database) as seen:
        assert client.get(address.format(made=made, code=code)).status_code == 200
    assert len(seen) <= BUDGETS[address], "\n".join(seen)
