"""Sign-in against guessing, listening and leading astray: counters, equal refusals, tokens, redirects, notes."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from registry.accounts import passwords
from registry.accounts.attempts import MAX_ATTEMPTS, AttemptCounter
from registry.accounts.browser import safe_next
from registry.accounts.service import disable_user
from registry.authz.actors import Role
from registry.kernel.errors import TooManyRequests
from tests.support.clock import StandingClock
from tests.web.accounts_site import PASSWORD, Site, open_site

WRONG = "sai hoàn toàn rồi"


def _without_tokens(page: str) -> str:
    page = re.sub(r'value="[^"]{40,}"', "", page)
    return re.sub(r"[0-9a-f]{32}", "", page)


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


def test_eleven_tries_in_fifteen_minutes_are_too_many_whatever_the_address(site: Site, clock: StandingClock) -> None:
    site.new_user("guess", Role.OPERATOR)
    for number in range(MAX_ATTEMPTS):
        answer = site.browser().sign_in("guess", WRONG, **{"X-Forwarded-For": f"203.0.113.{number}"})
        assert answer.status_code == 422
        clock.advance(timedelta(seconds=30))
    answer = site.browser().sign_in(
        "GUESS", PASSWORD, **{"X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9"}
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    clock.advance(timedelta(minutes=10, seconds=1))
    browser = site.browser()
    assert browser.sign_in("guess").status_code == 303


def _passes(counter: AttemptCounter, name: str) -> bool:
    try:
        counter.take(name)
    except TooManyRequests:
        return False
    return True


def test_no_fifteen_minutes_hold_more_than_ten_tries(site: Site, clock: StandingClock) -> None:
    counter = AttemptCounter(site.database)
    passed: list[datetime] = []
    for _ in range(60):
        if _passes(counter, "slide"):
            passed.append(clock.moment)
        clock.advance(timedelta(minutes=1))
    assert max(sum(start <= at < start + timedelta(minutes=15) for at in passed) for start in passed) == MAX_ATTEMPTS


def test_the_change_of_password_counts_at_the_same_counter(site: Site) -> None:
    site.new_user("door", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("door")
    for _ in range(MAX_ATTEMPTS):
        tried = {"current": WRONG, "password": "mật khẩu mới thật dài", "repeated": "mật khẩu mới thật dài"}
        assert browser.post("/account/password", page="/account", **tried).status_code == 422
    assert site.browser().sign_in("door").status_code == 429


def test_tries_at_the_same_moment_are_counted_one_by_one(site: Site) -> None:
    counter = AttemptCounter(site.database)

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _number: _passes(counter, "race"), range(40)))
    assert passed.count(True) == MAX_ATTEMPTS


def test_right_passwords_do_not_use_up_tries(site: Site) -> None:
    site.new_user("busy2", Role.OPERATOR)
    for _ in range(MAX_ATTEMPTS + 2):
        assert site.browser().sign_in("busy2").status_code == 303


def test_refusals_read_the_same_for_every_reason(site: Site) -> None:
    site.new_user("there", Role.OPERATOR)
    site.new_user("nopassword", Role.OPERATOR, password=None)
    user_id = site.new_user("closed", Role.OPERATOR)
    with site.writing() as ctx:
        disable_user(ctx, user_id)
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
    for _ in range(MAX_ATTEMPTS):
        assert site.browser().sign_in("never-existed", WRONG).status_code == 422
    assert site.browser().sign_in("never-existed", WRONG).status_code == 429


def test_unknown_names_cost_the_same_work(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.new_user("known", Role.OPERATOR)
    site.new_user("no-password", Role.OPERATOR, password=None)
    hasher, work = passwords._HASHER, []

    class Watched:
        def verify_and_update(self, typed: str, stored: str) -> tuple[bool, str | None]:
            work.append(stored.rsplit("$", 2)[0])
            return hasher.verify_and_update(typed, stored)

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    for name in ("known", "no-password", "unknown"):
        assert site.browser().sign_in(name, WRONG).status_code == 422
    # Algorithm and parameters of each check.
    assert len(work) == 3
    assert len(set(work)) == 1


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
