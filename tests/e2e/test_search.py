"""One box finds everything: by keyboard, on a phone, without scripts, for everybody as far as each may see."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_keyboard import tab_to
from tests.e2e.watch import has_side_scroll

BOX = "Tìm trong toàn hệ thống"


def search(page, typed):
    """Type into the box of the page and send it."""
    page.get_by_role("searchbox", name=BOX).fill(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả tìm")


def test_a_slip_of_the_hand_still_leads_there_by_keyboard_alone(open_as):
    page = open_as("so.khcn")
    page.goto("/territory")
    page.keyboard.press("/")
    page.keyboard.type("tram kin ham rogn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="gần giống")).to_be_visible()
    tab_to(page, page.locator("#structures .hit a").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm kín Hàm Rồng")
    page.go_back()
    expect(page.get_by_role("searchbox", name=BOX)).to_have_value("tram kin ham rogn")


def test_groups_lead_down_the_page_and_the_rest_into_the_list(open_as):
    page = open_as("so.khcn")
    page.goto("/")
    search(page, "đường Lê Lợi")
    expect(page.locator("#structures mark").first).to_have_text("đường")
    expect(page.locator("#structures .hit")).to_have_count(8)
    page.get_by_role("link", name="Xem tất cả trong danh sách (Công trình)").click()
    expect(page.locator(".chip")).to_contain_text("đường Lê Lợi")
    # At least those of the street: other tests may have set up more there.
    expect(page.get_by_text(re.compile(r"^\s*(4[89]|[5-9]\d) công trình\s*$"))).to_be_visible()


@pytest.mark.drawn_map
def test_coordinates_jump_to_the_map_on_a_phone(open_as, site):
    page = open_as("kiemtra1", viewport=PHONE)
    page.goto(f"/structures/{site.codes['published']}")
    place = page.locator("#position dd").first.inner_text()
    search(page, place)
    expect(page.locator("#place [data-map][data-loaded]")).to_be_visible()
    assert not has_side_scroll(page)
    page.get_by_role("link", name="Công trình ở gần đây").click()
    expect(page.locator(".chip")).to_contain_text("khung bản đồ")
    expect(page.locator("#list")).to_contain_text(site.codes["published"])


def test_a_phone_has_the_box_on_every_page_and_the_answer_fits(open_as, site):
    page = open_as("vnpt", viewport=PHONE)
    for path in ("/", "/structures", f"/structures/{site.codes['published']}"):
        page.goto(path)
        expect(page.get_by_role("searchbox", name=BOX)).to_be_in_viewport()
    search(page, "tram phat song")
    expect(page.locator("#structures .hit")).to_have_count(1)
    assert not has_side_scroll(page)


def test_it_works_without_scripts(open_as, site):
    page = open_as("viettel", java_script_enabled=False, viewport=WIDE)
    page.goto("/")
    search(page, site.codes["unpublished"].lower())
    page.locator("#structures .hit a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng Đông Sơn")


def test_the_public_finds_cells_by_code_and_no_names(open_as, site):
    page = open_as()
    page.goto("/")
    search(page, site.codes["unpublished"])
    expect(page.locator("#structures .hit")).to_contain_text("Chỉ biết ô lưới")
    search(page, "Trạm phát sóng Đông Sơn")
    assert site.codes["unpublished"] not in page.content()
    expect(page.locator("#structures")).to_have_count(0)
