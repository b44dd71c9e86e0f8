"""Acts of the desk on many streets: statements, refusals, and what is written, as if each were done alone."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select, text

from registry.audit.chain import write_pending
from registry.audit.verifier import verify
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import DomainError
from registry.notices.models import Notice
from registry.routelists.bulk import send_drafts
from registry.routelists.commands import BulkReview, Rank
from registry.routelists.desk_service import review, review_many, set_rank
from registry.routelists.models import Priority, RouteItem
from registry.routelists.workflow import ITEM
from registry.workflow.models import CaseClock, CaseEvent
from tests.factories.routelists import a_list, move, propose, sent, state_of, street_at
from tests.factories.structures import place_inside
from tests.support.clock import NOW
from tests.support.live import context, wait_until_blocked
from tests.support.processes import LIMIT_S
from tests.support.statements import statements_of

ACTS = {
    "agree": {"text": "Đạt"},
    "return": {"text": "Thiếu ảnh"},
    "reject": {"text": "Ngoài kế hoạch"},
    "priority": {"priority": Priority.HIGH},
    "year": {"year": 2028},
}

#: Columns of a case of its own, its list and its notice.
OWN = ("id", "case_id", "subject_id", "uid", "params", "number", "route_list_id", "line")
QUEUED = text("SELECT args ->> 'notice_id' FROM procrastinate_jobs WHERE task_name = 'notices.deliver'")


def boxes(ctx, ids):
    return tuple((number, ctx.session.get_one(RouteItem, number).version) for number in ids)


def streets(ctx_of, count, name="Phố"):
    return [sent(ctx_of, street_name=f"{name} {number}") for number in range(count)]


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_many_streets_takes_as_many_statements_as_on_few(ctx_of, database, act):
    ids = streets(ctx_of, 11)

    def count(some):
        with ctx_of("so.xaydung") as ctx:
            command = BulkReview(act, boxes(ctx, some), **ACTS[act])
            with statements_of(database) as statements:
                outcome = review_many(ctx, command)
            assert (outcome.done, outcome.refused) == (len(some), [])
        return len(statements)

    count(ids[:1])
    assert count(ids[1:3]) == count(ids[3:])


def test_many_drafts_are_sent_with_two_more_statements_each_at_most(ctx_of, database):
    def count(number, year):
        for each in range(number):
            propose(ctx_of, year=year, street_name=f"Phố {each}")
        list_id = a_list(ctx_of, year)
        with ctx_of("ubnd.xa") as ctx, statements_of(database) as statements:
            outcome = send_drafts(ctx, list_id)
        assert (outcome.done, outcome.refused) == (number, [])
        return len(statements)

    count(1, 2026)
    few = count(2, 2027)
    assert count(8, 2028) <= few


def test_what_many_streets_are_refused_for_is_what_each_alone_is(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    doubled = sent(ctx_of, street_name="Phố Đôi", position=street_at(lon, lat - 0.02))
    twin = {"position": street_at(lon, lat - 0.02), "street_name": "Phố Khác", "exception_reason": "Bên kia đường"}
    doubles = [doubled, sent(ctx_of, **twin)]
    stale, done, free = (sent(ctx_of, street_name=f"Phố {name}") for name in ("Cũ", "Xong", "Đẹp"))
    draft = propose(ctx_of, street_name="Phố Nháp")
    move(ctx_of, "so.xaydung", done, "agree")
    with ctx_of("so.xaydung") as ctx:
        set_rank(ctx, Rank(stale, 2, Priority.LOW))
    pairs = [(number, 2) for number in (*doubles, stale, free, draft, 10**9)] + [(done, 3)]
    alone = {}
    for number, version in pairs:
        if number != free:
            with pytest.raises(DomainError) as refused, ctx_of("so.xaydung") as ctx:
                review(ctx, number, version, "agree", "")
            alone[number] = refused.value.message
    with ctx_of("so.xaydung") as ctx:
        outcome = review_many(ctx, BulkReview("agree", tuple(pairs)))
    assert outcome.done == 1
    assert [reason for _title, reason in outcome.refused] == [alone[number] for number in sorted(alone)]
    # What the department does not see has no name.
    assert [title for title, _reason in outcome.refused][-2:] == [str(draft), str(10**9)]
    assert state_of(ctx_of, free) == "agreed"
    assert {state_of(ctx_of, number) for number in (*doubles, stale)} == {"under_review"}


def test_what_is_written_for_many_streets_is_what_is_written_for_each_alone(ctx_of):
    written = {}
    for how, year in (("alone", 2027), ("together", 2028)):
        ids = [propose(ctx_of, year=year, street_name=f"Phố {number}") for number in range(3)]
        if how == "alone":
            for number in ids:
                move(ctx_of, "ubnd.xa", number, "submit")
                with ctx_of("so.xaydung") as ctx:
                    review(ctx, number, 2, "return", "Thiếu ảnh")
        else:
            with ctx_of("ubnd.xa") as ctx:
                send_drafts(ctx, a_list(ctx_of, year))
            with ctx_of("so.xaydung") as ctx:
                review_many(ctx, BulkReview("return", tuple((number, 2) for number in ids), "Thiếu ảnh"))
        with ctx_of(None) as ctx:
            events = stored(ctx, CaseEvent, CaseEvent.case_id, ids, CaseEvent.workflow == ITEM.code)
            clocks = stored(ctx, CaseClock, CaseClock.case_id, ids, CaseClock.workflow == ITEM.code)
            notices = stored(ctx, Notice, Notice.subject_id, ids, Notice.subject_kind == ITEM.code)
            items = stored(ctx, RouteItem, RouteItem.id, ids)
            queued = {int(notice_id) for notice_id in ctx.session.scalars(QUEUED)}
        numbers = [item["number"] for item in items]
        assert numbers == sorted(set(numbers))
        assert {notice["id"] for notice in notices} <= queued
        written[how] = [without_ids(each) for each in (events, clocks, notices, items)]
    assert [len(each) for each in written["alone"]] == [9, 3, 6, 3]
    assert written["together"] == written["alone"]


def stored(ctx, model, case_column, ids, *where):
    """The rows of some cases, case by case."""
    query = select(model).where(case_column.in_(ids), *where).order_by(case_column, model.id)
    return [
        {each.key: getattr(row, each.key) for each in model.__table__.columns} for row in ctx.session.scalars(query)
    ]


def without_ids(written):
    """Without what differs from case to case."""
    return [{name: value for name, value in row.items() if name not in OWN} for row in written]


def test_the_chain_of_events_holds_after_acts_on_many_streets(live_app):
    database = DATABASE.of(live_app)
    ctx_of = partial(context, database)
    with live_app.test_request_context():
        ids = streets(ctx_of, 5)
        for act, version in (("priority", 2), ("agree", 3)):
            with ctx_of("so.xaydung") as ctx:
                outcome = review_many(ctx, BulkReview(act, tuple((number, version) for number in ids), **ACTS[act]))
                assert outcome.done == len(ids)
    with database.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        report = verify(connection, NOW, [])
        entries = connection.scalar(
            text("SELECT jsonb_array_length(payload -> 'entries') FROM audit_payload ORDER BY number DESC LIMIT 1")
        )
    assert report.findings == []
    assert entries == len(ids)


def test_two_acts_on_the_same_streets_at_one_instant_are_done_once(live_app, live_url):
    database, rival = DATABASE.of(live_app), Database(live_url, role=WEB_ROLE)
    rival.before_commit.append(write_pending)
    with live_app.test_request_context():
        ids = streets(partial(context, database), 3)
    command = BulkReview("agree", tuple((number, 2) for number in reversed(ids)), "Đạt")

    def agree():
        with live_app.test_request_context(), context(database, "so.xaydung") as ctx:
            outcome = review_many(ctx, command)
            return outcome.done, [reason for _title, reason in outcome.refused]

    with ThreadPoolExecutor(1) as pool:
        with live_app.test_request_context(), context(rival, "so.xaydung") as ctx:
            assert review_many(ctx, command).done == len(ids)
            racing = pool.submit(agree)
            wait_until_blocked(ctx.session)
        done, reasons = racing.result(timeout=LIMIT_S)
    rival.dispose()
    assert done == 0
    assert len(reasons) == len(ids)
    assert all("đã thay đổi" in reason for reason in reasons)
    with context(database, "so.xaydung", read_only=True) as ctx:
        moves = ctx.session.scalars(select(CaseEvent.case_id).where(CaseEvent.move == "agree"))
        assert sorted(moves) == ids
