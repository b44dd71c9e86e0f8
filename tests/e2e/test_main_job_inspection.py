"""The main job of inspections: a plan by risk, a result in the street with a photo, a violation, a corrected value."""

import pytest
from playwright.sync_api import expect

from registry.inspections.queries import list_plan_units
from tests.e2e.conftest import PHONE
from tests.e2e.journey import begin, done, fill, has_happened, photo, send, tab_to, take_up, today, unfold
from tests.e2e.looks import look
from tests.factories.structures import make, place_inside


@pytest.fixture
def tower(site):
    """Code of a tower in a commune of ubnd.xa and kiemtra1, and that commune."""
    with site.writing_as("kiemtra1") as ctx:
        inspected = ctx.actor.unit_ids
    with site.writing_as("ubnd.xa") as ctx:
        unit = min({unit.id for unit in list_plan_units(ctx)} & inspected)
    with site.writing_as("viettel") as ctx:
        plan_id = make(ctx, owner="viettel", at=place_inside(ctx.session, [unit]), height_m="42")
        return plan_id.code, str(unit)


def answer_all(inspector, failing):
    """A pass for each item of the checklist but one, which becomes a finding."""
    main = inspector.locator("main")
    for group in main.locator(".check-item").all():
        is_failing = group.locator(f"[name=answer_{failing}]").count() > 0
        group.locator("[type=radio][value=no]" if is_failing else "[type=radio][value=yes]").check()


def test_a_plan_by_risk_ends_in_a_violation_and_a_corrected_register(open_as, site, tower):
    code, unit = tower
    commune, inspector, owner = open_as("ubnd.xa"), open_as("kiemtra1", viewport=PHONE), open_as("viettel")
    commune.goto("/inspections")
    commune.get_by_role("link", name="Lập kế hoạch kiểm tra").click()
    look(commune, "inspection form")
    fill(commune, purpose="Kiểm tra cột ăng ten trước mùa mưa bão", unit=unit, starts_on=today(), ends_on=today(30))
    send(commune, "Lập dự thảo")
    # Suggested, with the reason; by keyboard.
    checkbox = commune.get_by_label(f"Chọn {code}")
    expect(commune.get_by_role("row").filter(has=checkbox)).to_contain_text("Chưa từng được xác nhận")
    look(commune, "inspection suggestions")
    tab_to(commune, checkbox)
    commune.keyboard.press("Space")
    send(commune, "Thêm vào kế hoạch")
    begin(commune, "Ban hành kế hoạch")
    fill(commune, decision_number="12/KH-UBND", decided_on=today())
    send(commune, "Ban hành kế hoạch")
    done(commune)
    look(commune, "inspection issued")
    plan = commune.url

    inspector.goto(plan)
    inspector.get_by_role("link", name=code).first.click()
    look(inspector, "inspection result form")
    fill(inspector, note="Cột gỉ nặng ở chân, thiếu bu lông.", camera=photo("chan-cot.jpg"))
    answer_all(inspector, "common_maintained")
    send(inspector, "Lưu kết quả")
    expect(inspector.locator("#files img")).to_have_count(1)
    fill(inspector, field="height_m", found="36,5", remark="Đo bằng máy đo khoảng cách")
    send(inspector, "Gửi đề nghị")
    expect(inspector.locator("#corrections")).to_contain_text("42")
    look(inspector, "inspection result")
    # The officer turns the finding into a case, under the act that the checklist names.
    unfold(inspector, "#findings")
    inspector.locator("#findings a").click()
    look(inspector, "inspection finding")
    inspector.locator("main [name=act]").select_option(index=1)
    send(inspector, "Ghi nhận")
    expect(inspector.get_by_role("status").first).to_contain_text("Đã xử lý phát hiện")

    site.work()
    inspector.goto(plan)
    expect(inspector.locator("#items")).to_contain_text("Không đạt")
    number = inspector.locator("#referrals a").inner_text()
    look(inspector, "inspection with finding")
    inspector.locator("#referrals a").click()
    expect(inspector.get_by_role("main")).to_contain_text(number)
    expect(inspector.get_by_role("main")).to_contain_text("Viettel")
    # The owner is asked, agrees, and its register says so.
    owner.goto("/notices")
    owner.locator(".inbox-open").filter(has_text=f"sửa số liệu của công trình {code}").click()
    look(owner, "inspection correction")
    fill(owner, accept="yes")
    send(owner, "Gửi trả lời")
    owner.goto(f"/structures/{code}")
    expect(owner.get_by_role("main")).to_contain_text("36,5")

    take_up(commune, "Kiểm tra cột ăng ten trước mùa mưa bão")
    begin(commune, "Kết thúc kế hoạch")
    send(commune, "Kết thúc kế hoạch")
    done(commune)
    has_happened(commune, "Lập hồ sơ", "Đã ban hành kế hoạch kiểm tra", "Đã kết thúc kế hoạch kiểm tra")
    # Each figure of the board opens its rows.
    commune.goto("/inspections/board")
    look(commune, "inspection board")
    commune.locator("#owners").get_by_role("row").filter(has_text="Viettel").get_by_role("link").last.click()
    expect(commune.get_by_role("main")).to_contain_text(code)
