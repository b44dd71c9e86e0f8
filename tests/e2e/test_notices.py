"""The bell and the inbox in a browser: with the keyboard, on a phone, without a barrier."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_pages import SMALLEST, barriers
from tests.e2e.watch import has_side_scroll
from tests.factories.notices import tell

PICTURES = os.environ.get("E2E_PICTURES")
TITLE = "Đề nghị lắp đặt ăng ten trên cột BTS Hạc Thành, phường Hạc Thành (3 vị trí, từ 01/12/2026)"


@pytest.fixture
def told(site):
    """Twelve notices for VNPT, of which nobody else knows."""
    with site.writing_as("so.khcn") as ctx:
        for number in range(1, 13):
            tell(ctx, "vnpt", sentence=f"DC-2026-{number:06d}: Đã nộp đề nghị dùng chung", title=TITLE)


def test_a_notice_is_opened_with_the_keyboard_and_the_bell_counts_down(told, open_as):
    del told
    page = open_as("vnpt")
    page.goto("/")
    bell = page.get_by_role("link", name="thông báo chưa đọc")
    before = int(bell.inner_text())
    tab_to(page, bell)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thông báo")
    first = page.locator(".inbox-unread button").first
    tab_to(page, first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"{before - 1} thông báo chưa đọc")).to_be_visible()
    page.get_by_role("button", name="Đánh dấu tất cả đã đọc").click()
    expect(page.locator(".inbox-unread")).to_have_count(0)
    expect(page.get_by_role("link", name="Thông báo", exact=True)).to_be_visible()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_full_inbox_has_no_barrier_and_fits_a_phone(told, open_as, language):
    del told
    page = open_as("vnpt")
    page.goto(f"/language/{language}")
    page.goto("/notices")
    for size in (WIDE, PHONE, SMALLEST):
        page.set_viewport_size(size)
        assert barriers(page) == []
        assert not has_side_scroll(page)
        expect(page.locator(".bell")).to_be_in_viewport(ratio=1)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"notices-{language}-{size['width']}.png")
