"""The main job of inspectors: a violation logged on the phone, minutes, decision, remedy, closed."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE
from tests.e2e.guide import quoted
from tests.e2e.journey import (
    begin,
    desk,
    done,
    fill,
    has_happened,
    has_turn,
    number_of,
    photo,
    press,
    scripted,
    send,
    step,
    take_up,
    today,
    unfold,
)
from tests.e2e.looks import look
from tests.factories.structures import place_inside

MINUTES = {
    "offender": "organisation",
    "offender_name": "VNPT Thanh Hóa",
    "text": "Cáp võng, không gắn thẻ nhận biết.",
}
DECISION = {
    "authority": "commune_chair",
    "decision_number": "88/QĐ-XPHC",
    "remedy": "Gắn thẻ nhận biết, căng lại cáp.",
}


@pytest.fixture
def spot(site):
    """Where the inspector stands: in the commune that will decide."""
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    return {"latitude": lat + 0.0015, "longitude": lon, "accuracy": 8}


class Thumb:
    """What a phone asks of a person: taps, counted; nothing is typed."""

    MOST_TAPS = 7

    def __init__(self):
        self.taps = 0

    def tap(self, target):
        self.taps += 1
        scripted(target).click()

    def shoot(self, target, picture):
        """The button of the camera, and its shutter."""
        self.taps += 2
        scripted(target).set_input_files(picture)


def log(inspector, options):
    """Photo, place of the device, act, words; the number that the report gets."""
    thumb, main = Thumb(), inspector.locator("main")
    report, _position, on, act, send_it = quoted("6.1")
    inspector.goto("/")
    thumb.tap(main.get_by_role("link", name=report))
    # The screen of the place follows the photo, and asks the device for it.
    thumb.shoot(main.locator("[name=camera]"), photo("hien-truong.jpg"))
    expect(inspector.locator("[data-echo]")).to_contain_text("WGS 84")
    thumb.tap(main.get_by_role("button", name=on, exact=True))
    # The last screen follows the act.
    thumb.tap(main.get_by_role("radio", name=act))
    # Who it was is not asked for; the test needs it later.
    main.locator("[name=organisation]").select_option(label=options)
    look(inspector, "violation form")
    thumb.tap(main.get_by_role("button", name=send_it))
    assert thumb.taps <= Thumb.MOST_TAPS
    expect(inspector.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")
    look(inspector, "violation reported")
    return number_of(inspector, "VP")


def cover(inspector):
    """A face on the photo, by keyboard: a box in the middle, moved to the right."""
    unfold(inspector, "#files")
    inspector.get_by_role("link", name="Che khuôn mặt, biển số").click()
    press(inspector.locator("svg.redact"))
    inspector.keyboard.press("ArrowRight")
    expect(inspector.locator("#boxes")).to_have_value("290 200 80 80")
    look(inspector, "violation photo")
    send(inspector, "Che ảnh")
    expect(inspector.get_by_role("status").first).to_contain_text("Đã che ảnh")


def test_a_violation_is_logged_decided_remedied_and_closed_from_a_phone(open_as, spot):
    inspector = open_as("kiemtra1", viewport=PHONE, geolocation=spot, permissions=["geolocation"])
    commune, accused, lead = open_as("ubnd.xa"), open_as("vnpt"), open_as("so.khcn")
    number = log(inspector, "VNPT Thanh Hóa")
    # The commune may handle what is found in its area too; the others have nothing to do yet.
    has_turn(inspector, waits=number, others=(accused, lead))
    look(inspector, "violation desk")
    take_up(inspector, number)
    cover(inspector)
    verify, minutes = quoted("6.2")
    step(inspector, verify, text="Đã gọi đơn vị quản lý tuyến cáp.")
    begin(inspector, minutes)
    look(inspector, "violation minutes")
    # What is known stands there already: day, offender, and a text with the hash of the photo.
    for name, value in (("minutes_on", today()), ("offender", "organisation")):
        expect(inspector.locator(f"main [name={name}]")).to_have_value(value)
    expect(inspector.locator("main [name=text]")).to_contain_text("SHA-256")
    fill(inspector, files=photo("bien-ban.jpg", "#eee"), **MINUTES)
    send(inspector, minutes)
    done(inspector)
    # No number was typed: the register gave the next one, and the papers are there to be signed.
    expect(inspector.locator("#papers")).to_contain_text("/BB-VPHC")
    inspector.locator("#papers").get_by_role("link", name="Văn bản").click()
    look(inspector, "violation papers")
    with inspector.expect_download() as file:
        inspector.get_by_role("link", name="DOCX Biên bản vi phạm hành chính").click()
    assert file.value.suggested_filename.endswith("-minutes.docx")

    has_turn(commune, waits=number, others=(inspector, accused, lead))
    title, decide = quoted("6.3")
    expect(desk(commune)).to_contain_text(number)
    expect(commune.get_by_role("heading", level=1)).to_have_text(title)
    take_up(commune, number)
    begin(commune, decide)
    expect(commune.locator("#fine_vnd-hint")).to_contain_text("20–30 triệu đồng")
    fill(commune, decision_on=today(), fine_vnd="2.500.000.000", **DECISION)
    send(commune, decide)
    # Out of the range of the act: said at the field, and nothing typed is lost.
    expect(commune.locator(".error-summary")).to_contain_text("Mức phạt")
    expect(commune.locator("[name=remedy]")).to_have_value(DECISION["remedy"])
    look(commune, "violation decision refused")
    fill(commune, fine_vnd="25.000.000")
    send(commune, decide)
    done(commune)
    look(commune, "violation decided")

    has_turn(inspector, waits=number, others=(accused, lead))
    take_up(inspector, number)
    order, remedied, paid, close = quoted("6.4")
    step(inspector, order, remedy_due_on="01/01/2031")
    step(inspector, remedied, text="Đã căng lại cáp, gắn thẻ.", photos=photo("sau.jpg", "#2a7"))
    # The whole fine stands in the form.
    step(inspector, paid, receipt_number="BL 0012345")
    step(inspector, close)
    look(inspector, "violation closed")
    expect(desk(inspector)).not_to_contain_text(number)
    commune.goto("/violations/figures")
    look(commune, "violation figures")
    inspector.goto("/violations")
    look(inspector, "violation list")
    inspector.get_by_role("link", name=number).click()
    has_happened(
        inspector,
        "Lập hồ sơ",
        "Bắt đầu xác minh",
        "Đã lập biên bản vi phạm",
        "Đã ra quyết định xử phạt",
        "Đã ấn định thời hạn khắc phục",
        "Đã khắc phục",
        "Đã nộp phạt",
        "Đã đóng hồ sơ",
    )
    expect(inspector.locator("#events")).to_contain_text("Mức phạt: 25.000.000")
    expect(inspector.locator("#files img")).to_have_count(3)
    # The accused reads what was served on it: no photo, no notes.
    accused.goto(inspector.url)
    expect(accused.locator("#papers")).to_contain_text("88/QĐ-XPHC")
    expect(accused.locator("#files")).to_have_count(0)
    look(accused, "violation of accused")
