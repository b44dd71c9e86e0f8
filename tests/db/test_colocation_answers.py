"""What an owner may answer, and what is held of the capacity then."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.capacity import reservations
from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityEntry, EntryState, PlaceUnit
from registry.capacity.reservations import Reservation, reserve
from registry.capacity.service import set_place
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import utc_now
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.structures.commands import ChangeStatus
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, suspend
from registry.workflow.engine import fire
from registry.workflow.models import CaseEvent
from tests.factories.colocation import (
    LABEL,
    accept,
    case,
    filed,
    fill,
    items_of,
    move,
    place_of,
    reject,
    tower,
    unpublish,
)
from tests.factories.structures import make

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


def test_acceptance_holds_the_place_for_the_requester_until_a_day(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        request = accept(ctx, case(ctx, case_id))
        assert request.state is S.ACCEPTED
        (item,) = items_of(ctx, request)
        entry = ctx.session.get_one(CapacityEntry, item.entry_id)
        assert (entry.state, entry.case_number) == (EntryState.RESERVED, request.number)
        assert entry.holder_id == request.requester_organisation_id
        assert entry.expires_at == request.due_at
        assert (place_of(ctx, code).reserved, place_of(ctx, code).free) == (1, 2)


def test_a_request_stays_open_until_its_last_structure_is_answered(ctx_of, code):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, code, second)
    with ctx_of("viettel") as ctx:
        first, other = items_of(ctx, request)
        assert reject(ctx, case(ctx, request.id), first).state is S.UNDER_REVIEW
        assert case(ctx, request.id).decided_at is None
        assert accept(ctx, case(ctx, request.id), other).state is S.ACCEPTED
    with ctx_of("vnpt") as ctx:
        assert [i.decision for i in items_of(ctx, request)] == [ItemDecision.REJECTED, ItemDecision.ACCEPTED]


def test_an_answered_structure_cannot_be_answered_again(ctx_of, code):
    with ctx_of("viettel") as ctx:
        second = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, code, second)
    with ctx_of("viettel") as ctx:
        first, _other = items_of(ctx, request)
        accept(ctx, case(ctx, request.id), first)
        with pytest.raises(Invalid, match="không còn chờ trả lời"):
            reject(ctx, case(ctx, request.id), first)


@pytest.mark.parametrize("gap", ["ground", "evidence", "answer", "items"])
def test_a_bare_no_is_impossible(ctx_of, case_id, gap):
    with ctx_of("viettel") as ctx:
        request = case(ctx, case_id)
        whole = {
            "items": [i.id for i in items_of(ctx, request)],
            "ground": RefusalGround.UNSAFE,
            "evidence": "Quy hoạch",
            "answer": "Không thuộc quy hoạch",
        }
        with pytest.raises(Invalid) as caught:
            fire(ctx, COLOCATION, case_id, "reject", whole | {gap: None}, version=request.version)
        assert list(caught.value.fields) == [gap]


def test_no_spare_capacity_must_be_shown_by_a_document(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid, match="ít nhất một tài liệu"):
            reject(ctx, case(ctx, case_id), ground=RefusalGround.NO_CAPACITY)
        # The ledger shows room: its owner says why there is none, and that is kept.
        shown = {"ground": RefusalGround.NO_CAPACITY, "files": ["khao-sat.pdf"]}
        with pytest.raises(Invalid, match=r"vẫn ghi còn chỗ: Sàn 32 m \(còn trống") as refused:
            reject(ctx, case(ctx, case_id), **shown)
        assert set(refused.value.fields) == {"despite_room"}
        done = reject(ctx, case(ctx, case_id), **shown, despite_room="Chỗ trống dành cho trạm dự phòng")
        assert done.state is S.REJECTED
        query = select(CaseEvent).where(CaseEvent.move == "reject", CaseEvent.case_id == case_id)
        assert ctx.session.scalars(query).one().said["despite_room"] == "Chỗ trống dành cho trạm dự phòng"


def test_a_returned_request_is_mended_and_sent_again_while_its_clock_stood_still(ctx_of, case_id, clock):
    with ctx_of("viettel") as ctx:
        move(ctx, case(ctx, case_id), "return", missing="Bản vẽ lắp đặt")
        assert case(ctx, case_id).due_at is None
    clock.advance(timedelta(minutes=1))
    with ctx_of("vnpt") as ctx:
        again = move(ctx, fill(ctx, case(ctx, case_id), 2), "resubmit")
        assert (again.state, items_of(ctx, again)[0].quantity) == (S.UNDER_REVIEW, 2)
        assert again.due_at is not None


def test_a_sent_request_cannot_be_edited(ctx_of, case_id):
    with ctx_of("vnpt") as ctx, pytest.raises(MoveRefused, match="không sửa được"):
        fill(ctx, case(ctx, case_id))


def test_the_requester_cannot_answer_and_the_owner_cannot_withdraw(ctx_of, case_id):
    with ctx_of("vnpt") as ctx, pytest.raises(Forbidden):
        accept(ctx, case(ctx, case_id))
    with ctx_of("viettel") as ctx, pytest.raises(Forbidden):
        move(ctx, case(ctx, case_id), "withdraw")


def test_an_answer_to_another_version_is_refused(ctx_of, case_id):
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match="đã thay đổi"):
        fire(ctx, COLOCATION, case_id, "accept", {"items": [1]}, version=1)


@pytest.mark.parametrize(
    ("total", "words"), [(None, "chưa rõ tổng số"), (1, "còn trống 1 trong tổng số 1")], ids=("unknown", "too few")
)
def test_what_cannot_be_counted_or_does_not_fit_is_not_promised(ctx_of, case_id, code, total, words):
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, case_id), "withdraw")
        request = filed(ctx, code, quantity=2)
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, total))
        with pytest.raises(MoveRefused, match=words), ctx.session.begin_nested():
            accept(ctx, case(ctx, request.id))
        assert place_of(ctx, code).reserved == 0
        assert case(ctx, request.id).state is S.UNDER_REVIEW


def test_a_total_is_not_cut_below_what_is_reserved(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, case_id))
        with pytest.raises(Invalid, match="ít hơn 1 vị trí"):
            set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 0))


def test_withdrawing_gives_the_place_back(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        assert move(ctx, case(ctx, case_id), "withdraw").state is S.WITHDRAWN
        assert place_of(ctx, code).free == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ctx, s: suspend(ctx, ChangeStatus(s.code, s.version, "bảo trì")), "Tạm ngừng"),
        (lambda ctx, s: decommission(ctx, ChangeStatus(s.code, s.version, "hỏng")), "Ngừng khai thác"),
        (lambda ctx, s: unpublish(ctx, s.code), "công bố khả năng dùng chung"),
    ],
    ids=("suspended", "decommissioned", "unpublished"),
)
def test_a_structure_out_of_use_is_not_promised_but_may_be_refused(ctx_of, case_id, code, change, words):
    with ctx_of("viettel") as ctx:
        change(ctx, get_structure(ctx, code))
        with pytest.raises(MoveRefused, match=words):
            accept(ctx, case(ctx, case_id))
        assert reject(ctx, case(ctx, case_id)).state is S.REJECTED


def test_the_database_is_the_second_line_and_speaks_the_same_words(ctx_of, code, monkeypatch):
    monkeypatch.setattr(reservations, "_refuse_lack", lambda *_given: None)
    with ctx_of("viettel") as ctx:
        slot = place_of(ctx, code)
        until = utc_now() + timedelta(days=1)
        wanted = Reservation(slot.id, 4, slot.organisation_id, "DC-2026-000001", until)
        with pytest.raises(MoveRefused, match="Không đủ chỗ trống"):
            reserve(ctx, [wanted])
        assert place_of(ctx, code).reserved == 0


def test_an_owner_who_declares_no_place_is_asked_all_the_same_and_declares_one_to_accept(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="available").code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    with ctx_of("viettel") as ctx:
        with pytest.raises(MoveRefused, match="hãy khai vị trí của công trình, rồi trả lại hồ sơ"):
            accept(ctx, case(ctx, number))
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 3))
        move(ctx, case(ctx, number), "return", missing="Chọn vị trí")
    clock.advance(timedelta(minutes=1))
    with ctx_of("vnpt") as ctx:
        with pytest.raises(Invalid, match="chưa chọn vị trí lắp đặt"):
            move(ctx, case(ctx, number), "resubmit")
        move(ctx, fill(ctx, case(ctx, number)), "resubmit")
    with ctx_of("viettel") as ctx:
        assert accept(ctx, case(ctx, number)).state is S.ACCEPTED
