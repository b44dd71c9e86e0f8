"""Sign-in against guessing, listening and leading astray: counters, equal refusals, tokens, redirects, notes."""

import html
import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from registry.accounts import attempts
from registry.accounts.attempts import (
    MAX_ATTEMPTS,
    MAX_OF_ADDRESS,
    MAX_OF_PASSWORD,
    MAX_WORKED,
    Attempt,
    AttemptCounter,
    TooManyAttempts,
)
from registry.accounts.browser import attempt_counter, safe_next
from registry.accounts.service import disable_user, passwords
from registry.authz.actors import Role
from registry.kernel.errors import TooManyRequests
from tests.support.clock import StandingClock
from tests.support.proofs import challenge_in, solved
from tests.web.accounts_site import PASSWORD, Site, open_site, wrong

_CHALLENGE = re.compile(r'data-challenge="[^"]*"')


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
        answer = site.browser().sign_in("guess", wrong(), **{"X-Forwarded-For": f"203.0.113.{number}"})
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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little work."""
    monkeypatch.setattr(attempts, "WORK", 50)


def _lock(site: Site, name: str) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert site.browser().sign_in(name, wrong()).status_code == 422


def _proof(answer: TestResponse) -> str:
    challenge = challenge_in(answer.text)
    assert challenge is not None
    return solved(challenge)


def test_the_owner_enters_with_work_after_strangers_filled_the_counter(site: Site, quick: None) -> None:
    site.new_user("crowded", Role.OPERATOR)
    _lock(site, "crowded")
    browser = site.browser()
    refused = browser.sign_in("crowded")
    assert refused.status_code == 429
    assert browser.sign_in("crowded", proof=_proof(refused)).status_code == 303


def test_work_is_of_use_for_one_try_with_one_name(site: Site, quick: None) -> None:
    for name in ("spent1", "spent2"):
        site.new_user(name, Role.OPERATOR)
        _lock(site, name)
    proof = _proof(site.browser().sign_in("spent1"))
    assert site.browser().sign_in("spent2", proof=proof).status_code == 429
    wrongly = site.browser().sign_in("spent1", wrong(), proof=proof)
    assert wrongly.status_code == 422
    assert site.browser().sign_in("spent1", proof=proof).status_code == 429
    # The refusal of a worked try brings the next work with it.
    assert site.browser().sign_in("spent1", proof=_proof(wrongly)).status_code == 303


def test_a_day_has_fifty_wrong_tries_with_work(site: Site, quick: None, clock: StandingClock) -> None:
    site.new_user("worked", Role.OPERATOR)
    counter = AttemptCounter(site.database, "x" * 40)
    for _ in range(MAX_ATTEMPTS):
        counter.take(Attempt("worked"))
    for _ in range(MAX_WORKED):
        counter.take(Attempt("worked", proof=solved(counter.challenge("worked", clock.moment))))
    for _ in range(2):
        with pytest.raises(TooManyAttempts) as refused:
            counter.take(Attempt("worked", proof=solved(counter.challenge("worked", clock.moment))))
        assert not refused.value.takes_work
    clock.advance(timedelta(minutes=15, seconds=1))
    for _ in range(MAX_ATTEMPTS):
        counter.take(Attempt("worked"))
    with pytest.raises(TooManyAttempts):
        counter.take(Attempt("worked", proof=solved(counter.challenge("worked", clock.moment))))


def test_work_does_not_let_one_password_be_tried_on_more_names(site: Site, quick: None, clock: StandingClock) -> None:
    counter = AttemptCounter(site.database, "x" * 40)
    guessed = "Mùa đông 2026 lạnh giá"
    for number in range(MAX_OF_PASSWORD):
        counter.take(Attempt(f"spray{number}", guessed))
    with pytest.raises(TooManyAttempts) as refused:
        counter.take(Attempt("spray99", guessed, proof=solved(counter.challenge("spray99", clock.moment))))
    assert not refused.value.takes_work


def test_the_change_of_password_takes_no_work(site: Site, quick: None, clock: StandingClock) -> None:
    site.new_user("inside", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("inside")
    sent = {"password": "mật khẩu mới thật dài", "repeated": "mật khẩu mới thật dài"}
    for _ in range(MAX_ATTEMPTS):
        browser.post("/account/password", page="/account", current=wrong(), **sent)
    with site.app.app_context():
        proof = solved(attempt_counter().challenge("inside", clock.moment))
    assert browser.post("/account/password", page="/account", current=PASSWORD, proof=proof, **sent).status_code == 429


def test_an_unknown_name_gets_the_same_work_and_the_same_pages(site: Site, quick: None) -> None:
    site.new_user("real", Role.OPERATOR)
    pages = []
    for name in ("real", "unreal"):
        _lock(site, name)
        refused = site.browser().sign_in(name, wrong())
        worked = site.browser().sign_in(name, wrong(), proof=_proof(refused))
        texts = [_CHALLENGE.sub("", _without_tokens(page.text.replace(name, "NAME"))) for page in (refused, worked)]
        pages.append([refused.status_code, worked.status_code, *texts])
    assert pages[0] == pages[1]


def _passes(counter: AttemptCounter, name: str) -> bool:
    try:
        counter.take(Attempt(name))
    except TooManyRequests:
        return False
    return True


def test_no_fifteen_minutes_hold_more_than_ten_tries(site: Site, clock: StandingClock) -> None:
    counter = AttemptCounter(site.database, "x" * 40)
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
    tried = {"password": "mật khẩu mới thật dài", "repeated": "mật khẩu mới thật dài"}
    for _ in range(MAX_ATTEMPTS):
        answer = browser.post("/account/password", page="/account", current=wrong(), **tried)
        assert answer.status_code == 422
    assert browser.post("/account/password", page="/account", current=PASSWORD, **tried).status_code == 429
    browser.post("/logout", page="/account")
    assert browser.sign_in("door").status_code == 429
    # The device has used up its own tries, which are not those of others.
    assert site.browser().sign_in("door").status_code == 303


def test_strangers_do_not_lock_out_a_browser_that_signed_in_before(site: Site) -> None:
    for name in ("owner1", "owner2"):
        site.new_user(name, Role.OPERATOR)
    browser = site.browser()
    for name in ("owner1", "owner2"):
        browser.sign_in(name)
        browser.post("/logout", page="/account")
    for name in ("owner1", "owner2"):
        for _ in range(MAX_ATTEMPTS):
            site.browser().sign_in(name, wrong())
        assert site.browser().sign_in(name).status_code == 429
    for name in ("owner1", "owner2"):
        for _ in range(MAX_ATTEMPTS - 1):
            assert browser.sign_in(name, wrong()).status_code == 422
        assert browser.sign_in(name).status_code == 303
        browser.post("/logout", page="/account")


def test_a_device_cookie_is_worth_nothing_for_another_account_or_when_it_is_forged(site: Site) -> None:
    for name in ("known1", "other1"):
        site.new_user(name, Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("known1")
    browser.post("/logout", page="/account")
    for _ in range(MAX_ATTEMPTS):
        browser.sign_in("other1", wrong())
    assert browser.sign_in("other1").status_code == 429
    cookie = browser.client.get_cookie("device").value
    for _ in range(MAX_ATTEMPTS):
        site.browser().sign_in("known1", wrong())
    for forged in ("", "x", cookie[:-3] + "abc", "W1t9XQ.a.b"):
        stranger = site.browser()
        stranger.client.set_cookie("device", forged)
        assert stranger.sign_in("known1").status_code == 429


def test_one_password_is_not_tried_on_many_names(site: Site) -> None:
    guessed = "Mùa thu 2026 nắng vàng"
    answers = [site.browser().sign_in(f"name{number}", guessed).status_code for number in range(MAX_OF_PASSWORD + 3)]
    assert answers == [422] * MAX_OF_PASSWORD + [429] * 3
    assert site.browser().sign_in("name99", wrong()).status_code == 422


@pytest.mark.parametrize("addresses", [["203.0.113.7"], ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]])
def test_one_address_does_not_guess_without_end(site: Site, addresses: list[str]) -> None:
    at = itertools.cycle(addresses)
    answers = [
        site.browser(next(at)).sign_in(f"{addresses[0]}-{number}", wrong()).status_code
        for number in range(MAX_OF_ADDRESS + 2)
    ]
    assert answers == [422] * MAX_OF_ADDRESS + [429] * 2


def test_passwords_that_are_tried_first_are_refused(site: Site) -> None:
    site.new_user("lan.huong", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("lan.huong")
    for guessable in (
        "123456789012",
        "password1234",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "lan.huong2026",
        "Lan Hương 2026!",
        "thu-nghiem-2026",
        "Thử nghiệm 123",
        "thanhhoa@2026",
        "hatangvienthong1",
    ):
        sent = {"current": PASSWORD, "password": guessable, "repeated": guessable}
        answer = browser.post("/account/password", page="/account", **sent)
        assert answer.status_code == 422, guessable
        assert "Mật khẩu " in html.unescape(answer.get_data(as_text=True))


def test_tries_at_the_same_moment_are_counted_one_by_one(site: Site) -> None:
    counter = AttemptCounter(site.database, "x" * 40)

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
    for name, password in [("there", wrong()), ("nopassword", wrong()), ("closed", PASSWORD), ("nobody", wrong())]:
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
        assert site.browser().sign_in("never-existed", wrong()).status_code == 422
    assert site.browser().sign_in("never-existed", wrong()).status_code == 429


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
        assert site.browser().sign_in(name, wrong()).status_code == 422
    # Algorithm and parameters of each check.
    assert len(work) == 3
    assert len(set(work)) == 1


def test_a_typed_password_is_nowhere_in_notes_or_counters(site: Site) -> None:
    site.browser().sign_in("bimatcuatoi-trong-o-ten", wrong())
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
    site.browser().sign_in("noted", wrong())
    browser = site.browser()
    browser.sign_in("noted")
    browser.post("/logout", page="/account")
    query = "SELECT count(*) FROM audit_note WHERE action = :action AND actor_id = :id"
    assert site.count(query, action="sign_in.done", id=user_id) == 1
    assert site.count(query, action="sign_out", id=user_id) == 1
    assert site.count("SELECT count(*) FROM audit_note WHERE action = 'sign_in.refused'") >= 1
