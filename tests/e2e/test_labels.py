"""Labels from the ticks in the list to the sticker that somebody scans, by keyboard, wide and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import press, sound


def scanned(page: Page) -> list[str]:
    """The codes on the sheet that is open."""
    return page.locator("td > code").all_inner_texts()


@pytest.mark.parametrize(("size", "pole"), [(WIDE, "pole0"), (PHONE, "pole2")], ids=["wide", "phone"])
def test_an_owner_prints_labels_and_somebody_scans_one(open_as, site, size, pole):
    code = site.codes[pole]
    page = open_as("vnpt", viewport=size, accept_downloads=True)
    page.goto(f"/structures?q={code}")
    press(page.get_by_label(f"Chọn {code}"), "Space")
    expect(page.locator("[data-selection] .count").first).to_have_text("1")
    page.locator(".list-tools summary", has_text="Thêm").click()
    press(page.get_by_role("button", name="In nhãn QR"))
    expect(page.get_by_label("Mã công trình")).to_have_value(code)
    sound(page)
    press(page.get_by_role("button", name="Cấp nhãn"))
    expect(page.get_by_role("status").filter(has_text="Đã cấp nhãn")).to_be_visible()
    sound(page)
    (printed,) = scanned(page)
    for name in ("Tem 60 × 40 mm", "Giấy A4, 8 nhãn mỗi tờ"):
        with page.expect_download() as download:
            press(page.get_by_role("link", name=f"Tải PDF {name}"))
        assert download.value.path().read_bytes().startswith(b"%PDF-")

    walker = open_as(None, viewport=PHONE)
    walker.goto(f"/t/{printed}")
    expect(walker.get_by_role("main")).to_contain_text(code)
    expect(walker.get_by_role("main")).to_contain_text("VNPT Thanh Hóa")
    sound(walker)
    assert "đường Lê Lợi" not in walker.content()

    page.goto(f"/t/{printed}")
    expect(page).to_have_url(re.compile(f"/structures/{code}$"))
    press(page.locator("#labels").get_by_role("link", name=re.compile("^Tờ ")))
    press(page.locator("summary").filter(has_text="Thu hồi"))
    press(page.get_by_role("button", name=f"Thu hồi nhãn {printed}"))
    expect(page.get_by_role("status").filter(has_text="Đã thu hồi nhãn")).to_be_visible()
    assert walker.goto(f"/t/{printed}").status == 404
    expect(walker.get_by_role("main")).to_contain_text("nhãn đã được thu hồi")


def test_whoever_scans_signs_in_and_lands_on_the_full_page(open_as, site, cast):
    page = open_as(None, viewport=PHONE)
    page.goto(f"/t/{site.codes['label']}")
    page.get_by_role("link", name="đăng nhập để xem hồ sơ đầy đủ").click()
    page.get_by_label("Tên đăng nhập").fill("kiemtra1")
    page.get_by_label("Mật khẩu").fill(cast["kiemtra1"].password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng Đông Sơn")


def test_a_wrong_code_is_named_in_the_form_and_what_was_typed_stays(open_as, site):
    page = open_as("viettel", java_script_enabled=False)
    page.goto("/labels/new")
    page.get_by_label("Mã công trình").fill(f"{site.codes['published']}\nTHA-CAT-999999")
    page.get_by_role("button", name="Cấp nhãn").click()
    expect(page.locator(".error-summary")).to_contain_text("THA-CAT-999999: không có công trình này")
    expect(page.get_by_label("Mã công trình")).to_have_value(re.compile(site.codes["published"]))


def test_labels_in_the_browser_keep_their_size(open_as, site):
    page = open_as("viettel")
    millimetre = 96 / 25.4
    for size, width, height in (("a4", 105, 74.2), ("60x40", 60, 39.9)):
        page.goto(f"/labels/sheets/{site.codes['sheet']}/{size}")
        expect(page.locator(".label")).to_have_count(2)
        box = page.locator(".label").first.bounding_box()
        assert abs(box["width"] / millimetre - width) < 0.5
        assert abs(box["height"] / millimetre - height) < 0.5
        drawn = page.locator(".label-qr").first.evaluate("image => image.complete && image.naturalWidth > 0")
        assert drawn
