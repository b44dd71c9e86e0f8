"""Requests to use others' structures: who may ask for what, and what is sent."""

import pytest
from sqlalchemy import select

from registry.capacity.models import CapacityPlace
from registry.colocation.codes import ColocationState
from registry.colocation.commands import EditItem, RemoveItem, StartRequests
from registry.colocation.models import ColocationRequest
from registry.colocation.queries import get_request
from registry.colocation.service import edit_item, remove_item, start_requests
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.notices.models import Notice
from registry.structures.queries import get_structure
from tests.factories.colocation import (
    ON_A_TOWER,
    draft,
    filed,
    fill,
    items_of,
    move,
    place_of,
    tower,
    unpublish,
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


def test_structures_of_several_owners_become_one_draft_for_each(ctx_of, code):
    with ctx_of("dienluc") as ctx:
        pole = tower(ctx, owner="pc_thanhhoa", kind="power_pole_shared").code
    with ctx_of("vnpt") as ctx:
        drafts = start_requests(ctx, StartRequests((code, pole)))
        assert {d.owner_organisation_id for d in drafts} == {
            get_structure(ctx, each).owner_organisation_id for each in (code, pole)
        }
        assert {d.state for d in drafts} == {S.DRAFT}
        assert [d.number for d in drafts] == [None, None]


def test_the_same_structure_chosen_again_changes_nothing(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        first = draft(ctx, code)
        version = first.version
        again = draft(ctx, code, code)
        assert (again.id, again.version) == (first.id, version)
        assert len(items_of(ctx, first)) == 1


def test_a_draft_says_who_asks_from_the_account(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        assert draft(ctx, code).contact_name == ctx.actor.display_name


def test_nothing_chosen_is_refused(ctx_of):
    with ctx_of("vnpt") as ctx, pytest.raises(Invalid, match=r"Chưa chọn công trình nào.*chính đơn vị không cần"):
        start_requests(ctx, StartRequests(("  ",)))


def test_an_own_structure_is_refused_in_words(ctx_of, code):
    with ctx_of("viettel") as ctx, pytest.raises(Invalid, match="chính đơn vị"):
        start_requests(ctx, StartRequests((code,)))


@pytest.mark.parametrize("texts", [{"sharing_status": "not_assessed"}, {"sharing_status": "restricted"}], ids=str)
def test_a_structure_not_seen_exactly_is_refused_as_one_that_is_not_there(ctx_of, texts):
    with ctx_of("viettel") as ctx:
        hidden = tower(ctx, **texts).code
    with ctx_of("vnpt") as ctx:
        for code in (hidden, "THA-KHONG-CO", "a\0b"):
            with pytest.raises(Invalid, match="không có công trình này"):
                start_requests(ctx, StartRequests((code,)))
        assert ctx.session.scalars(select(ColocationRequest)).all() == []


def test_one_that_may_not_be_asked_for_lets_none_be_asked_for(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        with pytest.raises(Invalid), ctx.session.begin_nested():
            start_requests(ctx, StartRequests((code, "THA-KHONG-CO")))
        assert ctx.session.scalars(select(ColocationRequest)).all() == []


@pytest.mark.parametrize("username", ["so.khcn", "ubnd.xa", "nguoidan", "quantri"])
def test_who_operates_nothing_cannot_ask(ctx_of, code, username):
    with ctx_of(username) as ctx, pytest.raises(Forbidden):
        start_requests(ctx, StartRequests((code,)))


def test_an_incomplete_draft_is_not_sent_and_each_gap_is_named(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        request = draft(ctx, code)
        with pytest.raises(Invalid) as caught:
            move(ctx, request, "submit")
        sentences = caught.value.fields[""]
        for words in (
            "Mục đích sử dụng",
            "Đề nghị sử dụng từ ngày",
            "Thời gian sử dụng",
            "chưa chọn vị trí",
            "Khối lượng",
        ):
            assert [s for s in sentences if words in s], words
        assert request.number is None


def test_a_draft_without_structures_is_not_sent(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
        (item,) = items_of(ctx, request)
        remove_item(ctx, RemoveItem(request.id, item.id, request.version))
        with pytest.raises(Invalid, match="Chưa chọn công trình nào"):
            move(ctx, request, "submit")


def test_a_place_of_another_structure_is_refused(ctx_of, code):
    with ctx_of("viettel") as ctx:
        other = place_of(ctx, tower(ctx).code).id
    with ctx_of("vnpt") as ctx:
        request = draft(ctx, code)
        (item,) = items_of(ctx, request)
        with pytest.raises(Invalid, match="không thuộc công trình"):
            edit_item(ctx, EditItem(request.id, item.id, request.version, other, {"quantity": 1}))


def test_a_structure_unpublished_before_sending_is_named(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    with ctx_of("vnpt") as ctx, pytest.raises(Invalid, match="không còn được công bố"):
        move(ctx, request, "submit")


def test_a_draft_is_seen_by_its_writers_organisation_alone(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        number = draft(ctx, code).id
    for username in ("viettel", "so.khcn", "dienluc", None):
        with ctx_of(username) as ctx, pytest.raises(NotFound):
            get_request(ctx, number)


def test_sending_gives_a_number_a_term_and_tells_owner_and_department(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        request = get_request(ctx, case_id)
        assert request.state is S.UNDER_REVIEW
        assert request.number.startswith(f"DC-{ctx.today.year}-")
        assert request.due_at > ctx.now
        told = list(ctx.session.scalars(select(Notice).where(Notice.subject_id == case_id, Notice.event == "submit")))
    assert [owner for note in told for owner in note.organisation_ids] == [request.owner_organisation_id]
    assert [role for note in told for role in note.roles] == ["lead_department"]


def test_a_third_organisation_knows_nothing_of_it(ctx_of, case_id):
    for username in ("dienluc", "quansu", "quantri", None):
        with ctx_of(username) as ctx, pytest.raises(NotFound):
            get_request(ctx, case_id)


def test_many_structures_are_described_at_once(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code for _number in range(3)]
    with ctx_of("vnpt") as ctx:
        request = draft(ctx, *codes)
        first = items_of(ctx, request)[0]
        slot_id = ctx.session.scalar(select(CapacityPlace.id).where(CapacityPlace.structure_id == first.structure_id))
        edit_item(ctx, EditItem(request.id, first.id, request.version, slot_id, ON_A_TOWER, for_alike=True))
        items = items_of(ctx, request)
        assert [item.equipment for item in items] == [ON_A_TOWER["equipment"]] * 3
        assert len({item.place_id for item in items}) == 3
        assert None not in {item.place_id for item in items}
