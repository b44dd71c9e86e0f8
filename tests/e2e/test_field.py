"""An inspector reports a violation on a phone, with a photo that no refusal, lost line or ended session loses."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, place_of
from tests.e2e.journey import photo
from tests.e2e.looks import look

PICTURE = photo("hien truong.jpg", "teal")
#: Of another place: a used photo is asked about.
OTHER = photo("cot khac.jpg", "teal", mark=(380, 40, 600, 300))


@pytest.fixture
def phone(open_as, site):
    """A function: the empty form on a phone that stands by a structure of the inspector's area, as exact as told."""

    def opened(structure: str, accuracy=12) -> Page:
        lat, lon = place_of(open_as("kiemtra1"), f"/structures/{site.codes[structure]}")
        spot = {"latitude": float(lat), "longitude": float(lon), "accuracy": accuracy}
        page = open_as("kiemtra1", viewport=PHONE, geolocation=spot, permissions=["geolocation"])
        page.goto("/violations/new")
        return page

    return opened


def go_on(page: Page, screens: int = 1) -> None:
    for _screen in range(screens):
        page.get_by_role("button", name="Tiếp", exact=True).click()


def fill(page: Page, picture=PICTURE) -> None:
    """The photo; the screen of the place follows it and asks the device."""
    page.get_by_label("Chụp ảnh").set_input_files(picture)
    expect(page.locator("[data-echo]")).to_contain_text("Phường")


def test_a_report_is_sent_from_a_phone_once_and_the_next_one_there_is_told_of_it(phone, open_as, site):
    page = phone("unpublished")
    # The acts follow the day.
    go_on(page, 3)
    page.get_by_label("Ngày xảy ra").fill("30/06/2026")
    page.get_by_label("Ngày xảy ra").blur()
    expect(page.locator("#kind option[value=no_maintenance]")).to_have_count(0)
    page.get_by_label("Hành vi đang tiếp diễn").check()
    expect(page.locator("#kind option[value=no_maintenance]")).to_have_count(1)
    page.reload()
    fill(page)
    expect(page.locator("#accuracy_m")).to_have_value("12")
    go_on(page, 2)
    # A tower stands here: it is offered.
    page.get_by_label("Công trình liên quan").select_option(site.codes["unpublished"])
    page.get_by_role("button", name="Gửi").click()
    # The act is missing: its screen opens, and the photo is still there.
    expect(page.locator(".error-summary")).to_contain_text("Hành vi")
    assert page.locator("#camera").evaluate("node => node.files.length") == 1
    page.get_by_label("Tìm hành vi").fill("khong gan the")
    expect(page.locator("#kind option")).to_have_count(2)
    page.locator("#kind").select_option("bad_cabling")
    go_on(page)
    page.locator("[name=description]").fill("Cáp võng sát đầu người đi đường")
    look(page, "report")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cáp trong công trình dùng chung")
    expect(page.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")
    expect(page.locator("#files img")).to_have_count(1)
    again = phone("unpublished", accuracy=85)
    fill(again)
    expect(again.locator("[data-echo]")).to_contain_text("cách 0 m, báo hôm nay")
    expect(again.locator("[data-echo]")).to_contain_text("Sai số lớn hơn 20 m")
    outlives_the_session_and_a_lost_answer(phone("pole47"), open_as)


def outlives_the_session_and_a_lost_answer(page, open_as):
    """What was typed stays, and is reported once."""
    fill(page, OTHER)
    go_on(page)
    page.locator("#kind").select_option("bad_cabling")
    go_on(page)
    page.locator("[name=description]").fill("Gõ trước khi hết phiên")
    context = page.context
    context.clear_cookies()
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Phiên đăng nhập đã hết; nội dung và ảnh vẫn còn")
    expect(page.get_by_role("link", name="Đăng nhập ở thẻ mới")).to_have_attribute("href", "/login")
    # Whoever signs in again in another tab sends it as it is; this time the answer is lost.
    context.add_cookies(open_as("kiemtra1").context.cookies())

    def lose(route):
        if route.request.method != "POST":
            route.continue_()
            return
        answer = route.fetch(max_redirects=0)
        if "location" not in answer.headers:
            route.fulfill(response=answer)
            return
        taken.append(answer.headers["location"])
        route.abort("connectionreset")

    taken = []
    page.route("**/violations/new", lose)
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Không gửi được vì mất kết nối")
    page.unroute("**/violations/new")
    page.locator("[name=description]").fill("Sửa sau khi mất sóng")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("alert")).to_contain_text("Biểu mẫu này đã được nhận trước đó với nội dung khác")
    page.locator("[name=description]").fill("Gõ trước khi hết phiên")
    page.get_by_role("button", name="Gửi").click()
    page.wait_for_url(f"**{taken[0]}")
    expect(page.locator("#files img")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("Gõ trước khi hết phiên")


@pytest.mark.sweep
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
