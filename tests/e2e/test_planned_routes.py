"""A route drawn by clicks or typed, read from a file, and the path between two places, on a wide screen and a phone."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import press, sound
from tests.factories.planned_routes import carrier, geojson, street, typed

pytestmark = pytest.mark.drawn_map
#: Where pictures of each page are left for whoever wants to look at them.
PICTURES = os.environ.get("ROUTE_PICTURES")
PLACES = ((0, 0), (600, 40), (1200, 0))


def seen(page: Page, name: str) -> None:
    """The page is sound; with a folder given, its picture is left there, on paper too."""
    sound(page)
    if PICTURES:
        page.wait_for_timeout(1500)
        width = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        page.emulate_media(media="print")
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}-paper.png", full_page=True)
        page.emulate_media(media="screen")


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


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_typed_line_shows_what_is_there_and_what_must_be_built(open_as, town, size):
    page = open_as("viettel", viewport=size)
    page.goto("/planned-routes")
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator(".error-summary")).to_be_focused()
    seen(page, "form")
    page.get_by_label("Tọa độ của tuyến").fill(typed(*PLACES))
    expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator("#parts")).to_contain_text(town)
    expect(page.locator("#parts")).to_contain_text("còn 0 chỗ, cần 1")
    expect(page.locator("#streets")).to_contain_text("Quốc lộ 47")
    expect(page.locator("[data-route-map]")).to_have_attribute("data-loaded", "")
    seen(page, "along")
    press(page.get_by_role("link", name="Chỉ treo cột"))
    expect(page.locator("#parts")).not_to_contain_text(town)
    page.go_back()
    expect(page.locator("#parts")).to_contain_text(town)


def test_a_line_is_drawn_by_clicks_and_by_keys(open_as, town):
    page = open_as("viettel")
    page.goto("/planned-routes")
    canvas = page.locator(".map-picker canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page.locator("[data-echo]")).to_contain_text("WGS 84")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(800)
    page.keyboard.press("Enter")
    assert len(page.get_by_label("Tọa độ của tuyến").input_value().splitlines()) == 2
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.get_by_text("Phải xây mới").first).to_be_visible()


def test_a_file_is_read_and_its_row_is_lit_on_the_map(open_as, town, tmp_path):
    path = tmp_path / "tuyen.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(geojson(*PLACES))}))
    page = open_as("viettel")
    page.goto("/planned-routes")
    page.get_by_label("Hoặc tệp có một tuyến").set_input_files(path)
    press(page.get_by_role("button", name="Tìm dọc tuyến"))
    expect(page.locator("#parts")).to_contain_text(town)
    expect(page.locator("[data-route-map]")).to_have_attribute("data-loaded", "")
    box = page.locator("[data-route-map]").bounding_box()
    page.locator("[data-route-map] canvas").click(position={"x": box["width"] / 2, "y": box["height"] / 2 - 12})
    page.locator("#parts tr[data-record] a").first.focus()
    sound(page)


def test_without_scripts_the_line_is_looked_along_too(open_as, town):
    page = open_as("viettel", java_script_enabled=False)
    page.goto("/planned-routes")
    page.get_by_label("Tọa độ của tuyến").fill(typed(*PLACES))
    page.get_by_role("button", name="Tìm dọc tuyến").click()
    expect(page.locator("#parts")).to_contain_text(town)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_paths_between_two_places_are_compared(open_as, town, size):
    page = open_as("viettel", viewport=size)
    page.goto("/planned-routes")
    press(page.get_by_role("link", name="Đường ít đào nhất giữa hai điểm"))
    page.get_by_label("Hai điểm").fill(typed(PLACES[0], PLACES[-1]))
    expect(page.locator("[data-echo]")).to_contain_text("VN-2000")
    press(page.get_by_role("button", name="Tìm đường"))
    expect(page.locator("#compare")).to_contain_text("Ngắn nhất")
    expect(page.locator("#path-least")).to_contain_text(town)
    expect(page.locator("[data-route-map]")).to_have_attribute("data-loaded", "")
    seen(page, "paths")
    assert "points=" in page.url
