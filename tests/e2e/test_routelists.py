"""A street from the commune's proposal to the issued list, by keyboard, on a wide screen and on a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import press, sound
from tests.factories.routelists import typed_line
from tests.factories.structures import make, place_inside

pytestmark = pytest.mark.drawn_map
#: Where pictures of each page are left for whoever wants to look at them.
PICTURES = os.environ.get("ROUTELIST_PICTURES")


def seen(page: Page, name: str) -> None:
    """The page is sound; with a folder given, its picture is left there."""
    sound(page)
    if PICTURES:
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(PICTURES) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def fill(page: Page, year: int, *points: tuple[float, float]) -> None:
    """What the form of a street needs."""
    page.get_by_label("Danh mục năm").select_option(label=str(year))
    page.get_by_label("Tên đường, phố").fill("Đường Trần Phú")
    page.get_by_label("Điểm đầu").fill("Ngã tư Phú Sơn")
    page.get_by_label("Điểm cuối").fill("Cầu Cốc")
    page.get_by_label("Vì sao cần làm").fill("Cáp treo sà thấp, mất mỹ quan")
    page.get_by_label("Tọa độ của tuyến").fill(typed_line(*points))


@pytest.mark.parametrize(("size", "year"), [(WIDE, 2028), (PHONE, 2029)], ids=["wide", "phone"])
def test_a_street_goes_from_its_proposal_to_the_issued_list(open_as, site, size, year):
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    with site.writing_as("viettel") as ctx:
        make(ctx, kind="cable_pole", at=(lon, lat))
    department = open_as("so.xaydung", viewport=size)
    department.goto("/route-lists")
    department.get_by_label("Năm", exact=True).fill(str(year))
    press(department.get_by_role("button", name="Mở danh mục"))
    expect(department.get_by_role("heading", level=1)).to_contain_text(str(year))
    seen(department, "list")

    commune = open_as("ubnd.xa", viewport=size)
    commune.goto("/route-lists")
    press(commune.get_by_role("link", name="Đề xuất tuyến đường"))
    press(commune.get_by_role("button", name="Lưu"))
    expect(commune.locator(".error-summary")).to_be_focused()
    seen(commune, "form")
    fill(commune, year, (lon, lat), (lon + 0.002, lat + 0.002))
    expect(commune.locator("[data-echo]")).to_contain_text("VN-2000")
    press(commune.get_by_role("button", name="Lưu"))
    expect(commune.get_by_text("Đã lưu đề xuất")).to_be_visible()
    press(commune.get_by_role("link", name="Gửi Sở Xây dựng"))
    press(commune.get_by_role("button", name="Gửi Sở Xây dựng"))
    expect(commune.get_by_text("còn 15 ngày làm việc")).to_be_visible()
    address = commune.url

    department.goto("/")
    expect(department.get_by_role("link", name="TD-").first).to_be_visible()
    department.goto(address)
    expect(department.locator("#corridor")).to_contain_text("Cột treo cáp")
    seen(department, "item")
    press(department.get_by_role("link", name="Thống nhất đưa vào danh mục"))
    press(department.get_by_role("button", name="Thống nhất đưa vào danh mục"))
    expect(department.get_by_text("Sở Xây dựng thống nhất đưa vào danh mục").first).to_be_visible()
    department.goto(f"/route-lists/items?year={year}")
    seen(department, "items")
    press(department.get_by_role("link", name="Đã thống nhất"))
    expect(department.get_by_text("Toàn danh mục")).to_be_visible()
    seen(department, "agreed")
    press(department.get_by_role("link", name="Trạng thái danh mục"))
    press(department.get_by_role("link", name="Ban hành danh mục"))
    department.get_by_label("Số quyết định").fill("12/QĐ-SXD")
    department.get_by_label("Ngày quyết định").fill("01/10/2026")
    press(department.get_by_role("button", name="Ban hành danh mục"))
    expect(department.get_by_text("Đã ban hành danh mục").first).to_be_visible()
    department.goto("/route-lists")
    seen(department, "lists")
    press(department.get_by_role("link", name=str(year), exact=True))
    press(department.get_by_role("link", name="Đã thống nhất", exact=True))
    press(department.get_by_role("link", name="Bản để in"))
    expect(department.get_by_text("Kèm theo Quyết định số 12/QĐ-SXD ngày 01/10/2026")).to_be_visible()
    seen(department, "paper")
