"""A case is followed by the number and the code of its receipt; a wrong one tells nothing, and few are tried."""

import re

import pytest

from registry.accounts.attempts import MAX_WRONG_CODES
from registry.colocation.codes import ColocationState as S
from registry.workflow.receipts import receipt_code
from tests.factories.colocation import accept, filed, move, tower
from tests.support.live import context
from tests.web.accounts_site import open_site

REFUSED = "Số hồ sơ hoặc mã tra cứu không đúng"


@pytest.fixture
def case(ctx_of):
    """A request that was sent, and the code of its tower."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx, name="Trạm Đông Sơn").code
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code), code


@pytest.fixture
def receipt(client_of, case):
    """Number and code, as the requester reads them on the receipt."""
    page = client_of("vnpt").get(f"/colocation/{case[0].id}/receipt").text
    return case[0].number, re.search(r'class="receipt-code">([A-Z2-7 ]+)<', page).group(1)


@pytest.fixture
def ask(public):
    """A function: number and code -> the answer to somebody without an account."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', public.get("/lookup").text).group(1)

    def asked(number, code):
        return public.post("/lookup", data={"csrf_token": token, "number": number, "code": code})

    return asked


def test_the_receipt_has_a_code_of_160_bits_and_opens_the_progress_of_its_case(ask, case, receipt):
    number, code = receipt
    assert len(code.replace(" ", "")) * 5 >= 128
    assert len({receipt_code("x", f"DC-2026-{each:06d}") for each in range(200)}) == 200
    for typed in (code, code.lower().replace(" ", ""), code.replace(" ", "-").replace("O", "0").replace("I", "1")):
        page = ask(f" {number.lower()} ", typed)
        assert page.status_code == 200
        assert number in page.text
        assert "Chủ sở hữu" in page.text
        assert "aria-current" in page.text
        # The state of the case, nothing of what it is about.
        for hidden in ("VNPT", "Viettel", case[1], "Trạm Đông Sơn", "Trần Thị Hoa", "Phủ sóng", "0912"):
            assert hidden not in page.text


def test_a_search_that_lacks_its_code_is_not_called_unsaved(ask):
    page = ask("DC-2026-000001", "").text
    assert "Đề nghị kiểm tra các mục sau" in page
    assert "Chưa lưu được" not in page


def test_the_progress_tells_each_state_that_the_case_has_been_in(ask, case, receipt, ctx_of):
    with ctx_of("viettel") as ctx:
        move(ctx, case[0], "survey", survey_on=ctx.today, text="Đo tải")
        accept(ctx, case[0])
    listed = re.search(r'<ol class="steps".*?</ol>', ask(*receipt).text, re.DOTALL).group()
    shown = [str(state.label) for state in (S.UNDER_REVIEW, S.SURVEYING, S.ACCEPTED)]
    places = [listed.find(label) for label in shown]
    assert places == sorted(places)
    assert places[0] >= 0


def test_unknown_numbers_and_wrong_codes_get_the_same_answer(ask, receipt):
    number, code = receipt
    wrong = "A" + code[1:] if code[0] != "A" else "B" + code[1:]
    asked = [(number, wrong), ("DC-2026-999999", wrong), ("DC-2026-999999", code), ("XX-1", code), ("\0", "ế" * 80)]

    def answer(pair):
        answered = ask(*pair)
        token = re.sub(r'name="(csrf_token|request_key)"[^>]*', "", answered.text)
        return answered.status_code, re.sub(r'value="[^"]*"|<code>[0-9a-f]{32}</code>', "", token)

    answers = [answer(pair) for pair in asked[:4]]
    assert answers[0][0] == 422
    assert REFUSED in answers[0][1]
    assert answers == [answers[0]] * 4
    assert ask(*asked[4]).status_code == 422


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    """Counters are written apart from the request, so this needs a database of its own."""
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


def test_an_address_may_be_wrong_a_few_times_only(site):
    with context(site.database, "viettel") as ctx:
        code = tower(ctx).code
    with context(site.database, "vnpt") as ctx:
        number = filed(ctx, code).number
    right = receipt_code(str(site.app.config["SECRET_KEY"]), number)
    browser, elsewhere = site.browser("203.0.113.7").client, site.browser("203.0.113.8").client

    def ask(client, code):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/lookup").text).group(1)
        return client.post("/lookup", data={"csrf_token": token, "number": number, "code": code})

    # What was right does not count.
    assert [ask(browser, right).status_code for _look in range(2)] == [200, 200]
    assert {ask(browser, "A" * 32).status_code for _try in range(MAX_WRONG_CODES)} == {422}
    refused = ask(browser, "A" * 32)
    assert refused.status_code == 429
    assert "Đã thử quá nhiều lần" in refused.text
    # A right one is answered, whoever of the same network was wrong.
    assert [ask(client, right).status_code for client in (browser, elsewhere)] == [200, 200]
