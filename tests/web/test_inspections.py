"""Inspections in the browser: from the plan over suggestions and results to the violation and the correction."""

import html
import re

import pytest
from sqlalchemy import select

from registry.inspections.models import InspectionCorrection, InspectionItem, InspectionPlan
from registry.structures.models import Structure
from registry.violations.models import Violation
from registry.workflow.referrals import ReferralRow, process_referral
from tests.factories.inspections import ISSUE, item_of, move, plan, propose, shared_unit, tower
from tests.permissions.cases import token_in
from tests.support.clock import NOW

PLAN = {"purpose": "Kiểm tra cột ăng ten", "starts_on": "01/11/2026", "ends_on": "31/12/2026"}


def send(client, address, page=None, **data):
    """Post a form with the token of its page."""
    token = token_in(client.get(page or address))
    return client.post(address, data={"csrf_token": token} | data)


def answers(page, failing=()):
    """An answer to every item of the checklist of a page."""
    names = {part.split('"')[0] for part in page.split('name="answer_')[1:]}
    return {f"answer_{name}": "no" if name in failing else "yes" for name in names}


@pytest.fixture
def issued(ctx_of):
    """Plan, row and code of a tower in an issued plan."""
    code, structure_id = tower(ctx_of)
    plan_id = plan(ctx_of, codes=[code], issued=True)
    return plan_id, item_of(ctx_of, plan_id, structure_id)[0], code


def test_from_plan_to_violation(client_of, ctx_of, database):
    code, structure_id = tower(ctx_of)
    commune, inspector = client_of("ubnd.xa"), client_of("kiemtra1")
    response = send(commune, "/inspections/new", unit=shared_unit(ctx_of), **PLAN)
    assert response.status_code == 303
    suggested = commune.get(response.headers["Location"])
    assert f'value="{code}"' in suggested.text
    assert "Chưa từng được xác nhận" in suggested.text
    assert re.search(r"chủ sở hữu trong \d+ tháng \(đến \d+\)", suggested.text)
    plan_id = int(response.headers["Location"].split("/")[2])
    page = f"/inspections/{plan_id}"
    assert send(commune, f"{page}/items", f"{page}/suggestions", code=code).status_code == 303
    assert code in commune.get(page).text
    move(ctx_of, "ubnd.xa", plan_id, "issue", **ISSUE)
    item_id, version = item_of(ctx_of, plan_id, structure_id)
    where = f"{page}/items/{item_id}"
    form = inspector.get(where).text
    assert "NĐ 217/2026/NĐ-CP khoản 2 Điều 67" in form
    # What cannot be left empty does not say that it can.
    for label in ("Kiểm tra tại chỗ", "Có biển nhận biết, tên đơn vị quản lý"):
        assert re.search(rf"{label}</(label|legend)>", form), label
    data = answers(form, failing=("common_maintained",))
    facts = {"version": version, "inspected_on": "25/11/2026", "reach": "inspected"}
    assert send(inspector, where, **data, **facts).status_code == 303
    address = re.search(r"/inspection-findings/\d+", inspector.get(where).text)[0]
    assert send(inspector, address, act="no_maintenance", is_continuing="y").status_code == 303
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        finding = ctx.session.scalars(select(ReferralRow.id)).one()
    assert "đang lập hồ sơ" in inspector.get(page).text
    process_referral(database, finding, NOW)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        number = ctx.session.scalars(select(Violation.number)).one()
    shown = inspector.get(page).text
    assert number in shown
    assert "Không đạt" in shown
    violation = inspector.get(shown.split(number)[0].rsplit('href="', 1)[1].split('"')[0])
    # Its page leads back to the plan.
    assert f'href="{page}"' in violation.text
    assert 'id="inspections"' in inspector.get(f"/structures/{code}").text
    assert 'id="inspections"' not in client_of("vnpt").get(f"/structures/{code}").text


def test_a_result_that_is_not_whole_keeps_what_was_typed(client_of, issued):
    plan_id, item_id, _code = issued
    inspector, where = client_of("kiemtra1"), f"/inspections/{plan_id}/items/{item_id}"
    data = answers(inspector.get(where).text)
    data.pop("answer_common_mark")
    facts = {"version": "1", "inspected_on": "25/11/2026", "reach": "inspected", "note_common_identity": "Đúng mã"}
    answer = send(inspector, where, **data, **facts)
    assert answer.status_code == 422
    assert "Chưa chọn kết quả cho mục “Có biển nhận biết" in html.unescape(answer.text)
    assert 'value="Đúng mã"' in html.unescape(answer.text)


def test_a_result_is_saved_once(client_of, issued):
    plan_id, item_id, _code = issued
    inspector, where = client_of("kiemtra1"), f"/inspections/{plan_id}/items/{item_id}"
    facts = {"version": "1", "inspected_on": "25/11/2026", "reach": "no_access"}
    assert send(inspector, where, **facts).status_code == 303
    answer = send(inspector, where, **facts)
    assert answer.status_code == 409
    assert "người khác ghi" in answer.text


def test_broken_input_is_one_sentence(client_of, issued, ctx_of):
    plan_id, item_id, _code = issued
    commune, inspector = client_of("ubnd.xa"), client_of("kiemtra1")
    facts = {"version": "9" * 40, "inspected_on": "31/02/2026", "reach": "no"}
    assert send(inspector, f"/inspections/{plan_id}/items/{item_id}", **facts).status_code == 422
    draft = plan(ctx_of)
    page = f"/inspections/{draft}/suggestions"
    for codes in ("", "X" * 20_000, "không-có\x00", " ".join(f"A{number}" for number in range(300))):
        answer = send(commune, f"/inspections/{draft}/items", page, codes=codes)
        assert answer.status_code in (400, 422), codes[:20]
        assert "Traceback" not in answer.text


def test_the_owner_accepts_a_correction_and_the_register_says_so(client_of, issued, ctx_of):
    plan_id, item_id, code = issued
    inspector, owner = client_of("kiemtra1"), client_of("viettel")
    where = f"/inspections/{plan_id}/items/{item_id}"
    assert send(inspector, f"{where}/corrections", where, field="height_m", found="cao").status_code == 422
    assert send(inspector, f"{where}/corrections", where, field="height_m", found="31,5").status_code == 303
    page = owner.get(f"/structures/{code}").text
    assert "31,5" in page
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        asked = ctx.session.scalars(select(InspectionCorrection.id)).one()
        version = ctx.session.scalars(select(Structure.version).where(Structure.code == code)).one()
    address = f"/inspection-corrections/{asked}"
    assert address in page
    assert client_of("vnpt").get(address).status_code == 404
    assert send(owner, address, version=version).status_code == 422
    assert send(owner, address, version=version, accept="yes").status_code == 303
    assert send(owner, address, "/account", version=version, accept="yes").status_code == 409
    assert "Đã cập nhật vào cơ sở dữ liệu" in inspector.get(where).text
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert str(ctx.session.scalars(select(Structure).where(Structure.code == code)).one().height_m) == "31.500"


def test_the_department_sees_corrections_and_plans_in_the_audit_log(client_of, issued, ctx_of):
    plan_id, item_id, _code = issued
    propose(ctx_of, plan_id, item_id)
    page = client_of("so.khcn").get("/audit").text
    assert "Đề nghị sửa số liệu của một công trình" in page
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert ctx.session.get_one(InspectionPlan, plan_id).number in page
        assert ctx.session.get_one(InspectionItem, item_id).outcome is None


def test_checklists_and_weights_are_changed_on_the_pages_of_settings(client_of):
    department = client_of("so.khcn")
    page = html.unescape(department.get("/settings/inspection.checklist.order").text)
    assert "Đủ điều kiện miễn giấy phép xây dựng" in page
    facts = {"valid_from": "26/11/2026", "source": "QĐ thử", "needs_verification": "true", "reason": "Thêm mục"}
    rows = "signs; Có biển báo an toàn; Quyết định thử; ; có"
    address = "/settings/inspection.checklist.order/new"
    answer = send(department, address, "/account", rows=rows, **facts)
    assert answer.status_code == 303
    assert "Có biển báo an toàn" in department.get("/settings/inspection.checklist.order").text
