"""The main job of the lead department: a campaign with three operators up to the consolidated report."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from registry.campaigns.rules import Days
from registry.kernel.clock import local_date, utc_now
from tests.e2e.journey import begin, done, fill, has_turn, send, step, take_up, today
from tests.e2e.looks import look
from tests.factories.campaigns import campaign, move, report_of, save
from tests.support.live import context

TYPED = {
    "value_rented": "12",
    "value_mobile_broadband": "1.234.567",
    "value_smartphones": "900.000",
    "value_fibre_households": "45.000",
    "value_investment": "8.500,5",
    "value_mobile_subscribers": "1.300.000",
    "value_stations_4g": "900",
    "value_stations_5g": "90",
}


@pytest.fixture
def begun(site):
    """A campaign whose entry ended yesterday: Viettel and VNPT have sent their reports, Điện lực has not."""

    def ctx_of(username, *, now=None, read_only=False):
        return context(site.database, username, now=now, read_only=read_only)

    day = local_date(utc_now())
    days = Days(
        period_from=day - timedelta(days=300),
        period_to=day - timedelta(days=12),
        cutoff_on=day - timedelta(days=12),
        opens_on=day - timedelta(days=10),
        due_on=day - timedelta(days=3),
        closes_on=day - timedelta(days=1),
    )
    then = utc_now() - timedelta(days=5)
    campaign_id = campaign(ctx_of, codes=("viettel", "vnpt", "pc_thanhhoa"), days=days, now=then)
    for code in ("viettel", "vnpt"):
        report = report_of(ctx_of, campaign_id, code)
        save(ctx_of, code, report, now=then)
        move(ctx_of, code, report, "submit", now=then)
    return campaign_id


def accept(lead, head, title):
    """An officer approves a report, and the head accepts it."""
    has_turn(lead, waits=title)
    take_up(lead, title)
    step(lead, "Duyệt")
    take_up(head, title)
    step(head, "Chấp nhận")


def test_three_reports_one_late_and_one_returned_become_one(open_as, begun):
    lead, head = open_as("so.khcn"), open_as("gd.khcn")
    vnpt, power = open_as("vnpt"), open_as("dienluc")
    accept(lead, head, "Viettel Thanh Hóa – Báo cáo năm 2026")

    take_up(lead, "VNPT Thanh Hóa – Báo cáo năm 2026")
    step(lead, "Trả lại", reason="Thiếu số hộ dùng cáp quang.", until=today(2))
    take_up(vnpt, "VNPT Thanh Hóa – Báo cáo năm 2026")
    fill(vnpt, value_fibre_households="321.000")
    look(vnpt, "report returned")
    send(vnpt, "Lưu số liệu")
    begin(vnpt, "Gửi báo cáo")
    send(vnpt, "Gửi báo cáo")
    # Sent before: why it is corrected is asked for at the field.
    expect(vnpt.locator(".error-summary")).to_contain_text("Lý do đính chính")
    fill(vnpt, reason="Đã bổ sung số hộ.")
    send(vnpt, "Gửi báo cáo")
    done(vnpt)

    take_up(power, "Điện lực Thanh Hóa – Báo cáo năm 2026")
    expect(power.get_by_role("main")).to_contain_text("hãy đề nghị Sở cho phép nhập muộn")
    expect(power.locator("[name=value_rented]")).to_have_count(0)
    lead.goto(f"/campaigns/{begun}")
    expect(lead.locator("#reports")).to_contain_text("chưa gửi")
    look(lead, "campaign")
    lead.get_by_role("link", name="Điện lực Thanh Hóa").click()
    fill(lead, until=today(5), reason="Đơn vị sắp xếp lại bộ phận quản lý cột.")
    send(lead, "Cho nhập muộn")
    expect(lead.locator("#exceptions")).to_contain_text("đang có hiệu lực")
    look(lead, "report with an exception")
    power.reload()
    fill(power, **TYPED)
    send(power, "Lưu số liệu")
    expect(power.locator("#check")).to_contain_text("có thể gửi báo cáo")
    step(power, "Gửi báo cáo", reason="Gửi lần đầu.")

    for name in ("VNPT Thanh Hóa", "Điện lực Thanh Hóa"):
        accept(lead, head, f"{name} – Báo cáo năm 2026")
    lead.goto(f"/campaigns/{begun}")
    step(lead, "Khóa và lập báo cáo tổng hợp")
    lead.get_by_role("link", name="Bản 1").click()
    for table, text in (("Tình hình báo cáo", "Muộn"), ("Tổng hợp các mục", "366.007")):
        lead.locator("#tables").get_by_role("link", name=table).click()
        expect(lead.locator("#table")).to_contain_text(text)
    look(lead, "consolidated report")
    lead.get_by_role("link", name="Tính lại để đối chiếu").click()
    expect(lead.get_by_role("main")).to_contain_text("mọi số liệu bằng đúng số liệu đã khóa")
