"""Passkeys: made on the own page, taken at sign-in once, refused from another host, account or copy."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from registry.accounts.factors.passkeys import party_of
from registry.accounts.factors.sample import give_app
from registry.authz.actors import Role
from tests.support.passkeys import SoftwarePasskey
from tests.web.accounts_site import Browser, Site, open_site
from tests.web.test_second_factor import KEY, PROVE, code

OWN = "/account/second-factor"
_OPTIONS = re.compile(r'data-options="([^"]+)"')
_CHALLENGE = re.compile(r'name="challenge"[^>]*value="([^"]+)"')


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


def asked(browser: Browser, page: str) -> tuple[str, str]:
    """The options and the challenge of a page."""
    text = browser.get(page).text
    return html.unescape(_OPTIONS.search(text)[1]), html.unescape(_CHALLENGE.search(text)[1])


def add(browser: Browser, passkey: SoftwarePasskey):
    options, challenge = asked(browser, OWN)
    return browser.post(f"{OWN}/passkey", OWN, passkey=passkey.make(options), challenge=challenge, passkey_name="USB")


def answer(browser: Browser, passkey: SoftwarePasskey, page: tuple[str, str] | None = None):
    options, challenge = page or asked(browser, PROVE)
    return browser.post(PROVE, PROVE, passkey=passkey.sign(options), challenge=challenge)


def with_passkey(site: Site, name: str) -> SoftwarePasskey:
    """A new account with a passkey."""
    site.new_user(name, Role.OPERATOR)
    browser = site.browser()
    browser.sign_in(name)
    passkey = SoftwarePasskey()
    answered = add(browser, passkey)
    assert answered.status_code == 200
    assert "Mã khôi phục" in answered.text
    return passkey


def waiting(site: Site, name: str) -> Browser:
    browser = site.browser()
    browser.sign_in(name)
    assert browser.who() == ""
    return browser


def test_a_passkey_signs_in_and_an_app_is_not_needed(site: Site) -> None:
    passkey = with_passkey(site, "pk.mot")
    browser = waiting(site, "pk.mot")
    assert answer(browser, passkey).status_code == 303
    assert browser.who() == "pk.mot"


def test_an_answer_is_taken_once_and_for_its_own_session_alone(site: Site) -> None:
    passkey = with_passkey(site, "pk.hai")
    first, second = waiting(site, "pk.hai"), waiting(site, "pk.hai")
    page = asked(first, PROVE)
    assert answer(second, passkey, page).status_code == 422
    assert answer(first, passkey, page).status_code == 303
    again = answer(first, passkey, page)
    assert again.status_code == 422
    assert "đã dùng" in again.text


def test_a_passkey_of_another_host_is_refused_with_both_names(site: Site) -> None:
    passkey = with_passkey(site, "pk.ba")
    browser = waiting(site, "pk.ba")
    passkey.host, passkey.origin = "hatang.example.net", "https://hatang.example.net"
    refused = answer(browser, passkey)
    assert refused.status_code == 422
    assert "“https://hatang.example.net”; cần khóa đã đăng ký tại “http://localhost”" in refused.text
    passkey.origin = "http://localhost"
    assert answer(browser, passkey).status_code == 422
    assert browser.who() == ""
    elsewhere = SoftwarePasskey("hatang.example.net", "https://hatang.example.net")
    passkey.host = "localhost"
    assert answer(browser, passkey).status_code == 303
    assert add(browser, elsewhere).status_code == 422


def test_a_copy_whose_count_goes_back_is_refused(site: Site) -> None:
    passkey = with_passkey(site, "pk.bon")
    passkey.count = 5
    assert answer(waiting(site, "pk.bon"), passkey).status_code == 303
    passkey.count = 2
    assert answer(waiting(site, "pk.bon"), passkey).status_code == 422


def test_a_passkey_of_another_account_is_refused(site: Site) -> None:
    with_passkey(site, "pk.nam1")
    other = with_passkey(site, "pk.nam2")
    browser = waiting(site, "pk.nam1")
    refused = answer(browser, other)
    assert refused.status_code == 422
    assert "không thuộc tài khoản" in refused.text


@pytest.mark.parametrize(
    "typed", ["{}", "[]", "null", "{", '{"response": {"clientDataJSON": "ww"}}', "x" * 30_000, "[" * 19_000]
)
def test_a_broken_answer_is_one_sentence(site: Site, typed: str) -> None:
    name = f"pk.sai{len(typed)}.{ord(typed[0])}"
    user_id = site.new_user(name, Role.OPERATOR)
    with site.writing() as ctx:
        secret = give_app(ctx, user_id, KEY)
    browser = waiting(site, name)
    assert browser.post(PROVE, PROVE, passkey=typed, challenge="x").status_code == 422
    assert browser.post(PROVE, PROVE, code=code(secret)).status_code == 303


def test_an_address_of_numbers_takes_no_passkeys() -> None:
    assert party_of("https://hatang.vn", "").takes_passkeys
    assert party_of("http://localhost:8000", "").takes_passkeys
    assert not party_of("http://127.0.0.1:8000", "").takes_passkeys
    assert not party_of("http://[::1]:8000", "").takes_passkeys
