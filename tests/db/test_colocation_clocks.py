"""What ends by itself, and how a case is settled where its owner is silent or refuses."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from registry.audit.models import AuditEvent
from registry.capacity.models import CapacityEntry
from registry.colocation.codes import ColocationState
from registry.colocation.commands import RemoveItem
from registry.colocation.jobs import free_lapsed
from registry.colocation.models import ColocationItem
from registry.colocation.service import remove_item
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import last_day, utc_now
from registry.kernel.errors import Invalid
from registry.notices.models import Notice
from registry.workflow.calendar_service import SaveDay, add_day
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseEvent, DayKind
from registry.workflow.views import case_view
from tests.factories.colocation import (
    accept,
    case,
    filed,
    items_of,
    move,
    place_of,
    reject,
    tower,
)

S = ColocationState


@pytest.fixture
def code(ctx_of):
    """A published tower of Viettel with three positions."""
    with ctx_of("viettel") as ctx:
        return tower(ctx).code


@pytest.fixture
def case_id(ctx_of, code):
    """A request of VNPT for it, sent."""
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code).id


def ends_of(ctx, request):
    """When the reservations of a request end."""
    return set(ctx.session.scalars(select(CapacityEntry.expires_at).where(CapacityEntry.case_number == request.number)))


def parties_of_notice(ctx, event, request_id):
    """The number of parties that the one notice of an event of a request goes to."""
    notice = ctx.session.scalars(select(Notice).where(Notice.event == event, Notice.subject_id == request_id)).one()
    return len(notice.groups)


def later(request, days=1):
    return request.due_at + timedelta(days=days)


def test_silence_moves_the_case_to_the_department_and_a_late_answer_is_marked(ctx_of, app, database, case_id):
    with ctx_of("vnpt") as ctx:
        moment = later(case(ctx, case_id))
    assert run_clocks(database, moment).moved == 1
    with ctx_of("so.khcn", now=moment) as ctx:
        assert case(ctx, case_id).state is S.OVERDUE
        assert parties_of_notice(ctx, "lapse", case_id) == 3
        assert move(ctx, case(ctx, case_id), "take_up", text="Mời hai bên").state is S.ESCALATED
    with ctx_of("viettel", now=moment) as ctx:
        late = accept(ctx, case(ctx, case_id))
        assert late.state is S.ACCEPTED
        entries = case_view(ctx, COLOCATION, late).events
    marked = [(entry["move"], entry["note"]) for entry in entries]
    assert marked == [("accept", "Sau thời hạn."), ("take_up", None), ("lapse", None), ("submit", None), ("open", None)]


def test_the_timeline_calls_structures_by_their_codes(ctx_of, code, case_id):
    with ctx_of("viettel") as ctx:
        newest, *_older = case_view(ctx, COLOCATION, accept(ctx, case(ctx, case_id))).events
    assert [line["value"] for line in newest["said"]] == [code]


def test_a_disputed_refusal_is_settled_by_a_decision(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        disputed = move(ctx, case(ctx, case_id), "dispute", text="Quy hoạch đã sửa")
        assert (disputed.state, disputed.decided_at) == (S.ESCALATED, None)
    with ctx_of("so.khcn") as ctx:
        data = {"decision_number": "12/QĐ-SKHCN", "decided_on": ctx.today, "text": "Chủ sở hữu cho dùng chung"}
        with pytest.raises(Invalid, match="Ngày quyết định"):
            move(ctx, case(ctx, case_id), "decide", **data | {"decided_on": ctx.today + timedelta(days=1)})
        assert move(ctx, case(ctx, case_id), "decide", **data).state is S.DECIDED
    with ctx_of("vnpt") as ctx:
        assert move(ctx, case(ctx, case_id), "close").state is S.CLOSED


def test_the_owner_may_turn_a_disputed_refusal_into_an_acceptance(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, case_id), "dispute", text="Quy hoạch đã sửa")
    with ctx_of("viettel") as ctx:
        done = accept(ctx, case(ctx, case_id))
        (item,) = items_of(ctx, done)
        assert (done.state, item.ground, place_of(ctx, code).reserved) == (S.ACCEPTED, None, 1)


def test_a_refusal_that_nobody_disputes_stands_and_closes_the_case(ctx_of, database, case_id):
    with ctx_of("viettel") as ctx:
        moment = later(reject(ctx, case(ctx, case_id)))
    assert run_clocks(database, moment).moved == 1
    with ctx_of("vnpt", now=moment) as ctx:
        assert case(ctx, case_id).state is S.CLOSED


def test_a_reservation_ends_by_itself_and_the_place_is_free_again(ctx_of, database, case_id, code):
    with ctx_of("viettel") as ctx:
        accepted = accept(ctx, case(ctx, case_id))
        assert run_clocks(database, accepted.due_at - timedelta(seconds=1)).moved == 0
        assert run_clocks(database, later(accepted)).moved == 1
    with ctx_of("viettel", now=later(accepted)) as ctx:
        assert case(ctx, case_id).state is S.EXPIRED
        assert (place_of(ctx, code).reserved, place_of(ctx, code).free) == (0, 3)
        assert parties_of_notice(ctx, "expire", case_id) == 2


def test_all_reservations_of_a_request_end_together(ctx_of, code):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, code, second)
        first, other = items_of(ctx, request)
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, request.id), first)
    with ctx_of("viettel", now=utc_now() + timedelta(days=3)) as ctx:
        done = accept(ctx, case(ctx, request.id), other)
        assert ends_of(ctx, done) == {done.due_at}


@pytest.fixture
def half_returned(ctx_of, code):
    """A request for two towers: one is accepted, the other still open when the owner returns it."""
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, second).id
    with ctx_of("viettel") as ctx:
        first, _open = items_of(ctx, case(ctx, number))
        accept(ctx, case(ctx, number), first)
        move(ctx, case(ctx, number), "return", missing="Bản vẽ")
    return number


@pytest.mark.parametrize("answer", [accept, reject])
def test_a_returned_request_whose_open_structures_are_taken_out_is_answered(ctx_of, code, answer):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, second).id
    with ctx_of("viettel") as ctx:
        first, open_one = items_of(ctx, case(ctx, number))
        answer(ctx, case(ctx, number), first)
        move(ctx, case(ctx, number), "return", missing="Bản vẽ")
        decider = ctx.actor.id
    with ctx_of("vnpt", now=utc_now() + timedelta(days=3)) as ctx:
        remove_item(ctx, RemoveItem(number, open_one.id, case(ctx, number).version))
        done = move(ctx, case(ctx, number), "resubmit")
        assert done.state is (S.ACCEPTED if answer is accept else S.REJECTED)
        assert (done.decided_by_id, done.decided_at) == (decider, items_of(ctx, done)[0].decided_at)
        if answer is accept:
            assert ends_of(ctx, done) == {done.due_at}


def test_a_place_held_by_a_request_that_never_comes_back_is_freed_when_its_term_is_over(
    ctx_of, database, code, half_returned
):
    with ctx_of("viettel") as ctx:
        (over,) = ends_of(ctx, case(ctx, half_returned))
    assert free_lapsed(database, over - timedelta(seconds=1)) == 0
    assert free_lapsed(database, over) == 1
    assert free_lapsed(database, over) == 0
    with ctx_of("viettel", now=over) as ctx:
        assert (place_of(ctx, code).reserved, place_of(ctx, code).free) == (0, 3)
        assert case(ctx, half_returned).state is S.RETURNED
        last = ctx.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number.desc()).limit(1)).one()
        assert last == "colocation.free_places"


def test_where_a_clock_runs_it_and_not_the_hourly_job_ends_the_reservation(ctx_of, database, case_id):
    with ctx_of("viettel") as ctx:
        over = accept(ctx, case(ctx, case_id)).due_at
        assert free_lapsed(database, over) == 0
        assert run_clocks(database, over).moved == 1


def test_a_day_off_that_moves_the_end_of_a_case_moves_its_reservations_too(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        before = accept(ctx, case(ctx, case_id)).due_at
    with ctx_of("so.khcn") as ctx:
        assert add_day(ctx, SaveDay(last_day(before), DayKind.DAY_OFF, "Nghỉ bão", "Công điện 01/CĐ-TTg", False)) == 1
        moved = case(ctx, case_id)
        assert moved.due_at > before
        assert ends_of(ctx, moved) == {moved.due_at}


def test_every_step_is_told_with_who_took_it(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, case_id))
        query = select(CaseEvent).where(CaseEvent.workflow == "colocation", CaseEvent.case_id == case_id)
        assert [event.move for event in ctx.session.scalars(query.order_by(CaseEvent.id))] == [
            "open",
            "submit",
            "reject",
        ]


def test_the_database_itself_refuses_an_acceptance_without_a_reservation(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        values = {"decision": "accepted", "decided_at": ctx.now, "decided_by_id": ctx.actor.id}
        change = update(ColocationItem).where(ColocationItem.request_id == case_id).values(values)
        with pytest.raises(IntegrityError, match="accepted_is_reserved"), ctx.session.begin_nested():
            ctx.session.execute(change)
