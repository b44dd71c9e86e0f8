"""Whoever asked first is served first, or is told why not; room that comes back is told to who waits."""

import pytest
from sqlalchemy import select

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.colocation.agreements.queries import find_agreement
from registry.colocation.codes import ColocationState, RequestKind
from registry.colocation.commands import EditItem, EditRequest, RemoveItem
from registry.colocation.item_views import view_items
from registry.colocation.queries import entry_options
from registry.colocation.queue import PASSED_OVER, ROOM
from registry.colocation.service import edit_item, edit_request, remove_item
from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import Invalid, MoveRefused
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from registry.structures.queries import get_structure
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseEvent
from registry.workflow.views import case_view
from tests.factories.agreements import active, agreed, contracted, get, installed, removal
from tests.factories.agreements import move as step
from tests.factories.colocation import (
    CONTENT,
    LABEL,
    ON_A_TOWER,
    accept,
    case,
    draft,
    filed,
    fill,
    items_of,
    move,
    place_of,
    reject,
    tower,
)

S = ColocationState
NO_ROOM = {"ground": "no_capacity", "files": ["so-do.pdf"]}


@pytest.fixture
def code(ctx_of):
    """A published tower of Viettel with one position."""
    with ctx_of("viettel") as ctx:
        return tower(ctx, total=1).code


@pytest.fixture
def two(ctx_of, code):
    """Requests for it of VNPT and, after it, of the power company."""
    numbers = []
    for name in ("vnpt", "dienluc"):
        with ctx_of(name) as ctx:
            numbers.append(filed(ctx, code).id)
    return numbers


def turns(ctx, number):
    return [view.turn for view in view_items(ctx, case(ctx, number))]


def test_each_sees_its_own_turn(ctx_of, two):
    for name, number, turn in (("vnpt", two[0], (1, 2)), ("dienluc", two[1], (2, 2))):
        with ctx_of(name) as ctx:
            assert turns(ctx, number) == [turn]


def test_a_later_one_is_not_accepted_before_an_earlier_one_without_a_word(ctx_of, two):
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid, match="các đề nghị nộp trước đang chờ 1") as refused:
            accept(ctx, case(ctx, two[1]))
        assert set(refused.value.fields) == {"out_of_turn"}
        assert accept(ctx, case(ctx, two[0])).state is S.ACCEPTED


def test_why_somebody_was_passed_over_is_kept(ctx_of, two):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, two[1]), out_of_turn="Trạm phục vụ bệnh viện")
        query = select(CaseEvent.said).where(CaseEvent.case_id == two[1], CaseEvent.move == "accept")
        assert ctx.session.scalar(query)["out_of_turn"] == "Trạm phục vụ bệnh viện"
    with ctx_of("vnpt", read_only=True) as ctx:
        earlier = case(ctx, two[0])
        (notice,) = ctx.session.scalars(select(Notice).where(Notice.event == PASSED_OVER)).all()
        assert (notice.subject_id, notice.organisation_ids) == (earlier.id, [earlier.requester_organisation_id])
        newest = case_view(ctx, COLOCATION, earlier).events[0]
        assert newest["action"] == "Chủ sở hữu đã chấp thuận một đề nghị nộp sau trước khi trả lời đề nghị này"
        assert [line["value"] for line in newest["said"]] == ["Trạm phục vụ bệnh viện"]
        # It is still asked first.
        assert turns(ctx, two[0]) == [(1, 1)]


def test_what_was_refused_of_a_request_that_was_granted_in_part_waits_no_longer(ctx_of, code):
    with ctx_of("viettel") as ctx:
        other = tower(ctx, name="Trạm khác").code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, other).id
    with ctx_of("viettel") as ctx:
        first, second = items_of(ctx, case(ctx, number))
        reject(ctx, case(ctx, number), first, **NO_ROOM | {"despite_room": "Đã hứa cho bên khác"})
        assert turns(ctx, number) == [(1, 1), (1, 1)]
        assert accept(ctx, case(ctx, number), second).state is S.ACCEPTED
        assert turns(ctx, number) == [None, None]


def test_where_there_is_room_for_all_the_order_of_answers_is_free(ctx_of, two, code):
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 2))
        assert accept(ctx, case(ctx, two[1])).state is S.ACCEPTED
        assert accept(ctx, case(ctx, two[0])).state is S.ACCEPTED


def test_room_that_comes_back_is_told_to_the_first_who_waits(ctx_of, two, code):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, two[0]))
        reject(ctx, case(ctx, two[1]), **NO_ROOM)
        # Refused for lack of room it still waits, now alone.
        assert turns(ctx, two[1]) == [(1, 1)]
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, two[0]), "withdraw")
    with ctx_of("dienluc") as ctx:
        query = select(Notice).where(Notice.event == ROOM, Notice.subject_id == two[1])
        (notice,) = ctx.session.scalars(query).all()
        assert ctx.actor.organisation_id in notice.organisation_ids
        assert "Có chỗ trống trở lại" in notice_text(notice).sentence
    with ctx_of("viettel") as ctx:
        assert accept(ctx, case(ctx, two[1])).state is S.ACCEPTED
        assert place_of(ctx, code).free == 0


def test_a_refusal_on_another_ground_waits_for_nothing(ctx_of, two):
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, two[1]))
        assert turns(ctx, two[1]) == [None]
        with pytest.raises(Invalid):
            accept(ctx, case(ctx, two[1]))


def test_a_reservation_that_ends_by_itself_tells_who_waits(ctx_of, two, database):
    with ctx_of("viettel") as ctx:
        due = accept(ctx, case(ctx, two[0])).due_at
    run_clocks(database, due)
    with ctx_of("dienluc", now=due) as ctx:
        query = select(Notice).where(Notice.event == ROOM, Notice.subject_id == two[1])
        assert len(ctx.session.scalars(query).all()) == 1


# --- changing and taking down what hangs there


def test_more_is_added_only_where_one_has_something(ctx_of):
    number, code = agreed(ctx_of, total=2)
    active(ctx_of, number)
    with ctx_of("viettel") as ctx:
        other = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code, other))
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT | {"kind": RequestKind.ADD}))
        with pytest.raises(Invalid) as refused:
            move(ctx, request, "submit")
        (sentences,) = refused.value.fields.values()
        assert [sentence.split(":")[0] for sentence in sentences] == [other]
        unwanted = next(item for item in items_of(ctx, request) if item.structure_id == get_structure(ctx, other).id)
        remove_item(ctx, RemoveItem(request.id, unwanted.id, request.version))
        sent = move(ctx, request, "submit").id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, sent))
        assert (place_of(ctx, code).used, place_of(ctx, code).reserved) == (1, 1)


def modify(ctx_of, code, quantity):
    """VNPT asks to change what it has on a tower to so many positions: the id of the request."""
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT | {"kind": RequestKind.MODIFY}))
        (item,) = items_of(ctx, request)
        ((entry, _words),) = entry_options(ctx, item.structure_id, request.requester_organisation_id)
        values = ON_A_TOWER | {"quantity": quantity, "equipment": "Trạm 5G mới"}
        edit_item(ctx, EditItem(request.id, item.id, request.version, item.place_id, values, entry))
        return move(ctx, request, "submit").id


@pytest.mark.parametrize(("quantity", "held", "used"), [(1, 0, 1), (2, 1, 2)])
def test_a_change_holds_only_what_goes_beyond_what_hangs_there(ctx_of, quantity, held, used):
    number, code = agreed(ctx_of, total=2)
    active(ctx_of, number)
    changed = modify(ctx_of, code, quantity)
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, changed))
        slot = place_of(ctx, code)
        assert (slot.used, slot.reserved) == (1, held)
        move(ctx, case(ctx, changed), "contract")
    with ctx_of("viettel") as ctx:
        second = find_agreement(ctx, case(ctx, changed)).id
    installed(ctx_of, second)
    with ctx_of("viettel") as ctx:
        step(ctx, second, "confirm_installed")
        slot = place_of(ctx, code)
        assert (slot.used, slot.reserved, slot.free) == (used, 0, 2 - used)


def test_one_asks_to_change_only_what_one_has(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT | {"kind": RequestKind.MODIFY}))
        with pytest.raises(Invalid) as refused:
            move(ctx, request, "submit")
    assert "chưa có thiết bị nào trên công trình này" in str(refused.value.fields)


def test_a_removal_needs_no_contract_and_frees_the_place(ctx_of):
    number = removal(ctx_of)
    with ctx_of("vnpt") as ctx:
        step(ctx, number, "start_removal")
        step(ctx, number, "report_removed", removed_on=ctx.today, files=["thao.jpg"])
    with ctx_of("viettel") as ctx:
        assert step(ctx, number, "confirm_removed").state.value == "terminated"
        ((view,),) = [view_items(ctx, case(ctx, get(ctx, number).request_id))]
        assert view.former.state.value == "ended"
        assert view.place.free == 3


def test_an_ordinary_agreement_does_not_skip_its_contract(ctx_of):
    number, _code = agreed(ctx_of)
    with ctx_of("vnpt") as ctx, pytest.raises(MoveRefused, match="không phải đề nghị tháo dỡ"):
        step(ctx, number, "start_removal")
    contracted(ctx_of, number)
