"""An obstacle is raised, assigned, handed on, answered, rated; a late one comes before the province."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.obstacles.codes import ObstacleState as S
from registry.obstacles.codes import Rating
from registry.obstacles.models import Obstacle
from registry.obstacles.queries import figures_by_agency
from registry.territory.models import AdminUnit, UnitLevel
from registry.workflow.jobs import run_clocks
from tests.factories.obstacles import ANSWER, assigned, move, raised
from tests.support.clock import NOW

READERS = ("viettel", "vnpt", "so.khcn", "so.xaydung", "so.taichinh", "ubnd.tinh", "ubnd.xa")


def readers(ctx_of, case_id):
    """Those of the cast that read an obstacle."""
    seeing = set()
    for username in READERS:
        with ctx_of(username, read_only=True) as ctx:
            query = select(Obstacle.id).where(Obstacle.id == case_id, visible(ctx, Obstacle, P.OBSTACLE_READ))
            if ctx.session.scalar(query) is not None:
                seeing.add(username)
    return seeing


def test_an_obstacle_is_read_by_its_raiser_the_lead_department_and_its_agency_alone(ctx_of):
    case_id = raised(ctx_of)
    assert readers(ctx_of, case_id) == {"viettel", "so.khcn"}
    move(ctx_of, "so.khcn", case_id, "assign", agency="Sở Xây dựng")
    assert readers(ctx_of, case_id) == {"viettel", "so.khcn", "so.xaydung"}


def test_it_is_handed_on_with_its_term_answered_and_rated_by_the_raiser(ctx_of):
    case_id = assigned(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        due_at = ctx.session.get_one(Obstacle, case_id).due_at
    move(ctx_of, "so.xaydung", case_id, "hand_on", agency="Sở Tài chính", text="Thuộc quản lý tài sản công")
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get_one(Obstacle, case_id).due_at == due_at
    with pytest.raises(NotFound):
        move(ctx_of, "so.xaydung", case_id, "answer", **ANSWER)
    assert move(ctx_of, "so.taichinh", case_id, "answer", **ANSWER) is S.ANSWERED
    with pytest.raises(Forbidden):
        move(ctx_of, "so.taichinh", case_id, "rate", rating=Rating.SOLVED)
    assert move(ctx_of, "viettel", case_id, "rate", rating=Rating.PARTLY) is S.CLOSED


def test_an_obstacle_that_is_not_solved_waits_for_an_agency_again(ctx_of):
    case_id = assigned(ctx_of)
    move(ctx_of, "so.xaydung", case_id, "answer", **ANSWER)
    assert move(ctx_of, "viettel", case_id, "reopen", text="Chưa được thuê đất") is S.RAISED
    assert readers(ctx_of, case_id) == {"viettel", "so.khcn"}


@pytest.mark.parametrize("is_assigned", [False, True])
def test_a_late_obstacle_comes_before_the_province_and_can_still_be_answered(ctx_of, database, is_assigned):
    case_id = assigned(ctx_of) if is_assigned else raised(ctx_of)
    late = NOW + timedelta(days=40)
    run_clocks(database, late)
    assert "ubnd.tinh" in readers(ctx_of, case_id)
    if is_assigned:
        assert move(ctx_of, "so.xaydung", case_id, "answer", now=late, **ANSWER) is S.ANSWERED
    else:
        with pytest.raises(Forbidden):
            move(ctx_of, "so.khcn", case_id, "answer", now=late, **ANSWER)
        assert move(ctx_of, "so.khcn", case_id, "assign", now=late, agency="Sở Xây dựng") is S.ASSIGNED


def test_an_answer_that_is_not_rated_is_closed_by_the_clock(ctx_of, database):
    case_id = assigned(ctx_of)
    move(ctx_of, "so.xaydung", case_id, "answer", **ANSWER)
    run_clocks(database, NOW + timedelta(days=40))
    with ctx_of("viettel", read_only=True) as ctx:
        case = ctx.session.get_one(Obstacle, case_id)
        assert (case.state, case.rating) == (S.CLOSED, None)


@pytest.mark.parametrize(
    ("agency", "sentence"),
    [
        ("Sở Nào Đó", "Không có cơ quan “Sở Nào Đó”"),
        ("VNPT Thanh Hóa", "Không có cơ quan"),
        ("Sở Xây dựng", "đang giải quyết"),
    ],
)
def test_an_agency_that_cannot_take_it_is_refused_with_its_name(ctx_of, agency, sentence):
    case_id = assigned(ctx_of)
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "so.xaydung", case_id, "hand_on", agency=agency, text="Chuyển")
    assert sentence in str(refused.value.fields["agency"])


def test_a_commune_does_not_answer_its_own_obstacle(ctx_of):
    case_id = raised(ctx_of, by="ubnd.xa")
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        name = ctx.session.get_one(Organisation, ctx.actor.organisation_id).name
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "so.khcn", case_id, "assign", agency=name)
    assert "là đơn vị nêu" in str(refused.value.fields["agency"])


def test_a_commune_that_has_ended_is_refused_with_its_successors(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        query = select(AdminUnit).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_not(None)).limit(1)
        former = ctx.session.scalars(query).one()
    with pytest.raises(Invalid) as refused:
        raised(ctx_of, unit_id=former.id)
    assert former.name in str(refused.value.fields["commune"])
    assert "đã kết thúc ngày" in str(refused.value.fields["commune"])


def test_figures_count_by_agency_what_the_reader_sees(ctx_of):
    case_id = assigned(ctx_of)
    move(ctx_of, "so.xaydung", case_id, "answer", now=NOW + timedelta(days=2), **ANSWER)
    move(ctx_of, "viettel", case_id, "rate", rating=Rating.SOLVED, now=NOW + timedelta(days=2))
    assigned(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        (row,) = [each for each in figures_by_agency(ctx) if each.agency == "Sở Xây dựng"]
        assert (row.total, row.open, row.late, row.answered, row.days, row.solved) == (2, 1, 0, 1, 2, 1)
    with ctx_of("vnpt", read_only=True) as ctx:
        assert figures_by_agency(ctx) == []
