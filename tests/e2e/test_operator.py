"""An operator registers a tower, looks after it, and finds what happened to it."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in

VN2000 = "X = 2.191.076,73; Y = 581.102,24"


def fill_tower(page: Page, name: str) -> None:
    """A complete form of a tower but for its position."""
    page.goto("/structures/new/antenna_tower")
    page.get_by_label("Tên", exact=True).fill(name)
    page.get_by_label("Loại cột").select_option("A2b")
    page.get_by_label("Chiều cao cột").fill("45,5")
    page.get_by_label("Cách xác định vị trí").select_option("gps")
    page.get_by_label("Là tài sản công").select_option("false")


def type_position(page: Page) -> None:
    """Coordinates of VN-2000, and the wait for their echo."""
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_label("Tọa độ", exact=True).fill(VN2000)
    expect(page.locator("[data-echo]")).to_contain_text("Phường Hạc Thành")


def heading(page: Page):
    return page.get_by_role("heading", level=1)


@pytest.fixture
def tower(open_as) -> Page:
    """The page of a new tower of Viettel, as its owner sees it."""
    page = open_as("viettel")
    fill_tower(page, "Trạm của hành trình")
    type_position(page)
    page.get_by_role("button", name="Đăng ký").click()
    expect(heading(page)).to_have_text("Trạm của hành trình")
    return page


def test_signing_in_leads_to_ones_own_work_and_out_again(open_as, cast):
    page = open_as()
    sign_in(page, "viettel", cast["viettel"].password)
    page.locator("summary", has_text="Nguyễn Văn Hùng").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()


def test_a_wrong_password_keeps_the_name_and_says_why(open_as):
    page = open_as()
    page.goto("/login")
    page.get_by_label("Tên đăng nhập").fill("viettel")
    page.get_by_label("Mật khẩu").fill("không đúng")
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Tên đăng nhập")).to_have_value("viettel")
    assert page.title().startswith("Lỗi:")


def test_typed_coordinates_are_echoed_and_saved_where_they_were_shown(tower):
    expect(tower.get_by_role("status").filter(has_text="Đã đăng ký công trình")).to_be_visible()
    expect(tower.locator("#position")).to_contain_text("19.807000, 105.776000")
    expect(tower.locator("#position")).to_contain_text("Phường Hạc Thành")


def test_swapped_coordinates_are_answered_at_once_with_what_may_be_meant(open_as):
    page = open_as("viettel")
    page.goto("/structures/new/antenna_tower")
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_label("Tọa độ", exact=True).fill("X = 581.102,24; Y = 2.191.076,73")
    expect(page.locator("[data-echo]")).to_contain_text("Có thể")


@pytest.mark.drawn_map
def test_a_click_on_the_map_gives_the_position(open_as):
    page = open_as("viettel")
    fill_tower(page, "Trạm chọn trên bản đồ")
    type_position(page)
    canvas = page.locator("#picker .maplibregl-canvas")
    expect(page.locator("#picker .maplibregl-marker")).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2 + 40, "y": box["height"] / 2 + 40})
    expect(page.get_by_label("Hệ tọa độ")).to_have_value("wgs84")
    picked = page.get_by_label("Tọa độ", exact=True).input_value()
    assert re.fullmatch(r"19\.80\d{4}, 105\.77\d{4}", picked)
    expect(page.locator("[data-echo]")).to_contain_text("Phường Hạc Thành")
    page.get_by_role("button", name="Đăng ký").click()
    expect(heading(page)).to_have_text("Trạm chọn trên bản đồ")
    expect(page.locator("#position")).to_contain_text(picked)


def test_an_edit_and_a_confirmation_stand_in_the_history(tower):
    tower.get_by_role("link", name="Sửa").click()
    tower.get_by_label("Chiều cao cột").fill("48")
    tower.get_by_role("button", name="Lưu").click()
    expect(tower.get_by_role("status").filter(has_text="Đã lưu công trình")).to_be_visible()
    tower.get_by_role("button", name="Xác nhận thông tin còn đúng").click()
    expect(tower.get_by_role("status").filter(has_text="Đã xác nhận")).to_be_visible()
    history = tower.locator("#history")
    expect(history).to_contain_text("Chiều cao cột")
    expect(history.locator("del").filter(has_text="45,5")).to_be_visible()
    expect(history.locator("ins").filter(has_text="48")).to_be_visible()
    expect(history.locator(".timeline > li")).to_have_count(3)


def test_a_wrong_form_says_all_at_once_and_keeps_what_was_typed(open_as):
    page = open_as("viettel")
    fill_tower(page, "")
    page.get_by_label("Chiều cao cột").fill("45m")
    page.get_by_role("button", name="Đăng ký").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Lỗi:")
    summary.get_by_role("link", name=re.compile("Chiều cao cột")).click()
    expect(page.get_by_label("Chiều cao cột")).to_be_focused()
    expect(page.get_by_label("Chiều cao cột")).to_have_value("45m")


def test_a_double_click_on_save_makes_one_structure(open_as):
    page = open_as("viettel")
    fill_tower(page, "Trạm bấm hai lần")
    type_position(page)
    page.get_by_role("button", name="Đăng ký").dblclick()
    expect(heading(page)).to_have_text("Trạm bấm hai lần")
    page.goto("/structures?q=tram+bam+hai+lan")
    expect(page.locator("tr[data-record]")).to_have_count(1)


def test_a_photo_hangs_on_the_page_of_its_structure(tower):
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "#2a7").save(picture, "JPEG")
    tower.get_by_role("link", name="Thêm tệp").click()
    tower.get_by_label("Tệp").set_input_files(
        {"name": "cot.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    tower.get_by_label("Chú thích").fill("Chân cột nhìn từ đường")
    tower.get_by_role("main").locator("form[method=post] button[type=submit]").click()
    shown = tower.get_by_role("img", name="Chân cột nhìn từ đường")
    shown.scroll_into_view_if_needed()
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") == 320
