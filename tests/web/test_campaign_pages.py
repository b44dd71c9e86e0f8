"""Campaigns in the browser: from the draft over entry, return and acceptance to the consolidated report."""

import html
import io
import re
from dataclasses import replace
from datetime import date

import pytest
from docx import Document

from registry.campaigns.codes import CampaignKind
from tests.factories.campaigns import DAYS, accepted, campaign, move, report_of, save, text_of_version
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
ITEMS = (
    *("rented", "mobile_broadband", "smartphones", "fibre_households", "investment"),
    *("mobile_subscribers", "stations_4g", "stations_5g"),
)


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
    fields = re.findall(r'<input[^>]*name="((?:value|reason)_[a-z0-9_]+)"[^>]*value="([^"]*)"', client.get(page).text)
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
    assert "Chưa nhập “Thuê bao băng rộng di động”; cần một số, kể cả số 0." in html.unescape(refused.text)
    typed = filled(operator, report) | {f"value_{code}": "1.234" for code in ITEMS} | {"value_investment": "1.234,5"}
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
    version = text_of_version(lead, f"{page}/versions/1")
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
    version = html.unescape(text_of_version(lead, f"/campaigns/{campaign_id}/versions/1"))
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
    assert "Không sửa được: báo cáo đang ở trạng thái “Đã gửi, chờ duyệt”" in page
    assert 'name="value_rented"' not in page
    typed = {"version": "9", "value_rented": "1"}
    assert send(operator, report, "/account", **typed).status_code == 409


def question_fields(page):
    """The values of all fields of the form of questions as it is shown."""
    text = page.text
    fields = dict(re.findall(r'<input[^>]*name="((?:code|label|unit|minimum|options)_\d+)"[^>]*value="([^"]*)"', text))
    return {name: html.unescape(value) for name, value in fields.items()}


@pytest.fixture
def on_request(ctx_of):
    return f"/campaigns/{campaign(ctx_of, kind=CampaignKind.AD_HOC, begun=False)}/questions"


def test_a_set_of_questions_is_offered_and_stored_once_it_is_sent(client_of, on_request):
    lead = client_of("so.khcn")
    typed = question_fields(lead.get(f"{on_request}?set=storm"))
    assert "Xã, phường mất sóng" in typed.values()
    kinds = {name.replace("label", "kind"): "whole" for name in typed if name.startswith("label_")}
    page = on_request.removesuffix("/questions")
    version = version_on(lead, on_request)
    kept = {name: value for name, value in typed.items() if not name.startswith("options")}
    assert send(lead, on_request, version=version, **kept, **kinds).status_code == 303
    assert "Cột ăng ten bị đổ, gãy" in lead.get(page).text
    assert lead.get(f"{on_request}?set=none").status_code == 404


def test_who_composes_second_reads_both_versions(client_of, on_request):
    lead = client_of("so.khcn")
    version = version_on(lead, on_request)
    first = {"label_1": "Số cột bị đổ", "kind_1": "whole", "required_1": "y"}
    assert send(lead, on_request, version=version, **first).status_code == 303
    second = {"label_1": "Số trạm mất điện", "kind_1": "whole", "required_1": "y"}
    refused = send(lead, on_request, version=version, **second)
    assert refused.status_code == 409
    assert "Số cột bị đổ" in refused.text
    assert 'value="Số trạm mất điện"' in refused.text
    newer = re.search(r'name="version"[^>]*value="(\d+)"', refused.text).group(1)
    assert send(lead, on_request, version=newer, **second).status_code == 303


def test_a_question_that_cannot_be_answered_is_named(client_of, on_request):
    lead = client_of("so.khcn")
    version = version_on(lead, on_request)
    wrong = {"label_1": "Đã khôi phục chưa", "kind_1": "choice", "options_1": "Rồi", "label_2": "", "unit_2": "cột"}
    wrong |= {"kind_2": "whole", "at_most_1": "9"}
    refused = send(lead, on_request, version=version, **wrong)
    assert refused.status_code == 422
    assert "Câu hỏi số 2 chưa có nội dung" in refused.text
    assert 'value="Đã khôi phục chưa"' in refused.text


def test_what_is_refused_when_empty_is_not_called_optional(client_of, opened):
    page = client_of("viettel").get(opened[1]).text
    form = page[page.index('id="typed"') : page.index('id="check"')]
    assert "(không bắt buộc)" not in form
    assert "bắt buộc khi khác số liệu của cơ sở dữ liệu" in form


def test_the_department_reminds_now_and_reads_who_was_reminded(client_of, opened):
    lead = client_of("so.khcn")
    page = lead.get(opened[0]).text
    assert "trước ngày 01/12/2026" in page
    assert "chưa nhắc" in page
    send(lead, f"{opened[0]}/remind", page=opened[0])
    page = lead.get(opened[0]).text
    assert "Đã nhắc 2 đơn vị chưa gửi báo cáo." in html.unescape(page)
    assert page.count("1 lần") == 2
    assert send(lead, f"{opened[0]}/remind", page=opened[0]).status_code == 303
    page = html.unescape(lead.get(opened[0]).text)
    assert "2 đơn vị đã được nhắc trong hôm nay." in page
    assert page.count("1 lần") == 2


def test_an_overlapping_campaign_and_a_past_due_day_are_warned_of(client_of, ctx_of, opened):
    past = replace(DAYS, due_on=date(2026, 11, 22), closes_on=date(2026, 11, 23))
    second = campaign(ctx_of, days=past, begun=False)
    page = html.unescape(client_of("so.khcn").get(f"/campaigns/{second}").text)
    assert "Trùng kỳ với" in page
    assert "Hạn nộp 22/11/2026 đã qua" in page
    asked = html.unescape(client_of("so.khcn").get(f"/cases/campaign/{second}/begin").text)
    assert "Trùng kỳ với" in asked


def test_the_rates_of_each_reporter_stand_on_one_page(client_of, ctx_of):
    accepted(ctx_of, campaign(ctx_of, codes=("viettel",)), "viettel")
    page = " ".join(
        html.unescape(re.sub(r"<[^>]+>", " ", client_of("so.khcn").get("/campaigns/reporters").text)).split()
    )
    assert "Tất cả đơn vị 100% đúng hạn 100% (1/1 báo cáo)" in page


def test_a_report_is_served_as_a_paper_for_signature(client_of, ctx_of):
    report_id = accepted(ctx_of, campaign(ctx_of, codes=("viettel",)), "viettel")
    client = client_of("viettel")
    address = f"/operator-reports/{report_id}/submissions/1"
    with client.get(f"{address}.docx") as docx:
        text = "\n".join(each.text for each in Document(io.BytesIO(docx.data)).paragraphs)
    assert "BÁO CÁO" in text
    assert "người ký:" in text
    pdfs = []
    for _each in range(2):
        with client.get(f"{address}.pdf") as answer:
            pdfs.append(answer.data)
    assert pdfs[0].startswith(b"%PDF-")
    assert pdfs[0] == pdfs[1]
