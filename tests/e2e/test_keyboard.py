"""Everything can be done with the keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ask_map, show_on_map


def focused(page):
    return page.locator(":focus")


def test_the_first_stop_leads_past_the_navigation(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Chuyển đến nội dung chính")
    expect(focused(page)).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_slash_searches_and_enter_opens_what_was_found(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Tìm trong toàn hệ thống")
    expect(box).to_be_focused()
    page.keyboard.type("kin ham rong/")
    expect(box).to_have_value("kin ham rong/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("#structures .hit")).to_have_count(1)
    expect(box).to_have_value("kin ham rong")
    link = page.locator("#structures .hit a")
    tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm kín Hàm Rồng")


def tab_to(page, target, *, most=80):
    """Press Tab until the target has the focus."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def test_filters_open_and_apply_by_keyboard(open_as):
    page = open_as("so.khcn")
    page.goto("/structures")
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


@pytest.mark.drawn_map
def test_enter_on_the_map_asks_what_lies_in_its_middle_and_escape_closes_the_card(open_as, site):
    page = open_as("so.khcn")
    show_on_map(page, site.codes["elsewhere"])
    tab_to(page, page.locator("[data-map] canvas"))
    card = ask_map(page, lambda: page.keyboard.press("Enter"))
    expect(card).to_contain_text(site.codes["elsewhere"])
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_menu_closes_with_escape_and_gives_the_focus_back(open_as):
    page = open_as("so.khcn")
    page.goto("/")
    summary = page.locator(".site-tools details.menu > summary")
    tab_to(page, summary)
    page.keyboard.press("Enter")
    expect(page.locator(".site-tools .menu-panel")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".site-tools .menu-panel")).to_be_hidden()
    expect(summary).to_be_focused()
