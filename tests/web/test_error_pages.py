"""Pages that no route renders keep the head of the reader."""

import re

import pytest

from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
#: Unknown, a number that no row has, a method that the address does not take, a file that is not there.
ADDRESSES = ("/khong-co", "/structures/khong/co/gi", f"/notices/{10**30}/open", "/static/khong-co.css")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("username", ["viettel", "so.khcn"])
def test_an_unknown_address_keeps_head_and_menu_of_the_account(client_of, username, address):
    client = client_of(username)
    page = client.get(address)
    assert page.status_code in (404, 405)
    home = client.get("/").text
    for mark in ("/accounts/sign-out", "/notices", "site-nav-list"):
        assert (mark in home) == (mark in page.text), mark
    assert "site-nav-list" in page.text


def test_a_visitor_reads_an_unknown_address_without_account(app):
    page = app.test_client().get("/khong-co")
    assert (page.status_code, "/notices" in page.text) == (404, False)


@pytest.mark.parametrize("address", ADDRESSES[:3])
def test_an_error_names_its_request_and_who_helps(app, client_of, monkeypatch, address):
    monkeypatch.setitem(app.jinja_env.globals, "support_contact", "Trung tâm CNTT tỉnh <b>0237 3 852 111</b>")
    page = client_of("viettel").get(address).text
    content = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert re.search(r"Mã yêu cầu:\s*<code>[0-9a-f]{32}</code>", content)
    assert "Trung tâm CNTT tỉnh &lt;b&gt;0237 3 852 111" in content
