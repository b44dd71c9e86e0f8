"""Nothing typed is lost: over the end of a session, a bad token, a stale button; a control character is named."""

import html
import re

import pytest

from registry.structures.commands import ChangeStatus
from registry.structures.queries import get_structure
from registry.structures.writing import confirm
from tests.factories.structures import make

REASON = "Cột nghiêng 5° sau bão số 9, chờ gia cố"
HERE = {"Sec-Fetch-Site": "same-origin"}


def token_in(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]


def hidden_in(page):
    """The hidden fields of the last form of a page."""
    form = page.text.rsplit('<form class="form" method="post"', 1)[1]
    return {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


@pytest.fixture
def mast(ctx_of):
    with ctx_of("viettel") as ctx:
        return make(ctx).code


def typed(mast, token, **more):
    return {"version": "1", "reason": REASON, "csrf_token": token} | more


def test_a_form_of_another_session_comes_back_and_can_be_sent_again(client_of, mast):
    client = client_of("viettel")
    client.get(f"/structures/{mast}")
    answer = client.post(
        f"/structures/{mast}/suspend",
        data=typed(mast, "a-token-of-another-session"),
        headers=HERE | {"Referer": f"http://localhost/structures/{mast}"},
    )
    assert (answer.status_code, REASON in html.unescape(answer.text)) == (400, True)
    assert f'href="/structures/{mast}"' in answer.text
    assert client.post(f"/structures/{mast}/suspend", data=hidden_in(answer)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_what_another_site_wrote_never_comes_back_under_a_valid_token(client_of, mast, headers):
    client = client_of("viettel")
    client.get(f"/structures/{mast}")
    answer = client.post(f"/structures/{mast}/suspend", data=typed(mast, "x"), headers=headers)
    assert (answer.status_code, REASON in html.unescape(answer.text)) == (400, False)


def test_a_form_goes_through_sign_in_when_the_session_was_over(client_of, mast, cast):
    client = client_of(None)
    token = token_in(client.get("/login"))
    at = f"/structures/{mast}/suspend"
    answer = client.post(at, data=typed(mast, token), headers=HERE | {"Referer": f"http://localhost/structures/{mast}"})
    assert answer.status_code == 401
    assert "nội dung đã nhập được giữ lại" in html.unescape(answer.text)
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', answer.text)[1]
    back = re.search(r'name="next"[^>]*value="([^"]+)"', answer.text)[1]
    assert back == f"/structures/{mast}"
    sign_in = {"csrf_token": token_in(answer), "username": "viettel", "next": back, "kept": kept}
    refused = client.post("/login", data=sign_in | {"password": "sai"})
    assert (refused.status_code, f'value="{kept}"' in refused.text) == (422, True)
    page = client.post("/login", data=sign_in | {"password": cast["viettel"].password})
    assert (page.status_code, REASON in html.unescape(page.text)) == (200, True)
    assert client.post(at, data=hidden_in(page)).status_code == 303
    assert "Tạm ngừng" in client.get(f"/structures/{mast}").text


def test_passwords_are_never_kept(client_of):
    client = client_of("viettel")
    client.get("/account")
    data = {"current": "bí mật cũ", "password": "bí mật mới", "repeated": "bí mật mới", "csrf_token": "x"}
    answer = client.post("/account/password", data=data, headers=HERE)
    assert "bí mật" not in html.unescape(answer.text)


def test_a_kept_form_that_was_changed_on_the_way_is_not_offered(client_of, cast):
    client = client_of(None)
    token = token_in(client.get("/login"))
    data = {"csrf_token": token, "username": "viettel", "kept": "eyJ4IjoxfQ.x.y"}
    page = client.post("/login", data=data | {"password": cast["viettel"].password})
    assert page.status_code == 303


@pytest.mark.parametrize("step", ["suspend", "decommission"])
def test_a_stale_button_keeps_the_reason_and_leads_to_the_record(client_of, ctx_of, mast, step):
    client = client_of("viettel")
    token = token_in(client.get(f"/structures/{mast}"))
    with ctx_of("viettel") as ctx:
        confirm(ctx, ChangeStatus(mast, get_structure(ctx, mast).version))
    answer = client.post(f"/structures/{mast}/{step}", data=typed(mast, token))
    page = html.unescape(answer.text)
    assert answer.status_code == 409
    assert f'value="{REASON}"' in page
    assert f'href="/structures/{mast}"' in page
    assert "đã được người khác sửa" in page
    again = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    assert client.post(f"/structures/{mast}/{step}", data=typed(mast, token, version=again)).status_code == 303


@pytest.mark.parametrize("step", ["suspend", "decommission"])
@pytest.mark.parametrize("bad", ["\0", "\x1b", "\x85"])
def test_a_control_character_in_a_reason_is_refused_at_the_reason(client_of, mast, step, bad):
    client = client_of("viettel")
    token = token_in(client.get(f"/structures/{mast}"))
    answer = client.post(f"/structures/{mast}/{step}", data=typed(mast, token, reason=f"Hỏng{bad} nặng"))
    assert answer.status_code == 422
    assert f"Lý do: Văn bản “Hỏng\N{REPLACEMENT CHARACTER} nặng” có ký tự điều khiển U+{ord(bad):04X}" in html.unescape(
        answer.text
    )


def test_the_answer_to_any_other_refused_form_shows_what_was_typed(client_of, mast):
    client = client_of("vnpt")
    token = token_in(client.get("/account"))
    answer = client.post(f"/structures/{mast}/suspend", data=typed(mast, token), headers=HERE)
    assert (answer.status_code, REASON in html.unescape(answer.text)) == (404, True)
