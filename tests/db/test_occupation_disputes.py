"""A contract that its owner does not recognise waits for the department, which has a term and the last word."""

from datetime import date, timedelta

import pytest

from registry.kernel.errors import Invalid, MoveRefused
from registry.occupations.codes import OccupationState
from registry.occupations.workflow import OCCUPATION
from registry.workflow.jobs import run_clocks
from registry.workflow.views import possible_moves
from registry.workflow.worklist import read_desk
from tests.factories.occupations import CONTRACT, NOW, get, move, told

S = OccupationState


@pytest.fixture
def disputed(ctx_of):
    occupation_id = told(ctx_of)
    move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT)
    move(ctx_of, "viettel", occupation_id, "dispute", text="Hợp đồng đã hết hạn")
    return occupation_id


def test_the_department_recognises_it(ctx_of, disputed):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        (item,) = [item for item in read_desk(ctx).assigned if item.workflow is OCCUPATION]
        assert (item.act, item.due_at is not None) == ("Kết luận về hợp đồng", True)
    assert move(ctx_of, "so.khcn", disputed, "recognise", text="Phụ lục còn hiệu lực") is S.CLOSED_CONTRACT


def test_its_owner_refers_it_only_when_the_departments_term_is_over(ctx_of, database, disputed):
    with ctx_of("viettel", now=NOW) as ctx:
        case = ctx.session.get_one(OCCUPATION.model, disputed)
        assert "refer" not in {possible_move.name for possible_move in possible_moves(ctx, OCCUPATION, case)}
    with pytest.raises(MoveRefused, match="chờ Sở Khoa học và Công nghệ kết luận"):
        move(ctx_of, "viettel", disputed, "refer")
    due = get(ctx_of, disputed).due_at
    assert run_clocks(database, due).moved == 1
    assert get(ctx_of, disputed, now=due).state is S.OVERDUE
    assert move(ctx_of, "viettel", disputed, "refer", now=due + timedelta(hours=9)) is S.REFERRED


@pytest.mark.parametrize("day", [date(1995, 1, 1), date(2190, 1, 1), date(2026, 11, 25)])
def test_a_contract_was_signed_on_a_possible_day(ctx_of, day):
    occupation_id = told(ctx_of)
    with pytest.raises(Invalid, match=r"Ngày ký hợp đồng .* không hợp lý; cần từ") as refused:
        move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT | {"contract_on": day})
    assert set(refused.value.fields) == {"contract_on"}
