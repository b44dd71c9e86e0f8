"""“Towers with room within 500 m of here”: kept from the list, told of when another owner publishes one, found."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from registry.kernel.clock import utc_now
from registry.saved_searches.jobs import run_checks
from tests.e2e.conftest import PHONE
from tests.e2e.journey import Keys
from tests.e2e.looks import look
from tests.factories.saved_searches import tower

READER = "dienluc"


def heading(page):
    return page.get_by_role("heading", level=1)


def test_a_search_is_kept_watched_told_and_opened_by_its_notice(site, open_as, clock):
    with site.writing_as("vnpt") as ctx:
        before = tower(ctx).code
    page = open_as(READER)
    page.goto("/structures")
    page.locator("summary", has_text="Bộ lọc").first.click()
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Quanh vị trí có tọa độ").fill("19,807; 105,776")
    page.get_by_label("Cách vị trí đó không quá (m)").fill("500")
    page.get_by_label("Chỗ lắp đặt").select_option("1")
    look(page, "saved fields of the filter")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".chip")).to_have_count(3)
    expect(page.get_by_role("link", name=before)).to_be_visible()
    page.get_by_role("link", name="Lưu bộ lọc này").click()
    expect(heading(page)).to_have_text("Lưu bộ lọc")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".error-summary")).to_contain_text("Chưa nhập tên bộ lọc")
    look(page, "saved form with an error")
    page.get_by_label("Tên bộ lọc").fill("Cột còn chỗ quanh Hạc Thành")
    page.get_by_label("Thông báo khi có công trình mới khớp").check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Đã lưu bộ lọc “Cột còn chỗ quanh Hạc Thành”.")).to_be_visible()
    look(page, "saved list that was kept")

    with site.writing_as("vnpt") as ctx:
        new = tower(ctx, name="Cột mới công bố").code
    clock.advance(timedelta(minutes=16))
    assert run_checks(site.database, utc_now()) == 1
    page.goto("/")
    page.get_by_role("link", name="thông báo chưa đọc").click()
    look(page, "saved notice")
    page.get_by_role("button", name=new).click()
    expect(page.get_by_role("link", name=new)).to_be_visible()
    expect(page.get_by_role("link", name=before)).to_have_count(0)
    expect(page.locator(".chips")).to_contain_text("theo thông báo")
    look(page, "saved list of what is new")
    forget(page)
    default_by_keyboard(open_as(READER, viewport=PHONE))


def forget(page):
    """Delete the reader's one search, after a look at what goes."""
    page.goto("/saved-searches")
    page.get_by_role("link", name=re.compile("^Xóa")).click()
    look(page, "saved delete")
    page.get_by_role("button", name="Xóa bộ lọc").click()
    expect(page.get_by_text("Chưa có bộ lọc nào được lưu")).to_be_visible()


def default_by_keyboard(page):
    """A default is made, left, changed by another filter and taken back, on a phone without a finger."""
    keys = Keys(page)
    page.goto("/structures?kind=cable_pole")
    keys.to(page.get_by_role("link", name="Lưu bộ lọc này")).press("Enter")
    expect(heading(page)).to_have_text("Lưu bộ lọc")
    keys.type(name="Cột treo cáp")
    keys.to(page.get_by_label("Mở danh sách công trình bằng bộ lọc này")).press("Space")
    keys.to(page.get_by_role("main").get_by_role("button", name="Lưu")).press("Enter")
    expect(page).to_have_url(re.compile(r"\?saved=cot-treo-cap-"))
    page.goto("/structures")
    expect(page).to_have_url(re.compile(r"\?saved=cot-treo-cap-"))
    expect(page.locator(".chips")).to_contain_text("Cột treo cáp")
    update = page.get_by_role("link", name="Cập nhật bộ lọc này “Cột treo cáp”")
    expect(update).to_have_count(0)
    page.get_by_label("Từ khóa").fill("le loi")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page).to_have_url(re.compile(r"opened=cot-treo-cap-"))
    update.click()
    look(page, "saved replace")
    page.get_by_role("button", name="Cập nhật bộ lọc").click()
    expect(page.get_by_text("Đã cập nhật bộ lọc “Cột treo cáp”.")).to_be_visible()
    keys.to(page.locator(".menu-kept summary")).press("Enter")
    expect(page.get_by_role("link", name="Cột treo cáp mặc định")).to_be_visible()
    look(page, "saved menu")
    keys.to(page.get_by_role("link", name="Xem tất cả công trình")).press("Enter")
    expect(page).to_have_url(re.compile(r"\?all=1(#.*)?$"))
    expect(page.locator(".chip")).to_have_count(0)
    forget(page)
