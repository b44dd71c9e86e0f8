"""Planning: what stands around a planned site and along a planned route, from the question to the request."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE, idle
from tests.e2e.journey import FIGURES, Hand, press, watch_map
from tests.e2e.looks import look
from tests.factories.planned_routes import carrier, geojson, street, typed
from tests.factories.sites import away, hosting
from tests.factories.structures import make

pytestmark = pytest.mark.drawn_map
SITE = (105.70, 19.85)
PLACES = ((0, 0), (600, 40), (1200, 0))
MOST_CLICKS = 9
AT = f"{SITE[1]:.6f}; {SITE[0]:.6f}"


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


@pytest.mark.parametrize("size", [WIDE, pytest.param(PHONE, marks=pytest.mark.sweep)], ids=["wide", "phone"])
def test_a_tower_with_room_near_a_place_is_found_looked_at_and_asked_for(open_as, around, size):
    """From the start page to the filled form as a person does it, without typing an address, in few clicks."""
    page = open_as("vnpt", viewport=size)
    hand, drawer = Hand(page), page.locator("#drawer")
    watch_map(page)
    page.goto("/")
    navigation = page.get_by_role("navigation", name="Điều hướng chính")
    hand.click(navigation.get_by_text("Bản đồ & công trình"))
    hand.click(navigation.get_by_role("link", name="Tìm vị trí dùng chung"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Tìm vị trí dùng chung")
    expect(page.get_by_role("button", name="Chọn trên bản đồ")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    # The first click brings the map there, the second one is exact.
    for _turn in range(2):
        hand.click_map(*SITE)
        expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
        idle(page)
    page.get_by_label("Số lượng cần").fill("3")
    hand.click(page.get_by_role("button", name="Tìm quanh đây"))
    rows = page.locator(".records-near tbody tr")
    expect(rows.first).to_contain_text(around)
    expect(rows.first).to_contain_text("Trống 6 / 6")
    expect(rows.first).to_contain_text("Đáp ứng")
    expect(rows).to_have_count(4)
    expect(page.locator("#cells")).to_contain_text("Doanh nghiệp viễn thông")
    assert "diameter_mm" not in page.url, "empty fields stay out of the address, which can be kept"
    idle(page)
    look(page, "site answer")
    hand.click(page.get_by_role("button", name=f"Xem {around} trên bản đồ"))
    expect(drawer).to_contain_text("Trạm có chỗ")
    expect(page.locator("tr[data-lit]")).to_contain_text(around)
    look(page, "site chosen")
    # Two clicks from the structure to the form: the button of its card leads to the basket.
    hand.click(drawer.get_by_role("button", name="Đề nghị dùng chung"))
    expect(page.locator(".basket-line")).to_contain_text(around)
    expect(page.get_by_label(f"Vị trí lắp đặt trên {around}")).to_be_visible()
    expect(page.get_by_label("Mục đích sử dụng")).to_be_editable()
    FIGURES.append(
        f"clicks from the start page to the filled form ({size['width']} px): {hand.clicks} of {MOST_CLICKS}"
    )
    assert hand.clicks <= MOST_CLICKS

    asks_of_a_new_mast(open_as("vnpt", viewport=size, draws=False))
    spot = {"latitude": SITE[1], "longitude": SITE[0], "accuracy": 8}
    asks_where_it_stands(
        open_as("vnpt", viewport=PHONE, draws=False, geolocation=spot, permissions=["geolocation"]), around
    )


def asks_of_a_new_mast(plain: Page) -> None:
    """Without a map: a refusal at its field, then what stops a new mast, whose question takes the place over."""
    plain.goto("/planned-sites")
    press(plain.get_by_role("button", name="Tìm quanh đây"))
    expect(plain.locator(".error-summary")).to_be_focused()
    look(plain, "site wrong")
    plain.goto(f"/planned-sites?at={AT}")
    press(plain.get_by_role("link", name="Cột mới"))
    expect(plain.locator("#rule")).to_contain_text("Cần kiểm chứng")
    expect(plain.locator(".notice.tone-bad")).to_contain_text("phải xét dùng chung")
    expect(plain.locator("#unseen")).to_contain_text("Có")
    look(plain, "mast")
    # Who looked at the page has opened all of it.
    if not plain.get_by_label("Chiều cao cột dự kiến").is_visible():
        press(plain.get_by_text("Thay đổi điều kiện"))
    plain.get_by_label("Chiều cao cột dự kiến").fill("3")
    press(plain.get_by_role("button", name="Xét", exact=True))
    expect(plain.locator(".notice.tone-good")).to_contain_text("không phải giữ khoảng cách")


def asks_where_it_stands(walker: Page, around: str) -> None:
    """The device's own place."""
    walker.goto("/planned-sites")
    press(walker.get_by_role("button", name="Vị trí của tôi"))
    expect(walker.get_by_label("Vị trí dự kiến")).to_have_value(re.compile(r"^19\.85\d*, 105\.70\d*$"))
    press(walker.get_by_role("button", name="Tìm quanh đây"))
    expect(walker.locator(".records-near")).to_contain_text(around)


@pytest.fixture(scope="module")
def town(site):
    """A duct, a full duct, poles and a road along the way; the code of the duct."""
    with site.writing_as("vnpt") as ctx:
        duct = carrier(ctx, "cable_duct", (0, 4), (400, 30), name="Cống cáp Quốc lộ 47").code
        carrier(ctx, "cable_duct", (700, 36), (1000, 17), free=0, name="Cống cáp đầy")
    with site.writing_as("dienluc") as ctx:
        for number in range(6):
            carrier(
                ctx, "power_pole_shared", (400 + 50 * number, 30 + number), owner="pc_thanhhoa", name=f"Cột {number}"
            )
    with site.writing_as("quantri") as ctx:
        street(ctx, "Quốc lộ 47", (-100, -1), (600, 47), (1300, 1))
    return duct


def is_clicked_and_drawn(mapped: Page, answer: str) -> None:
    """The line is clicked on the shared map and grows by keys; an answer is drawn there with its legend."""
    watch_map(mapped)
    mapped.goto("/planned-routes")
    expect(mapped.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    canvas = mapped.locator("[data-map] canvas")
    Hand(mapped).click_map(*SITE)
    expect(mapped.locator("[data-echo]")).to_contain_text("WGS 84")
    canvas.focus()
    mapped.keyboard.press("ArrowRight")
    idle(mapped)
    mapped.keyboard.press("Enter")
    assert len(mapped.get_by_label("Tọa độ của tuyến").input_value().splitlines()) == 2
    press(mapped.get_by_role("button", name="Bỏ điểm cuối"))
    assert len(mapped.get_by_label("Tọa độ của tuyến").input_value().splitlines()) == 1
    mapped.goto(answer)
    expect(mapped.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    expect(mapped.locator("#legend")).to_contain_text("Dùng lại được")
    expect(mapped.locator("#legend")).to_contain_text("Chưa có công trình, phải xây mới")


@pytest.mark.parametrize("size", [WIDE, pytest.param(PHONE, marks=pytest.mark.sweep)], ids=["wide", "phone"])
def test_a_route_is_typed_drawn_and_read_and_paths_are_compared(open_as, town, tmp_path, size):
    page = open_as("viettel", viewport=size, draws=False)
    page.goto("/planned-routes")
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "route form")
    page.get_by_label("Tọa độ của tuyến").fill(typed(*PLACES))
    expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator("#parts")).to_contain_text(town)
    expect(page.locator("#parts")).to_contain_text("còn 0 chỗ, cần 1")
    expect(page.locator("#streets")).to_contain_text("Quốc lộ 47")
    look(page, "route along")
    press(page.get_by_role("link", name="Chỉ treo cột"))
    expect(page.locator("#parts")).not_to_contain_text(town)
    page.go_back()
    expect(page.locator("#parts")).to_contain_text(town)

    mapped = open_as("viettel", viewport=size)
    is_clicked_and_drawn(mapped, page.url)

    path = tmp_path / "tuyen.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(geojson(*PLACES))}))
    page.goto("/planned-routes")
    page.get_by_label("Hoặc tệp có một tuyến").set_input_files(path)
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator("#parts")).to_contain_text(town)

    page.goto("/planned-routes")
    press(page.get_by_role("link", name="Phương án đào ít nhất"))
    page.get_by_label("Hai điểm").fill(typed(PLACES[0], PLACES[-1]))
    expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
    press(page.get_by_role("button", name="Tìm đường"))
    expect(page.locator("#compare")).to_contain_text("Ngắn nhất")
    expect(page.locator("#path-least")).to_contain_text(town)
    look(page, "route paths")
    assert "points=" in page.url
    mapped.goto(page.url)
    expect(mapped.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    expect(mapped.locator("#legend")).to_contain_text("Đào mới")
