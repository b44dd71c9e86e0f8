"""A department looks at the register as it was, by keyboard, wide and on a phone, and comes back."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from registry.structures.commands import EditStructure
from registry.structures.service import edit_structure
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import look
from tests.e2e.test_keyboard import tab_to
from tests.factories.structures import make
from tests.support.live import context

THEN, LATER = datetime(2026, 1, 5, 3, tzinfo=UTC), datetime(2026, 3, 5, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def tower(site):
    """A tower that was renamed in March; its code."""
    with context(site.database, "viettel", now=THEN) as ctx:
        code = make(ctx, name="Trạm tên cũ", sharing_status="available").code
    with context(site.database, "viettel", now=LATER) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Trạm tên mới"}))
    return code


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_past_day_is_opened_by_keyboard_and_left_by_a_link(open_as, site, tower, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/structures")
    box = page.locator(".as-of-box > summary")
    tab_to(page, box)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Xem tại ngày").and_(page.locator("input")))
    page.keyboard.type("01/02/2026")
    page.keyboard.press("Enter")
    banner = page.locator(".notice", has_text="có hiệu lực tại ngày 01/02/2026")
    expect(banner).to_be_visible()
    rows = page.locator("tr[data-record]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Trạm tên cũ")
    expect(page.get_by_role("link", name="Sửa tất cả theo bộ lọc")).to_have_count(0)
    look(page, "list of a day")
    rows.get_by_role("link", name=tower).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm tên cũ")
    expect(page.locator(".notice", has_text="01/02/2026")).to_be_visible()
    expect(page.get_by_role("link", name="Sửa", exact=True)).to_have_count(0)
    look(page, "structure of a day")
    back = page.get_by_role("link", name="Trở về hiện tại")
    tab_to(page, back)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm tên mới")


@pytest.mark.drawn_map
def test_the_map_of_a_day_asks_for_tiles_of_that_day(open_as, site, tower):
    page = open_as("so.khcn")
    with page.expect_request(lambda request: ".mvt?" in request.url and "as_of=2026-02-01" in request.url):
        page.goto("/structures?as_of=2026-02-01")


def test_filters_of_a_past_list_stay_in_the_past(open_as, site, tower):
    page = open_as("so.khcn")
    page.goto("/structures?as_of=2026-02-01")
    page.get_by_label("Từ khóa").fill("ten cu")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".chip", has_text="Từ khóa")).to_be_visible()
    expect(page.locator("tr[data-record]")).to_have_count(1)
    assert "as_of=2026-02-01" in page.url
    page.get_by_label("Từ khóa").fill("ten moi")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".empty-title")).to_have_text("Không có công trình nào khớp")


def test_a_day_to_come_is_refused_in_one_sentence(open_as, site):
    page = open_as("so.khcn")
    page.goto("/structures?as_of=01/01/2199")
    expect(page.get_by_role("main")).to_contain_text("Ngày xem 01/01/2199 chưa đến")


def test_a_correction_is_entered_with_its_day(open_as, site, tower):
    page = open_as("viettel")
    page.goto(f"/structures/{tower}/edit")
    page.get_by_label("Địa chỉ").fill("ngõ đính chính")
    page.get_by_label("Có hiệu lực từ ngày").fill("01/01/2020")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".error-summary")).to_contain_text("sớm hơn ngày công trình bắt đầu")
    page.get_by_label("Có hiệu lực từ ngày").fill("20/01/2026")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm tên mới")
    page.goto(f"/structures/{tower}?as_of=2026-01-19")
    expect(page.get_by_role("main")).not_to_contain_text("ngõ đính chính")
    page.goto(f"/structures/{tower}?as_of=2026-01-20")
    expect(page.get_by_role("main")).to_contain_text("ngõ đính chính")
