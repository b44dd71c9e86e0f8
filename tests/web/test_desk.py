"""Việc của tôi: whose turn it is, how long there is left, by which law and reckoning; what waits for others."""

import re
from datetime import datetime, time, timedelta

import pytest

from registry.incidents.workflow import INCIDENT
from registry.inspections.workflow import INSPECTION
from registry.kernel.clock import LOCAL_ZONE, utc_now
from registry.kernel.i18n import force_locale
from registry.workflow.jobs import run_clocks
from registry.workflow.time_left import describe_time_left
from registry.workflow.worklist import read_desk
from tests.factories.colocation import filed, tower
from tests.factories.incidents import NOW, report
from tests.factories.inspections import plan
from tests.factories.inspections import tower as inspected_tower
from tests.support.statements import statements_of

#: Not confirmed yet: pages cite confirmed sources only.
CITATION = "theo cấu hình của Sở"


@pytest.fixture
def number(ctx_of):
    """A request of VNPT to Viettel, filed thirty days ago."""
    filed_at = utc_now() - timedelta(days=30)
    with ctx_of("viettel", now=filed_at) as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt", now=filed_at) as ctx:
        return filed(ctx, code).number


def part(page, name):
    """One panel of a page."""
    match = re.search(rf'<section class="panel" id="{name}".*?</section>', page, re.DOTALL)
    return match.group(0) if match else ""


def test_whoever_must_act_reads_the_days_left_with_law_and_reckoning(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        name = filed(ctx, code).number
    mine = part(client_of("viettel").get("/").text, "waiting")
    assert name in mine
    assert "còn 7 ngày làm việc" in mine
    assert CITATION in mine
    assert "Thời hạn: 7 ngày làm việc." in mine
    assert "Hết hạn: 24 giờ ngày" in mine
    assert ">Trả lời đề nghị</a>" in mine


def test_cases_stand_by_when_they_must_be_acted_on(ctx_of, client_of, clock):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).number

    def group():
        mine = part(client_of("viettel").get("/").text, "waiting").split('<h3 class="work-group')
        (heading,) = {block.split("</h3>")[0].split(">")[-1] for block in mine[1:] if number in block}
        return heading

    with ctx_of("viettel", read_only=True) as ctx:
        (item,) = [item for item in read_desk(ctx).assigned if item.number == number]
    seen_groups = {}
    for days_before in (10, 3, 0.1, -0.1):
        with clock.at(item.due_at - timedelta(days=days_before)):
            seen_groups[days_before] = group()
    assert seen_groups == {10: "Còn thời gian", 3: "Trong 7 ngày", 0.1: "Hôm nay", -0.1: "Quá hạn"}


def test_a_row_names_the_other_side_and_the_commune(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        filed(ctx, code)
    assert "VNPT Thanh Hóa ·" in part(client_of("viettel").get("/").text, "waiting")
    assert "Viettel Thanh Hóa ·" in part(client_of("vnpt").get("/").text, "watched")
    report(ctx_of)
    assert "Phường " in part(client_of("so.khcn").get("/").text, "waiting")


@pytest.mark.parametrize(
    ("username", "acts"),
    [
        ("viettel", ["Nhập từ tệp", "Đề nghị dùng chung"]),
        ("kiemtra1", ["Ghi vi phạm"]),
        ("so.xaydung", ["Thẩm tra đề xuất"]),
        ("nguoidan", ["Báo sự cố", "Phản ánh của tôi"]),
        ("so.khcn", []),
    ],
)
def test_a_role_begins_with_what_it_does_most(client_of, username, acts):
    head = client_of(username).get("/").text.split('<header class="page-head">')[1].split("</header>")[0]
    assert [words.strip() for words in re.findall(r"</svg>\s*([^<]+)</a>", head)] == acts


def test_whoever_asked_sees_for_whom_the_request_waits(client_of, number):
    page = client_of("vnpt").get("/").text
    assert number not in part(page, "waiting")
    others = part(page, "watched")
    assert number in others
    assert "đang chờ: Chủ sở hữu" in others


def test_a_missed_term_says_for_how_long_it_is_over_on_the_desk_where_it_went(database, client_of, number):
    assert run_clocks(database, utc_now()).moved == 1
    mine = part(client_of("so.khcn").get("/").text, "waiting")
    assert number in mine
    # The department has a term of its own from the hand-over on, which was ten working days after the filing.
    assert ">Thụ lý giải quyết</a>" in mine
    assert re.search(r"Chủ sở hữu: quá hạn \d+ ngày làm việc .*; Sở Khoa học và Công nghệ: còn \d+ ngày làm việc", mine)
    assert "Thời hạn: 30 ngày." in mine


def test_in_english_one_case_and_one_day_are_singular(app, client_of, ctx_of, number):
    reader = client_of("vnpt")
    reader.set_cookie("language", "en")
    page = reader.get("/colocation").text
    assert number in page
    assert re.search(r"\b1 case\b", page)
    with ctx_of("vnpt", read_only=True) as ctx, app.app_context(), force_locale("en"):
        midnights = [datetime.combine(ctx.today + timedelta(days=ahead), time.min, LOCAL_ZONE) for ahead in range(2, 9)]
        texts = {text.partition(" (")[0] for _days, text, _tone in (describe_time_left(ctx, end) for end in midnights)}
    assert {"1 working day left", "2 working days left"} <= texts


def test_nobody_elses_cases_are_on_a_desk(client_of, number):
    for name in ("dienluc", "so.xaydung", "kiemtra1", "quantri"):
        assert number not in client_of(name).get("/").text


def test_the_queries_of_a_desk_do_not_grow_with_its_cases(ctx_of, statements):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code for _number in range(6)]
    with ctx_of("vnpt") as ctx:
        filed(ctx, codes[0])
    with ctx_of("viettel", read_only=True) as ctx:
        few = statements(lambda: read_desk(ctx))
    with ctx_of("vnpt") as ctx:
        for code in codes[1:]:
            filed(ctx, code)
    with ctx_of("viettel", read_only=True) as ctx:
        assert statements(lambda: read_desk(ctx)) == few


def test_nor_do_they_where_a_condition_says_whose_turn_it_is(ctx_of, statements):
    report(ctx_of)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        few = statements(lambda: read_desk(ctx))
    for _number in range(4):
        report(ctx_of)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert statements(lambda: read_desk(ctx)) == few
        waiting = [item for item in read_desk(ctx).assigned if item.workflow is INCIDENT]
        assert [item.assignee for item in waiting] == [str(INCIDENT.parties["agency"].label)] * 5
        assert all(item.act for item in waiting)


def test_who_is_not_in_charge_reads_whose_turn_it_is(client_of, ctx_of):
    incident_id, _code = report(ctx_of, now=utc_now())
    planned = plan(ctx_of, codes=[inspected_tower(ctx_of)[0]], issued=True)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert incident_id in [item.case_id for item in read_desk(ctx).assigned if item.workflow is INCIDENT]
    for username, address, party in (
        ("ubnd.xa", f"/incidents/{incident_id}", INCIDENT.parties["agency"]),
        ("so.khcn", f"/inspections/{planned}", INSPECTION.parties["inspectors"]),
    ):
        page = client_of(username).get(address).text
        assert re.search(rf"Đang chờ:\s*<strong>{party.label}", page)
        assert address not in part(client_of(username).get("/").text, "waiting")


def test_a_missed_term_is_more_urgent_than_one_that_runs(database, ctx_of):
    missed, _code = report(ctx_of)
    later = NOW + timedelta(days=30)
    assert run_clocks(database, later).moved == 1
    fresh, _code = report(ctx_of, now=later)
    with ctx_of("so.khcn", now=later, read_only=True) as ctx:
        assert [item.case_id for item in read_desk(ctx).assigned if item.workflow is INCIDENT] == [missed, fresh]


@pytest.fixture
def statements(database):
    """A function: what to do -> how many statements it took."""

    def count(work):
        with statements_of(database) as statements_run:
            work()
        return len(statements_run)

    return count
