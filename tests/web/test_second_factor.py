"""The second factor: who is asked, what is taken, what is never taken twice, and how a lost one is recovered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pyotp
import pytest
from sqlalchemy import select

from config.settings import Settings
from registry.accounts.commands import AssignRole
from registry.accounts.factors import rules
from registry.accounts.factors.notices import ADDED, CODE_USED, PASS_GIVEN, RESET, SUBJECT, read_factor_notice
from registry.accounts.factors.sample import give_app
from registry.accounts.factors.service import add_app, remove_all
from registry.accounts.models import OrganisationKind, OwnerCategory, UserAccount
from registry.accounts.service import assign_role, create_organisation, create_user, store_password
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.authz.second_factor import BINDING, SETTING_KEY
from registry.kernel.clock import utc_now
from registry.kernel.installation import INSTALLATION
from registry.notices.events import Standing
from registry.notices.mail import address_book
from registry.notices.models import Notice
from tests.factories.organisations import save_organisation, save_user
from tests.support.clock import StandingClock
from tests.support.database import ask_for_factor
from tests.web.accounts_site import PASSWORD, Browser, Site, open_site

KEY = "x" * 40
PROVE = "/login/second-factor"
_CODES = re.compile(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")
_SECRET = re.compile(r'id="totp-secret">([A-Z2-7 ]+)<')
_SIGNED = re.compile(r'name="secret"[^>]*value="([^"]+)"')


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        with site.writing() as ctx:
            ask_for_factor(ctx, date(2026, 1, 1), administrators=True, departments=True, inspectors=True)
        yield site


def with_app(site: Site, name: str, *roles: Role) -> str:
    """A new account with an app; the secret of the app."""
    user_id = site.new_user(name, *roles)
    with site.writing() as ctx:
        return give_app(ctx, user_id, KEY)


def code(secret: str, off: timedelta = timedelta()) -> str:
    return pyotp.TOTP(secret).at(utc_now() + off)


def prove(browser: Browser, typed: str, **fields: str):
    return browser.post(PROVE, PROVE, code=typed, **fields)


def signed_in(site: Site, name: str, secret: str) -> Browser:
    browser = site.browser()
    browser.sign_in(name)
    assert prove(browser, code(secret)).status_code == 303
    return browser


def codes_of(site: Site, clock: StandingClock, name: str, secret: str) -> tuple[Browser, list[str]]:
    browser = signed_in(site, name, secret)
    clock.advance(timedelta(seconds=60))
    page = browser.post("/account/second-factor/codes", "/account/second-factor")
    return browser, _CODES.findall(page.text)


def test_a_password_alone_opens_nothing_to_an_account_with_an_app(site: Site) -> None:
    secret = with_app(site, "anh", Role.OPERATOR)
    browser = site.browser()
    answer = browser.sign_in("anh", target="/account")
    assert (answer.status_code, answer.location) == (303, f"{PROVE}?next=/account")
    assert browser.who() == ""
    assert browser.get("/account").location.startswith("/login")
    before = browser.cookie()
    answer = prove(browser, code(secret), next="/account")
    assert (answer.status_code, answer.location, browser.who()) == (303, "/account", "anh")
    assert browser.cookie() != before


def test_a_code_is_taken_once(site: Site) -> None:
    secret = with_app(site, "binh", Role.OPERATOR)
    signed_in(site, "binh", secret)
    browser = site.browser()
    browser.sign_in("binh")
    answer = prove(browser, code(secret))
    assert answer.status_code == 422
    assert "Mã này đã dùng một lần" in answer.text
    assert browser.who() == ""


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(30, ""), (-30, ""), (120, "nhanh khoảng 120 giây"), (-120, "chậm khoảng 120 giây"), (900, "không đúng")],
)
def test_a_clock_may_be_off_by_one_step_and_is_named_beyond(site: Site, seconds: int, sentence: str) -> None:
    name = f"gio{seconds}".replace("-", "x")
    secret = with_app(site, name, Role.OPERATOR)
    browser = site.browser()
    browser.sign_in(name)
    answer = prove(browser, code(secret, timedelta(seconds=seconds)))
    assert (answer.status_code == 303) == (not sentence)
    assert sentence in answer.text


def test_a_code_may_be_typed_with_spaces_and_in_full_width() -> None:
    assert rules.read_digits(" 123 456") == rules.read_digits("１２３-４５６") == "123456"
    assert rules.read_digits("12345") is rules.read_digits("12345a") is None


def test_a_recovery_code_stands_in_once_and_a_new_set_ends_it(site: Site, clock: StandingClock) -> None:
    secret = with_app(site, "chi", Role.OPERATOR)
    browser, codes = codes_of(site, clock, "chi", secret)
    assert len(set(codes)) == rules.RECOVERY_CODES
    other = site.browser()
    other.sign_in("chi")
    assert prove(other, codes[0].lower().replace("-", " ")).status_code == 303
    third = site.browser()
    third.sign_in("chi")
    assert prove(third, codes[0]).status_code == 422
    clock.advance(timedelta(seconds=60))
    renewed = _CODES.findall(browser.post("/account/second-factor/codes", "/account/second-factor").text)
    assert not set(renewed) & set(codes)
    assert prove(third, codes[1]).status_code == 422
    assert prove(third, renewed[1]).status_code == 303
    assert (
        site.count("SELECT count(*) FROM recovery_code WHERE code_hash = convert_to(:code, 'UTF8')", code=codes[1]) == 0
    )


def notices_of(site: Site, user_id: int) -> list[str]:
    """The events about the second factor of an account that its holder was notified of, in their order."""
    with site.writing() as ctx:
        query = select(Notice).where(Notice.subject_kind == SUBJECT, Notice.subject_id == user_id)
        notices = list(ctx.session.scalars(query.order_by(Notice.id)))
        assert "%(" not in "".join(read_factor_notice(notice).sentence for notice in notices)
        return [notice.event for notice in notices if notice.user_ids == [user_id]]


def test_the_holder_is_notified_of_a_factor_added_a_code_used_and_a_factor_removed(
    site: Site, clock: StandingClock
) -> None:
    secret = with_app(site, "uyen", Role.OPERATOR)
    browser, codes = codes_of(site, clock, "uyen", secret)
    other = site.browser()
    other.sign_in("uyen")
    assert prove(other, codes[0]).status_code == 303
    assert notices_of(site, site.users["uyen"]) == [CODE_USED]
    assert "mã khôi phục của tài khoản" in other.get("/notices").text
    with site.writing() as ctx:
        add_app(ctx, site.users["uyen"], fresh := rules.new_secret(), code(fresh), "Máy mới", KEY)
    with site.writing() as ctx:
        remove_all(ctx, site.users["uyen"])
    assert notices_of(site, site.users["uyen"]) == [CODE_USED, ADDED, RESET]
    assert browser.who() == ""


def test_a_code_that_is_used_is_mailed_to_the_holder_who_is_signed_in_by_it(site: Site, clock: StandingClock) -> None:
    """Others may have signed in under this name."""
    secret = with_app(site, "van", Role.OPERATOR)
    _browser, codes = codes_of(site, clock, "van", secret)
    with site.writing() as ctx:
        ctx.session.get_one(UserAccount, site.users["van"]).email = "van@example.vn"
        record(ctx, "account.update", "user_account", site.users["van"])
    other = site.browser()
    other.sign_in("van")
    assert prove(other, codes[0]).status_code == 303
    with site.writing() as ctx:
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_id == site.users["van"])).one()
        assert address_book().reached_by(ctx.session, notice, ctx.now) == {site.users["van"]: Standing.AFFECTED}


def test_codes_are_counted_whatever_the_browser_and_a_right_one_is_given_back(site: Site) -> None:
    secret = with_app(site, "dung", Role.OPERATOR)
    for number in range(10):
        browser = site.browser()
        browser.sign_in("dung")
        assert prove(browser, f"{number:06}").status_code in (422,)
    browser = site.browser()
    browser.sign_in("dung")
    answer = prove(browser, code(secret))
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    assert browser.who() == ""


def test_a_role_that_must_adds_its_first_factor_before_anything_opens(site: Site) -> None:
    site.new_user("giang", Role.ADMIN)
    browser = site.browser()
    browser.sign_in("giang", target="/admin/users")
    page = browser.get(browser.get(f"{PROVE}?next=/admin/users").location)
    assert browser.who() == ""
    secret = _SECRET.search(page.text)[1].replace(" ", "")
    fields = {"secret": _SIGNED.search(page.text)[1], "next": "/admin/users"}
    first = "/login/first-factor"
    wrong = browser.post(first, first, code="000000", **fields)
    assert wrong.status_code == 422
    assert _SECRET.search(wrong.text)[1].replace(" ", "") == secret
    done = browser.post(first, first, code=code(secret), **fields)
    assert len(_CODES.findall(done.text)) == rules.RECOVERY_CODES
    assert 'href="/admin/users"' in done.text
    assert done.headers["Cache-Control"] == "no-store"
    assert browser.who() == "giang"
    assert (
        site.count("SELECT count(*) FROM second_factor WHERE position(convert_to(:s, 'UTF8') IN secret) > 0", s=secret)
        == 0
    )


def test_a_secret_is_signed_for_its_account(site: Site) -> None:
    for name in ("ham", "hai"):
        site.new_user(name, Role.ADMIN)
    pages = {}
    browsers = {}
    for name in ("ham", "hai"):
        browsers[name] = site.browser()
        browsers[name].sign_in(name)
        pages[name] = browsers[name].get("/login/first-factor").text
    secret = _SECRET.search(pages["ham"])[1].replace(" ", "")
    fields = {"secret": _SIGNED.search(pages["ham"])[1], "code": code(secret)}
    answer = browsers["hai"].post("/login/first-factor", "/login/first-factor", **fields)
    assert answer.status_code == 422
    assert "quá 30 phút" in answer.text


def test_a_remembered_browser_is_asked_for_the_password_alone_until_it_is_forgotten(site: Site) -> None:
    secret = with_app(site, "kim", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("kim")
    prove(browser, code(secret), remember="y")
    browser.post("/logout", "/account")
    browser.sign_in("kim")
    assert browser.who() == "kim"
    with site.writing() as ctx:
        store_password(ctx, ctx.session.get_one(UserAccount, site.users["kim"]), "một câu khác hẳn")
    browser.sign_in("kim", "một câu khác hẳn")
    assert browser.who() == ""


def test_acts_that_bind_ask_again_and_keep_what_was_typed(site: Site, clock: StandingClock) -> None:
    secret = with_app(site, "lan", Role.ADMIN)
    browser = signed_in(site, "lan", secret)
    site.new_user("mai", Role.OPERATOR)
    address = f"/admin/users/{site.users['mai']}/edit"
    clock.advance(timedelta(minutes=29))
    token = browser.token(address)
    clock.advance(timedelta(minutes=2))
    fields = {"csrf_token": token, "full_name": "Nguyễn Thị Mai", "organisation_id": site.organisation_id}
    site_only = {"Sec-Fetch-Site": "same-origin"}
    asked = browser.client.post(address, data=fields, headers=site_only)
    assert asked.status_code == 401
    assert "xác thực lại lớp thứ hai" in asked.text
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked.text)[1]
    answer = prove(browser, code(secret), kept=kept)
    assert "Nguyễn Thị Mai" in answer.text
    fields["csrf_token"] = browser.token(address)
    assert browser.client.post(address, data=fields, headers=site_only).status_code != 401


def test_what_binds_is_a_write(site: Site) -> None:
    """A permission to read asks for nothing again."""
    assert not [permission for permission in BINDING if permission.value.endswith((":read", ":follow"))]


def test_no_answer_before_the_right_password_differs_for_an_account_with_a_factor(site: Site) -> None:
    with_app(site, "ngqk.zwx", Role.OPERATOR)
    answers = {
        re.sub(
            r'value="[^"]*"|nonce="[^"]*"|[0-9a-f]{32}', "", site.browser().sign_in(name, "sai hoàn toàn rồi đấy").text
        ).replace(name, "")
        for name in ("ngqk.zwx", "qqkk.zzww")
    }
    assert len(answers) == 1


def test_a_reset_takes_two_administrators_and_ends_every_session(site: Site, clock: StandingClock) -> None:
    first, second = (signed_in(site, name, with_app(site, name, Role.ADMIN)) for name in ("qtri1", "qtri2"))
    secret = with_app(site, "oanh", Role.OPERATOR)
    lost = signed_in(site, "oanh", secret)
    page = f"/admin/users/{site.users['oanh']}"
    assert first.post(f"{page}/factor-reset", page, reason=" ").status_code == 422
    assert first.post(f"{page}/factor-reset", page, reason="Mất điện thoại").status_code == 303
    assert "quản trị viên thứ hai" in first.post(f"{page}/factor-reset/confirm", page).text
    assert lost.who() == "oanh"
    assert second.post(f"{page}/factor-reset/confirm", page).status_code == 303
    assert lost.who() == ""
    again = site.browser()
    again.sign_in("oanh")
    assert again.who() == "oanh"
    own = f"/admin/users/{site.users['qtri1']}"
    assert "hai quản trị viên khác" in first.post(f"{own}/factor-reset", page, reason="của tôi").text


def test_an_inspector_gets_a_code_for_the_day_from_the_own_office_alone(site: Site, clock: StandingClock) -> None:
    office, unit = _commune(site, "xa-mot"), site.unit_id
    other = _commune(site, "xa-hai")
    inspector, chair = (
        _officer(site, name, role, office, unit)
        for name, role in (("canbo1", Role.AREA_INSPECTOR), ("chutich1", Role.COMMUNE_PC))
    )
    _stranger_id, stranger_secret = _officer(site, "chutich2", Role.COMMUNE_PC, other, unit)
    stranger = signed_in(site, "chutich2", stranger_secret)
    address = f"/office/day-passes/{inspector[0]}"
    assert stranger.post(address, "/office/day-passes").status_code == 404
    browser = signed_in(site, "chutich1", chair[1])
    page = browser.post(address, "/office/day-passes")
    day_code = re.search(r'id="day-pass">([^<]+)<', page.text)[1]
    assert notices_of(site, inspector[0]) == [PASS_GIVEN]
    field = site.browser()
    field.sign_in("canbo1")
    assert prove(field, day_code).status_code == 303
    assert field.who() == "canbo1"
    clock.advance(timedelta(days=1))
    field.sign_in("canbo1")
    assert prove(field, day_code).status_code == 422


def _commune(site: Site, code: str) -> int:
    with site.writing() as ctx:
        return create_organisation(
            ctx,
            save_organisation(
                code=code,
                name=f"UBND {code}",
                short_name=f"UBND {code}",
                kind=OrganisationKind.COMMUNE_COMMITTEE,
                owner_category=OwnerCategory.STATE_BUDGET,
                valid_from=date(2020, 1, 1),
            ),
        ).id


def _officer(site: Site, name: str, role: Role, organisation_id: int, unit_id: int) -> tuple[int, str]:
    with site.writing() as ctx:
        user = create_user(ctx, save_user(username=name, full_name=f"Người {name}", organisation_id=organisation_id))
        assign_role(ctx, AssignRole(user_id=user.id, role=role, valid_from=date(2020, 1, 1), unit_ids=(unit_id,)))
        store_password(ctx, user, PASSWORD)
        return user.id, give_app(ctx, user.id, KEY)


def test_the_console_removes_a_factor_when_all_administrators_are_gone(site: Site) -> None:
    secret = with_app(site, "phuc", Role.OPERATOR)
    browser = signed_in(site, "phuc", secret)
    with site.writing() as ctx:
        remove_all(ctx, site.users["phuc"])
    assert browser.who() == ""
    browser.sign_in("phuc")
    assert browser.who() == "phuc"


LOCAL = {"host": "127.0.0.1", "demo": True, "demo_second_factor": False, "proxy_hops": 0}


@pytest.mark.parametrize(
    ("changed", "is_sample", "address", "exempt"),
    [
        ({}, True, "127.0.0.1", True),
        ({}, True, "::1", True),
        ({}, False, "127.0.0.1", False),
        ({}, True, "192.0.2.7", False),
        ({}, True, "", False),
        ({"demo": False}, True, "127.0.0.1", False),
        ({"demo_second_factor": True}, True, "127.0.0.1", False),
        ({"proxy_hops": 1, "trusted_hosts": ("a.vn",)}, True, "127.0.0.1", False),
    ],
)
def test_sample_accounts_alone_sign_in_with_a_password_on_this_machine_alone(changed, is_sample, address, exempt):
    settings = Settings(secret_key=KEY, **(LOCAL | changed))
    assert rules.is_exempt(settings, is_sample, address) is exempt


def test_a_sample_account_is_asked_unless_it_is_that_of_a_demonstration(site: Site) -> None:
    """The cast has the names of the sample accounts; this site is no demonstration."""
    with site.writing() as ctx:
        user = ctx.session.query(UserAccount).filter_by(username="viettel").one()
        store_password(ctx, user, PASSWORD)
        give_app(ctx, user.id, KEY)
    browser = site.browser("127.0.0.1")
    browser.sign_in("viettel")
    assert browser.who() == ""
    browser = site.browser("127.0.0.1")
    former = INSTALLATION.of(site.app)
    INSTALLATION.put(site.app, Settings(secret_key=KEY, demo=True, data_dir=former.data_dir, testing=True))
    try:
        assert "DEMO=1" in site.browser("127.0.0.1").get("/login").text
        browser.sign_in("viettel")
        assert browser.who() == "viettel"
        away = site.browser("192.0.2.9")
        away.sign_in("viettel")
        assert away.who() == ""
    finally:
        INSTALLATION.put(site.app, former)


def test_a_secret_opens_for_its_account_and_installation_alone() -> None:
    sealed = rules.seal(KEY, 1, "ABC")
    assert rules.unseal(KEY, 1, sealed) == "ABC"
    assert rules.unseal(KEY, 2, sealed) is rules.unseal("y" * 40, 1, sealed) is None


def test_the_setting_names_every_role() -> None:
    assert set().union(*rules.GROUPS.values()) == set(Role) - {Role.PUBLIC}
    assert rules.DECLARATION.key == SETTING_KEY
