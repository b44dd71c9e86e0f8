"""Labels from the ticks in the list to the sticker that somebody scans, by keyboard, wide and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import press
from tests.e2e.looks import look


def scanned(page: Page) -> list[str]:
    """The codes on the sheet that is open."""
    return page.locator("td > code").all_inner_texts()


@pytest.mark.parametrize(
    ("size", "pole"), [(WIDE, "pole0"), pytest.param(PHONE, "pole2", marks=pytest.mark.sweep)], ids=["wide", "phone"]
)
def test_an_owner_prints_labels_and_somebody_scans_one(open_as, site, size, pole):
    code = site.codes[pole]
    page = open_as("vnpt", viewport=size, accept_downloads=True)
    page.goto(f"/structures?q={code}")
    press(page.get_by_label(f"Chọn {code}"), "Space")
    expect(page.locator("[data-selection] .count").first).to_have_text("1")
    page.locator(".list-tools summary", has_text="Khác").click()
    press(page.get_by_role("button", name="In nhãn QR"))
    expect(page.get_by_label("Mã công trình")).to_have_value(code)
    look(page, "labels 1")
    press(page.get_by_role("button", name="Cấp nhãn"))
    expect(page.get_by_role("status").filter(has_text="Đã cấp nhãn")).to_be_visible()
    look(page, "labels 2")
    (printed,) = scanned(page)
    for name in ("Tem 60 × 40 mm", "Giấy A4, 8 nhãn mỗi tờ"):
        with page.expect_download() as download:
            press(page.get_by_role("link", name=f"Tải PDF {name}"))
        assert download.value.path().read_bytes().startswith(b"%PDF-")

    walker = open_as(None, viewport=PHONE)
    walker.goto(f"/t/{printed}")
    expect(walker.get_by_role("main")).to_contain_text(code)
    expect(walker.get_by_role("main")).to_contain_text("VNPT Thanh Hóa")
    look(walker, "labels 3")
    assert "đường Lê Lợi" not in walker.content()

    page.goto(f"/t/{printed}")
    expect(page).to_have_url(re.compile(f"/structures/{code}$"))
    press(page.locator("#labels").get_by_role("link", name=re.compile("^Tờ ")))
    press(page.locator("summary").filter(has_text="Thu hồi"))
    press(page.get_by_role("button", name=f"Thu hồi nhãn {printed}"))
    expect(page.get_by_role("status").filter(has_text="Đã thu hồi nhãn")).to_be_visible()
    assert walker.goto(f"/t/{printed}").status == 404
    expect(walker.get_by_role("main")).to_contain_text("nhãn đã được thu hồi")
    labels_keep_their_size(open_as("viettel"), site.codes["sheet"])


def labels_keep_their_size(page: Page, sheet: str) -> None:
    """On the page that is printed each label has its millimetres, and its code is drawn."""
    millimetre = 96 / 25.4
    for size, width, height in (("a4", 105, 74.2), ("60x40", 60, 39.9)):
        page.goto(f"/labels/sheets/{sheet}/{size}")
        expect(page.locator(".label")).to_have_count(2)
        box = page.locator(".label").first.bounding_box()
        assert abs(box["width"] / millimetre - width) < 0.5
        assert abs(box["height"] / millimetre - height) < 0.5
        assert page.locator(".label-qr").first.evaluate("image => image.complete && image.naturalWidth > 0")
