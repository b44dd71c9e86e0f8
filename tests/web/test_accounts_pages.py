"""Pages of one's own account and of administration."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from registry.accounts.attempts import MAX_ATTEMPTS
from registry.accounts.models import RoleAssignment
from registry.audit.chain import record
from registry.authz.actors import Role
from tests.support.clock import NOW, StandingClock
from tests.web.accounts_site import PASSWORD, Browser, Site, open_site

NEW = "một mật khẩu mới và dài"


@pytest.fixture(scope="module")
def site(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        site.new_user("admin1", Role.ADMIN)
        site.new_user("admin2", Role.ADMIN)
        yield site


@pytest.fixture
def admin(site: Site) -> Browser:
    browser = site.browser()
    browser.sign_in("admin1")
    return browser


def _html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def _user(site: Site, **fields: object) -> dict[str, object]:
    return {"full_name": "Nguyễn Văn Mới", "organisation_id": site.organisation_id, "language": "vi"} | fields


def _organisation(**fields: object) -> dict[str, object]:
    defaults = {"name": "Công ty Cấp nước", "short_name": "Cấp nước", "kind": "water_company"}
    return defaults | {"owner_category": "other", "valid_from": "01/01/2024"} | fields


def test_nobody_but_administrators_reaches_the_administration(site: Site) -> None:
    site.new_user("plain", Role.OPERATOR)
    operator = site.browser()
    operator.sign_in("plain")
    for path in ("/admin/users", "/admin/users/new", "/admin/organisations", f"/admin/users/{site.users['plain']}"):
        assert operator.get(path).status_code == 403
        assert "/login" in site.browser().get(path).location
    answer = operator.post(f"/admin/users/{site.users['admin1']}/disable", page="/account")
    assert answer.status_code == 403


def test_every_page_of_administration_shows(site: Site, admin: Browser) -> None:
    user_id = site.new_user("shown", Role.OPERATOR)
    for path in (
        "/account",
        "/admin/users",
        "/admin/users?q=shown",
        "/admin/users?q=không-có-ai",
        "/admin/users/new",
        f"/admin/users/{user_id}",
        f"/admin/users/{user_id}/edit",
        "/admin/organisations",
        "/admin/organisations?q=VIETTEL THANH HOA",
        "/admin/organisations/new",
        f"/admin/organisations/{site.organisation_id}",
        f"/admin/organisations/{site.organisation_id}/edit",
    ):
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_person_gets_an_account_a_role_and_a_link_and_signs_in(site: Site, admin: Browser) -> None:
    response = admin.post("/admin/users/new", page="/admin/users/new", **_user(site, username="Moi.Nguyen"))
    assert response.status_code == 303
    page = response.location
    assert admin.post(f"{page}/roles", page=page, role="operator", valid_from="01/07/2025").status_code == 303
    shown = _html(admin.post(f"{page}/link", page=page))
    link = re.search(r"/set-password/[\w-]{43}", shown)
    assert link is not None
    assert link[0] not in _html(admin.get(page))
    person = site.browser()
    answer = person.post(link[0], page=link[0], password=NEW, repeated=NEW)
    assert (answer.status_code, answer.location) == (303, "/login")
    for number in range(MAX_ATTEMPTS + 1):
        stranger = site.browser().sign_in("moi.nguyen", f"một câu khác {number}")
    assert stranger.status_code == 429
    assert person.sign_in("moi.nguyen", NEW).status_code == 303
    assert _html(person.get("/who/roles")) == "operator"
    assert site.browser().get(link[0]).status_code == 404


def test_a_link_is_good_for_fifteen_minutes_and_the_last_one_only(
    site: Site, admin: Browser, clock: StandingClock
) -> None:
    page = f"/admin/users/{site.new_user('linked', Role.OPERATOR, password=None)}"
    links = [re.search(r"/set-password/[\w-]{43}", _html(admin.post(f"{page}/link", page=page))) for _ in range(2)]
    first, second = (match[0] for match in links if match)
    assert site.browser().get(first).status_code == 404
    with clock.at(NOW + timedelta(minutes=14)):
        assert site.browser().get(second).status_code == 200
    with clock.at(NOW + timedelta(minutes=15, seconds=5)):
        assert site.browser().get(second).status_code == 404


@pytest.mark.parametrize(
    ("password", "repeated", "sentence"),
    [
        ("ngắn quá", "ngắn quá", "Mật khẩu có 8 ký tự, cần từ 12 đến 200 ký tự."),
        ("x" * 201, "x" * 201, "Mật khẩu có 201 ký tự"),
        (NEW, NEW + "!", "Hai lần nhập mật khẩu không giống nhau"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_in_words_and_the_link_stays(
    site: Site, admin: Browser, password: str, repeated: str, sentence: str
) -> None:
    name = f"rule{len(site.users)}"
    page = f"/admin/users/{site.new_user(name, Role.OPERATOR, password=None)}"
    link = re.search(r"/set-password/[\w-]{43}", _html(admin.post(f"{page}/link", page=page)))
    assert link is not None
    answer = site.browser().post(link[0], page=link[0], password=password, repeated=repeated)
    assert answer.status_code == 422
    assert sentence in _html(answer)
    assert site.browser().get(link[0]).status_code == 200


def test_twelve_plain_letters_are_enough(site: Site) -> None:
    site.new_user("twelve", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("twelve")
    fields = {"current": PASSWORD, "password": "kxvwtjhqzbnp", "repeated": "kxvwtjhqzbnp"}
    assert browser.post("/account/password", page="/account", **fields).status_code == 303
    assert site.browser().sign_in("twelve", "kxvwtjhqzbnp").status_code == 303


def test_no_page_takes_a_password_from_an_administrator(site: Site, admin: Browser) -> None:
    user_id = site.new_user("private", Role.OPERATOR)
    for path in ("/admin/users/new", f"/admin/users/{user_id}", f"/admin/users/{user_id}/edit"):
        page = _html(admin.get(path))
        assert 'type="password"' not in page
        assert "argon2" not in page
    admin.post(
        f"/admin/users/{user_id}/edit",
        page=f"/admin/users/{user_id}/edit",
        **_user(site, username="private", password=NEW, password_hash=NEW),
    )
    assert site.browser().sign_in("private", PASSWORD).status_code == 303


def test_a_taken_name_and_wrong_values_are_refused_field_by_field_and_kept(site: Site, admin: Browser) -> None:
    site.new_user("taken", Role.OPERATOR)
    answer = admin.post("/admin/users/new", page="/admin/users/new", **_user(site, username="TAKEN"))
    assert answer.status_code == 422
    assert "Tên đăng nhập “taken” đã có người dùng" in _html(answer)
    assert 'value="Nguyễn Văn Mới"' in _html(answer)
    answer = admin.post("/admin/users/new", page="/admin/users/new", **_user(site, username="fresh", phone="12 ab"))
    assert "Số điện thoại “12 ab” không đúng" in _html(answer)
    assert site.count("SELECT count(*) FROM user_account WHERE username = 'fresh'") == 0


def test_an_older_form_is_answered_with_both_versions(site: Site, admin: Browser) -> None:
    user_id = site.new_user("stale", Role.OPERATOR)
    path = f"/admin/users/{user_id}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', _html(admin.get(path)))
    assert version is not None
    first = _user(site, username="stale", full_name="Tên của người trước", version=version[1])
    assert admin.post(path, page=path, **first).status_code == 303
    second = first | {"full_name": "Tên của người sau"}
    answer = admin.post(path, page=path, **second)
    assert answer.status_code == 409
    assert "Tên của người trước" in _html(answer)
    assert 'value="Tên của người sau"' in _html(answer)
    notice = _html(answer).split('value="Tên của người sau"')[0]
    assert all(
        f"<dt>{label}</dt>" in notice for label in ("Họ và tên", "Tổ chức", "Thư điện tử", "Điện thoại", "Ngôn ngữ")
    )
    assert site.count("SELECT count(*) FROM user_account WHERE full_name = 'Tên của người trước'") == 1


def test_disabling_keeps_somebody_out_and_enabling_lets_them_in_again(site: Site, admin: Browser) -> None:
    page = f"/admin/users/{site.new_user('leaver', Role.OPERATOR)}"
    leaver = site.browser()
    leaver.sign_in("leaver")
    assert admin.post(f"{page}/disable", page=page).status_code == 303
    assert leaver.who() == ""
    assert site.browser().sign_in("leaver").status_code == 422
    assert admin.post(f"{page}/link", page=page).status_code == 422
    admin.post(f"{page}/enable", page=page)
    assert leaver.who() == ""
    assert site.browser().sign_in("leaver").status_code == 303


def test_administrators_cannot_lock_themselves_out(site: Site, admin: Browser) -> None:
    page = f"/admin/users/{site.users['admin1']}"
    assert admin.post(f"{page}/disable", page=page).status_code == 422
    role = site.count("SELECT id FROM role_assignment WHERE user_id = :id", id=site.users["admin1"])
    assert admin.post(f"{page}/roles/{role}/end", page=page).status_code == 422
    assert admin.who() == "admin1"


def test_a_role_is_given_once_and_ends_at_once(site: Site, admin: Browser) -> None:
    user_id = site.new_user("moves", Role.OPERATOR)
    page = f"/admin/users/{user_id}"
    again = {"role": "operator", "valid_from": "01/01/2026"}
    answer = admin.post(f"{page}/roles", page=page, **again)
    assert answer.status_code == 422
    assert "đã có vai trò" in _html(answer)
    role = site.count("SELECT id FROM role_assignment WHERE user_id = :id", id=user_id)
    assert admin.post(f"{page}/roles/{role}/end", page=page).status_code == 303
    browser = site.browser()
    browser.sign_in("moves")
    assert _html(browser.get("/who/roles")) == ""
    assert admin.post(f"{page}/roles", page=page, **again).status_code == 303


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"role": "area_inspector"}, "cần ít nhất một đơn vị hành chính"),
        ({"role": "ministry", "unit_ids": "UNIT"}, "không gắn với địa bàn"),
        ({"role": "public"}, "Lựa chọn không có trong danh sách"),
        ({"role": "operator", "valid_to": "31/12/2025"}, "cần từ “Từ ngày” 01/01/2026"),
    ],
)
def test_a_role_that_breaks_a_rule_is_refused(
    site: Site, admin: Browser, fields: dict[str, object], sentence: str
) -> None:
    page = f"/admin/users/{site.new_user(f'norole{len(site.users)}')}"
    role_fields = {key: site.unit_id if value == "UNIT" else value for key, value in fields.items()}
    answer = admin.post(f"{page}/roles", page=page, **({"valid_from": "01/01/2026"} | role_fields))
    assert answer.status_code == 422
    assert sentence in _html(answer)


def test_other_devices_are_listed_and_signed_out(site: Site) -> None:
    site.new_user("devices", Role.OPERATOR)
    here, there, third = site.browser(), site.browser(), site.browser()
    for browser in (here, there, third):
        browser.sign_in("devices")
    page = _html(here.get("/account"))
    assert page.count("Đăng xuất thiết bị") == 2
    ended = re.search(r"/account/sessions/\d+/end", page)
    assert ended is not None
    assert here.post(ended[0], page="/account").status_code == 303
    assert sorted([there.who(), third.who()]) == ["", "devices"]
    assert here.post("/account/sessions/end-others", page="/account").status_code == 303
    assert [there.who(), third.who(), here.who()] == ["", "", "devices"]


def test_nobody_signs_a_stranger_out(site: Site) -> None:
    victim, stranger = site.new_user("victim", Role.OPERATOR), site.browser()
    site.new_user("stranger", Role.OPERATOR)
    browser = site.browser()
    browser.sign_in("victim")
    stranger.sign_in("stranger")
    session_id = site.count("SELECT max(id) FROM user_session WHERE user_id = :id", id=victim)
    stranger.post(f"/account/sessions/{session_id}/end", page="/account")
    assert browser.who() == "victim"


def test_an_organisation_is_created_edited_and_found_by_any_spelling(site: Site, admin: Browser) -> None:
    response = admin.post("/admin/organisations/new", page="/admin/organisations/new", **_organisation(code="Cap-Nuoc"))
    assert response.status_code == 303
    page = response.location
    assert admin.post(f"{page}/aliases", page=page, spelling="CTY CẤP NƯỚC T.H").status_code == 303
    assert "cap-nuoc" in _html(admin.get("/admin/organisations?q=cty cap nuoc"))
    edited = _organisation(code="changed", name="Công ty cổ phần Cấp nước", tax_code="0100233488", hotline="1800 1091")
    assert admin.post(f"{page}/edit", page=f"{page}/edit", **edited).status_code == 303
    shown = _html(admin.get(page))
    assert "cap-nuoc" in shown
    assert "0100233488" in shown
    assert "cap-nuoc" in _html(admin.get("/admin/organisations?q=CO PHAN CAP NUOC"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": "thu-nghiem"}, "đã có tổ chức khác dùng"),
        ({"code": "có dấu"}, "không đúng: cần 2 đến 40 ký tự"),
        ({"code": "mst", "tax_code": "0100233480"}, "Mã số thuế “0100233480” không đúng"),
        ({"code": "mail", "email": "a@b"}, "Địa chỉ thư điện tử “a@b” không đúng"),
        ({"code": "ngay", "valid_to": "31/12/2023"}, "cần từ “Hoạt động từ ngày” 01/01/2024"),
        ({"code": "thang", "valid_to": "13/2026"}, "“13/2026” không phải ngày; cần dạng ngày/tháng/năm"),
        ({"code": "ky-tu", "name": "Tên có\x00lỗi"}, "ký tự điều khiển U+0000"),
    ],
)
def test_a_wrong_organisation_is_refused_in_words(
    site: Site, admin: Browser, fields: dict[str, object], sentence: str
) -> None:
    answer = admin.post("/admin/organisations/new", page="/admin/organisations/new", **_organisation(**fields))
    assert answer.status_code == 422
    assert sentence in _html(answer)


def test_a_spelling_belongs_to_one_organisation(site: Site, admin: Browser) -> None:
    page = f"/admin/organisations/{site.organisation_id}"
    assert admin.post(f"{page}/aliases", page=page, spelling="Doanh nghiệp TN").status_code == 303
    answer = admin.post(f"{page}/aliases", page=page, spelling="DOANH NGHIEP  TN")
    assert answer.status_code == 422
    alias = site.count("SELECT id FROM organisation_alias WHERE folded = 'doanh nghiep tn'")
    assert admin.post(f"{page}/aliases/{alias}/withdraw", page=page).status_code == 303
    assert admin.post(f"{page}/aliases", page=page, spelling="Doanh nghiệp TN").status_code == 303


def test_the_list_of_accounts_names_roles_that_wait_or_do_not_fit(site: Site, admin: Browser) -> None:
    waiting_id, unfit_id = site.new_user("cho.xac.nhan"), site.new_user("sai.vai.tro")
    with site.writing() as ctx:
        roles = {"role": Role.AREA_INSPECTOR, "valid_from": ctx.today}
        ctx.session.add(RoleAssignment(user_id=waiting_id, awaiting_since=ctx.now, **roles))
        ctx.session.add(RoleAssignment(user_id=unfit_id, **roles))
        ctx.session.flush()
        record(ctx, "account.assign_role", "user_account", waiting_id)
    page = _html(admin.get("/admin/users"))
    unfit, waiting = page.index("không hợp với loại tổ chức"), page.index("chờ quản trị viên thứ hai xác nhận")
    assert page.index("(sai.vai.tro)", unfit) < waiting
    assert "(cho.xac.nhan)" in page[waiting:]
