"""A contract ends by agreement of both sides, or by a notice with ground and term that the other side may dispute."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.colocation.agreements.models import AgreementState as S
from registry.colocation.agreements.workflow import AGREEMENT
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.notices.models import Notice
from registry.workflow.jobs import run_clocks
from registry.workflow.views import possible_moves
from tests.factories.agreements import NOTICE, active, agreed, contracted, get, installed, move
from tests.factories.colocation import place_of
from tests.support.clock import NOW

OWNER, USER = "viettel", "vnpt"
SIDES = {OWNER: ("propose_ending", "confirm_ending"), USER: ("ask_ending", "confirm_asked_ending")}
ALONE = {OWNER: ("end_alone", "withdraw_end_alone", "dispute"), USER: ("leave", "withdraw_leave", "dispute_by_owner")}
DECISION = {"decision_number": "9/QĐ", "text": "Tiếp tục hợp đồng"}


def other(side):
    return USER if side == OWNER else OWNER


def offered_to(ctx_of, username, number):
    """The names of the moves that are offered to a side."""
    with ctx_of(username) as ctx:
        return {each.name for each in possible_moves(ctx, AGREEMENT, get(ctx, number))}


@pytest.fixture
def new_agreement(ctx_of):
    return agreed(ctx_of)


@pytest.mark.parametrize("side", SIDES)
def test_an_end_by_agreement_is_proposed_by_one_side_and_confirmed_by_the_other(ctx_of, new_agreement, side):
    number, _code = new_agreement
    active(ctx_of, number)
    propose, confirm = SIDES[side]
    with ctx_of(side) as ctx:
        proposed = move(ctx, number, propose, reason="Cột sắp dời")
        assert (proposed.state, proposed.ending_reason) == (S.ACTIVE, "Cột sắp dời")
        with pytest.raises(Forbidden):
            move(ctx, number, confirm)
    with ctx_of(other(side)) as ctx:
        ended = move(ctx, number, confirm)
        assert (ended.state, ended.ending_by) == (S.REMOVING, None)


@pytest.mark.parametrize(
    ("begun", "state"), [(contracted, S.TERMINATED), (installed, S.REMOVING), (active, S.REMOVING)]
)
def test_an_agreed_end_frees_at_once_what_was_never_installed(ctx_of, new_agreement, begun, state):
    number, code = new_agreement
    begun(ctx_of, number)
    with ctx_of(OWNER) as ctx:
        move(ctx, number, "propose_ending", reason="Cột sắp dời")
    with ctx_of(USER) as ctx:
        assert move(ctx, number, "confirm_ending").state is state
        slot = place_of(ctx, code)
        assert (slot.free == slot.total) is (state is S.TERMINATED)


@pytest.mark.parametrize("side", SIDES)
def test_an_end_that_is_declined_or_withdrawn_changes_nothing(ctx_of, new_agreement, side):
    number, _code = new_agreement
    active(ctx_of, number)
    propose, confirm = SIDES[side]
    for name, actor, data in (
        (confirm.replace("confirm", "decline"), other(side), {"text": "Còn nợ"}),
        (propose.replace("propose", "withdraw").replace("ask_", "withdraw_asked_"), side, {}),
    ):
        with ctx_of(side) as ctx:
            move(ctx, number, propose, reason="Cột sắp dời")
        with ctx_of(actor) as ctx:
            done = move(ctx, number, name, **data)
            assert (done.state, done.ending_by, done.ending_reason) == (S.ACTIVE, None, None)


@pytest.mark.parametrize("side", ALONE)
def test_one_side_ends_a_contract_alone_with_ground_notice_and_evidence(ctx_of, database, new_agreement, side):
    number, _code = new_agreement
    active(ctx_of, number)
    name = ALONE[side][0]
    for lacking in NOTICE:
        with ctx_of(side) as ctx, pytest.raises(Invalid) as refused:
            move(ctx, number, name, **{key: value for key, value in NOTICE.items() if key != lacking})
        assert set(refused.value.fields) == {lacking}
    with ctx_of(side) as ctx:
        noticed = move(ctx, number, name, **NOTICE)
        assert noticed.state is S.ENDING
        assert noticed.due_at > NOW + timedelta(days=29)
        due = noticed.due_at
    with ctx_of(other(side)) as ctx:
        organisation = getattr(get(ctx, number), f"{'requester' if side == OWNER else 'owner'}_organisation_id")
        notices = ctx.session.scalars(select(Notice).where(Notice.event == name)).all()
        assert [organisation in notice.organisation_ids for notice in notices].count(True) == 1
    run_clocks(database, due - timedelta(hours=1))
    with ctx_of("so.khcn") as ctx:
        assert get(ctx, number).state is S.ENDING
    run_clocks(database, due + timedelta(hours=1))
    with ctx_of("so.khcn", now=due + timedelta(hours=1)) as ctx:
        ctx.session.expire_all()
        assert get(ctx, number).state is S.REMOVING


@pytest.mark.parametrize("side", ALONE)
def test_a_notice_is_withdrawn_by_the_side_that_gave_it_alone(ctx_of, new_agreement, side):
    number, _code = new_agreement
    active(ctx_of, number)
    name, withdraw, _dispute = ALONE[side]
    with ctx_of(side) as ctx:
        move(ctx, number, name, **NOTICE)
    assert withdraw in offered_to(ctx_of, side, number)
    with ctx_of(other(side)) as ctx, pytest.raises(MoveRefused):
        move(ctx, number, ALONE[other(side)][1])
    with ctx_of(side) as ctx:
        back = move(ctx, number, withdraw)
        assert (back.state, back.notice_by, back.notice_ground) == (S.ACTIVE, None, None)


@pytest.mark.parametrize("side", ALONE)
def test_the_other_side_may_dispute_a_notice_and_the_decision_to_go_on_voids_it(ctx_of, new_agreement, side):
    number, _code = new_agreement
    active(ctx_of, number)
    name, _withdraw, dispute = ALONE[side]
    with ctx_of(side) as ctx:
        move(ctx, number, name, **NOTICE)
    with ctx_of(other(side)) as ctx:
        assert move(ctx, number, dispute, text="Không chậm trả tiền").state is S.DISPUTED
    with ctx_of("so.khcn") as ctx:
        decided = move(ctx, number, "decide_to_go_on", **DECISION, decided_on=ctx.today)
        assert (decided.state, decided.notice_by) == (S.ACTIVE, None)


def test_a_withdrawn_dispute_returns_to_the_notice(ctx_of, new_agreement):
    number, _code = new_agreement
    active(ctx_of, number)
    with ctx_of(OWNER) as ctx:
        move(ctx, number, "end_alone", **NOTICE)
    with ctx_of(USER) as ctx:
        move(ctx, number, "dispute", text="Không chậm trả tiền")
        assert move(ctx, number, "withdraw_dispute").state is S.ENDING


def test_no_side_ends_a_contract_by_agreement_alone(ctx_of, new_agreement):
    """Every move of one side alone out of a contract in use is named so and has a ground, or needs the other side."""
    number, _code = new_agreement
    active(ctx_of, number)
    for side in SIDES:
        with ctx_of(side) as ctx:
            case = get(ctx, number)
            leaving = [
                each
                for each in possible_moves(ctx, AGREEMENT, case)
                if set(each.targets) & {S.REMOVING, S.TERMINATED, S.ENDING}
            ]
        assert [each.name for each in leaving] == [ALONE[side][0]]
        assert "đơn phương" in str(leaving[0].done)


def test_a_decision_to_remove_frees_at_once_what_was_never_installed(ctx_of, new_agreement):
    number, code = new_agreement
    contracted(ctx_of, number)
    with ctx_of(USER) as ctx:
        move(ctx, number, "dispute", text="Chủ sở hữu không cho lắp")
    with ctx_of("so.khcn") as ctx:
        decided = move(ctx, number, "decide_to_remove", **DECISION, decided_on=ctx.today)
        assert (decided.state, decided.due_at) == (S.TERMINATED, None)
        slot = place_of(ctx, code)
        assert slot.free == slot.total


def test_while_nothing_was_reported_a_user_is_offered_the_end_at_once_alone(ctx_of, new_agreement):
    number, _code = new_agreement
    contracted(ctx_of, number)
    with ctx_of(USER) as ctx:
        move(ctx, number, "install", text="Đội 3")
        with pytest.raises(MoveRefused, match="chỗ được trả lại ngay"):
            move(ctx, number, "terminate", reason="Không còn nhu cầu")
    offered = offered_to(ctx_of, USER, number)
    assert "give_up" in offered
    assert "terminate" not in offered
