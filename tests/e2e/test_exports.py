"""A list is taken out by keyboard, on a wide screen and on a phone, also where no script runs."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import press, sound


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_list_is_downloaded_by_keyboard_from_its_menu(open_as, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/structures?kind=antenna_tower")
    menu = page.locator("summary", has_text="Tải về")
    menu.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Excel (XLSX)")
    expect(link).to_be_visible()
    expect(link).to_be_in_viewport()
    sound(page)
    with page.expect_download() as started:
        press(link)
    assert started.value.suggested_filename.startswith("antenna-tower-")
    assert started.value.suggested_filename.endswith(".xlsx")


def test_the_page_of_own_files_says_why_it_is_empty(open_as):
    page = open_as("so.xaydung", viewport=PHONE)
    page.goto("/exports")
    expect(page.get_by_text("Chưa có tệp nào")).to_be_visible()
    sound(page)


def test_a_list_is_downloaded_where_no_script_runs(open_as):
    page = open_as("so.khcn", java_script_enabled=False)
    page.goto("/dashboard/towers")
    page.locator("summary", has_text="Tải về").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert started.value.suggested_filename.startswith("cot-ang-ten-")
