"""The list of structures: filters, search, sort, pages, past days, downloads and kept filters, also by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from registry.kernel.clock import utc_now
from registry.saved_searches.jobs import run_looks
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import Keys, press, tab_to, today
from tests.e2e.looks import look
from tests.factories.saved_searches import tower

BOX = "Tìm trong toàn hệ thống"
#: An owner of infrastructure whom no other journey of this file needs.
READER = "dienluc"


def rows(page):
    return page.locator("tr[data-record]")


def heading(page):
    return page.get_by_role("heading", level=1)


def test_the_list_is_filtered_sorted_and_paged_and_back_restores_it(open_as, site):
    page = open_as("so.khcn")
    page.goto("/structures")
    # This browser cannot draw a map: the list says so and remains.
    expect(page.get_by_text("Bản đồ cần JavaScript và WebGL")).to_be_visible()
    expect(page.locator("[data-map-tools]")).to_be_hidden()
    expect(rows(page)).to_have_count(50)
    first = rows(page).first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(rows(page).first).not_to_have_text(first)
    page.get_by_role("link", name="Trang trước").click()
    expect(rows(page)).to_have_count(50)
    assert rows(page).first.inner_text() == first
    page.locator("summary", has_text="Bộ lọc").click()
    page.get_by_label("Loại công trình").select_option("cable_duct")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("Cống cáp")
    expect(page).to_have_url(re.compile(r"/structures\?kind=cable_duct(#.*)?$"))
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name=site.codes["duct"]).click()
    expect(heading(page)).to_have_text("Tuyến cống bể")
    page.go_back()
    expect(page.locator(".chip")).to_contain_text("Cống cáp")
    expect(rows(page)).to_have_count(1)
    page.locator(".chip-clear").click()
    expect(rows(page)).to_have_count(50)
    page.get_by_label("Từ khóa").fill("cot so")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(rows(page)).to_have_count(48)
    page.get_by_role("columnheader", name="Tên").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Tên")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first).to_contain_text("Cột số 01")
    page.get_by_role("columnheader", name="Tên").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Tên")).to_have_attribute("aria-sort", "descending")
    download(page)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"q=cot\+so&sort=-?name"))
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")


@pytest.mark.sweep
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_menu_of_downloads_has_no_barrier(open_as, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/structures?kind=antenna_tower")
    download(page)


def download(page):
    """Take the list out by keyboard from its menu."""
    menu = page.locator("summary", has_text="Tải về")
    menu.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Excel (XLSX)")
    expect(link).to_be_in_viewport()
    look(page, "downloads")
    with page.expect_download() as started:
        press(link)
    assert started.value.suggested_filename.endswith(".xlsx")


def test_by_keyboard_a_slash_searches_and_filters_apply(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Chuyển đến nội dung chính")
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.locator(".filters-more > summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Loại công trình"))
    page.get_by_label("Loại công trình").press("C")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_label("Loại công trình").input_value()
    assert chosen
    tab_to(page, page.get_by_role("button", name="Lọc", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"kind={chosen}"))
    expect(page.locator(".chip")).to_have_count(1)

    page.goto("/territory")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name=BOX)
    expect(box).to_be_focused()
    page.keyboard.type("tram kin ham rogn/")
    expect(box).to_have_value("tram kin ham rogn/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="gần giống")).to_be_visible()
    tab_to(page, page.locator("#structures .hit a").first)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Trạm kín Hàm Rồng")
    page.go_back()
    expect(page.get_by_role("searchbox", name=BOX)).to_have_value("tram kin ham rogn")


@pytest.mark.parametrize("size", [WIDE, pytest.param(PHONE, marks=pytest.mark.sweep)], ids=["wide", "phone"])
def test_a_past_day_is_opened_by_keyboard_and_left_by_a_link(open_as, site, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/structures?q=ham+rong")
    tab_to(page, page.locator(".as-of-box > summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Xem tại ngày").and_(page.locator("input")))
    page.keyboard.type(today())
    page.keyboard.press("Enter")
    expect(page.locator(".notice", has_text=f"có hiệu lực tại ngày {today()}")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("link", name="Sửa tất cả theo bộ lọc")).to_have_count(0)
    look(page, "list of a day")
    rows(page).get_by_role("link", name=site.codes["restricted"]).click()
    expect(heading(page)).to_have_text("Trạm kín Hàm Rồng")
    expect(page.locator(".notice", has_text=today())).to_be_visible()
    look(page, "structure of a day")
    tab_to(page, page.get_by_role("link", name="Trở về hiện tại"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("có hiệu lực tại ngày")).to_have_count(0)


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
    expect(heading(page)).to_have_text("Lưu bộ lọc")
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
    default_by_keyboard(open_as(READER, viewport=PHONE))


def forget(page):
    """Delete the reader's one search, after a look at what goes."""
    page.goto("/saved-searches")
    page.get_by_role("link", name=re.compile("^Xóa")).click()
    look(page, "saved delete")
    page.get_by_role("button", name="Xóa bộ lọc").click()
    expect(page.get_by_text("Bạn chưa lưu bộ lọc nào")).to_be_visible()


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
    update = page.get_by_role("link", name="Cập nhật bộ lọc này «Cột treo cáp»")
    expect(update).to_have_count(0)
    page.get_by_label("Từ khóa").fill("le loi")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page).to_have_url(re.compile(r"opened=cot-treo-cap-"))
    update.click()
    look(page, "saved replace")
    page.get_by_role("button", name="Cập nhật bộ lọc").click()
    expect(page.get_by_text("Đã cập nhật bộ lọc «Cột treo cáp».")).to_be_visible()
    keys.to(page.locator(".menu-kept summary")).press("Enter")
    expect(page.get_by_role("link", name="Cột treo cáp mặc định")).to_be_visible()
    look(page, "saved menu")
    keys.to(page.get_by_role("link", name="Xem tất cả công trình")).press("Enter")
    expect(page).to_have_url(re.compile(r"\?all=1(#.*)?$"))
    expect(page.locator(".chip")).to_have_count(0)
    forget(page)
