"""Accounts in a browser: a link sets a password, its owner signs in and out, and lands where a label led."""

import re

import pyotp
from playwright.sync_api import expect

from registry.kernel.clock import utc_now
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.looks import look

PASSWORD = "một câu dài dễ nhớ của tôi"


def test_a_link_sets_a_password_that_signs_in_from_a_scanned_label(open_as, site, cast):
    admin = open_as("quantri")
    admin.goto(f"/admin/users/{site.codes['spare_user']}")
    admin.get_by_role("button", name="Tạo liên kết đặt mật khẩu").click()
    expect(admin.locator("#one-time-link")).to_be_visible()
    look(admin, "one-time link")
    path = re.search(r"/set-password/\S+", admin.locator("#one-time-link").inner_text()).group()

    page = open_as(viewport=PHONE)
    page.goto(path)
    look(page, "set password")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.get_by_label("Tên đăng nhập")).to_be_visible()

    page.get_by_label("Tên đăng nhập").fill("dutru")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")
    page.set_viewport_size(WIDE)
    page.locator("summary", has_text="Người dự trữ").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()

    page.goto(f"/t/{site.codes['label']}")
    page.get_by_role("link", name="đăng nhập để xem hồ sơ đầy đủ").click()
    page.get_by_label("Tên đăng nhập").fill("kiemtra1")
    page.get_by_label("Mật khẩu").fill("không đúng")
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Tên đăng nhập")).to_have_value("kiemtra1")
    assert page.title().startswith("Lỗi:")
    page.get_by_label("Mật khẩu").fill(cast["kiemtra1"].password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page).to_have_url(re.compile(f"/structures/{site.codes['unpublished']}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng Đông Sơn")


def test_an_app_and_a_passkey_prove_the_second_factor(open_as, site, cast):
    """By the name of the host: browsers make no passkeys for an address of numbers."""
    page, home = open_as(viewport=PHONE), site.url.replace("127.0.0.1", "localhost")
    _give_password(page, home, cast["vnpt"])
    page.goto(f"{home}/account/second-factor")
    letters = page.locator("#totp-secret").inner_text().replace(" ", "")
    page.get_by_label("Mã 6 chữ số đang hiển thị trong ứng dụng").fill("123")
    page.get_by_role("button", name="Thêm ứng dụng").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.locator("#totp-secret").inner_text().replace(" ", "") == letters
    page.get_by_label("Mã 6 chữ số đang hiển thị trong ứng dụng").fill(pyotp.TOTP(letters).at(utc_now()))
    page.get_by_role("button", name="Thêm ứng dụng").click()
    expect(page.get_by_role("listitem").filter(has=page.locator("code"))).to_have_count(10)
    look(page, "recovery codes")
    recovery = page.locator("#recovery-codes code").first.inner_text()

    page.set_viewport_size(WIDE)
    _sign_out(page, home)
    _give_password(page, home, cast["vnpt"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Xác thực lớp thứ hai")
    look(page, "second factor")
    page.get_by_label("Mã xác thực").fill(recovery)
    page.get_by_role("button", name="Xác thực", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")

    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    internal = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = internal | {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{home}/account/second-factor")
    page.get_by_role("button", name="Thêm khóa truy cập").click()
    expect(page.get_by_role("cell", name="Khóa truy cập").first).to_be_visible()
    look(page, "own second factors")
    _sign_out(page, home)
    _give_password(page, home, cast["vnpt"])
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")


def _give_password(page, home, member):
    page.goto(f"{home}/login")
    page.get_by_label("Tên đăng nhập").fill(member.username)
    page.get_by_label("Mật khẩu").fill(member.password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_label("Tên đăng nhập")).to_have_count(0)


def _sign_out(page, home):
    page.goto(f"{home}/account")
    page.locator("form[action='/logout'] button").first.evaluate("button => button.form.requestSubmit(button)")
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()
