"""What the users of two organisations see when one takes over the other, and what is left after an end."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import update

from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation
from registry.accounts.service import add_succession
from registry.audit.chain import record
from tests.factories import colocation
from tests.factories.structures import make, organisation_id
from tests.permissions.cases import token_in

ENDED = "Tổ chức của tài khoản đã kết thúc hoạt động ngày 24/11/2026"


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def code(ctx_of):
    """A structure of Viettel that is not published."""
    with ctx_of("viettel") as ctx:
        return make(ctx, name="Trạm kế thừa").code


@pytest.fixture
def succession(ctx_of, code):
    """From today on VNPT holds what Viettel held: ids of both and of the succession."""
    del code
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, each) for each in ("viettel", "vnpt"))
        command = AddSuccession(
            predecessor_id=old, successor_id=new, effective_on=date(2026, 11, 25), legal_basis="QĐ 1/QĐ-UBND"
        )
        return old, new, add_succession(ctx, command).id


def test_a_second_successor_is_not_offered(client_of, succession):
    old, new, _number = succession
    client = client_of("quantri")
    pages = [client.get(f"/admin/organisations/{each}").text for each in (old, new)]
    assert [
        f'action="/admin/organisations/{each}/succession"' in page for each, page in zip((old, new), pages, strict=True)
    ] == [False, True]
    assert "hãy rút việc kế thừa này trước" in words(client.get(f"/admin/organisations/{old}"))


def test_a_successor_sees_lists_and_edits_what_it_inherited(client_of, code, succession):
    _old, new, _number = succession
    client = client_of("vnpt")
    page = words(client.get(f"/structures/{code}"))
    assert "VNPT Thanh Hóa (từ 25/11/2026; trước đó là Viettel Thanh Hóa)" in page
    assert "Trạm kế thừa" in page
    assert code in client.get(f"/structures?held={new}").text
    opened = client.get(f"/structures/{code}/edit")
    assert opened.status_code == 200
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', opened.text))
    fields |= dict(re.findall(r'<textarea[^>]*name="(position)"[^>]*>\s*([^<]*)<', opened.text))
    pattern = r'<select[^>]*name="([^"]+)"[^>]*>(?:(?!</select>).)*?<option selected value="([^"]*)"'
    fields |= dict(re.findall(pattern, opened.text, re.DOTALL))
    saved = client.post(f"/structures/{code}/edit", data=fields | {"name": "Trạm của bên nhận"})
    assert saved.status_code == 303, words(saved)[:2000]
    assert "Trạm của bên nhận" in words(client.get(f"/structures/{code}"))


def test_its_predecessor_does_no_more_and_is_told_why(client_of, code, succession):
    old, _new, _number = succession
    client = client_of("viettel")
    page = words(client.get(f"/structures/{code}"))
    assert "Trạm kế thừa" not in page
    assert ENDED in page
    assert code not in client.get(f"/structures?owner={old}").text
    assert client.get(f"/structures/{code}/edit").status_code in (403, 404)
    refused = client.get("/structures/new/antenna_tower")
    assert refused.status_code == 403
    assert ENDED in words(refused)


def test_a_succession_is_withdrawn_with_a_reason(client_of, code, succession):
    old, _new, number = succession
    admin, page = client_of("quantri"), f"/admin/organisations/{succession[0]}"
    address = f"{page}/succession/{number}/withdraw"
    assert address in admin.get(page).text
    opened = admin.get(address)
    assert "VNPT Thanh Hóa kế thừa Viettel Thanh Hóa từ 25/11/2026" in words(opened)
    assert admin.post(address, data={"csrf_token": token_in(opened), "reason": ""}).status_code == 422
    done = admin.post(address, data={"csrf_token": token_in(opened), "reason": "Ghi nhầm đơn vị"})
    assert done.status_code == 303
    shown = words(admin.get(page))
    assert "Ghi nhầm đơn vị" in shown
    assert admin.get(f"/admin/organisations/{old}/succession/999999/withdraw").status_code == 404
    assert "Trạm kế thừa" in words(client_of("viettel").get(f"/structures/{code}"))
    assert "Trạm kế thừa" not in words(client_of("vnpt").get(f"/structures/{code}"))
    again = admin.post(address, data={"csrf_token": token_in(admin.get(page)), "reason": "Lần nữa"})
    assert again.status_code == 409


def test_the_users_of_what_has_ended_read_but_do_not_write(client_of, ctx_of, code):
    with ctx_of("quantri") as ctx:
        ended = update(Organisation).where(Organisation.code == "viettel").values(valid_to=date(2026, 11, 24))
        ctx.session.execute(ended)
        record(ctx, "organisation.edit", "organisation", None)
    client = client_of("viettel")
    page = client.get(f"/structures/{code}")
    assert "Trạm kế thừa" in words(page)
    assert ENDED in words(page)
    assert f"/structures/{code}/edit" not in page.text
    token = {"csrf_token": token_in(client.get("/account"))}
    for address in (
        f"/structures/{code}/edit",
        f"/structures/{code}/confirm",
        f"/structures/{code}/places/new",
        "/structures/new/antenna_tower",
        "/tariffs",
        "/colocation",
        "/imports",
    ):
        answer = client.post(address, data=token)
        assert (answer.status_code, ENDED in words(answer)) == (403, True), address
    assert client.post("/notices/read-all", data=token | {"up_to": "0"}).status_code in (303, 422)


def test_a_case_names_both_and_goes_on_with_the_successor(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        tower = colocation.tower(ctx).code
    with ctx_of("dienluc") as ctx:
        case_id = colocation.filed(ctx, tower).id
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, each) for each in ("viettel", "vnpt"))
        days = {"effective_on": date(2026, 11, 25), "legal_basis": "QĐ 1/QĐ-UBND"}
        add_succession(ctx, AddSuccession(predecessor_id=old, successor_id=new, **days))
    for name in ("vnpt", "dienluc"):
        page = words(client_of(name).get(f"/colocation/{case_id}"))
        assert re.search(r"VNPT Thanh Hóa \(từ 25/11/2026; trước đó là Viettel Thanh Hóa[^)]*\)", page), name
    assert f"/cases/colocation/{case_id}/accept" in client_of("vnpt").get(f"/colocation/{case_id}").text
    assert client_of("viettel").get(f"/colocation/{case_id}").status_code == 404


NOTE = "Viettel Thanh Hóa: từ ngày 25/11/2026 do VNPT Thanh Hóa kế thừa theo QĐ 1/QĐ-UBND."
NOTHING_OF_ITS_OWN = (
    "từ ngày 25/11/2026 VNPT Thanh Hóa kế thừa theo QĐ 1/QĐ-UBND và tiếp tục mọi công trình, hồ sơ của tổ chức"
)


def test_each_page_that_names_the_former_organisation_names_successor_day_and_decision(client_of, code, succession):
    old, _new, number = succession
    pages = [
        ("vnpt", f"/structures/{code}"),
        ("so.khcn", f"/structures?q={code}"),
        ("so.khcn", "/upkeep"),
        ("quantri", "/admin/organisations"),
        ("quantri", f"/admin/organisations/{old}"),
        ("quantri", "/admin/users"),
    ]
    for name, page in pages:
        assert words(client_of(name).get(page)).count(NOTE) == 1, page
    period = "– 24/11/2026; từ ngày 25/11/2026 do VNPT Thanh Hóa kế thừa theo QĐ 1/QĐ-UBND"
    for page in ("/admin/organisations", f"/admin/organisations/{old}"):
        assert period in words(client_of("quantri").get(page)), page
    admin, address = client_of("quantri"), f"/admin/organisations/{old}/succession/{number}/withdraw"
    admin.post(address, data={"csrf_token": token_in(admin.get(address)), "reason": "Ghi nhầm"})
    assert "do VNPT Thanh Hóa kế thừa theo" not in words(admin.get("/admin/organisations"))


def test_a_page_that_names_the_first_of_a_chain_names_the_last(client_of, ctx_of, code, succession):
    with ctx_of("quantri") as ctx:
        last = AddSuccession(
            predecessor_id=succession[1],
            successor_id=organisation_id(ctx.session, "mobifone"),
            effective_on=date(2026, 11, 25),
            legal_basis="QĐ 2/QĐ-UBND",
        )
        add_succession(ctx, last)
    page = words(client_of("so.khcn").get(f"/structures/{code}"))
    assert NOTE in page
    assert "VNPT Thanh Hóa: từ ngày 25/11/2026 do MobiFone Thanh Hóa kế thừa theo QĐ 2/QĐ-UBND." in page


def test_the_former_is_sent_to_its_successor_also_where_a_case_of_its_own_is_gone(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        tower = colocation.tower(ctx).code
    with ctx_of("dienluc") as ctx:
        case_id = colocation.filed(ctx, tower).id
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, each) for each in ("viettel", "vnpt"))
        days = {"effective_on": date(2026, 11, 25), "legal_basis": "QĐ 1/QĐ-UBND"}
        add_succession(ctx, AddSuccession(predecessor_id=old, successor_id=new, **days))
    client = client_of("viettel")
    gone = client.get(f"/colocation/{case_id}")
    assert gone.status_code == 404
    for page in (gone, client.get("/"), client.get("/dashboard?tab=all")):
        assert NOTHING_OF_ITS_OWN in words(page)
        assert "khép lại hồ sơ" not in words(page)
