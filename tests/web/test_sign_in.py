"""Sign-in: sessions end when they must, guesses are counted, refusals tell nothing, nobody is led astray."""

import hashlib
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from registry.accounts.browser import safe_next
from registry.accounts.commands import AssignRole
from registry.accounts.models import UserAccount
from registry.accounts.service import assign_role, disable_user, store_password
from registry.accounts.sessions import Limits, open_session
from registry.accounts.tries import MOST_TRIES
from registry.authz.actors import Role
from tests.web.accounts_site import PASSWORD, Browser, Site, open_site

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LIMITS = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
WRONG = "sai hoàn toàn rồi"


def _without_tokens(page: str) -> str:
    page = re.sub(r'value="[^"]{40,}"', "", page)
    return re.sub(r"[0-9a-f]{32}", "", page)


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_a_right_password_signs_in_and_leads_home(site: Site) -> None:
    site.new_user("bao", Role.OPERATOR)
    browser = site.browser()
    answer = browser.sign_in("bao")
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.who() == "bao"


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


def test_a_session_ends_after_thirty_idle_minutes(site: Site, clock: time_machine.Traveller) -> None:
    site.new_user("idle", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("idle")
    clock.shift(timedelta(minutes=29, seconds=59))
    assert browser.who() == "idle"
    clock.shift(timedelta(minutes=29, seconds=59))
    assert browser.who() == "idle"
    clock.shift(timedelta(minutes=30))
    assert browser.who() == ""
    assert browser.get("/account").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(site: Site, clock: time_machine.Traveller) -> None:
    site.new_user("busy", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("busy")
    for _ in range(35):
        clock.shift(timedelta(minutes=20))
        assert browser.who() == "busy"
    clock.shift(timedelta(minutes=20))
    assert browser.who() == ""


def test_reading_moves_the_idle_clock_at_most_once_a_minute(site: Site, clock: time_machine.Traveller) -> None:
    user_id = site.new_user("often", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("often")
    query = "SELECT extract(epoch FROM max(last_seen_at))::bigint FROM user_session WHERE user_id = :id"
    clock.shift(timedelta(seconds=59))
    browser.who()
    assert site.count(query, id=user_id) == int(NOW.timestamp())
    clock.shift(timedelta(seconds=1))
    browser.who()
    assert site.count(query, id=user_id) == int(NOW.timestamp()) + 60


def test_roles_are_read_at_each_request(site: Site, clock: time_machine.Traveller) -> None:
    user_id = site.new_user("roles")
    last_day = NOW.date() + timedelta(days=1)
    with site.writing() as ctx:
        role = AssignRole(user_id=user_id, role=Role.OPERATOR, valid_from=NOW.date(), valid_to=last_day)
        assign_role(ctx, role)
    # 23:50 in Việt Nam on the last day of the role.
    clock.move_to(datetime(2026, 3, 3, 16, 50, tzinfo=UTC))
    browser = site.browser()
    browser.sign_in("roles")
    assert browser.get("/who/roles").get_data(as_text=True) == "operator"
    clock.shift(timedelta(minutes=10))
    assert browser.get("/who/roles").get_data(as_text=True) == ""
    assert browser.get("/account").status_code == 403


def test_eleven_tries_in_fifteen_minutes_are_too_many_whatever_the_address(
    site: Site, clock: time_machine.Traveller
) -> None:
    site.new_user("guess", Role.OPERATOR)
    for number in range(MOST_TRIES):
        answer = site.browser().sign_in("guess", WRONG, **{"X-Forwarded-For": f"203.0.113.{number}"})
        assert answer.status_code == 422
        clock.shift(timedelta(seconds=30))
    answer = site.browser().sign_in(
        "GUESS", PASSWORD, **{"X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9"}
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    clock.shift(timedelta(minutes=10, seconds=1))
    browser = site.browser()
    assert browser.sign_in("guess").status_code == 303


def test_no_fifteen_minutes_hold_more_than_ten_tries(site: Site, clock: time_machine.Traveller) -> None:
    site.new_user("slide", Role.OPERATOR)
    passed: list[datetime] = []
    for _ in range(60):
        if site.browser().sign_in("slide", WRONG).status_code == 422:
            passed.append(datetime.now(UTC))
        clock.shift(timedelta(minutes=1))
    assert max(sum(start <= at < start + timedelta(minutes=15) for at in passed) for start in passed) == MOST_TRIES


def test_the_change_of_password_counts_at_the_same_counter(site: Site) -> None:
    site.new_user("door", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("door")
    for _ in range(MOST_TRIES):
        tried = {"current": WRONG, "password": "mật khẩu mới thật dài", "repeated": "mật khẩu mới thật dài"}
        assert browser.post("/account/password", page="/account", **tried).status_code == 422
    assert site.browser().sign_in("door").status_code == 429


def test_right_passwords_do_not_use_up_tries(site: Site) -> None:
    site.new_user("busy2", Role.OPERATOR)
    for _ in range(MOST_TRIES + 2):
        assert site.browser().sign_in("busy2").status_code == 303


def test_refusals_read_the_same_for_every_reason(site: Site) -> None:
    site.new_user("there", Role.OPERATOR)
    site.new_user("nopassword", Role.OPERATOR, password=None)
    user_id = site.new_user("closed", Role.OPERATOR)
    _disable(site, site.browser(), user_id)
    pages = set()
    for name, password in [("there", WRONG), ("nopassword", WRONG), ("closed", PASSWORD), ("nobody", WRONG)]:
        browser = site.browser()
        answer = browser.sign_in(name, password)
        text = answer.get_data(as_text=True).replace(name, "NAME")
        with browser.client.session_transaction() as kept:
            assert "_user_id" not in kept
        pages.add((answer.status_code, _without_tokens(text)))
    assert len(pages) == 1
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in next(iter(pages))[1]


def test_unknown_names_are_counted_and_locked_like_known_ones(site: Site) -> None:
    for _ in range(MOST_TRIES):
        assert site.browser().sign_in("never-existed", WRONG).status_code == 422
    assert site.browser().sign_in("never-existed", WRONG).status_code == 429


def test_unknown_names_cost_the_same_time(site: Site) -> None:
    site.new_user("timed", Role.OPERATOR)

    def fastest(name: str) -> float:
        durations = []
        for number in range(5):
            browser = site.browser()
            token = browser.token()
            data = {"csrf_token": token, "username": name.format(number), "password": WRONG}
            start = time.perf_counter()
            browser.client.post("/login", data=data)
            durations.append(time.perf_counter() - start)
        return min(durations)

    known, unknown = fastest("timed"), fastest("untimed{}")
    assert abs(known - unknown) < 0.5 * max(known, unknown)


def test_a_typed_password_is_nowhere_in_notes_or_counters(site: Site) -> None:
    site.browser().sign_in("bimatcuatoi-trong-o-ten", WRONG)
    query = (
        "SELECT count(*) FROM audit_note WHERE details::text LIKE '%bimatcuatoi%' OR actor_label LIKE '%bimatcuatoi%'"
    )
    assert site.count(query) == 0
    assert site.count("SELECT count(*) FROM sign_in_counter WHERE key LIKE '%bimatcuatoi%'") == 0


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "javascript:alert(1)",
        "structures",
        "/\t/evil.example",
        "/\n/evil.example",
        "",
        None,
    ],
)
def test_a_next_that_leaves_the_site_leads_home(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_a_next_on_this_site_is_followed(site: Site) -> None:
    site.new_user("next", Role.OPERATOR)
    assert safe_next("/structures?q=cột&page=2") == "/structures?q=cột&page=2"
    assert site.browser().sign_in("next", target="/structures?kind=manhole").location == "/structures?kind=manhole"
    assert site.browser().sign_in("next", target="//evil.example").location == "/"


def test_a_form_without_token_or_with_that_of_another_session_signs_nobody_in(site: Site) -> None:
    site.new_user("csrf", Role.OPERATOR)
    browser, other = site.browser(), site.browser()
    browser.token()
    for token in ("", other.token(), "made-up"):
        data = {"csrf_token": token, "username": "csrf", "password": PASSWORD}
        assert browser.client.post("/login", data=data).status_code in (400, 422)
        assert browser.who() == ""


def test_signing_out_needs_the_token_too(site: Site) -> None:
    site.new_user("stay", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("stay")
    assert browser.client.post("/logout").status_code in (400, 422)
    assert browser.who() == "stay"


def test_sign_in_and_refusals_are_noted(site: Site) -> None:
    user_id = site.new_user("noted", Role.OPERATOR)
    site.browser().sign_in("noted", WRONG)
    browser = site.browser()
    browser.sign_in("noted")
    browser.post("/logout", page="/account")
    query = "SELECT count(*) FROM audit_note WHERE action = :action AND actor_id = :id"
    assert site.count(query, action="sign_in.done", id=user_id) == 1
    assert site.count(query, action="sign_out", id=user_id) == 1
    assert site.count("SELECT count(*) FROM audit_note WHERE action = 'sign_in.refused'") >= 1
