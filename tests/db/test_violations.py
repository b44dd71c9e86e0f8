"""A violation goes from the report to its end, by the law of its day, and is seen by whom it concerns."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import last_day
from registry.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.violations.codes import Authority, Offender, Receiver, ViolationState
from registry.violations.commands import EditViolation, ViolationFacts
from registry.violations.models import Violation
from registry.violations.service import edit_violation
from registry.violations.workflow import VIOLATION
from registry.workflow.engine import fire
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseClock
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    ANNULMENT,
    COMPLAINT,
    DECISION,
    MINUTES,
    NOW,
    PAYMENT,
    PROSECUTION,
    REMEDIED,
    decided,
    get,
    log,
    move,
    refusal,
    with_minutes,
)

S = ViolationState
FACTS = ViolationFacts(kind="bad_cabling", description="Cáp võng")


def test_it_goes_all_the_way_to_its_end(ctx_of):
    violation_id = decided(ctx_of)
    assert move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 20)) is S.REMEDYING
    assert refusal(
        lambda: move(ctx_of, "kiemtra1", violation_id, "remedied", **(REMEDIED | {"photos": ["bien-ban.pdf"]}))
    ) == {"photos": ["Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC)."]}
    assert move(ctx_of, "ubnd.xa", violation_id, "remedied", **(REMEDIED | {"photos": ["sau.JPG"]})) is S.REMEDIED
    with pytest.raises(MoveRefused, match="Chưa ghi nhận nộp phạt"):
        move(ctx_of, "kiemtra1", violation_id, "close")
    assert move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT) is S.REMEDIED
    assert move(ctx_of, "kiemtra1", violation_id, "close") is S.CLOSED


def test_what_is_no_violation_is_said_why_and_closed(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    assert "text" in refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "dismiss"))
    assert move(ctx_of, "kiemtra1", violation_id, "dismiss", text="Cáp đã có thẻ") is S.NOT_VIOLATION
    assert move(ctx_of, "kiemtra1", violation_id, "close") is S.CLOSED


def test_an_appeal_leaves_the_decision_or_ends_the_case(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    assert move(ctx_of, "ubnd.xa", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date()) is S.DECIDED
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    assert move(ctx_of, "ubnd.tinh", violation_id, "annul", **ANNULMENT) is S.ANNULLED
    assert move(ctx_of, "kiemtra1", violation_id, "close") is S.CLOSED


def test_an_appeal_may_come_while_the_remedy_is_under_way(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 20))
    assert move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT) is S.APPEALED
    # The execution goes on where it was.
    assert move(ctx_of, "ubnd.xa", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date()) is S.REMEDYING


def test_minutes_are_made_after_the_act_and_not_tomorrow(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    for day in (date(2026, 11, 22), date(2026, 11, 25)):
        minutes_data = MINUTES | {"minutes_on": day}
        assert list(
            refusal(lambda minutes_data=minutes_data: move(ctx_of, "kiemtra1", violation_id, "minutes", **minutes_data))
        ) == ["minutes_on"]


@pytest.mark.parametrize(
    ("decision", "fields"),
    [
        ({"fine_vnd": Decimal(19_999_999)}, ["fine_vnd"]),
        ({"fine_vnd": Decimal(30_000_001)}, ["fine_vnd"]),
        ({"fine_vnd": Decimal("25000000.5")}, ["fine_vnd"]),
        ({"decision_on": date(2026, 11, 23)}, ["decision_on"]),
        ({"decision_on": date(2026, 11, 25)}, ["decision_on"]),
        ({"authority": Authority.PROVINCE_CHAIR}, ["authority"]),
        ({"authority": Authority.DISTRICT_CHAIR}, ["authority"]),
        # Nobody is asked for the number of an office that cannot decide.
        ({"authority": Authority.DISTRICT_CHAIR, "decision_number": None}, ["authority"]),
        ({"authority": Authority.PROVINCE_CHAIR, "fine_vnd": Decimal(1)}, ["authority", "fine_vnd"]),
    ],
)
def test_a_decision_outside_range_day_or_power_is_refused(ctx_of, decision, fields):
    violation_id = with_minutes(ctx_of)
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | decision)))) == fields
    assert get(ctx_of, violation_id).state is S.MINUTES_MADE


def test_a_person_pays_half(ctx_of):
    violation_id = with_minutes(ctx_of, minutes={"offender": Offender.INDIVIDUAL, "offender_name": "Ông A"})
    problem = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION))["fine_vnd"][0]
    assert "từ 10.000.000 đến 15.000.000 đồng" in problem
    assert (
        move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | {"fine_vnd": Decimal(12_500_000)})) is S.DECIDED
    )


def test_an_act_beyond_the_commune_must_be_passed_up(ctx_of):
    violation_id = with_minutes(ctx_of, kind="destroy_works")
    high = DECISION | {"fine_vnd": Decimal(120_000_000)}
    problem = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **high))["authority"][0]
    assert problem == (
        "Mức phạt cao nhất của hành vi là 140.000.000 đồng, vượt thẩm quyền của Chủ tịch UBND cấp xã"
        " (100.000.000 đồng); hãy chuyển cấp có thẩm quyền."
    )
    passed = {"receiver": Receiver.LEAD_DIRECTOR, "text": "Vượt thẩm quyền"}
    assert move(ctx_of, "ubnd.xa", violation_id, "transfer", **passed) is S.TRANSFERRED
    # Ten working days from the minutes of Tuesday 24/11.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 8)
    with pytest.raises(MoveRefused):
        move(ctx_of, "so.khcn", violation_id, "decide", **(high | {"authority": Authority.LEAD_DIRECTOR}))
    assert move(ctx_of, "so.khcn", violation_id, "accept") is S.MINUTES_MADE
    with pytest.raises(Forbidden):
        move(ctx_of, "ubnd.xa", violation_id, "decide", **high)
    elsewhere = high | {"authority": Authority.PROVINCE_CHAIR}
    assert list(refusal(lambda: move(ctx_of, "so.khcn", violation_id, "decide", **elsewhere))) == ["authority"]
    assert (
        move(ctx_of, "so.khcn", violation_id, "decide", **(high | {"authority": Authority.LEAD_DIRECTOR})) is S.DECIDED
    )


def test_what_the_police_took_over_is_closed_with_their_result(ctx_of):
    violation_id = with_minutes(ctx_of, kind="damage_cable")
    move(ctx_of, "ubnd.xa", violation_id, "prosecute", **PROSECUTION)
    with pytest.raises(Forbidden):
        move(ctx_of, "ubnd.xa", violation_id, "settle_elsewhere", text="Đã khởi tố")
    assert move(ctx_of, "so.khcn", violation_id, "settle_elsewhere", text="Đã khởi tố") is S.CLOSED


def test_a_year_without_minutes_ends_in_limitation(ctx_of, database):
    violation_id = log(ctx_of, occurred_on=date(2025, 11, 30), kind="no_database")
    run_clocks(database, NOW)
    assert get(ctx_of, violation_id).state is S.REPORTED
    # The term of the minutes ended on Thursday 26/11.
    run_clocks(database, datetime(2026, 11, 27, 3, tzinfo=UTC))
    assert get(ctx_of, violation_id).state is S.MINUTES_OVERDUE
    run_clocks(database, datetime(2026, 12, 1, 3, tzinfo=UTC))
    assert get(ctx_of, violation_id).state is S.TIME_BARRED
    with pytest.raises(MoveRefused):
        move(ctx_of, "kiemtra1", violation_id, "verify")
    assert move(ctx_of, "kiemtra1", violation_id, "close") is S.CLOSED


def test_no_decision_comes_after_the_limitation_even_where_the_minutes_were_in_time(ctx_of):
    # The year of the act ends on Wednesday 25/11/2026, the term of the decision on 03/12.
    violation_id = with_minutes(ctx_of, occurred_on=date(2025, 11, 25), kind="no_database")
    # A decree of 2020 that the commune may decide by today.
    decision = DECISION | {"decision_on": date(2026, 11, 26)}
    later = datetime(2026, 11, 26, 3, tzinfo=UTC)
    refused = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", now=later, **decision))["decision_on"][0]
    assert refused == (
        "Ngày quyết định 26/11/2026 sau ngày hết thời hiệu xử phạt (25/11/2026); không ra quyết định xử phạt được nữa."
    )
    # Written down late, but made in time.
    decision = DECISION | {"decision_on": date(2026, 11, 25)}
    assert move(ctx_of, "ubnd.xa", violation_id, "decide", now=later, **decision) is S.DECIDED


def test_minutes_without_decision_are_told_to_the_department(ctx_of, database):
    violation_id = with_minutes(ctx_of)
    # Seven working days after Tuesday 24/11: Thursday 3/12.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 3)
    later = datetime(2026, 12, 4, 3, tzinfo=UTC)
    run_clocks(database, later)
    run_clocks(database, later)
    assert get(ctx_of, violation_id).state is S.DECISION_OVERDUE
    with ctx_of("so.khcn", now=later, read_only=True) as ctx:
        told = ctx.session.scalars(
            select(Notice).where(Notice.subject_id == violation_id, Notice.event == "lapse")
        ).all()
        clocks = ctx.session.scalars(
            select(CaseClock).where(CaseClock.case_id == violation_id).order_by(CaseClock.id)
        ).all()
    assert {role for notice in told for role in (*notice.roles, *notice.area_roles)} == {
        "commune_pc",
        "area_inspector",
        "lead_department",
    }
    assert [clock.name for clock in clocks] == ["minutes", "decision"]
    assert move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION) is S.DECIDED


def test_another_inspector_knows_nothing_of_it(ctx_of):
    violation_id = log(ctx_of)
    with pytest.raises(NotFound):
        move(ctx_of, "kiemtra2", violation_id, "verify")
    with pytest.raises(Forbidden):
        move(ctx_of, "so.xaydung", violation_id, "verify")


def test_the_accused_learns_of_it_with_the_minutes(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt, viettel = (organisation_id(ctx.session, code) for code in ("vnpt", "viettel"))
    violation_id = log(ctx_of, organisation_id=vnpt)
    other = log(ctx_of, organisation_id=viettel)

    def seen():
        with ctx_of("vnpt", now=NOW, read_only=True) as ctx:
            return list(ctx.session.scalars(select(Violation.id).where(visible(ctx, Violation, P.VIOLATION_READ))))

    assert seen() == []
    for each in (violation_id, other):
        move(ctx_of, "kiemtra1", each, "verify")
        move(ctx_of, "kiemtra1", each, "minutes", **MINUTES)
    assert seen() == [violation_id]
    with ctx_of("vnpt", now=NOW, read_only=True) as ctx:
        told = ctx.session.scalars(
            select(Notice).where(Notice.subject_id == violation_id, Notice.event == "minutes")
        ).all()
    assert [vnpt] in [notice.organisation_ids for notice in told]


def test_a_stale_version_is_refused(ctx_of):
    violation_id = log(ctx_of)
    with ctx_of("kiemtra1", now=NOW) as ctx, pytest.raises(Conflict):
        fire(ctx, VIOLATION, violation_id, "verify", {}, version=2)
    with ctx_of("kiemtra1", now=NOW) as ctx, pytest.raises(Conflict):
        edit_violation(ctx, EditViolation(violation_id=violation_id, version=2, facts=FACTS))


def test_a_decided_case_is_not_edited(ctx_of):
    violation_id = decided(ctx_of)
    with ctx_of("kiemtra1", now=NOW) as ctx:
        version = ctx.session.get_one(Violation, violation_id).version
        with pytest.raises(MoveRefused):
            edit_violation(ctx, EditViolation(violation_id=violation_id, version=version, facts=FACTS))
