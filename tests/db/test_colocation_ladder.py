"""The silent owner, across Tết: reminded on working days, late at the end of its term, then with the department.

Nobody does anything but the clock. The same weeks are played once hour by hour and once in one leap after them.
"""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from registry.colocation.agreements.models import AgreementState
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.codes import ColocationState
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CalendarDay, CaseEvent, DayKind
from registry.workflow.notice_events import REMINDER
from registry.workflow.time_left import times_left
from tests.factories.agreements import active, agreed, get
from tests.factories.colocation import case, filed, tower

#: Filed on the Monday before Tết Đinh Mùi (6 February 2027).
FILED = datetime(2027, 2, 1, 9, 30, tzinfo=LOCAL_ZONE)
LENGTH = 7
WEEKS = 5


@pytest.fixture
def case_id(ctx_of):
    """A request of VNPT to Viettel, sent in the week before Tết."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt", now=FILED) as ctx:
        return filed(ctx, code).id


@pytest.fixture
def working(ctx_of):
    """A function: whether offices work on a day, read from the calendar by rules of this test's own."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        rows = ctx.session.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.is_active)).all()
    off = {row.day for row in rows if row.kind is DayKind.DAY_OFF}
    worked = {row.day for row in rows if row.kind is DayKind.WORKED_WEEKEND}
    return lambda day: day in worked or (day.isoweekday() <= 5 and day not in off)


def working_days_after(working, day, count):
    """The count-th working day after a day."""
    while count:
        day += timedelta(days=1)
        count -= working(day)
    return day


def told(ctx, case_id, event):
    query = select(Notice).where(Notice.subject_kind == "colocation", Notice.subject_id == case_id)
    return list(ctx.session.scalars(query.where(Notice.event == event).order_by(Notice.id)))


def story(ctx, case_id):
    """What the clock did to a case: its steps and its reminders, with the days that they tell of."""
    steps = ctx.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)).all()
    moves = [(step.move, step.to_state, step.due_at) for step in steps if step.workflow == "colocation"]
    return moves, [notice.params["last_on"] for notice in told(ctx, case_id, REMINDER)]


def test_the_term_steps_over_tet(ctx_of, working, case_id):
    last = working_days_after(working, FILED.date(), LENGTH)
    # Tết itself lies between: more days pass than in any other month.
    assert last >= date(2027, 2, 16)
    with ctx_of("viettel", now=FILED) as ctx:
        due = case(ctx, case_id).due_at.astimezone(LOCAL_ZONE)
        assert due == datetime.combine(last + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)


def test_the_ladder_is_climbed_without_a_hand(ctx_of, database, working, case_id):
    last = working_days_after(working, FILED.date(), LENGTH)
    moment, reminded, lapsed = FILED, [], None
    while moment < FILED + timedelta(weeks=WEEKS):
        moment += timedelta(hours=1)
        run = run_clocks(database, moment)
        assert run.failed == 0
        # After the hand-over it is the department that is reminded.
        if run.reminded and lapsed is None:
            reminded.append(moment)
        if run.moved and lapsed is None:
            lapsed = moment
    assert all(working(local_date(each)) for each in reminded)
    assert [local_date(each) for each in reminded] == [
        day
        for day in (last - timedelta(days=back) for back in range(30, -1, -1))
        if working(day) and sum(working(day + timedelta(days=n)) for n in range(1, (last - day).days + 1)) in (2, 1, 0)
    ]
    assert lapsed - datetime.combine(last + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE) < timedelta(hours=1)
    with ctx_of("so.khcn", now=moment) as ctx:
        request = case(ctx, case_id)
        assert request.state is ColocationState.OVERDUE
        # The hand-over counts from the end of the term, and from there the department has a term of its own.
        midnight = datetime.combine(last + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)
        assert request.state_since == midnight
        left = times_left(ctx, COLOCATION, [request])[case_id]
        assert (left.tone, left.last_on > last) == ("bad", True)
        (notice,) = told(ctx, case_id, "lapse")
        both = {request.owner_organisation_id, request.requester_organisation_id}
        assert (set(notice.organisation_ids), notice.roles) == (both, ["lead_department"])
        assert request.number in notice_text(notice).sentence


def test_the_same_weeks_in_one_leap_end_alike(ctx_of, database, case_id):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("dienluc", now=FILED) as ctx:
        other = filed(ctx, code).id
    moment = FILED + timedelta(weeks=WEEKS)
    run_clocks(database, moment)
    with ctx_of("so.khcn", now=moment) as ctx:
        leapt, _reminders = story(ctx, other)
        again, _reminders = story(ctx, case_id)
        assert leapt == again
        assert [name for name, _state, _due in leapt] == ["open", "submit", "lapse"]


def test_the_dossier_puts_together_what_the_department_needs(client_of, ctx_of, database, case_id):
    run_clocks(database, FILED + timedelta(weeks=WEEKS))
    page = client_of("so.khcn").get(f"/colocation/{case_id}/dossier").text
    for words in ("Trích hồ sơ công trình", "Sức chứa", "Trao đổi", "Ảnh và tài liệu", "không trả lời trong thời hạn"):
        assert words in page
    del ctx_of


def test_the_end_of_a_contract_is_told_before_it_comes_and_then_it_ends(ctx_of, database):
    number, _code = agreed(ctx_of)
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        due, last = get(ctx, number).due_at, get(ctx, number).ends_on
        # A renewal that was forgotten for some days is no removal.
        assert timedelta(days=15) <= local_date(due) - last <= timedelta(days=20)
        left = times_left(ctx, AGREEMENT, [get(ctx, number)])[number]
        assert left.text.startswith("Ân hạn sau ngày hết hạn hợp đồng: còn ")
    moment = due - timedelta(days=120)
    while moment < due:
        moment += timedelta(hours=12)
        run_clocks(database, moment)
    with ctx_of("vnpt", now=due) as ctx:
        query = select(Notice).where(Notice.subject_kind == "agreement", Notice.event == REMINDER)
        reminders = ctx.session.scalars(query).all()
        # 70, 30, 15, 10 and 5 working days before, and on the last day.
        assert len(reminders) == 6
        assert {notice.organisation_ids[0] for notice in reminders} == {get(ctx, number).requester_organisation_id}
        assert all(last <= date.fromisoformat(notice.params["last_on"]) for notice in reminders)
        assert get(ctx, number).state is AgreementState.REMOVING
