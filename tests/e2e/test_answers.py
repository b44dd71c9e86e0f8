"""Pages that only answer to what somebody did: links made, passwords set, versions in conflict, places and entries."""

import re

from playwright.sync_api import expect

from tests.e2e.test_pages import SMALLEST, barriers
from tests.e2e.watch import has_side_scroll


def look_at(page):
    """No barrier here, and no side scroll on a small phone."""
    before = page.viewport_size
    assert barriers(page) == []
    page.set_viewport_size(SMALLEST)
    assert not has_side_scroll(page)
    page.set_viewport_size(before)


def test_a_link_made_by_the_administrator_sets_a_password(open_as, site):
    page = open_as("quantri")
    page.goto(f"/admin/users/{site.codes['spare_user']}")
    page.get_by_role("button", name="Tạo liên kết đặt mật khẩu").click()
    expect(page.locator("#one-time-link")).to_be_visible()
    look_at(page)
    path = re.search(r"/set-password/\S+", page.locator("#one-time-link").inner_text()).group()
    guest = open_as()
    guest.goto(path)
    look_at(guest)
    for field in guest.locator("input[type=password]").all():
        field.fill("một câu dài dễ nhớ của tôi")
    guest.locator("main button[type=submit]").click()
    expect(guest.get_by_label("Tên đăng nhập")).to_be_visible()


def test_two_who_edit_at_once_see_both_versions(open_as, site):
    first, second = open_as("viettel"), open_as("viettel")
    for page in (first, second):
        page.goto(f"/structures/{site.codes['unpublished']}/edit")
    first.get_by_label("Ghi chú").fill("Bản của đồng nghiệp")
    first.get_by_role("button", name="Lưu").click()
    expect(first.get_by_role("status").filter(has_text="Đã lưu công trình")).to_be_visible()
    second.get_by_label("Ghi chú").fill("Bản của tôi")
    second.get_by_role("button", name="Lưu").click()
    expect(second.get_by_text("Hai bản khác nhau")).to_be_visible()
    expect(second.locator(".notice")).to_contain_text("Bản của đồng nghiệp")
    expect(second.get_by_label("Ghi chú")).to_have_value("Bản của tôi")
    look_at(second)


def test_places_and_who_uses_them_stand_on_the_page_until_they_end(open_as, site):
    page = open_as("vnpt")
    page.goto(f"/structures/{site.codes['pole0']}")
    page.get_by_role("link", name="Khai vị trí").click()
    page.locator("[name=label]").fill("Vị trí treo cáp số 1")
    page.locator("[name=total]").fill("4")
    page.locator("main form[method=post] button[type=submit]").click()
    expect(page.get_by_role("main")).to_contain_text("Vị trí treo cáp số 1")
    look_at(page)
