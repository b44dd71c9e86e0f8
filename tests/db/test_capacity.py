"""Places and what hangs there: the sums hold, what does not fit is refused, holders are told to few."""

from datetime import date

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit, Technology
from registry.capacity.queries import Totals, list_places, place_totals
from registry.capacity.room import rooms_of
from registry.capacity.service import add_entry, end_entry, set_place
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from registry.kernel.forms.constraints import as_invalid
from registry.structures.queries import get_structure
from tests.factories.structures import make

LABEL = "Sàn 32 m"
DAY = date(2026, 1, 5)


@pytest.fixture
def code(ctx_of):
    """A published tower of Viettel with three places."""
    with ctx_of("viettel") as ctx:
        tower = make(ctx, sharing_status="available")
        set_place(ctx, SetPlace(tower.code, LABEL, PlaceUnit.POSITION, 3))
        return tower.code


def use(ctx, code, quantity=1, **more):
    return add_entry(ctx, AddEntry(code, LABEL, quantity, holder="VNPT", technology=Technology.G4, **more))


def test_free_places_follow_what_is_used_and_what_has_ended(ctx_of, code):
    with ctx_of("viettel") as ctx:
        entry = use(ctx, code, 2, started_on=DAY)
        slot = ctx.session.get_one(CapacityPlace, entry.place_id)
        assert (slot.used, slot.free) == (2, 1)
        end_entry(ctx, EndEntry(entry.id, DAY))
        assert (slot.used, slot.free, entry.state) == (0, 3, EntryState.ENDED)
        with pytest.raises(Conflict):
            end_entry(ctx, EndEntry(entry.id, DAY))


def test_an_entry_of_a_case_is_ended_in_its_case(ctx_of, code):
    with ctx_of("viettel") as ctx:
        entry = use(ctx, code, 2, started_on=DAY)
        entry.case_number = "HD-2026-000001"
        with pytest.raises(Conflict, match="thuộc hồ sơ HD-2026-000001; hãy kết thúc trong hồ sơ"):
            end_entry(ctx, EndEntry(entry.id, DAY))
        assert entry.state is EntryState.USED


def test_the_rooms_of_some_structures_are_theirs_alone(ctx_of, code):
    with ctx_of("viettel") as ctx:
        other = make(ctx, sharing_status="available")
        set_place(ctx, SetPlace(other.code, "Sàn 40 m", PlaceUnit.POSITION, 5))
        asked = get_structure(ctx, code).id
        rooms = rooms_of(ctx, [asked])
        assert {number: [(room.label, room.total) for room in rooms] for number, rooms in rooms.items()} == {
            asked: [(LABEL, 3)]
        }


def test_each_state_is_summed_apart_as_entries_come_move_and_go(ctx_of, code):
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 9))
        entry = use(ctx, code)
        slot = ctx.session.get_one(CapacityPlace, entry.place_id)
        common = {"organisation_id": entry.organisation_id, "place_id": slot.id, "holder_name": "VNPT"}
        reserved = CapacityEntry(**common, state=EntryState.RESERVED, quantity=2, expires_at=ctx.now)
        blocked = CapacityEntry(**common, state=EntryState.BLOCKED, quantity=4)
        ctx.session.add_all([reserved, blocked])
        assert sums(ctx, slot) == (1, 2, 4, 2)
        reserved.state, reserved.expires_at = EntryState.USED, None
        assert sums(ctx, slot) == (3, 0, 4, 2)
        ctx.session.execute(text("RESET ROLE"))
        ctx.session.execute(delete(CapacityEntry).where(CapacityEntry.id == blocked.id))
        assert sums(ctx, slot) == (3, 0, 0, 6)
        ctx.session.rollback()


def sums(ctx, slot):
    """Used, reserved, blocked and free places as the database keeps them."""
    ctx.session.flush()
    ctx.session.refresh(slot)
    return slot.used, slot.reserved, slot.blocked, slot.free


def test_the_application_can_not_change_sums(ctx_of):
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("viettel") as ctx:
        ctx.session.execute(text("UPDATE capacity_place SET used = 0"))


def test_more_than_there_are_is_refused_in_words_by_the_database(ctx_of, code):
    with ctx_of("viettel") as ctx:
        with pytest.raises(IntegrityError) as caught, ctx.session.begin_nested():
            use(ctx, code, 4)
        assert "Không đủ chỗ" in as_invalid(caught.value).message
        assert use(ctx, code, 3).quantity == 3


def test_a_total_below_what_is_used_is_refused(ctx_of, code):
    with ctx_of("viettel") as ctx:
        use(ctx, code, 2)
        with pytest.raises(Invalid, match="ít hơn 2 vị trí"):
            set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 1))


def test_an_unknown_total_is_not_zero(ctx_of, code):
    with ctx_of("viettel") as ctx:
        slot = set_place(ctx, SetPlace(code, "Sàn 20 m", PlaceUnit.POSITION, None))
        ctx.session.refresh(slot)
        assert (slot.total, slot.free) == (None, None)
        structure = get_structure(ctx, code)
        assert place_totals(ctx, [structure.id]) == {structure.id: Totals(None, 0, 0, None)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"started_on": date(2999, 1, 1)}, "started_on"),
        ({"started_on": DAY, "ended_on": date(2025, 1, 1)}, "ended_on"),
        ({"place_label": "Không có"}, "place"),
        ({"state": EntryState.RESERVED}, "state"),
        ({"equipment": "a\x00b"}, "equipment"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field(ctx_of, code, change, field):
    values = {"structure_code": code, "place_label": LABEL, "quantity": 1} | change
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as caught:
        add_entry(ctx, AddEntry(**values))
    assert list(caught.value.fields) == [field]


def test_only_the_owner_changes_capacity(ctx_of, code):
    for name, error in (("vnpt", Forbidden), ("so.khcn", Forbidden), (None, NotFound)):
        with ctx_of(name) as ctx, pytest.raises(error):
            set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 9))


@pytest.mark.parametrize(
    ("name", "sees_holder"), [("viettel", True), ("so.khcn", True), ("so.xaydung", True), ("vnpt", False)]
)
def test_numbers_are_for_all_who_see_the_structure_and_holders_for_few(ctx_of, code, name, sees_holder):
    with ctx_of("viettel") as ctx:
        use(ctx, code, 2)
    with ctx_of(name) as ctx:
        structure = get_structure(ctx, code)
        (slot,) = list_places(ctx, structure)
        assert (slot.total, slot.used, slot.free) == (3, 2, 1)
        assert [entry.holder for entry in slot.entries] == (["VNPT Thanh Hóa"] if sees_holder else [])
        assert place_totals(ctx, [structure.id])[structure.id].free == 1


def test_sums_of_structures_out_of_sight_are_not_told(ctx_of):
    with ctx_of("viettel") as ctx:
        hidden = make(ctx)
        set_place(ctx, SetPlace(hidden.code, LABEL, PlaceUnit.POSITION, 3))
    with ctx_of("vnpt") as ctx:
        assert place_totals(ctx, [hidden.id]) == {}
