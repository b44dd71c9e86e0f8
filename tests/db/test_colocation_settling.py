"""Surveys, more time, and what the department's decision binds."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.capacity.models import CapacityEntry
from registry.capacity.reservations import release
from registry.colocation.agreements.queries import find_agreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.codes import ColocationState, ItemDecision
from registry.colocation.commands import EditContract
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.notices.models import Notice
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import AddTerm, add_term
from registry.workflow.messages import list_messages, write_message
from registry.workflow.notice_events import MESSAGE
from tests.factories.agreements import active, agreed, terms
from tests.factories.agreements import move as step
from tests.factories.colocation import accept, case, filed, items_of, move, place_of, reject, tower

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


@pytest.fixture
def escalated(ctx_of, case_id):
    """The owner refused, the requester disputes it."""
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, case_id), "dispute", text="Còn chỗ thật")
    return case_id


def decision(ctx, number, **other):
    data = {"decision_number": "12/QĐ", "decided_on": ctx.today, "text": "Cho dùng chung", "granted": []}
    return move(ctx, case(ctx, number), "decide", **(data | other))


def test_a_survey_lengthens_the_same_clock(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        before = case(ctx, case_id).due_at
        request = move(ctx, case(ctx, case_id), "survey", survey_on=ctx.today, text="Đo tải")
        assert request.state is S.SURVEYING
        assert request.due_at > before
        assert accept(ctx, request).state is S.ACCEPTED


def test_more_time_is_given_once_and_within_the_law(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        before = case(ctx, case_id).due_at
        with pytest.raises(Invalid, match="cần từ 1 đến 15 ngày"):
            move(ctx, case(ctx, case_id), "extend", days=16, reason="Bão")
        assert move(ctx, case(ctx, case_id), "extend", days=15, reason="Bão").due_at > before
        with pytest.raises(MoveRefused, match="đã được gia hạn một lần"):
            move(ctx, case(ctx, case_id), "extend", days=1, reason="Bão nữa")


def test_a_reservation_is_extended_once_and_what_is_held_goes_along(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        before = accept(ctx, case(ctx, case_id)).due_at
        request = move(ctx, case(ctx, case_id), "extend_reservation", reason="Chờ cấp phép")
        (item,) = items_of(ctx, request)
        assert request.due_at > before
        assert ctx.session.get_one(CapacityEntry, item.entry_id).expires_at == request.due_at
        with pytest.raises(MoveRefused):
            move(ctx, case(ctx, case_id), "extend_reservation", reason="Chờ nữa")


def test_an_owner_with_a_shorter_term_of_its_own_has_that_for_what_is_filed_from_then_on(ctx_of, code, case_id):
    with ctx_of("so.khcn") as ctx:
        general = case(ctx, case_id).due_at
        own = AddTerm("colocation.answer", ctx.today, 3, TermUnit.WORKING_DAY, None, (), "Cam kết", False, "viettel")
        with pytest.raises(Invalid, match="từ ngày mai"):
            add_term(ctx, own)
    tomorrow = _after(ctx_of, 1)
    with ctx_of("so.khcn") as ctx:
        assert add_term(ctx, AddTerm(**vars(own) | {"valid_from": local_date(tomorrow)})).moved == 0
        assert case(ctx, case_id).due_at == general
    with ctx_of("dienluc") as ctx:
        other = tower(ctx, owner="pc_thanhhoa").code
    with ctx_of("vnpt", now=tomorrow) as ctx:
        mine, theirs = filed(ctx, code).due_at, filed(ctx, other).due_at
        assert mine < theirs


def _after(ctx_of, days):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.now + timedelta(days=days)


def test_a_part_that_was_refused_may_be_disputed_and_the_rest_stays_held(ctx_of, code):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, second).id
    with ctx_of("viettel") as ctx:
        first, other = items_of(ctx, case(ctx, number))
        accept(ctx, case(ctx, number), first)
        reject(ctx, case(ctx, number), other)
    with ctx_of("vnpt") as ctx:
        assert move(ctx, case(ctx, number), "dispute", text="Còn chỗ thật").state is S.ESCALATED
        assert sorted(place_of(ctx, each).reserved for each in (code, second)) == [0, 1]


def test_what_was_granted_whole_is_not_disputed(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx, pytest.raises(MoveRefused, match="Không có công trình nào bị từ chối"):
        move(ctx, case(ctx, case_id), "dispute", text="Chưa vừa ý")


def test_a_decision_grants_binds_the_price_and_leads_to_the_contract(ctx_of, escalated, code):
    with ctx_of("so.khcn") as ctx:
        move(ctx, case(ctx, escalated), "mediate", met_on=ctx.today, text="Hai bên giữ ý kiến")
        request = move(ctx, case(ctx, escalated), "consult_price", met_on=ctx.today, text="Nộp chi phí")
        assert request.state is S.PRICE_CONSULTATION
        (item,) = items_of(ctx, request)
        request = decision(ctx, escalated, granted=[item.id], price_vnd=2_000_000, price_period="month")
        assert (request.state, item.decision) == (S.DECIDED, ItemDecision.ACCEPTED)
        assert place_of(ctx, code).reserved == 1
    with ctx_of("vnpt") as ctx:
        assert move(ctx, case(ctx, escalated), "ask_contract").state is S.CONTRACTED
    with ctx_of("viettel") as ctx:
        agreement = find_agreement(ctx, case(ctx, escalated))
        edit_contract(ctx, EditContract(agreement.id, agreement.version, terms(ctx.today)))
        with pytest.raises(Invalid, match=r"đúng quyết định giải quyết: 2\.000\.000"):
            step(ctx, agreement.id, "propose")
        edit_contract(ctx, EditContract(agreement.id, agreement.version, terms(ctx.today, price_vnd=2_000_000)))
        assert step(ctx, agreement.id, "propose").state.value == "proposed"


def test_what_a_decision_does_not_grant_is_refused_by_it(ctx_of, escalated):
    with ctx_of("so.khcn") as ctx:
        assert decision(ctx, escalated).state is S.DECIDED
        (item,) = items_of(ctx, case(ctx, escalated))
        assert item.decision is ItemDecision.REJECTED
    with ctx_of("vnpt") as ctx, pytest.raises(MoveRefused, match="không có công trình nào được chấp thuận"):
        move(ctx, case(ctx, escalated), "ask_contract")


def test_a_price_is_decided_whole(ctx_of, escalated):
    with ctx_of("so.khcn") as ctx, pytest.raises(Invalid) as refused:
        decision(ctx, escalated, price_vnd=2_000_000)
    assert set(refused.value.fields) == {"price_period"}


# --- messages


def test_a_message_reaches_both_sides_and_the_department_and_makes_no_decision_stale(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        version = case(ctx, case_id).version
        write_message(ctx, COLOCATION, case_id, "Hẹn khảo sát\n sáng thứ hai ")
        assert case(ctx, case_id).version == version
        (notice,) = ctx.session.scalars(select(Notice).where(Notice.event == MESSAGE)).all()
        request = case(ctx, case_id)
        parties = {request.owner_organisation_id, request.requester_organisation_id}
        assert (set(notice.organisation_ids), notice.roles) == (parties, ["lead_department"])
    with ctx_of("vnpt") as ctx:
        assert [message.text for message in list_messages(ctx, COLOCATION, case_id)] == ["Hẹn khảo sát\nsáng thứ hai"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001, "a\x00b"])
def test_a_message_that_says_nothing_or_too_much_is_refused(ctx_of, case_id, text):
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        write_message(ctx, COLOCATION, case_id, text)
    assert set(refused.value.fields) == {"text"}


def test_no_contract_begins_on_a_reservation_that_is_over(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, case_id))
        (item,) = items_of(ctx, case(ctx, case_id))
        release(ctx, [item.entry_id])
        with pytest.raises(MoveRefused, match="chỗ giữ đã hết hạn"):
            move(ctx, case(ctx, case_id), "contract")
        assert case(ctx, case_id).state is S.ACCEPTED


def test_a_decision_on_an_agreement_is_made_by_today(ctx_of):
    number, _code = agreed(ctx_of)
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        step(ctx, number, "dispute", text="Giá")
    for name in ("decide_to_go_on", "decide_to_remove"):
        with ctx_of("so.khcn") as ctx, pytest.raises(Invalid) as refused:
            step(ctx, number, name, decision_number="9/QĐ", decided_on=ctx.today + timedelta(days=1), text="Giữ")
        assert set(refused.value.fields) == {"decided_on"}
