"""The basket in the workspace: structures of two owners, collected on the map and sent as two requests."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import idle, open_map
from tests.e2e.journey import press
from tests.e2e.looks import look
from tests.factories.sites import hosting

pytestmark = pytest.mark.drawn_map
SITE = (105.70, 19.85)
TYPED = {
    "Điện thoại liên hệ": "0912 345 678",
    "Mục đích sử dụng": "Phủ sóng 5G",
    "Đề nghị sử dụng từ ngày": "01/01/2030",
    "Thời gian sử dụng (tháng)": "60",
    "Trạm, cáp, thiết bị lắp đặt": "Trạm 5G",
    "Số ăng ten": "3",
    "Cao độ lắp đặt": "30",
    "Khối lượng thiết bị": "180",
}


@pytest.fixture(scope="module")
def towers(site):
    """Two towers of Viettel and one of the power company around a place, all with room."""
    with site.writing_as("viettel") as ctx:
        first = hosting(ctx, 0, ("Sàn 32 m", "position", 6), of=SITE, height_m="42", name="Trạm giữa").code
        second = hosting(ctx, 90, ("Sàn 32 m", "position", 3), of=SITE, height_m="42", name="Trạm đông").code
    with site.writing_as("dienluc") as ctx:
        third = hosting(ctx, -90, ("Sàn 32 m", "position", 3), owner="pc_thanhhoa", of=SITE, name="Trạm tây").code
    return first, second, third


def test_structures_collected_on_the_map_become_one_request_for_each_owner(open_as, towers):
    page = open_as("vnpt")
    open_map(page, f"/structures#map=17/{SITE[1]}/{SITE[0]}")
    basket, canvas = page.locator("#selection"), page.locator("[data-map] canvas")
    canvas.click(modifiers=["Shift"])
    expect(basket).to_contain_text("Giỏ đề nghị: 1 công trình")
    expect(page.locator("#drawer")).to_be_hidden()
    # A shape in one stroke around all that is shown.
    lasso = page.get_by_role("button", name="Khoanh vùng chọn")
    lasso.click()
    expect(lasso).to_have_attribute("aria-pressed", "true")
    box = canvas.bounding_box()
    left, top, right, bottom = 20, 140, box["width"] - 60, box["height"] - 20
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 10)]
    page.mouse.move(box["x"] + left, box["y"] + top)
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()
    expect(basket).to_contain_text("Giỏ đề nghị: 3 công trình")
    expect(basket).to_contain_text("2 chủ sở hữu")
    expect(lasso).to_have_attribute("aria-pressed", "false")
    idle(page)
    look(page, "basket bar")

    press(page.get_by_role("link", name="Xem và gửi"))
    expect(page.locator(".basket-line")).to_have_count(3)
    for label, value in TYPED.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Công nghệ").select_option("5g")
    look(page, "basket")
    press(page.get_by_role("button", name="Gửi tất cả 2 đề nghị"))
    expect(page.get_by_text(re.compile(r"Đã gửi DC-\d{4}-\d{6} tới"))).to_have_count(2)
    expect(page.get_by_text("Giỏ đề nghị đang trống")).to_be_visible()
    assert len(set(towers)) == 3
