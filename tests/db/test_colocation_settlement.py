"""What the department has taken over has its own term; only the party that referred it can withdraw it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.capacity.models import CapacityEntry, EntryState
from registry.colocation.agreements.models import AgreementState
from registry.colocation.codes import ColocationState
from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.notices.models import Notice
from registry.workflow.jobs import run_clocks
from registry.workflow.time_left import times_left
from registry.workflow.views import possible_moves
from registry.workflow.worklist import read_desk
from tests.factories.agreements import active, agreed, get
from tests.factories.agreements import move as step
from tests.factories.colocation import accept, case, filed, items_of, move, reject, tower

S = ColocationState


@pytest.fixture
def refused(ctx_of):
    """A request of VNPT to Viettel for two towers, one granted and one refused: its id."""
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code for _number in range(2)]
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, *codes).id
    with ctx_of("viettel") as ctx:
        first, second = items_of(ctx, case(ctx, number))
        reject(ctx, case(ctx, number), first)
        accept(ctx, case(ctx, number), second)
    return number


def test_a_dispute_has_the_departments_term_and_then_a_mark_and_can_still_be_decided(ctx_of, database, refused):
    with ctx_of("vnpt") as ctx:
        disputed = move(ctx, case(ctx, refused), "dispute", text="Còn chỗ thật")
        left = times_left(ctx, COLOCATION, [disputed])[refused]
        assert (disputed.state, left.days) == (S.ESCALATED, 22)
        due = disputed.due_at
    with ctx_of("so.khcn") as ctx:
        assert [item.act for item in read_desk(ctx).assigned if item.case_id == refused] == ["Giải quyết"]
        # Its term runs on whatever it does meanwhile.
        move(ctx, case(ctx, refused), "consult_price", met_on=ctx.today, text="Mời hai bên")
        assert (case(ctx, refused).state, case(ctx, refused).due_at) == (S.PRICE_CONSULTATION, due)
    assert run_clocks(database, due - timedelta(seconds=1)).moved == 0
    assert run_clocks(database, due + timedelta(hours=5)).moved == 1
    assert run_clocks(database, due + timedelta(hours=6)).moved == 0
    with ctx_of("so.khcn", now=due + timedelta(hours=7)) as ctx:
        late = case(ctx, refused)
        assert (late.state, late.state_since) == (S.SETTLEMENT_OVERDUE, due)
        assert times_left(ctx, COLOCATION, [late])[refused].tone == "bad"
        told = ctx.session.scalars(select(Notice).where(Notice.event == "settlement_lapse")).all()
        assert [(len(notice.organisation_ids), notice.roles) for notice in told] == [(2, ["lead_department"])]
        items = [item.id for item in items_of(ctx, late)]
        decided = move(
            ctx, late, "decide", decision_number="7/QĐ", decided_on=ctx.today, granted=items[:1], text="Cho dùng chung"
        )
        assert decided.state is S.DECIDED


def test_who_raised_a_dispute_withdraws_it_and_the_answer_stands_with_its_term(ctx_of, database, refused, clock):
    with ctx_of("vnpt") as ctx:
        answered = case(ctx, refused)
        before = (answered.state, answered.due_at, answered.decided_at, answered.decided_by_id)
        assert before[0] is S.ACCEPTED
        move(ctx, answered, "dispute", text="Còn chỗ thật")
    clock.advance(timedelta(days=10))
    with ctx_of("viettel") as ctx, pytest.raises(Forbidden):
        move(ctx, case(ctx, refused), "withdraw_dispute")
    with ctx_of("vnpt") as ctx:
        again = move(ctx, case(ctx, refused), "withdraw_dispute", reason="Đã thống nhất")
        assert (again.state, again.due_at, again.decided_at, again.decided_by_id) == before
        held = ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.state == EntryState.RESERVED)).all()
        assert [entry.expires_at for entry in held] == [before[1]]


def test_what_the_clock_or_an_answer_brought_to_the_department_is_not_withdrawn(ctx_of, database):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
        due = case(ctx, number).due_at
    run_clocks(database, due)
    with ctx_of("so.khcn", now=due) as ctx:
        move(ctx, case(ctx, number), "take_up", text="Mời hai bên")
    with ctx_of("vnpt", now=due) as ctx:
        assert "withdraw_dispute" not in {
            possible_move.name for possible_move in possible_moves(ctx, COLOCATION, case(ctx, number))
        }
        with pytest.raises(MoveRefused, match="không do bên đề nghị đưa ra"):
            move(ctx, case(ctx, number), "withdraw_dispute")


@pytest.mark.parametrize(
    ("raises", "withdraws"),
    [("dispute", "withdraw_dispute"), ("dispute_by_owner", "withdraw_owner_dispute")],
)
def test_a_dispute_about_an_agreement_is_withdrawn_by_the_side_that_raised_it(ctx_of, raises, withdraws):
    number, _code = agreed(ctx_of)
    active(ctx_of, number)
    mine, other = ("vnpt", "viettel") if raises == "dispute" else ("viettel", "vnpt")
    wrong = {"withdraw_dispute": "withdraw_owner_dispute", "withdraw_owner_dispute": "withdraw_dispute"}[withdraws]
    with ctx_of(mine) as ctx:
        due = get(ctx, number).due_at
        step(ctx, number, raises, text="Giá thuê")
    with ctx_of(other) as ctx, pytest.raises(MoveRefused, match=r"không do .* nêu ra"):
        step(ctx, number, wrong)
    with ctx_of(mine) as ctx:
        again = step(ctx, number, withdraws, reason="Đã thống nhất")
        assert (again.state, again.due_at) == (AgreementState.ACTIVE, due)


@pytest.mark.parametrize("name", ["mediate", "consult_price"])
def test_days_of_meetings_are_possible_ones(ctx_of, refused, name):
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, refused), "dispute", text="Còn chỗ thật")
    with ctx_of("so.khcn") as ctx:
        first = ctx.today
        wrong = (first.replace(year=1995), first.replace(year=2190))
        wrong += (first + timedelta(days=1),) if name == "mediate" else (first - timedelta(days=1),)
        for day in wrong:
            with pytest.raises(Invalid, match="không hợp lý; cần từ") as refusal:
                move(ctx, case(ctx, refused), name, met_on=day, text="Hai bên giữ ý kiến")
            assert set(refusal.value.fields) == {"met_on"}
        move(ctx, case(ctx, refused), name, met_on=first, text="Hai bên giữ ý kiến")
