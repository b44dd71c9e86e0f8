"""«Towers with room within 500 m of here»: kept from the list, told of when another owner publishes one, found."""

import re

import pytest
from playwright.sync_api import expect

from registry.kernel.clock import utc_now
from registry.saved_searches.jobs import run_looks
from tests.e2e.conftest import PHONE
from tests.e2e.journey import Keys, look
from tests.factories.saved_searches import tower

#: An owner of infrastructure whom no other journey needs.
READER = "dienluc"


def test_a_search_is_kept_watched_told_and_opened_by_its_notice(site, open_as):
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
    expect(page.get_by_role("heading", level=1)).to_have_text("Lưu bộ lọc")
    expect(page.get_by_role("main")).to_contain_text("trong 500 m quanh 19.807000, 105.776000")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".error-summary")).to_contain_text("Tên bộ lọc còn trống")
    look(page, "saved form with an error")
    page.get_by_label("Tên bộ lọc").fill("Cột còn chỗ quanh Hạc Thành")
    page.get_by_label("Báo cho tôi khi có công trình mới khớp").check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Đã lưu bộ lọc «Cột còn chỗ quanh Hạc Thành».")).to_be_visible()
    look(page, "saved list that was kept")

    with site.writing_as("vnpt") as ctx:
        new = tower(ctx, name="Cột mới công bố").code
    assert run_looks(site.database, utc_now()) == 1
    page.goto("/")
    page.get_by_role("link", name="thông báo chưa đọc").click()
    look(page, "saved notice")
    page.get_by_role("button", name=new).click()
    expect(page.get_by_role("link", name=new)).to_be_visible()
    expect(page.get_by_role("link", name=before)).to_have_count(0)
    expect(page.locator(".chips")).to_contain_text("theo thông báo")
    look(page, "saved list of what is new")
    forget(page)


def forget(page):
    """Delete the reader's one search, after a look at what goes."""
    page.goto("/saved-searches")
    page.get_by_role("link", name=re.compile("^Xóa")).click()
    look(page, "saved delete")
    page.get_by_role("button", name="Xóa bộ lọc").click()
    expect(page.get_by_text("Bạn chưa lưu bộ lọc nào")).to_be_visible()


def test_a_default_is_made_left_and_taken_back_by_keyboard_on_a_phone(open_as):
    page = open_as(READER, viewport=PHONE)
    keys = Keys(page)
    page.goto("/structures?kind=cable_pole")
    keys.to(page.get_by_role("link", name="Lưu bộ lọc này")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lưu bộ lọc")
    keys.type(name="Cột treo cáp")
    keys.to(page.get_by_label("Mở danh sách công trình bằng bộ lọc này")).press("Space")
    keys.to(page.get_by_role("main").get_by_role("button", name="Lưu")).press("Enter")
    expect(page).to_have_url(re.compile(r"\?saved=cot-treo-cap-"))

    page.goto("/structures")
    expect(page).to_have_url(re.compile(r"\?saved=cot-treo-cap-"))
    expect(page.locator(".chips")).to_contain_text("Cột treo cáp")
    keys.to(page.locator(".menu-kept summary")).press("Enter")
    expect(page.get_by_role("link", name="Cột treo cáp mặc định")).to_be_visible()
    look(page, "saved menu")
    keys.to(page.get_by_role("link", name="Xem tất cả công trình")).press("Enter")
    expect(page).to_have_url(re.compile(r"\?all=1(#.*)?$"))
    expect(page.locator(".chip")).to_have_count(0)

    page.goto("/saved-searches")
    look(page, "saved searches")
    keys.to(page.get_by_role("link", name=re.compile("^Sửa"))).press("Enter")
    keys.to(page.get_by_label("Mở danh sách công trình bằng bộ lọc này")).press("Space")
    keys.to(page.get_by_role("main").get_by_role("button", name="Lưu")).press("Enter")
    expect(page.get_by_text("Đã lưu bộ lọc «Cột treo cáp».")).to_be_visible()
    page.goto("/structures")
    expect(page.locator("tr[data-record]").first).to_be_visible()
    expect(page.locator(".chip")).to_have_count(0)
    forget(page)


def test_a_search_is_kept_where_no_script_runs(open_as):
    page = open_as(READER, java_script_enabled=False)
    page.goto("/structures?kind=cable_pole")
    page.get_by_role("link", name="Lưu bộ lọc này").click()
    page.get_by_label("Tên bộ lọc").fill("Không có JavaScript")
    page.get_by_role("main").get_by_role("button", name="Lưu").click()
    page.locator(".menu-kept summary").click()
    expect(page.get_by_role("link", name="Không có JavaScript", exact=True)).to_be_visible()
    page.goto("/saved-searches")
    page.get_by_role("link", name=re.compile("^Xóa")).click()
    page.get_by_role("button", name="Xóa bộ lọc").click()
    expect(page.get_by_text("Bạn chưa lưu bộ lọc nào")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_kept_filter_is_replaced_by_the_one_that_is_shown(open_as, scripts):
    page = open_as(READER, java_script_enabled=scripts)
    page.goto("/structures?kind=cable_pole")
    page.get_by_role("link", name="Lưu bộ lọc này").click()
    page.get_by_label("Tên bộ lọc").fill("Cột của tôi")
    page.get_by_role("main").get_by_role("button", name="Lưu").click()
    expect(page).to_have_url(re.compile(r"\?saved=cot-cua-toi-"))
    update = page.get_by_role("link", name="Cập nhật bộ lọc này «Cột của tôi»")
    expect(update).to_have_count(0)
    page.get_by_label("Từ khóa").fill("le loi")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page).to_have_url(re.compile(r"opened=cot-cua-toi-"))
    update.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cập nhật bộ lọc đã lưu")
    if scripts:
        look(page, "saved replace")
    page.get_by_role("button", name="Cập nhật bộ lọc").click()
    expect(page.get_by_text("Đã cập nhật bộ lọc «Cột của tôi».")).to_be_visible()
    expect(page.locator(".chips")).to_contain_text("le loi")
    expect(update).to_have_count(0)
    page.goto("/saved-searches")
    page.get_by_role("link", name=re.compile("^Xóa")).click()
    page.get_by_role("button", name="Xóa bộ lọc").click()
    expect(page.get_by_text("Bạn chưa lưu bộ lọc nào")).to_be_visible()
