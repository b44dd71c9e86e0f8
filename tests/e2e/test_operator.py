"""An operator registers a tower by map and by coordinates, looks after it, and finds what happened to it."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import idle
from tests.e2e.journey import photo, scripted
from tests.e2e.looks import look

VN2000 = "X = 2.191.076,73; Y = 581.102,24"
NAME = "Trạm của hành trình"


def fill_tower(page: Page, name: str) -> None:
    """A complete form of a tower but for its position."""
    page.goto("/structures/new/antenna_tower")
    page.get_by_label("Tên", exact=True).fill(name)
    page.get_by_label("Loại cột").select_option("A2b")
    page.get_by_label("Chiều cao cột").fill("45,5")
    page.get_by_label("Cách xác định vị trí").select_option("gps")
    page.locator("details.form-fold > summary", has_text="Pháp lý").click()
    page.get_by_label("Là tài sản công").select_option("false")


def type_position(page: Page) -> None:
    """Coordinates of VN-2000, and the wait for their echo."""
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_label("Tọa độ", exact=True).fill(VN2000)
    expect(page.locator("[data-echo]")).to_contain_text("Phường Hạc Thành")


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def correct(page: Page) -> None:
    """A form with errors names them all, leads to each, and keeps what was typed."""
    fill_tower(page, "")
    page.get_by_label("Chiều cao cột").fill("45m")
    page.get_by_role("button", name="Đăng ký").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Lỗi:")
    look(page, "form with errors")
    summary.get_by_role("link", name=re.compile("Chiều cao cột")).click()
    expect(page.get_by_label("Chiều cao cột")).to_be_focused()
    expect(page.get_by_label("Chiều cao cột")).to_have_value("45m")
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_label("Tọa độ", exact=True).fill("X = 581.102,24; Y = 2.191.076,73")
    expect(page.locator("[data-echo]")).to_contain_text("Có thể")


def test_a_tower_is_registered_edited_confirmed_and_photographed(open_as):
    plain = open_as("viettel")
    correct(plain)
    page = open_as("viettel", draws=True)
    fill_tower(page, NAME)
    type_position(page)
    # A click beside the marker is another place, and typing takes it back.
    canvas = page.locator("#picker .maplibregl-canvas")
    expect(page.locator("#picker .maplibregl-marker")).to_be_visible()
    canvas.scroll_into_view_if_needed()
    idle(page)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2 + 40, "y": box["height"] / 2 + 40})
    expect(page.get_by_label("Hệ tọa độ")).to_have_value("wgs84")
    picked = page.get_by_label("Tọa độ", exact=True).input_value()
    assert re.fullmatch(r"19\.80\d{4}, 105\.77\d{4}", picked)
    expect(page.locator("[data-echo]")).to_contain_text(picked)
    type_position(page)
    expect(page.locator("[data-echo]")).to_contain_text("19.807000, 105.776000")
    page.get_by_role("button", name="Đăng ký").dblclick()
    expect(heading(page)).to_have_text(NAME)
    expect(page.locator("#position")).to_contain_text("19.807000, 105.776000")
    expect(page.locator("#position")).to_contain_text("Phường Hạc Thành")
    address = page.url
    scripted(heading(page))
    page.keyboard.press("e")
    expect(heading(page)).to_have_text("Sửa công trình")
    page = plain
    page.goto(address)

    page.get_by_role("link", name="Sửa").click()
    page.get_by_label("Chiều cao cột").fill("48")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu công trình")).to_be_visible()
    page.get_by_role("button", name="Xác nhận thông tin còn đúng").click()
    expect(page.get_by_role("status").filter(has_text="Đã xác nhận")).to_be_visible()
    history = page.locator("#history")
    expect(history.locator("del").filter(has_text="45,5")).to_be_visible()
    expect(history.locator("ins").filter(has_text="48")).to_be_visible()
    expect(history.locator(".timeline > li")).to_have_count(3)

    page.get_by_role("link", name="Thêm tệp").click()
    page.get_by_label("Tệp").set_input_files(photo("cot.jpg"))
    page.get_by_label("Chú thích").fill("Chân cột nhìn từ đường")
    page.get_by_role("main").locator("form[method=post] button[type=submit]").click()
    shown = page.get_by_role("img", name="Chân cột nhìn từ đường").first
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 0
    # Two clicks made one structure.
    page.goto("/structures?q=tram+cua+hanh+trinh")
    expect(page.locator("tr[data-record]")).to_have_count(1)
    expect(page.locator("tr[data-record] a").first).to_have_attribute("href", re.compile(address.rsplit("/", 1)[1]))
