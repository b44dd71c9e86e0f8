"""Campaigns in the browser: from the draft over entry, return and acceptance to the consolidated report."""

import html
import re

import pytest

from tests.factories.campaigns import accepted, campaign, move, report_of, save
from tests.permissions.cases import token_in
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
FACTS = {
    "title": "Báo cáo năm 2026",
    "kind": "yearly",
    "period_from": "01/01/2026",
    "period_to": "15/11/2026",
    "cutoff_on": "20/11/2026",
    "opens_on": "21/11/2026",
    "due_on": "30/11/2026",
    "closes_on": "10/12/2026",
}
ITEMS = ("rented", "mobile_broadband", "smartphones", "fibre_households", "investment")


def send(client, address, page=None, **data):
    """Post a form with the token of its page."""
    token = token_in(client.get(page or address))
    return client.post(address, data={"csrf_token": token} | data)


def step(client, workflow, page, name, **data):
    """Make a move of the case of a page with the version that its form shows."""
    where = f"/cases/{workflow}/{page.rsplit('/', 1)[1]}/{name}"
    version = re.search(r'name="version"[^>]*value="(\d+)"', client.get(where).text).group(1)
    return send(client, where, version=version, **data)


def version_on(client, page):
    return re.search(r'name="version"[^>]*value="(\d+)"', client.get(page).text).group(1)


def filled(client, page):
    """The values of all fields of a report's form as it is shown."""
    fields = re.findall(r'<input[^>]*name="((?:value|reason)_[a-z_]+)"[^>]*value="([^"]*)"', client.get(page).text)
    return {name: html.unescape(value) for name, value in fields}


@pytest.fixture
def opened(ctx_of):
    """The pages of a campaign and of Viettel's report in it."""
    campaign_id = campaign(ctx_of)
    return f"/campaigns/{campaign_id}", f"/operator-reports/{report_of(ctx_of, campaign_id, 'viettel')}"


def test_from_the_draft_to_the_consolidated_report(client_of):
    lead, head, operator = client_of("so.khcn"), client_of("gd.khcn"), client_of("viettel")
    form = lead.get("/campaigns/new").text
    # R29: before 30/10; the next one that is due is of the next year.
    assert 'value="29/10/2027"' in form
    (audience,) = re.findall(r'value="(\d+)"[^>]*>\s*<label[^>]*>Viettel Thanh Hóa', form)
    response = send(lead, "/campaigns/new", audience=audience, **FACTS)
    page = response.headers["Location"]
    assert step(lead, "campaign", page, "begin").status_code == 303
    (report,) = re.findall(r'href="(/operator-reports/\d+)"', lead.get(page).text)
    assert report in operator.get("/").text
    assert send(operator, report, version=version_on(operator, report), **filled(operator, report)).status_code == 303
    refused = step(operator, "operator_report", report, "submit")
    assert refused.status_code == 422
    assert "«Thuê bao băng rộng di động» còn trống; cần một số, kể cả số 0." in html.unescape(refused.text)
    typed = filled(operator, report) | {f"value_{code}": "1.234,5" for code in ITEMS}
    assert send(operator, report, version=version_on(operator, report), **typed).status_code == 303
    assert "có thể gửi báo cáo" in operator.get(report).text
    assert step(operator, "operator_report", report, "submit").status_code == 303
    assert step(lead, "operator_report", report, "return", reason="Thiếu số hộ").status_code == 303
    assert "Thiếu số hộ" in operator.get(report).text
    again = operator.get(f"/cases/operator_report/{report.rsplit('/', 1)[1]}/submit").text
    assert re.search(r'>Lý do đính chính(?!\s*<span class="optional")', again)
    assert step(operator, "operator_report", report, "submit").status_code == 422
    assert step(operator, "operator_report", report, "submit", reason="Đã bổ sung").status_code == 303
    assert step(lead, "operator_report", report, "approve").status_code == 303
    assert "chính người này duyệt" not in lead.get(report).text
    assert step(head, "operator_report", report, "accept").status_code == 303
    assert step(lead, "campaign", page, "lock").status_code == 303
    version = lead.get(f"{page}/versions/1").text
    assert "1.234,5" in version
    both = lead.get(report).text
    assert "Lần 1" in both
    assert "Đính chính: Đã bổ sung" in both


def test_a_stale_form_and_a_second_click_lose_nothing(client_of, opened):
    _page, report = opened
    operator = client_of("viettel")
    version, typed = version_on(operator, report), filled(operator, report) | {"value_rented": "5"}
    assert send(operator, report, version=version, **typed).status_code == 303
    answer = send(operator, report, version=version, **(typed | {"value_rented": "6"}))
    assert answer.status_code == 409
    assert 'value="6"' in answer.text
    assert "đã thay đổi" in answer.text


@pytest.mark.parametrize("text", ["-1", "nhiều", "1e9", "9" * 40, "1.2.3", "\x00", "12,345"])
def test_a_figure_that_is_none_is_refused_at_its_field(client_of, opened, text):
    _page, report = opened
    operator = client_of("viettel")
    typed = filled(operator, report) | {"value_rented": text}
    answer = send(operator, report, version=version_on(operator, report), **typed)
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text
    if text != "\x00":
        assert 'href="#value_rented"' in answer.text


def test_wrong_days_and_an_empty_audience_are_named(client_of):
    lead = client_of("so.khcn")
    wrong = FACTS | {"due_on": "20/11/2026", "cutoff_on": "25/11/2026", "period_to": "31/12/2025"}
    answer = send(lead, "/campaigns/new", **wrong)
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    for part in ("Hạn nộp 20/11/2026", "Ngày chốt số liệu 25/11/2026", "Kỳ báo cáo từ", "Chưa chọn đơn vị nào"):
        assert part in text
    assert 'value="Báo cáo năm 2026"' in text


def test_a_draft_is_edited_once_and_an_open_campaign_not(client_of, ctx_of):
    lead = client_of("so.khcn")
    page = f"/campaigns/{campaign(ctx_of, begun=False)}/edit"
    version = version_on(lead, page)
    (audience,) = re.findall(r'value="(\d+)"[^>]*>\s*<label[^>]*>Viettel Thanh Hóa', lead.get(page).text)
    facts = FACTS | {"version": version, "audience": audience, "title": "Tên mới"}
    assert send(lead, page, **facts).status_code == 303
    assert send(lead, page, **facts).status_code == 409
    open_page = f"/campaigns/{campaign(ctx_of)}/edit"
    answer = send(lead, open_page, **(facts | {"version": version_on(lead, open_page)}))
    assert answer.status_code == 409
    assert "chỉ sửa được khi còn là dự thảo" in html.unescape(answer.text)


def test_remarks_are_handled_by_an_agency_and_reach_the_consolidated_report(client_of, ctx_of):
    campaign_id = campaign(ctx_of, codes=("viettel",))
    report = f"/operator-reports/{report_of(ctx_of, campaign_id, 'viettel')}"
    operator, lead = client_of("viettel"), client_of("so.khcn")
    data = {"kind": "obstacle", "text": "Phường chưa bố trí mặt bằng <b>{{ 7*7 }}</b>"}
    assert send(operator, f"{report}/remarks", report, **data).status_code == 303
    (remark,) = re.findall(r'href="(/operator-reports/remarks/\d+)"', lead.get(f"/campaigns/{campaign_id}").text)
    (agency,) = re.findall(r'value="(\d+)">Sở Xây dựng', lead.get(remark).text)[:1]
    handled = {"version": "1", "agency": agency, "due_on": "20/12/2026", "outcome": "Đã giao đất"}
    assert send(lead, remark, **handled).status_code == 303
    assert send(lead, remark, **handled).status_code == 409
    save(ctx_of, "viettel", int(report.rsplit("/", 1)[1]))
    accepted_id = accepted(ctx_of, campaign_id, "viettel")
    assert f"/operator-reports/{accepted_id}" == report
    assert step(lead, "campaign", f"/campaigns/{campaign_id}", "lock").status_code == 303
    version = html.unescape(lead.get(f"/campaigns/{campaign_id}/versions/1").text)
    assert "Phường chưa bố trí mặt bằng" in version
    assert "Đã giao đất" in version
    assert "49</b>" not in version
    docx = lead.get(f"/campaigns/{campaign_id}/versions/1.docx")
    assert docx.status_code == 200


def test_each_closed_entry_says_why(client_of, ctx_of, opened):
    _page, report = opened
    operator = client_of("viettel")
    report_id = int(report.rsplit("/", 1)[1])
    save(ctx_of, "viettel", report_id)
    move(ctx_of, "viettel", report_id, "submit")
    page = html.unescape(operator.get(report).text)
    assert "Không sửa được: báo cáo đang ở trạng thái «Đã gửi, chờ duyệt»" in page
    assert 'name="value_rented"' not in page
    typed = {"version": "9", "value_rented": "1"}
    assert send(operator, report, "/account", **typed).status_code == 409
