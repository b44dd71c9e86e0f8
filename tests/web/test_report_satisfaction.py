"""The satisfaction of who holds a tracking code: one answer a report, for its office and as a figure."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent, AuditPayload
from registry.incidents.codes import Agency
from registry.incidents.models import IncidentReport
from registry.incidents.reporting import ORIGIN
from registry.incidents.rules import new_draft
from registry.incidents.satisfaction import satisfaction_by_agency
from tests.factories.incidents import move, report
from tests.permissions.cases import token_in
from tests.support.clock import NOW as TODAY

WORDS = "Xử lý nhanh, đã dọn cáp"


def closed(ctx_of, **facts):
    """A closed incident of the commune; returns its id and the code of its report."""
    incident_id, code = report(ctx_of, now=TODAY, **facts)
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=TODAY, **TRIAGED)
    move(ctx_of, "ubnd.xa", incident_id, "secure", now=TODAY, text="Đã buộc")
    move(ctx_of, "ubnd.xa", incident_id, "confirm", now=TODAY, text="Đạt")
    return incident_id, code


TRIAGED = {"kind": "cable_sagging", "severity": "normal", "summary": "Cáp võng", "publish": True}


@pytest.fixture
def person(client_of):
    return client_of(None)


@pytest.fixture
def rate(person):
    """A function: answers the question of the look-up of a code."""

    def post(code, value=4, text="", **more):
        page = person.get("/report")
        data = {"draft": new_draft(), "csrf_token": token_in(page), "satisfaction": value, "satisfaction_text": text}
        return person.post(f"/report/status/{code}/rate", data=data | more)

    return post


def answers(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(IncidentReport.satisfaction, IncidentReport.satisfaction_text)
        return [tuple(row) for row in ctx.session.execute(query.where(IncidentReport.satisfaction.is_not(None)))]


def test_who_holds_the_code_of_a_closed_report_answers_once_and_may_change_it(person, rate, ctx_of):
    _incident_id, code = closed(ctx_of)
    assert "Đánh giá kết quả giải quyết" in person.get(f"/report/status/{code}").text
    assert rate(code, 2, WORDS).status_code == 303
    assert answers(ctx_of) == [(2, WORDS)]
    shown = person.get(f"/report/status/{code}").text
    assert "Đã đánh giá: Không hài lòng (2/5)." in shown
    assert WORDS in shown
    assert rate(code, 5).status_code == 303
    assert answers(ctx_of) == [(5, None)]


def test_a_report_that_is_still_handled_is_not_rated(person, rate, ctx_of):
    _incident_id, code = report(ctx_of, now=TODAY)
    assert "Đánh giá kết quả giải quyết" not in person.get(f"/report/status/{code}").text
    refused = rate(code)
    assert refused.status_code == 409
    assert "Hồ sơ đang được xử lý nên chưa đánh giá được" in refused.text
    assert answers(ctx_of) == []


def test_an_answer_stands_once_the_days_to_reopen_are_over(person, rate, ctx_of, clock):
    _incident_id, code = closed(ctx_of)
    rate(code, 3)
    until = re.search(r"Có thể thay đổi đến hết ngày (\d\d/\d\d/\d{4})", person.get(f"/report/status/{code}").text)[1]
    clock.advance(timedelta(days=400))
    refused = rate(code, 1)
    assert refused.status_code == 409
    assert f"Thời hạn đánh giá đã hết ngày {until}" in refused.text
    assert answers(ctx_of) == [(3, None)]
    late = person.get(f"/report/status/{code}").text
    assert "Đã đánh giá: Bình thường (3/5)." in late
    assert "Gửi đánh giá" not in late


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"satisfaction": ""}, "Chưa chọn mức độ hài lòng"),
        ({"satisfaction": "6"}, "Lựa chọn không có trong danh sách"),
        ({"satisfaction": "rất tốt"}, "Lựa chọn không có trong danh sách"),
        ({"satisfaction": "4", "satisfaction_text": "x" * 1001}, "tối đa 1.000"),
        ({"satisfaction": "4", "satisfaction_text": "a\x00"}, "ký tự điều khiển"),
        ({"satisfaction": "4", "homepage": "spam"}, "Để trống ô này"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(rate, ctx_of, fields, sentence):
    _incident_id, code = closed(ctx_of)
    refused = rate(code, value=fields.pop("satisfaction", 4), **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert answers(ctx_of) == []


def test_an_unknown_code_rates_nothing(rate, ctx_of):
    closed(ctx_of)
    assert rate("A" * 26).status_code == 404
    assert answers(ctx_of) == []


def test_the_chain_of_changes_notes_the_answer_without_its_words_and_address(rate, ctx_of):
    _incident_id, code = closed(ctx_of)
    rate(code, 1, WORDS)
    with ctx_of("so.khcn", read_only=True) as ctx:
        event = ctx.session.scalars(select(AuditEvent).where(AuditEvent.action == "incident.rate")).one()
        payloads = " ".join(str(payload) for payload in ctx.session.scalars(select(AuditPayload.payload)))
    assert (event.origin, event.actor_id) == (ORIGIN, None)
    assert WORDS not in payloads


def test_the_office_that_handled_it_reads_the_answer_and_others_do_not(rate, ctx_of, client_of):
    incident_id, code = closed(ctx_of)
    rate(code, 2, WORDS)
    page = client_of("ubnd.xa").get(f"/incidents/{incident_id}").text
    assert "Đánh giá: Không hài lòng (2/5)" in page
    assert WORDS in page
    assert client_of("vnpt").get(f"/incidents/{incident_id}").status_code == 404


def test_a_figure_of_an_agency_needs_three_answers(rate, person, ctx_of):
    codes = [closed(ctx_of)[1] for _number in range(3)]
    for code, value in zip(codes[:2], (2, 4), strict=True):
        rate(code, value)
    few = person.get("/report/overview").text
    assert "dưới 3" in few
    with ctx_of(None, read_only=True) as ctx:
        (figure,) = satisfaction_by_agency(ctx)
        assert (figure.agency, figure.answers, figure.mean) == (Agency.LEAD, None, None)
    rate(codes[2], 5)
    with ctx_of(None, read_only=True) as ctx:
        (figure,) = satisfaction_by_agency(ctx)
        assert (figure.answers, figure.mean) == (3, 3.7)
    assert ">3,7<" in re.sub(r"\s", "", person.get("/report/overview").text)


def test_neither_one_more_answer_nor_another_period_states_what_one_person_answered(rate, ctx_of, client_of, clock):
    for value in (2, 4, 5):
        rate(closed(ctx_of)[1], value)
    figures = []
    for value in (None, 1, 1, 3):
        if value is not None:
            clock.advance(timedelta(minutes=1))
            rate(closed(ctx_of)[1], value)
        with ctx_of(None, read_only=True) as ctx:
            (figure,) = satisfaction_by_agency(ctx)
        figures.append((figure.answers, figure.mean))
    assert figures == [(3, 3.7), (3, 3.7), (3, 3.7), (6, 2.7)]
    client, panels = client_of("viettel"), set()
    for day in ("01/01/2021", TODAY.strftime("%d/%m/%Y")):
        page = client.get(f"/incidents/board?since={day}").text
        panels.add(page[page.index('id="satisfaction"') :].partition("</section>")[0])
    assert len(panels) == 1
