"""The calendar as data: filled once and never over what people entered; a change reckons the open clocks anew."""

from datetime import date, timedelta
from random import Random

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from registry.audit.chain import attempt, write_pending
from registry.audit.models import AuditEvent
from registry.authz.actors import SYSTEM_ACTOR
from registry.demo.first_start import FirstStart
from registry.kernel.clock import last_day
from registry.kernel.db.session import WEB_ROLE, Database, abort
from registry.kernel.errors import Forbidden, Invalid
from registry.notices.models import Notice
from registry.notices.texts import NOTICE_TEXTS
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import (
    AddTerm,
    SaveDay,
    add_day,
    add_term,
    change_day,
    get_term,
    list_days,
    withdraw_day,
    withdraw_term,
)
from registry.workflow.clocks import find_term, lock_calendar, open_clock, share_calendar_lock, working_calendar
from registry.workflow.contributions import workflow_contributions
from registry.workflow.engine import fire
from registry.workflow.models import CalendarDay, CaseEvent, DayKind
from registry.workflow.notice_events import RECALCULATED
from registry.workflow.seed import seed_calendar, seed_days, seed_next_year
from registry.workflow.views import case_view
from tests.support.cases import ANSWER, FLOW, State, TriedCase, ask, at
from tests.support.database import PROVINCE

FILED = at("2027-03-01")
#: Seven working days from 01/03/2027: 2, 3, 4, 5, 8, 9, 10/03.
LAST = date(2027, 3, 10)
STORM = SaveDay(date(2027, 3, 9), DayKind.DAY_OFF, "Nghỉ bão", "Công điện 01/CĐ-TTg", needs_verification=False)


@pytest.fixture
def case(ctx_of, flow):
    del flow
    with ctx_of("so.khcn", now=FILED) as ctx:
        return ask(ctx)


def ends(ctx_of, case):
    """The last day of a case and of its clock, which must agree."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        tried = ctx.session.get_one(TriedCase, case.id)
        clock = open_clock(ctx.session, FLOW.code, tried.id)
        assert clock.due_at == tried.due_at
        return last_day(tried.due_at) if tried.due_at else None


def test_every_day_of_the_seed_has_a_source_and_a_mark_where_no_decision_was_seen():
    rows = seed_days(range(2023, 2028))
    assert all(row.name and row.source for row in rows)
    marked = {row.day for row in rows if row.needs_verification}
    assert {row.day for row in rows if row.day.year == 2027} <= marked
    assert date(2026, 11, 24) in marked
    assert date(2026, 2, 17) not in marked
    made_up = {row.day for row in rows if row.kind is DayKind.WORKED_WEEKEND}
    assert made_up == {date(2024, 5, 4), date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)}
    assert seed_days([]) == []


def test_a_seed_a_second_time_adds_nothing_and_leaves_no_event(ctx_of):
    with ctx_of("quantri") as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(AuditEvent))
        assert seed_calendar(ctx, range(2023, 2028)) == 0
    with ctx_of("quantri", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_a_seed_leaves_what_people_entered_changed_or_withdrew(ctx_of):
    own = SaveDay(date(2028, 1, 3), DayKind.DAY_OFF, "Theo thông báo", "TB 1", needs_verification=False)
    with ctx_of("so.khcn") as ctx:
        add_day(ctx, own)
        add_day(ctx, SaveDay(date(2028, 4, 4), DayKind.DAY_OFF, "Giỗ Tổ", "TB 1", needs_verification=False))
        row = list_days(ctx, 2028)[1]
        withdraw_day(ctx, row.id, "TB 2")
    with ctx_of("quantri") as ctx:
        assert seed_calendar(ctx, [2028]) == len(seed_days([2028])) - 2
        by_day = {row.day: row for row in list_days(ctx, 2028)}
        assert by_day[date(2028, 1, 3)].name == "Theo thông báo"
        assert not by_day[date(2028, 4, 4)].is_active


def test_the_coming_year_is_seeded_once_and_never_where_people_began(ctx_of):
    with ctx_of("quantri", now=at("2027-05-01")) as ctx:
        assert seed_next_year(ctx) == len(seed_days([2028]))
    with ctx_of("quantri", now=at("2027-05-02")) as ctx:
        assert seed_next_year(ctx) == 0
    with ctx_of("so.khcn", now=at("2028-05-01")) as ctx:
        add_day(ctx, SaveDay(date(2029, 1, 1), DayKind.DAY_OFF, "Tết", "TB", needs_verification=False))
        assert seed_next_year(ctx) == 0


def test_a_first_start_fills_an_empty_calendar_and_a_later_one_leaves_it(live_url, tmp_path):
    """Also where the registry stood before it had a calendar."""
    with psycopg.connect(live_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("TRUNCATE calendar_day")
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    for _start in range(2):
        FirstStart(lambda: database, PROVINCE, demo=False, accounts_file=tmp_path / "none", key="k" * 40)()
        with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
            expected = seed_days(range(2023, ctx.today.year + 2))
            assert ctx.session.scalar(select(func.count()).select_from(CalendarDay)) == len(expected)
    database.dispose()


def test_the_command_names_what_it_expects(app):
    runner = app.test_cli_runner()
    assert "Đã thêm 0 ngày" in runner.invoke(args=["calendar", "seed", "--years", "2023-2027"]).output
    for years in ("hai", "2027-2023", "1999", "2027-", "-"):
        refused = runner.invoke(args=["calendar", "seed", "--years", years])
        assert refused.exit_code == 2, years
        assert "2023-2027" in refused.output


def test_a_day_off_moves_the_end_of_open_cases_and_each_tells_why(ctx_of, flow, case):
    assert ends(ctx_of, case) == LAST
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        assert add_day(ctx, STORM) == 1
    assert ends(ctx_of, case) == date(2027, 3, 11)
    with ctx_of("so.khcn", read_only=True) as ctx:
        event = ctx.session.scalars(select(CaseEvent).where(CaseEvent.move == RECALCULATED)).one()
        assert (event.from_state, event.to_state) == ("asked", "asked")
        newest = case_view(ctx, flow, ctx.session.get_one(TriedCase, case.id)).events[0]
        assert newest["action"] == "Tính lại thời hạn: từ ngày 10/03/2027 thành ngày 11/03/2027"
        assert newest["said"] == [
            {"label": "Lý do", "value": "Thêm vào lịch: 09/03/2027 – Nghỉ bão (Công điện 01/CĐ-TTg)"}
        ]
        audited = ctx.session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
        assert audited.action == "calendar.add"
        # The reminder of the day two working days before moved along.
        assert open_clock(ctx.session, flow.code, case.id).remind_at == at("2027-03-08", "08:00")


def test_a_day_that_is_withdrawn_moves_the_end_back_and_the_case_states_the_withdrawal(ctx_of, flow, case):
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        add_day(ctx, STORM)
    with ctx_of("so.khcn", now=at("2027-03-04")) as ctx:
        (row,) = [row for row in list_days(ctx, 2027) if row.day == STORM.day]
        assert withdraw_day(ctx, row.id, "Công điện 02/CĐ-TTg") == 1
    assert ends(ctx_of, case) == LAST
    with ctx_of("so.khcn", read_only=True) as ctx:
        newest = case_view(ctx, flow, ctx.session.get_one(TriedCase, case.id)).events[0]
        assert newest["said"][0]["value"] == "Bỏ khỏi lịch: 09/03/2027 – Nghỉ bão (Công điện 02/CĐ-TTg)"


def test_the_notices_of_moved_ends_say_why_for_entry_and_withdrawal(ctx_of, case):
    del case
    (texts,) = (each.items for each in workflow_contributions(FLOW) if each.point is NOTICE_TEXTS)
    sentence_of = dict(texts)[FLOW.code]
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        add_day(ctx, STORM)
        (row,) = [row for row in list_days(ctx, 2027) if row.day == STORM.day]
        withdraw_day(ctx, row.id, "Công điện 02/CĐ-TTg")
        query = select(Notice).where(Notice.event == RECALCULATED).order_by(Notice.id)
        sentences = [sentence_of(notice).sentence for notice in ctx.session.scalars(query)]
    added, withdrawn = sentences
    assert "từ ngày 10/03/2027 thành ngày 11/03/2027. Lý do: Thêm vào lịch: 09/03/2027 – Nghỉ bão" in added
    assert "từ ngày 11/03/2027 thành ngày 10/03/2027. Lý do: Bỏ khỏi lịch: 09/03/2027 – Nghỉ bão" in withdrawn
    assert withdrawn.endswith("(Công điện 02/CĐ-TTg).")


def test_a_day_off_that_is_made_up_for_stays_a_day_off(ctx_of, case):
    del case
    off = SaveDay(date(2027, 3, 14), DayKind.DAY_OFF, "Nghỉ", "TB", needs_verification=False)
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        add_day(ctx, off)
        add_day(ctx, SaveDay(date(2027, 3, 6), DayKind.WORKED_WEEKEND, "Làm bù", "TB", False, off.day))
        (row,) = [row for row in list_days(ctx, 2027) if row.day == off.day]
        worked = SaveDay(off.day, DayKind.WORKED_WEEKEND, "Đi làm", "TB", needs_verification=False)
        with pytest.raises(Invalid, match="có ngày làm bù 06/03/2027"):
            change_day(ctx, row.id, worked)


def test_a_made_up_saturday_goes_with_its_day_off(ctx_of, case):
    saturday = SaveDay(date(2027, 3, 6), DayKind.WORKED_WEEKEND, "Làm bù", "TB", False, STORM.day)
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        with pytest.raises(Invalid, match="không có gì để làm bù"):
            add_day(ctx, saturday)
        add_day(ctx, STORM)
        add_day(ctx, saturday)
    assert ends(ctx_of, case) == LAST
    with ctx_of("so.khcn", now=at("2027-03-04")) as ctx:
        (row,) = [row for row in list_days(ctx, 2027) if row.day == STORM.day]
        withdraw_day(ctx, row.id, "Công điện 02/CĐ-TTg")
        assert not [row for row in list_days(ctx, 2027) if row.is_active and row.day in (STORM.day, saturday.day)]
    assert ends(ctx_of, case) == LAST


def test_every_worked_weekend_of_the_seed_names_its_day_off():
    seeded = seed_days(range(2023, 2028))
    off = {row.day for row in seeded if row.kind is DayKind.DAY_OFF}
    worked = [row for row in seeded if row.kind is DayKind.WORKED_WEEKEND]
    assert worked
    assert {row.makes_up_for for row in worked} <= off


def test_a_made_up_saturday_brings_the_end_forward(ctx_of, case):
    saturday = SaveDay(date(2027, 3, 6), DayKind.WORKED_WEEKEND, "Làm bù", "TB", needs_verification=False)
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        assert add_day(ctx, saturday) == 1
    assert ends(ctx_of, case) == date(2027, 3, 9)


def test_a_change_that_touches_no_case_writes_none(ctx_of, case):
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        away = SaveDay(date(2027, 6, 1), DayKind.DAY_OFF, "Nghỉ", "TB", needs_verification=False)
        assert add_day(ctx, away) == 0
        row = list_days(ctx, 2027)[0]
        named = SaveDay(row.day, row.kind, "Tết Dương lịch 2027", row.source, needs_verification=False)
        assert change_day(ctx, row.id, named) == 0
    assert ends(ctx_of, case) == LAST
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert not ctx.session.scalars(select(CaseEvent).where(CaseEvent.move == RECALCULATED)).all()


def test_a_paused_case_is_reckoned_when_it_goes_on_and_a_finished_one_never(ctx_of, flow, case):
    with ctx_of("so.khcn", now=at("2027-03-01", "10:00")) as ctx:
        done = ask(ctx)
        fire(ctx, flow, done.id, "finish", version=done.version)
        fire(ctx, flow, case.id, "return", version=ctx.session.get_one(TriedCase, case.id).version)
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        assert add_day(ctx, STORM) == 0
    with ctx_of("so.khcn", now=at("2027-03-03", "10:00")) as ctx:
        version = ctx.session.get_one(TriedCase, case.id).version
        resumed = fire(ctx, flow, case.id, "resume", version=version)
        # 4, 5, 8, 10, 11, 12, 15/03: the days to 03/03 stood still, 09/03 is off.
        assert (resumed.state, last_day(resumed.due_at)) == (State.ASKED, date(2027, 3, 15))


def new_law(first, length):
    return AddTerm(ANSWER, first, length, TermUnit.WORKING_DAY, None, (1,), "Luật mới", needs_verification=False)


def test_a_new_law_never_touches_open_cases_filed_before_its_first_day(ctx_of, case):
    with ctx_of("so.khcn", now=at("2027-03-02")) as ctx:
        assert add_term(ctx, new_law(date(2027, 3, 2), 3)).moved == 0
    assert ends(ctx_of, case) == LAST


def test_a_law_entered_late_holds_for_open_cases_filed_since_its_first_day(ctx_of, flow, case):
    with ctx_of("so.khcn", now=at("2027-03-02")) as ctx:
        since = ask(ctx)
    with ctx_of("so.khcn", now=at("2027-03-03")) as ctx:
        assert add_term(ctx, new_law(date(2027, 3, 2), 3)).moved == 1
    assert (ends(ctx_of, case), ends(ctx_of, since)) == (LAST, date(2027, 3, 5))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert open_clock(ctx.session, flow.code, since.id).term.citation == "Luật mới"


def test_nobody_else_keeps_the_calendar(ctx_of):
    for name in ("viettel", "so.xaydung"):
        with pytest.raises(Forbidden), ctx_of(name) as ctx:
            add_day(ctx, STORM)


@pytest.mark.parametrize("changer_first", [True, False])
def test_a_change_of_the_calendar_and_the_start_of_a_clock_wait_for_each_other(live_url, changer_first):
    """Or a case filed at the same moment would keep an end by the calendar of before."""
    database = Database(live_url, role=WEB_ROLE)
    first, second = (lock_calendar, working_calendar) if changer_first else (working_calendar, lock_calendar)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        first(ctx)
        with database.transaction(SYSTEM_ACTOR) as other:
            other.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                second(other)
            abort(other)
    with database.transaction(SYSTEM_ACTOR) as other:
        second(other)
    with (
        database.transaction(SYSTEM_ACTOR) as first_transaction,
        database.transaction(SYSTEM_ACTOR) as second_transaction,
    ):
        # Those who start clocks never wait for each other.
        assert working_calendar(first_transaction) == working_calendar(second_transaction)
    database.dispose()


def test_a_weekday_off_and_a_weekend_worked_are_what_the_database_takes(database):
    statement = text(
        "INSERT INTO calendar_day (day, kind, name, source, needs_verification, is_active, entered_at)"
        " VALUES ('2027-03-09', 'worked_weekend', 'x', 'y', false, true, now())"
    )
    with pytest.raises(Exception, match="ck_calendar_day_worked_weekend"):
        database._bind.execute(statement)


def test_after_any_rows_and_withdrawals_open_cases_have_the_term_of_their_day_and_the_count_is_right(ctx_of, flow):
    dice = Random(31)  # noqa: S311 - sample histories, nothing secret
    moment, filed, standing = at("2027-03-01"), [], {date(2000, 1, 1): 7}
    for step in range(12):
        moment += timedelta(days=dice.randrange(0, 3), hours=1)
        with ctx_of("so.khcn", now=moment) as ctx:
            filed.append((ask(ctx).id, ctx.today))
            before = {number: ctx.session.get_one(TriedCase, number).due_at for number, _day in filed}
            rows = [row for row in get_term(ctx, ANSWER).rows if row.withdrawn_at is None]
            if dice.random() < 0.4 and len(rows) > 1:
                gone = dice.choice(rows[:-1])
                del standing[gone.valid_from]
                change = withdraw_term(ctx, gone.id, "Ghi nhầm")
            else:
                first, length = ctx.today + timedelta(days=dice.randrange(-2, 6)), dice.randrange(3, 12)
                newest = max(day for day in standing if day <= ctx.today or day < first)
                if first <= newest:
                    continue
                replaced = {day for day in standing if ctx.today < day >= first}
                change = add_term(ctx, new_law(first, length))
                assert {row.valid_from for row in change.replaced} == replaced, step
                standing = {day: days for day, days in standing.items() if day not in replaced} | {first: length}
            after = {number: ctx.session.get_one(TriedCase, number).due_at for number, _day in filed}
            assert change.moved == sum(after[number] != before[number] for number in after), step
            for number, day in filed:
                term = open_clock(ctx.session, flow.code, number).term
                assert term.length == standing[max(first for first in standing if first <= day)], step
    assert len(filed) == 12


def test_an_attempt_that_is_taken_back_takes_its_lock_of_the_calendar_back(ctx_of):
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND mode = :mode")
    with ctx_of("so.khcn") as ctx:
        before = ctx.session.scalar(held, {"mode": "ShareLock"})
        with pytest.raises(LookupError), attempt(ctx):
            find_term(ctx.session, str(working_calendar(ctx)), ctx.today)
        assert ctx.session.scalar(held, {"mode": "ShareLock"}) == before
        working_calendar(ctx)
        share_calendar_lock(ctx)
        assert ctx.session.scalar(held, {"mode": "ShareLock"}) == before + 1
