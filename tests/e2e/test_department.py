"""The lead department finds its way through all structures: filters, search, sort, pages, map, language, past days."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from registry.kernel.clock import utc_now
from tests.e2e.conftest import PHONE, open_card


def rows(page):
    return page.locator("tr[data-record]")


def test_a_filter_narrows_the_list_and_stands_in_the_address(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
    expect(rows(page)).to_have_count(50)
    page.locator("summary", has_text="Bộ lọc").click()
    page.get_by_label("Loại công trình").select_option("cable_duct")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("Cống cáp")
    expect(page).to_have_url(re.compile(r"/structures\?kind=cable_duct(#.*)?$"))
    assert 0 < rows(page).count() < 50
    page.locator(".chip-clear").click()
    expect(rows(page)).to_have_count(50)


def test_back_restores_the_filter_and_its_list(open_as, site):
    page = open_as("so.khcn")
    page.goto("/structures?kind=cable_duct")
    listed = rows(page).count()
    page.get_by_role("link", name=site.codes["duct"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuyến cống bể")
    page.go_back()
    expect(page.locator(".chip")).to_contain_text("Cống cáp")
    expect(rows(page)).to_have_count(listed)


def test_a_filter_put_in_place_by_the_page_itself_goes_away_with_back(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
    page.get_by_label("Từ khóa").fill("cong be")
    page.get_by_role("button", name="Lọc", exact=True).click()
    # Other tests of the same register may have ducts of that name too; the poles are gone.
    expect(rows(page).filter(has_text="Cột số")).to_have_count(0)
    expect(rows(page).filter(has_text="Tuyến cống bể")).to_have_count(1)
    page.go_back()
    expect(rows(page)).to_have_count(50)
    expect(page.locator(".chip")).to_have_count(0)


def test_search_needs_no_diacritics(open_as):
    page = open_as("so.khcn")
    page.goto("/")
    page.get_by_role("searchbox", name="Tìm trong toàn hệ thống").fill("kin ham rong")
    page.keyboard.press("Enter")
    expect(page.locator("#structures .hit")).to_have_count(1)
    expect(page.locator("#structures .hit")).to_contain_text("Trạm kín Hàm Rồng")
    page.goto("/structures")
    page.get_by_label("Từ khóa").fill("kin ham rong")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Trạm kín Hàm Rồng")


def test_sorting_says_its_direction_and_pages_go_on_and_back(open_as):
    page = open_as("so.khcn")
    page.goto("/structures?kind=cable_pole&q=cot+so")
    page.get_by_role("columnheader", name="Tên").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Tên")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first).to_contain_text("Cột số 01")
    page.get_by_role("columnheader", name="Tên").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Tên")).to_have_attribute("aria-sort", "descending")
    page.goto("/structures")
    first = rows(page).first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(rows(page).first).not_to_have_text(first)
    page.get_by_role("link", name="Trang trước").click()
    expect(rows(page)).to_have_count(50)
    assert rows(page).first.inner_text() == first


@pytest.mark.drawn_map
def test_the_map_opens_a_record_by_a_click(open_as, site):
    page = open_as("so.khcn")
    card = open_card(page, site.codes["elsewhere"])
    card.get_by_role("link", name=site.codes["elsewhere"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng nơi khác")


def test_the_language_switch_keeps_the_page_and_its_filter(open_as):
    page = open_as("so.khcn")
    page.goto("/structures?kind=antenna_tower&sort=name")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/structures\?kind=antenna_tower&sort=name(#.*)?$"))
    expect(page.locator(".chip")).to_contain_text("Antenna")
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")


def test_a_structure_is_shown_as_on_a_day(open_as, site):
    page = open_as("so.khcn")
    page.goto(f"/structures/{site.codes['published']}")
    day = (utc_now() + timedelta(hours=7)).strftime("%d/%m/%Y")
    control = page.locator("#as-of")
    if not control.is_visible():
        page.locator("details.as-of-box > summary").click()
    control.fill(day)
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(page.get_by_text(f"có hiệu lực tại ngày {day}")).to_be_visible()
    page.get_by_role("link", name="Trở về hiện tại").click()
    expect(page.get_by_text("có hiệu lực tại ngày")).to_have_count(0)


def test_the_list_on_a_phone_is_cards_without_side_scroll(open_as):
    page = open_as("so.khcn", viewport=PHONE)
    page.goto("/structures")
    expect(rows(page).first).to_be_visible()
    assert rows(page).first.bounding_box()["width"] <= PHONE["width"]
