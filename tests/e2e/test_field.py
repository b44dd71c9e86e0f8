"""An inspector reports a violation on a phone, with a photo that no refusal loses."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE

HERE = re.compile(r"(\d+\.\d+), (\d+\.\d+)")


@pytest.fixture
def photo():
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(target, "JPEG")
    return {"name": "hien truong.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


@pytest.fixture
def spot(site, open_as):
    """Latitude and longitude of a tower in the inspector's area."""
    page = open_as("kiemtra1")
    page.goto(f"/structures/{site.codes['unpublished']}")
    lat, lon = HERE.search(page.locator("#position").inner_text()).groups()
    return {"latitude": float(lat), "longitude": float(lon)}


@pytest.fixture
def phone(open_as, spot):
    """A function: the empty form on a phone that stands at the spot, as exact as told."""

    def opened(accuracy=12, **options) -> Page:
        page = open_as(
            "kiemtra1",
            **(
                {"viewport": PHONE, "geolocation": spot | {"accuracy": accuracy}, "permissions": ["geolocation"]}
                | options
            ),
        )
        page.goto("/violations/new")
        return page

    return opened


def fill(page: Page, photo) -> None:
    page.get_by_label("Chụp ảnh").set_input_files(photo)
    page.get_by_role("button", name="Vị trí của tôi").first.click()
    expect(page.locator("[data-echo]")).to_contain_text("Phường")


@pytest.mark.drawn_map
def test_a_report_is_sent_from_a_phone(phone, photo, site):
    page = phone()
    fill(page, photo)
    expect(page.locator("#accuracy_m")).to_have_value("12")
    # A tower stands here: it is offered.
    page.get_by_label("Công trình liên quan").select_option(site.codes["unpublished"])
    page.get_by_label("Tìm hành vi").fill("khong gan the")
    options = page.locator("#kind option")
    expect(options).to_have_count(2)
    page.get_by_label("Hành vi", exact=True).select_option("bad_cabling")
    page.get_by_role("button", name="Gửi").click()
    # The words are missing: the photo is still there.
    expect(page.locator(".error-summary")).to_contain_text("Mô tả")
    assert page.locator("#camera").evaluate("node => node.files.length") == 1
    page.get_by_label("Mô tả", exact=True).fill("Cáp võng sát đầu người đi đường")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cáp trong công trình dùng chung")
    expect(page.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")
    expect(page.locator("#files img")).to_have_count(1)
    # The next one at the same place is told of the first before anything is sent.
    again = phone()
    fill(again, photo)
    expect(again.locator("[data-echo]")).to_contain_text("cách 0 m, báo hôm nay")


def test_a_weak_fix_is_warned_of(phone, photo):
    page = phone(accuracy=85)
    fill(page, photo)
    expect(page.locator("[data-echo]")).to_contain_text("Sai số lớn hơn 20 m")


def test_the_acts_follow_the_day(phone):
    page = phone()
    page.get_by_label("Ngày xảy ra").fill("30/06/2026")
    page.get_by_label("Ngày xảy ra").blur()
    expect(page.locator("#kind option[value=bad_cabling]")).to_have_count(0)
    page.get_by_label("Hành vi đang tiếp diễn").check()
    expect(page.locator("#kind option[value=bad_cabling]")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("address", ["/violations/new", "/violations/kinds", "/violations"])
def test_nothing_is_wider_than_the_screen_and_thumbs_hit(open_as, width, address):
    page = open_as("kiemtra1", viewport={"width": width, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator("main .field-form :is(input:not([type=hidden],[type=checkbox]), select, button, .btn)")
    # The map's own buttons are smaller; two fingers and the buttons beside the map do the same.
    heights = small.evaluate_all(
        "nodes => nodes.filter(n => n.offsetParent && !n.closest('.map')).map(n => n.getBoundingClientRect().height)"
    )
    assert all(height >= 44 for height in heights)


def say_compared(page: Page) -> None:
    """What was reported near by is no question here."""
    page.locator("[name=compared]").evaluate("(node, at) => (node.value = at)", page.locator("#position").input_value())


def test_what_was_typed_outlives_the_session(phone, photo, open_as):
    """The session ends while the form is filled in; whoever signs in again in another tab sends it as it is."""
    page = phone()
    fill(page, photo)
    page.get_by_label("Hành vi", exact=True).select_option("bad_cabling")
    page.get_by_label("Mô tả", exact=True).fill("Gõ trước khi hết phiên")
    say_compared(page)
    context = page.context
    context.clear_cookies()
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Phiên đăng nhập đã hết; nội dung và ảnh vẫn còn")
    expect(page.get_by_role("link", name="Đăng nhập ở thẻ mới")).to_have_attribute("href", "/login")
    again = open_as("kiemtra1").context
    context.add_cookies(again.cookies())
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")
    expect(page.locator("#files img")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("Gõ trước khi hết phiên")


def test_an_answer_that_was_lost_does_not_report_twice(phone, photo):
    page = phone()
    fill(page, photo)
    page.get_by_label("Hành vi", exact=True).select_option("bad_cabling")
    page.get_by_label("Mô tả", exact=True).fill("Mất sóng khi gửi")
    say_compared(page)

    def lose(route):
        if route.request.method != "POST":
            route.continue_()
            return
        taken.append(route.fetch(max_redirects=0).headers["location"])
        route.abort("connectionreset")

    taken = []
    page.route("**/violations/new", lose)
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Không gửi được vì mất kết nối")
    page.unroute("**/violations/new")
    page.get_by_label("Mô tả", exact=True).fill("Sửa sau khi mất sóng")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Biểu mẫu này đã được nhận trước đó với nội dung khác")
    page.get_by_label("Mô tả", exact=True).fill("Mất sóng khi gửi")
    page.get_by_role("button", name="Gửi").click()
    page.wait_for_url(f"**{taken[0]}")
