"""The head of every page leads everywhere from one row, also by the keyboard and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_keyboard import tab_to
from tests.e2e.watch import has_side_scroll

#: A window of the promised width whose scroll bar takes a part of it.
BESIDE_A_BAR = {"width": WIDE["width"] - 17, "height": WIDE["height"]}
#: One of each role that signs in; no name is the public.
READERS = (
    None,
    "so.khcn",
    "so.xaydung",
    "so.taichinh",
    "so.congthuong",
    "ubnd.tinh",
    "ubnd.xa",
    "kiemtra1",
    "viettel",
    "dienluc",
    "quansu",
    "nguoidan",
    "bo.khcn",
    "quantri",
)
ROWS = "list => new Set([...list.children].map((entry) => entry.getBoundingClientRect().top)).size"


def in_row(page):
    return page.locator(".site-nav-list > li")


def test_the_readers_of_this_file_are_of_every_role(cast):
    assert {cast[name].role for name in READERS if name} == {member.role for member in cast.values()}


@pytest.mark.parametrize("username", READERS)
def test_no_role_has_two_rows_of_navigation_on_a_wide_screen(open_as, username):
    page = open_as(username, viewport=BESIDE_A_BAR)
    rows, sizes = {}, {}
    for language in ("vi", "en"):
        page.goto(f"/language/{language}?next=/structures")
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.evaluate("() => document.fonts.ready")
        rows[language] = page.locator(".site-nav-list").evaluate(ROWS)
        sizes[language] = page.locator(".site-nav-list a").count()
    assert rows == {"vi": 1, "en": 1}
    everything = page.locator(".site-menu-list a").count()
    assert sizes == {"vi": everything, "en": everything}


@pytest.mark.parametrize("scripts", [True, False])
def test_what_the_row_does_not_hold_is_reached_by_keyboard(open_as, scripts):
    page = open_as("viettel", java_script_enabled=scripts)
    page.goto("/structures")
    summary = page.locator(".menu-more > summary")
    link = page.locator(".menu-more a", has_text="Lượt xem vị trí")
    expect(link).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(link).to_be_in_viewport(ratio=1)
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/looks$"))
    expect(summary).to_have_class("is-here")
    expect(page.locator(".menu-more a[aria-current]")).to_have_text("Lượt xem vị trí")


def test_tab_goes_through_the_menu_and_escape_closes_it(open_as):
    page = open_as("viettel")
    page.goto("/structures")
    summary = page.locator(".menu-more > summary")
    tab_to(page, summary)
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".menu-more a").last, most=12)
    page.keyboard.press("Escape")
    expect(page.locator(".menu-more .menu-panel")).to_be_hidden()
    expect(summary).to_be_focused()


def test_on_a_phone_the_one_menu_holds_every_entry(open_as):
    page = open_as("viettel", viewport=PHONE)
    page.goto("/structures")
    expect(page.locator(".site-nav-list")).to_be_hidden()
    page.locator(".site-menu > summary").click()
    links = page.locator(".site-menu-list a")
    assert links.count() > in_row(page).count()
    for number in range(links.count()):
        expect(links.nth(number)).to_be_visible()
    assert not has_side_scroll(page)


@pytest.mark.parametrize("width", [800, 1024, 1279])
def test_the_menu_stays_inside_a_middling_window(open_as, width):
    page = open_as("viettel", viewport={"width": width, "height": 900})
    page.goto("/structures")
    page.locator(".menu-more > summary").click()
    expect(page.locator(".menu-more .menu-panel")).to_be_in_viewport(ratio=1)
    assert not has_side_scroll(page)
