"""Sign-in: sessions end when they must, guesses are counted, refusals tell nothing, nobody is led astray."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from registry.accounts.commands import AssignRole
from registry.accounts.models import UserAccount
from registry.accounts.service import assign_role, disable_user, store_password
from registry.accounts.sessions import SessionLimits, open_session
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.wiring import create_app
from tests.support.clock import NOW, StandingClock
from tests.web.accounts_site import PASSWORD, Browser, Site, open_site

LIMITS = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


def test_a_right_password_signs_in_and_leads_home(site: Site) -> None:
    site.new_user("bao", Role.OPERATOR)
    browser = site.browser()
    answer = browser.sign_in("bao")
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.who() == "bao"


def test_signing_in_brings_the_language_of_the_account(site: Site) -> None:
    user_id = site.new_user("english", Role.OPERATOR)
    with site.writing() as ctx:
        ctx.session.get_one(UserAccount, user_id).language = "en"
        record(ctx, "user.edit", "user_account", user_id)
    browser = site.browser()
    assert '<html lang="vi"' in browser.get("/login").get_data(as_text=True)
    browser.sign_in("english")
    assert '<html lang="en"' in browser.get("/").get_data(as_text=True)
    _log_out(site, browser, user_id)
    site.new_user("vietnamese", Role.OPERATOR)
    browser.sign_in("vietnamese")
    assert '<html lang="vi"' in browser.get("/").get_data(as_text=True)


def test_the_name_counts_in_any_case_and_the_password_in_any_unicode_form(site: Site) -> None:
    site.new_user("bich", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in(" Bich ", unicodedata.normalize("NFD", PASSWORD))
    assert browser.who() == "bich"


def test_the_cookie_holds_a_token_whose_hash_alone_is_stored(site: Site) -> None:
    site.new_user("cuong", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("cuong")
    with browser.client.session_transaction() as kept:
        token = kept["_user_id"]
        assert set(kept) <= {"_user_id", "csrf_token"}
    digest = hashlib.sha256(token.encode()).digest()
    assert len(token) >= 43
    assert site.count("SELECT count(*) FROM user_session WHERE token_hash = :digest", digest=digest) == 1


def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    cookie = site.browser().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_behind_https_the_cookie_is_secure_and_bound_to_this_host(site: Site, tmp_path: Path) -> None:
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path, proxy_hops=1, trusted_hosts=("htvt.example",))
    client = create_app(settings, site.database).test_client()
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "htvt.example", "X-Forwarded-For": "203.0.113.5"}
    cookie = client.get("/login", headers=headers).headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_signing_in_gives_a_new_session_id_and_ends_the_one_before(site: Site) -> None:
    site.new_user("dung", Role.OPERATOR)
    browser = site.browser()
    browser.get("/login")
    planted = browser.cookie()
    browser.sign_in("dung")
    first = browser.cookie()
    assert first != planted
    thief = site.browser()
    thief.put_cookie(planted)
    assert thief.who() == ""
    with browser.client.session_transaction() as kept:
        token = kept["_user_id"]
    browser.client.post(
        "/login", data={"csrf_token": browser.token("/account"), "username": "dung", "password": PASSWORD}
    )
    with browser.client.session_transaction() as kept:
        assert kept["_user_id"] != token
    thief.put_cookie(first)
    assert thief.who() == ""


def _log_out(_site: Site, browser: Browser, _user_id: int) -> None:
    assert browser.post("/logout", page="/account").status_code == 303


def _change_password(_site: Site, browser: Browser, _user_id: int) -> None:
    new = {"current": PASSWORD, "password": "mật khẩu mới thật dài", "repeated": "mật khẩu mới thật dài"}
    assert browser.post("/account/password", page="/account", **new).status_code == 303


def _link_used(site: Site, _browser: Browser, user_id: int) -> None:
    with site.writing() as ctx:
        user = ctx.session.get_one(UserAccount, user_id)
        store_password(ctx, user, "mật khẩu đặt qua liên kết")


def _new_role(site: Site, _browser: Browser, user_id: int) -> None:
    with site.writing() as ctx:
        assign_role(ctx, AssignRole(user_id=user_id, role=Role.INFRA_OWNER, valid_from=ctx.today))


def _disable(site: Site, _browser: Browser, user_id: int) -> None:
    with site.writing() as ctx:
        disable_user(ctx, user_id)


@pytest.mark.parametrize(
    ("name", "event", "left"),
    [
        ("ra1", _log_out, 99),
        ("ra2", _change_password, 0),
        ("ra3", _link_used, 0),
        ("ra4", _new_role, 0),
        ("ra5", _disable, 0),
    ],
)
def test_old_cookies_fail_at_the_very_next_request(
    site: Site, name: str, event: Callable[[Site, Browser, int], None], left: int
) -> None:
    user_id = site.new_user(name, Role.OPERATOR)
    browsers = [site.browser() for _ in range(100)]
    with site.writing() as ctx:
        tokens = [open_session(ctx, user_id, LIMITS, device="", address="") for _ in browsers]
    for browser, token in zip(browsers, tokens, strict=True):
        with browser.client.session_transaction() as kept:
            kept["_user_id"] = token
    assert [browser.who() for browser in browsers] == [name] * 100
    cookies = [browser.cookie() for browser in browsers]
    event(site, browsers[0], user_id)
    thief = site.browser()
    thief.put_cookie(cookies[0])
    assert thief.who() == ""
    for browser, cookie in zip(browsers, cookies, strict=True):
        browser.put_cookie(cookie)
    assert sum(browser.who() == name for browser in browsers) == left


def test_a_session_ends_after_thirty_idle_minutes(site: Site, clock: StandingClock) -> None:
    site.new_user("idle", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("idle")
    clock.advance(timedelta(minutes=29, seconds=59))
    assert browser.who() == "idle"
    clock.advance(timedelta(minutes=29, seconds=59))
    assert browser.who() == "idle"
    clock.advance(timedelta(minutes=30))
    assert browser.who() == ""
    assert browser.get("/account").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(site: Site, clock: StandingClock) -> None:
    site.new_user("busy", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("busy")
    for _ in range(35):
        clock.advance(timedelta(minutes=20))
        assert browser.who() == "busy"
    clock.advance(timedelta(minutes=20))
    assert browser.who() == ""


def test_reading_moves_the_idle_clock_at_most_once_a_minute(site: Site, clock: StandingClock) -> None:
    user_id = site.new_user("often", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("often")
    query = "SELECT extract(epoch FROM max(last_seen_at))::bigint FROM user_session WHERE user_id = :id"
    clock.advance(timedelta(seconds=59))
    browser.who()
    assert site.count(query, id=user_id) == int(NOW.timestamp())
    clock.advance(timedelta(seconds=1))
    browser.who()
    assert site.count(query, id=user_id) == int(NOW.timestamp()) + 60


def test_roles_are_read_at_each_request(site: Site, clock: StandingClock) -> None:
    user_id = site.new_user("roles")
    last_day = NOW.date() + timedelta(days=1)
    with site.writing() as ctx:
        role = AssignRole(user_id=user_id, role=Role.OPERATOR, valid_from=NOW.date(), valid_to=last_day)
        assign_role(ctx, role)
    # 23:50 in Việt Nam on the last day of the role.
    clock.move_to(datetime(2026, 11, 26, 16, 50, tzinfo=UTC))
    browser = site.browser()
    browser.sign_in("roles")
    assert browser.get("/who/roles").get_data(as_text=True) == "operator"
    clock.advance(timedelta(minutes=10))
    assert browser.get("/who/roles").get_data(as_text=True) == ""
    assert browser.get("/account").status_code == 403
