"""The main job of inspectors: a violation logged on the phone, minutes, decision, remedy, closed."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE
from tests.e2e.journey import (
    begin,
    desk,
    done,
    fill,
    has_happened,
    has_turn,
    number_of,
    photo,
    send,
    step,
    take_up,
    today,
)
from tests.e2e.looks import look
from tests.factories.structures import place_inside

MINUTES = {
    "minutes_number": "15/BB-VPHC",
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


def log(inspector, options):
    """Photo, place of the device, act, words; the number that the report gets."""
    inspector.goto("/violations")
    inspector.get_by_role("link", name="Báo vi phạm").click()
    fill(inspector, camera=photo("hien-truong.jpg"))
    inspector.get_by_role("button", name="Vị trí của tôi").first.click()
    expect(inspector.locator("[data-echo]")).to_contain_text("WGS 84")
    inspector.locator("[name=kind]").select_option("bad_cabling")
    fill(inspector, description="Bó cáp võng sát đầu người đi đường, không gắn thẻ.")
    inspector.locator("[name=organisation]").select_option(label=options)
    look(inspector, "violation form")
    inspector.get_by_role("button", name="Gửi").click()
    expect(inspector.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")
    look(inspector, "violation reported")
    return number_of(inspector, "VP")


def test_a_violation_is_logged_decided_remedied_and_closed_from_a_phone(open_as, spot):
    inspector = open_as("kiemtra1", viewport=PHONE, geolocation=spot, permissions=["geolocation"])
    commune, accused, lead = open_as("ubnd.xa"), open_as("vnpt"), open_as("so.khcn")
    number = log(inspector, "VNPT Thanh Hóa")
    # The commune may handle what is found in its area too; the others have nothing to do yet.
    has_turn(inspector, waits=number, others=(accused, lead))
    look(inspector, "violation desk")
    take_up(inspector, number)
    step(inspector, "Bắt đầu xác minh", text="Đã gọi đơn vị quản lý tuyến cáp.")
    begin(inspector, "Lập biên bản")
    look(inspector, "violation minutes")
    fill(inspector, minutes_on=today(), files=photo("bien-ban.jpg", "#eee"), **MINUTES)
    send(inspector, "Lập biên bản")
    done(inspector)

    has_turn(commune, waits=number, others=(inspector, accused, lead))
    take_up(commune, number)
    begin(commune, "Ghi quyết định xử phạt")
    fill(commune, decision_on=today(), fine_vnd="2.500.000.000", **DECISION)
    send(commune, "Ghi quyết định xử phạt")
    # Out of the range of the act: said at the field, and nothing typed is lost.
    expect(commune.locator(".error-summary")).to_contain_text("Mức phạt")
    expect(commune.locator("[name=remedy]")).to_have_value(DECISION["remedy"])
    look(commune, "violation decision refused")
    fill(commune, fine_vnd="25.000.000")
    send(commune, "Ghi quyết định xử phạt")
    done(commune)
    look(commune, "violation decided")

    has_turn(inspector, waits=number, others=(accused, lead))
    take_up(inspector, number)
    step(inspector, "Giao thời hạn khắc phục", remedy_due_on="01/01/2031")
    step(inspector, "Xác nhận đã khắc phục", text="Đã căng lại cáp, gắn thẻ.", photos=photo("sau.jpg", "#2a7"))
    step(inspector, "Đóng hồ sơ")
    look(inspector, "violation closed")
    expect(desk(inspector)).not_to_contain_text(number)
    inspector.goto("/violations")
    look(inspector, "violation list")
    inspector.get_by_role("link", name=number).click()
    has_happened(
        inspector,
        "Lập hồ sơ",
        "Bắt đầu xác minh",
        "Đã lập biên bản vi phạm",
        "Đã ra quyết định xử phạt",
        "Đã giao thời hạn khắc phục",
        "Đã khắc phục",
        "Đã đóng hồ sơ",
    )
    expect(inspector.locator("#events")).to_contain_text("Mức phạt: 25.000.000")
    expect(inspector.locator("#files img")).to_have_count(3)
    # The accused reads what was served on it: no photo, no notes.
    accused.goto(inspector.url)
    expect(accused.locator("#papers")).to_contain_text("88/QĐ-XPHC")
    expect(accused.locator("#files")).to_have_count(0)
    look(accused, "violation of accused")
