"""Accounts in a browser: a link sets a password, its owner signs in and out, and lands where a label led."""

import re

from playwright.sync_api import expect

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
