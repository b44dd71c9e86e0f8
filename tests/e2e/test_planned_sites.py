"""From a planned site to the request, and what stops a new mast, by keyboard, on a wide screen and on a phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import press, sound
from tests.factories.sites import away, hosting
from tests.factories.structures import make

pytestmark = pytest.mark.drawn_map
#: Where pictures of each page are left for whoever wants to look at them.
PICTURES = os.environ.get("SITE_PICTURES")
#: Far from what the other tests look at.
SITE = (105.70, 19.85)
AT = f"{SITE[1]:.6f}; {SITE[0]:.6f}"


def seen(page: Page, name: str) -> None:
    """The page is sound; with a folder given, its picture is left there."""
    if PICTURES:
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(PICTURES) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
    sound(page)


@pytest.fixture(scope="module")
def around(site):
    """Two towers with room, one without, of Viettel; one of VNPT; and one that is not published."""
    with site.writing_as("viettel") as ctx:
        fitting = hosting(ctx, 60, ("Sàn 32 m", "position", 6), of=SITE, height_m="42", name="Trạm có chỗ")
        hosting(ctx, 260, ("Sàn 32 m", "position", 3), of=SITE, height_m="42", name="Trạm có chỗ, xa hơn")
        hosting(ctx, -90, ("Sàn 20 m", "position", 6), of=SITE, height_m="42", name="Trạm thấp")
        make(ctx, at=away(200, 150, of=SITE), name="Trạm kín")
        code = fitting.code
    with site.writing_as("vnpt") as ctx:
        hosting(ctx, 150, owner="vnpt", north_m=-150, of=SITE, name="Trạm của mình")
    return code


def fill(page: Page) -> None:
    page.get_by_label("Vị trí dự kiến").fill(AT)
    expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
    page.get_by_label("Bán kính").fill("700")
    page.get_by_label("Số lượng cần").fill("3")
    page.get_by_label("Cao độ tối thiểu").fill("30")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_from_a_place_to_the_request_by_keyboard(open_as, around, size):
    page = open_as("vnpt", viewport=size)
    page.goto("/structures")
    press(page.get_by_role("main").get_by_role("link", name="Tìm chỗ dùng chung"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Tìm chỗ dùng chung")
    press(page.get_by_role("button", name="Tìm quanh đây"))
    expect(page.locator(".error-summary")).to_be_focused()
    seen(page, "wrong")
    fill(page)
    press(page.get_by_role("button", name="Tìm quanh đây"))
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    rows = page.locator(".records-near tbody tr")
    expect(rows.first).to_contain_text(around)
    expect(rows.first).to_contain_text("Đáp ứng")
    expect(rows.first).to_contain_text("60\N{NO-BREAK SPACE}m")
    expect(rows).to_have_count(4)
    expect(page.locator("#cells")).to_contain_text("Doanh nghiệp viễn thông")
    # Empty fields stay out of the address, which can be kept.
    assert "diameter_mm" not in page.url
    seen(page, "answer")
    press(page.get_by_label(f"Chọn {around}"), "Space")
    expect(page.locator("[data-selection] .count")).to_have_text("1")
    press(rows.first.get_by_role("button", name="Đề nghị dùng chung"))
    expect(page.locator("#items")).to_contain_text(around)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_stops_a_mast_is_asked_from_the_same_place(open_as, around, size):
    page = open_as("vnpt", viewport=size)
    page.goto(f"/planned-sites?at={AT}")
    press(page.get_by_role("link", name="Dựng cột mới ở đây?"))
    expect(page.locator("#rule")).to_contain_text("Cần kiểm chứng")
    expect(page.locator(".notice.tone-bad")).to_contain_text("phải xét dùng chung")
    expect(page.locator("#unseen")).to_contain_text("Có")
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    seen(page, "mast")
    page.reload()
    press(page.get_by_text("Đổi câu hỏi"))
    page.get_by_label("Chiều cao cột dự kiến").fill("3")
    press(page.get_by_role("button", name="Xét", exact=True))
    expect(page.locator(".notice.tone-good")).to_contain_text("không phải giữ khoảng cách")


def test_the_phone_tells_where_it_stands(open_as, around):
    spot = {"latitude": SITE[1], "longitude": SITE[0], "accuracy": 8}
    page = open_as("vnpt", viewport=PHONE, geolocation=spot, permissions=["geolocation"])
    page.goto("/planned-sites")
    press(page.get_by_role("button", name="Vị trí của tôi"))
    expect(page.get_by_label("Vị trí dự kiến")).to_have_value(re.compile(r"^19\.85\d*, 105\.70\d*$"))
    press(page.get_by_role("button", name="Tìm quanh đây"))
    expect(page.locator(".records-near")).to_contain_text(around)


def test_a_click_on_the_map_is_a_place(open_as, around):
    page = open_as("vnpt")
    page.goto("/planned-sites")
    page.locator(".map-picker canvas").click()
    expect(page.get_by_label("Vị trí dự kiến")).to_have_value(re.compile(r"^\d+\.\d{6}, \d+\.\d{6}$"))


def test_everything_works_without_scripts(open_as, around):
    page = open_as("vnpt", java_script_enabled=False)
    page.goto("/planned-sites")
    page.get_by_label("Vị trí dự kiến").fill(AT)
    page.get_by_role("button", name="Tìm quanh đây").click()
    expect(page.locator(".records-near tbody tr").first).to_contain_text(around)
    page.locator(".records-near tbody tr").first.get_by_role("button", name="Đề nghị dùng chung").click()
    expect(page.locator("#items")).to_contain_text(around)
