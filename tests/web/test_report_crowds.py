"""A crowd before the public form: work grows, danger is heard, alike reports join one case, and nobody sees which."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from registry.audit.chain import record
from registry.incidents.codes import ReportKind
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.rules import new_draft
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.http.proof_of_work import ONE_SECOND
from tests.factories.incidents import inside
from tests.permissions.cases import token_in
from tests.support.proofs import challenge_in, solved

FORM = {"kind": "cable_cut", "danger": "no", "text": "Cáp đứt"}
DANGER = {"danger": "yes", "warned": "1", "compared": "cable_cut"}


@pytest.fixture
def here(ctx_of):
    return inside(ctx_of, utc_now())


@pytest.fixture
def person(client_of):
    return client_of(None)


@pytest.fixture
def send(person, here):
    """A function: sends a report, with the work that its page asks for unless `works` is False."""

    def post(*, metres=0, works=True, network="10.0.0.1", **fields):
        draft, at = new_draft(), f"{here[1] + metres / 111_000:.6f}, {here[0]:.6f}"
        browser = {"REMOTE_ADDR": network}
        page = person.get(f"/report/kind?draft={draft}&at={at}", environ_base=browser)
        asked = challenge_in(page.text) if works else None
        proof = {"altcha": solved(asked)} if asked else {}
        data = FORM | {"draft": draft, "at": at, "csrf_token": token_in(page)} | proof | fields
        return person.post("/report/send", data=data, environ_base=browser)

    return post


@pytest.fixture
def quota(ctx_of):
    def change(**figures):
        with ctx_of("so.khcn") as ctx:
            row = ctx.session.scalars(select(DatedSetting).where(DatedSetting.key == "incident.quota")).one()
            row.value = row.value | figures
            ctx.session.flush()
            record(ctx, "setting.add", "dated_setting", row.id)

    return change


def rows(ctx_of):
    """How many cases there are, and the kinds of reports in the order of their arrival."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        kinds = list(ctx.session.scalars(select(IncidentReport.kind).order_by(IncidentReport.id)))
        return ctx.session.scalar(select(func.count()).select_from(Incident)), kinds


def test_invalid_messages_close_the_form_for_nobody(send, quota):
    quota(busy_a_minute=3, of_network_an_hour=3, of_cell_an_hour=3)
    assert {send(kind="none", works=False).status_code for _message in range(10)} == {422}
    assert send(works=False).status_code == 303


def test_many_people_behind_one_address_are_heard_for_work_that_grows(send, quota, person, here):
    quota(of_network_an_hour=2, of_cell_an_hour=1000, busy_a_minute=1000)
    works, at = [], f"{here[1]:.6f}, {here[0]:.6f}"
    for number in range(6):
        page = person.get(f"/report/kind?draft={new_draft()}&at={at}", environ_base={"REMOTE_ADDR": "10.0.0.1"})
        asked = challenge_in(page.text)
        works.append(asked["maxNumber"] if asked else 0)
        assert send(metres=100 * number).status_code == 303
    assert works == [0, 0, ONE_SECOND, ONE_SECOND, 2 * ONE_SECOND, 2 * ONE_SECOND]
    assert send(network="10.0.0.2", works=False).status_code == 303


def test_work_grows_by_cell_and_kind_from_whatever_networks(send, quota):
    quota(of_cell_an_hour=2)
    for number in range(2):
        assert send(network=f"10.0.1.{number}", works=False).status_code == 303
    assert send(network="10.0.1.3", works=False).status_code == 422
    assert send(network="10.0.1.3").status_code == 303
    assert send(network="10.0.1.4", kind="obstruction", works=False).status_code == 303
    assert send(network="10.0.1.5", metres=3000, works=False).status_code == 303


def test_danger_is_never_refused_and_repeats_of_a_cell_become_counted_rows(send, quota, ctx_of):
    quota(busy_a_minute=1, of_cell_an_hour=1, of_network_an_hour=1)
    assert send().status_code == 303
    answers = [send(works=False, metres=30 * number, text="x" * 2000, **DANGER) for number in range(6)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 6
    cases, kinds = rows(ctx_of)
    assert cases == 2
    assert kinds == [ReportKind.FIRST, ReportKind.FIRST, *[ReportKind.COUNTED] * 5]
    with ctx_of("so.khcn", read_only=True) as ctx:
        counted = ctx.session.scalars(select(IncidentReport).where(IncidentReport.kind == ReportKind.COUNTED)).all()
    assert [(row.text, row.name, row.is_dangerous) for row in counted] == [(None, None, True)] * 5
    # Who does the work is heard with words.
    assert send(metres=500, **DANGER).status_code == 303
    assert rows(ctx_of)[1][-1] is ReportKind.FIRST


def test_reports_of_one_point_join_one_case_and_each_reporter_has_a_code(send, ctx_of):
    answers = [send(metres=number, network=f"10.0.2.{number}") for number in range(5)]
    assert len({answer.headers["Location"] for answer in answers}) == 5
    assert rows(ctx_of) == (1, [ReportKind.FIRST, *[ReportKind.SAME] * 4])
    for other in ({"metres": 100}, {"kind": "obstruction"}, {**DANGER}):
        send(**other)
    assert rows(ctx_of)[0] == 4


def test_a_reporter_cannot_see_whether_the_report_joined_a_case(send, person):
    pages, headers = [], []
    for number in range(3):
        sent = send(network=f"10.0.3.{number}", metres=0 if number < 2 else 400)
        answer = person.get(sent.headers["Location"])
        page = answer.text
        headers.append([sorted(name for name, _value in each.headers) for each in (sent, answer)])
        headers[-1] += [len(sent.headers["Location"]), len(sent.data), answer.headers["Content-Type"]]
        code = urlsplit(sent.headers["Location"]).path.rsplit("/", 1)[1]
        assert "Số người phản ánh" not in page
        assert re.search(r"<dt>Số phản ánh</dt><dd><code>PA-\d{4}-\d{6}</code>", page)
        for own in (code, r"<code>[0-9a-f]{32}</code>", r"PA-\d{4}-\d{6}", r'value="[^"]*"', r"/report/status/[^\"]*"):
            page = re.sub(own, "", page)
        pages.append(page)
    assert pages[0] == pages[1] == pages[2]
    assert headers[0] == headers[1] == headers[2]
