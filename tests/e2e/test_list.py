"""The list of structures: filters, search, sort, pages, past days and downloads, also by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import looks
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import press, tab_to, today
from tests.e2e.looks import look

BOX = "Tìm trong toàn hệ thống"


def rows(page):
    return page.locator("tr[data-record]")


def heading(page):
    return page.get_by_role("heading", level=1)


def test_the_list_is_filtered_sorted_and_paged_and_back_restores_it(open_as, site):
    page = open_as("so.khcn")
    page.goto("/structures")
    # This browser cannot draw a map, but in sweeps: the list says so and remains.
    if not looks.WITH_AXE:
        expect(page.get_by_text("Bản đồ cần JavaScript và WebGL")).to_be_visible()
        expect(page.locator("[data-map-tools]")).to_be_hidden()
    expect(rows(page)).to_have_count(50)
    first = rows(page).first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(rows(page).first).not_to_have_text(first)
    page.get_by_role("link", name="Trang trước").click()
    expect(rows(page).first).to_have_text(first, use_inner_text=True)
    expect(rows(page)).to_have_count(50)
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


def test_by_keyboard_a_slash_searches_filters_apply_and_a_past_day_is_opened_and_left(open_as, site):
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
    selected_kind = page.get_by_label("Loại công trình").input_value()
    assert selected_kind
    tab_to(page, page.get_by_role("button", name="Lọc", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"kind={selected_kind}"))
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

    opens_and_leaves_a_past_day(page, site)


@pytest.mark.sweep
def test_a_past_day_is_opened_and_left_on_a_phone(open_as, site):
    opens_and_leaves_a_past_day(open_as("so.khcn", viewport=PHONE), site)


def opens_and_leaves_a_past_day(page, site):
    """By keyboard into the day, by a link out of it."""
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
