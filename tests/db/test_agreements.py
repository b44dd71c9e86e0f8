"""The life of an agreement: contract, installation, use, removal, and the disputes on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.capacity.models import CapacityEntry, EntryState
from registry.colocation.agreements.models import AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed as agreed_rule
from registry.colocation.agreements.queries import agreed_items, entries_of, request_of
from registry.colocation.agreements.rules import contract_problems
from registry.colocation.agreements.service import edit_contract, report_item
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.commands import EditContract, ReportItem
from registry.colocation.models import ColocationRequest
from registry.kernel.clock import local_date, utc_now
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from registry.structures import positions
from registry.structures.queries import get_structure
from registry.workflow.engine import fire_by_clock, lock_case
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseEvent
from registry.workflow.referrals import ReferralRow
from registry.workflow.views import possible_moves
from tests.factories.agreements import (
    PHOTOS,
    active,
    agreed,
    contracted,
    get,
    installed,
    move,
    removing,
    terms,
)
from tests.factories.colocation import items_of, place_of
from tests.support import shared
from tests.support.clock import NOW

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("new_agreement")

S = AgreementState


@pytest.fixture(scope="module")
def new_agreement(ctx_of):
    """(agreement, code): one that was just begun."""
    return agreed(ctx_of)


def lapse(ctx_of, number, name):
    """The move of the clock, as its job makes it."""
    with ctx_of("so.khcn") as ctx:
        return fire_by_clock(ctx, AGREEMENT, lock_case(ctx, AGREEMENT, number), name)


def start_installing(ctx, number):
    """The one item of an agreement whose installation begins."""
    move(ctx, number, "install", text="Đội 3")
    ((item, _row),) = agreed_items(ctx, get(ctx, number))
    return item


def sums(ctx, code):
    slot = place_of(ctx, code)
    return slot.used, slot.reserved, slot.free


def test_the_agreement_has_a_number_at_once_and_holds_as_long_as_the_request_did(ctx_of, new_agreement):
    number, code = new_agreement
    with ctx_of("vnpt") as ctx:
        agreement = get(ctx, number)
        (entry_id,) = entries_of(ctx, agreement)
        assert agreement.number.startswith("HD-")
        assert ctx.session.get_one(CapacityEntry, entry_id).expires_at == agreement.due_at
        assert sums(ctx, code) == (0, 1, 2)


def test_a_contract_that_lacks_something_is_not_sent_and_all_is_said_at_once(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        move(ctx, number, "propose")
    (sentences,) = refused.value.fields.values()
    # First and last day are those that the request asked for.
    assert len(sentences) == 7
    assert "Chưa nhập “Số hợp đồng”." in sentences


def test_the_contract_is_written_by_its_owner_alone_and_while_it_is_made(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("vnpt") as ctx, pytest.raises(Forbidden):
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))
    with ctx_of("viettel") as ctx, pytest.raises(Conflict):
        edit_contract(ctx, EditContract(number, 99, terms(ctx.today)))
    contracted(ctx_of, number)
    with ctx_of("viettel") as ctx, pytest.raises(MoveRefused, match="chỉ thực hiện được ở “Đang lập hợp đồng”"):
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))


def test_a_contract_does_not_end_before_it_begins(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("viettel") as ctx:
        command = EditContract(number, get(ctx, number).version, terms(ctx.today, ends_on=ctx.today))
        with pytest.raises(Invalid) as refused:
            edit_contract(ctx, command)
    assert set(refused.value.fields) == {"ends_on"}


def test_nobody_else_knows_of_it(ctx_of, new_agreement):
    number, _code = new_agreement
    for name in ("dienluc", "ubnd.xa"):
        with ctx_of(name) as ctx, pytest.raises((NotFound, Forbidden)):
            lock_case(ctx, AGREEMENT, number)


def test_the_owners_confirmation_turns_what_was_held_into_what_is_used(ctx_of, new_agreement):
    number, code = new_agreement
    installed(ctx_of, number)
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (0, 1, 2)
        assert move(ctx, number, "confirm_installed").state is S.ACTIVE
        assert sums(ctx, code) == (1, 0, 2)
        (entry_id,) = entries_of(ctx, get(ctx, number))
        entry = ctx.session.get_one(CapacityEntry, entry_id)
        assert (entry.state, entry.started_on, entry.expires_at) == (EntryState.USED, ctx.today, None)


def test_an_owner_that_says_nothing_has_confirmed(ctx_of, new_agreement):
    number, code = new_agreement
    installed(ctx_of, number)
    assert lapse(ctx_of, number, "stand_installed").state is S.ACTIVE
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (1, 0, 2)


def test_what_was_really_installed_becomes_the_registers_when_the_owner_says_so(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        item = start_installing(ctx, number)
        values = {"equipment": "AAU 64T64R", "attach_height_m": 31, "position": "19.80800, 105.77700"}
        report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, values))
        before = positions.given_of(ctx, get_structure(ctx, code).id).given_position
        move(ctx, number, "report_installed", installed_on=ctx.today, **PHOTOS)
        assert positions.given_of(ctx, get_structure(ctx, code).id).given_position == before
    with ctx_of("viettel") as ctx:
        (need,) = AGREEMENT.move("confirm_installed").needs
        ((built, words),) = need.options(ctx, get(ctx, number))
        assert words == f"{code} đến 19.80800, 105.77700"
        move(ctx, number, "confirm_installed", positions=[built])
        assert positions.given_of(ctx, get_structure(ctx, code).id).given_position == "19.80800, 105.77700"
        (entry_id,) = entries_of(ctx, get(ctx, number))
        assert ctx.session.get_one(CapacityEntry, entry_id).equipment == "AAU 64T64R"


def test_a_position_that_cannot_be_read_is_refused_when_it_is_reported(ctx_of, new_agreement):
    number, _code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        item = start_installing(ctx, number)
        with pytest.raises(Invalid) as refused:
            report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, {"position": "ở gần chợ"}))
    assert set(refused.value.fields) == {"position"}


def test_photos_before_and_after_are_needed(ctx_of, new_agreement):
    number, _code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "install", text="Đội 3")
        with pytest.raises(Invalid) as refused:
            move(ctx, number, "report_installed", installed_on=ctx.today, after=["sau.jpg"])
        assert set(refused.value.fields) == {"before"}
        with pytest.raises(Invalid) as refused:
            move(ctx, number, "report_installed", installed_on=ctx.today + timedelta(days=1), **PHOTOS)
        assert set(refused.value.fields) == {"installed_on"}


def test_what_is_never_installed_is_given_back(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    assert lapse(ctx_of, number, "lapse").state is S.EXPIRED
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (0, 0, 3)
        assert get(ctx, number).due_at is None


def test_a_contract_ends_at_its_last_day_and_a_renewal_moves_that(ctx_of, new_agreement):
    number, _code = new_agreement
    active(ctx_of, number)
    with ctx_of("viettel") as ctx:
        agreement = get(ctx, number)
        first, last = agreement.due_at, agreement.ends_on
        assert first.astimezone().date() >= last
        assert move(ctx, number, "renew", annex_number="PL1", ends_on=last + timedelta(days=365)).due_at == first
    with ctx_of("vnpt") as ctx:
        assert move(ctx, number, "confirm_renewal").due_at - first > timedelta(days=360)
    assert lapse(ctx_of, number, "end_of_term").state is S.REMOVING


def test_a_removal_that_is_confirmed_gives_the_place_back(ctx_of, new_agreement):
    number, code = new_agreement
    removing(ctx_of, number)
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (1, 0, 2)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "report_removed", removed_on=ctx.today, files=["thao.jpg"])
    with ctx_of("viettel") as ctx:
        assert move(ctx, number, "object_removed", text="Còn dây nhảy").removed_on is None
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "report_removed", removed_on=ctx.today, files=["thao2.jpg"])
    with ctx_of("viettel") as ctx:
        assert move(ctx, number, "confirm_removed").state is S.TERMINATED
        assert sums(ctx, code) == (0, 0, 3)


def test_a_removal_that_is_missed_is_one_finding_for_each_structure(ctx_of, new_agreement):
    number, code = new_agreement
    removing(ctx_of, number)
    assert lapse(ctx_of, number, "miss_removal").state is S.REMOVAL_OVERDUE
    with ctx_of("viettel") as ctx:
        (row,) = ctx.session.scalars(select(ReferralRow).where(ReferralRow.origin_id == number)).all()
        assert (row.kind, row.origin, row.structure_id) == (
            "dead_cable_left",
            "agreement",
            get_structure(ctx, code).id,
        )
        assert row.accused_organisation_id == get(ctx, number).requester_organisation_id
        # It is still there, so it still takes its place.
        assert sums(ctx, code) == (1, 0, 2)


def test_while_a_dispute_runs_nothing_is_taken_down(ctx_of, new_agreement):
    number, _code = new_agreement
    removing(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        agreement = move(ctx, number, "dispute", text="Giá tăng gấp bốn")
        assert agreement.no_removal
        assert agreement.due_at is None
        with pytest.raises(MoveRefused):
            move(ctx, number, "report_removed", removed_on=ctx.today, files=["thao.jpg"])
    with ctx_of("so.khcn") as ctx:
        move(ctx, number, "mediate", met_on=ctx.today, text="Hai bên giữ ý kiến")
        assert move(ctx, number, "consult_price", met_on=ctx.today, text="Nộp chi phí").no_removal
        decided = move(
            ctx,
            number,
            "decide_to_go_on",
            decision_number="9/QĐ",
            decided_on=ctx.today,
            text="Giữ hợp đồng",
            price_vnd=2_500_000,
        )
        assert decided.state is S.REMOVING
        assert decided.price_vnd == 2_500_000
        assert not decided.no_removal


def test_units_of_defence_pay_nothing_and_sublet_nothing():
    problems = contract_problems({"price_vnd": 5, "sublease": "Cho bên khác"}, is_defence=True)
    assert set(problems) == {"price_vnd", "sublease"}
    assert contract_problems({"price_vnd": 5, "sublease": "Cho bên khác"}, is_defence=False) == {}


def test_the_granted_items_alone_are_of_the_agreement(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("vnpt") as ctx:
        agreement = get(ctx, number)
        ((item, _row),) = agreed_items(ctx, agreement)
        assert [item.id] == [listed_item.id for listed_item in items_of(ctx, request_of(ctx, agreement))]


@pytest.mark.parametrize("begun", [False, True], ids=["contracted", "installing"])
def test_what_ends_before_anything_was_installed_is_free_at_once_without_a_removal(ctx_of, new_agreement, begun):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        if begun:
            move(ctx, number, "install", text="Đội 3")
        ended = move(ctx, number, "give_up", reason="Không còn nhu cầu")
        assert (ended.state, ended.removed_on, ended.due_at) == (S.TERMINATED, None, None)
        assert sums(ctx, code) == (0, 0, 3)
    with ctx_of("so.khcn") as ctx:
        assert ctx.session.scalars(select(ReferralRow).where(ReferralRow.origin_id == number)).all() == []


def test_what_was_reported_as_installed_must_be_taken_down(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        item = start_installing(ctx, number)
        report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, {"equipment": "AAU"}))
        with pytest.raises(MoveRefused, match="Đã có báo cáo"):
            move(ctx, number, "give_up", reason="Không còn nhu cầu")
        assert "give_up" not in {each.name for each in possible_moves(ctx, AGREEMENT, get(ctx, number))}
        assert move(ctx, number, "terminate", reason="Không còn nhu cầu").state is S.REMOVING
        assert sums(ctx, code) == (0, 1, 2)


def test_what_was_reported_and_sent_back_must_be_taken_down(ctx_of, new_agreement):
    number, _code = new_agreement
    installed(ctx_of, number)
    with ctx_of("viettel") as ctx:
        move(ctx, number, "object_installed", text="Lắp sai cao độ")
    with ctx_of("vnpt") as ctx:
        with pytest.raises(MoveRefused, match="Đã có báo cáo"):
            move(ctx, number, "give_up", reason="Không còn nhu cầu")
        assert "give_up" not in {each.name for each in possible_moves(ctx, AGREEMENT, get(ctx, number))}
        assert move(ctx, number, "terminate", reason="Không còn nhu cầu").state is S.REMOVING


@pytest.mark.parametrize("objected", [True, False], ids=["sent-back", "equipment-only"])
def test_a_reservation_that_ends_over_what_was_reported_leads_to_its_removal(ctx_of, new_agreement, objected):
    number, code = new_agreement
    if objected:
        installed(ctx_of, number)
        with ctx_of("viettel") as ctx:
            move(ctx, number, "object_installed", text="Lắp sai cao độ")
    else:
        contracted(ctx_of, number)
        with ctx_of("vnpt") as ctx:
            item = start_installing(ctx, number)
            report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, {"equipment": "AAU"}))
    assert lapse(ctx_of, number, "lapse_installing").state is S.REMOVING
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (0, 1, 2)


def test_a_reservation_that_ends_while_nothing_was_reported_is_given_back(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        start_installing(ctx, number)
    assert lapse(ctx_of, number, "lapse_installing").state is S.EXPIRED
    with ctx_of("viettel") as ctx:
        assert sums(ctx, code) == (0, 0, 3)


def test_what_is_to_be_installed_again_is_held_for_a_whole_term(ctx_of, new_agreement):
    number, _code = new_agreement
    installed(ctx_of, number)
    with ctx_of("viettel") as ctx:
        held_until = get(ctx, number).reserved_at
    with ctx_of("viettel", now=NOW + timedelta(days=4)) as ctx:
        sent_back = move(ctx, number, "object_installed", text="Lắp sai cao độ")
        assert (sent_back.state, sent_back.due_at > ctx.now) == (S.INSTALLING, True)
        assert sent_back.reserved_at - held_until == timedelta(days=4)


@pytest.mark.parametrize("name", ["confirm_installed", "stand_installed"])
def test_what_is_confirmed_after_the_contract_ran_out_is_to_be_taken_down_at_once(
    ctx_of, database, new_agreement, name
):
    """A dispute may outlast a short contract: who confirms its installation then does not leave a term that is over."""
    number, code = new_agreement
    contracted(ctx_of, number, ends_on=local_date(NOW) + timedelta(days=20))
    with ctx_of("vnpt") as ctx:
        start_installing(ctx, number)
        move(ctx, number, "dispute", text="Chưa thống nhất hành lang")
    later = NOW + timedelta(days=300)
    with ctx_of("vnpt", now=later) as ctx:
        move(ctx, number, "withdraw_dispute")
        move(ctx, number, "report_installed", installed_on=ctx.today, **PHOTOS)
    if name == "confirm_installed":
        with ctx_of("viettel", now=later) as ctx:
            move(ctx, number, name)
    else:
        later += timedelta(days=60)
        run_clocks(database, later)
    with ctx_of("viettel", now=later) as ctx:
        case = get(ctx, number)
        assert (case.state, case.due_at > later) == (S.REMOVING, True)
        assert sums(ctx, code) == (1, 0, 2)
        events = ctx.session.scalars(
            select(CaseEvent).where(CaseEvent.workflow == AGREEMENT.code, CaseEvent.case_id == number)
        ).all()
        events.sort(key=lambda event: event.id)
        assert [event.move for event in events[-2:]] == [name, "end_of_term"]
        assert events[-1].occurred_at >= events[-2].occurred_at


def test_nothing_is_installed_before_the_contract_begins(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("viettel") as ctx:
        begins = ctx.today + timedelta(days=3)
    contracted(ctx_of, number, starts_on=begins)
    with ctx_of("vnpt") as ctx:
        with pytest.raises(MoveRefused, match="chỉ được lắp đặt từ ngày đó"):
            move(ctx, number, "install", text="Đội 3")
        assert "install" not in {each.name for each in possible_moves(ctx, AGREEMENT, get(ctx, number))}
    with ctx_of("vnpt", now=utc_now() + timedelta(days=3)) as ctx:
        assert move(ctx, number, "install", text="Đội 3").state is S.INSTALLING


def test_nothing_hangs_above_the_top_of_its_structure(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        item = start_installing(ctx, number)
        top = get_structure(ctx, code).height_m
        with pytest.raises(Invalid) as refused:
            report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, {"attach_height_m": top + 1}))
        (sentence,) = refused.value.fields["attach_height_m"]
        assert code in sentence
        report_item(ctx, ReportItem(number, item.id, get(ctx, number).version, {"attach_height_m": top}))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"signed_on": -400 * DAY}, "signed_on"),
        ({"signed_on": DAY}, "signed_on"),
        ({"starts_on": -31 * 365 * DAY}, "starts_on"),
        ({"starts_on": -DAY}, "starts_on"),
        ({"starts_on": 40 * 365 * DAY, "ends_on": 41 * 365 * DAY}, "starts_on"),
        ({"ends_on": 164 * 365 * DAY}, "ends_on"),
        ({"ends_on": DAY * 0}, "ends_on"),
    ],
    ids=str,
)
def test_the_days_of_a_contract_stand_in_a_sane_order_and_span(ctx_of, new_agreement, wrong, field):
    number, _code = new_agreement
    with ctx_of("viettel") as ctx:
        days = {name: ctx.today + shift for name, shift in wrong.items()}
        with pytest.raises(Invalid) as refused:
            edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today, **days)))
        assert set(refused.value.fields) == {field}


def test_the_days_are_looked_at_again_when_it_is_signed(ctx_of, new_agreement):
    number, _code = new_agreement
    with ctx_of("viettel") as ctx:
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))
        move(ctx, number, "propose")
        # As a rule that came later would find it.
        ctx.session.execute(text("UPDATE dated_setting SET value = '1' WHERE key = 'agreement.longest_years'"))
        record(ctx, "test.limit", "dated_setting", None)
    with ctx_of("vnpt") as ctx, pytest.raises(Invalid, match="hơn 1 năm"):
        move(ctx, number, "sign")


def test_the_days_of_a_dispute_do_not_eat_the_reservation(ctx_of, new_agreement):
    number, _code = new_agreement
    contracted(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        before = get(ctx, number).due_at
        assert move(ctx, number, "dispute", text="Giá").due_at is None
        later = ctx.now + timedelta(days=50)
    with ctx_of("so.khcn", now=later) as ctx:
        decided = move(
            ctx, number, "decide_to_go_on", decision_number="9/QĐ", decided_on=ctx.today, text="Giữ hợp đồng"
        )
        assert decided.state is S.CONTRACTED
        assert decided.due_at - before >= timedelta(days=49)
        (entry_id,) = entries_of(ctx, decided)
        assert ctx.session.get_one(CapacityEntry, entry_id).expires_at == decided.due_at


def test_a_contract_is_counted_as_agreed_until_it_is_over(ctx_of, new_agreement):
    number, _code = new_agreement
    query = select(ColocationRequest.id).where(agreed_rule(ColocationRequest, ColocationAgreement))
    with ctx_of("viettel") as ctx:
        assert ctx.session.scalars(query).all() == [get(ctx, number).request_id]
    lapse(ctx_of, number, "lapse")
    with ctx_of("viettel") as ctx:
        assert ctx.session.scalars(query).all() == []
