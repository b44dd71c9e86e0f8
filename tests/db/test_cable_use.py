"""One ledger of use: a cable takes its place in each structure that carries it, and takes it along wherever it goes."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.audit.chain import record
from registry.cables.commands import SetMembers
from registry.cables.queries import foreign_uses
from registry.cables.service import set_members
from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import UNPLACED, CapacityEntry, EntryState, PlaceUnit
from registry.capacity.queries import list_places, place_totals
from registry.capacity.service import add_entry, end_entry, set_place
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import Conflict, Invalid
from registry.notices.models import Notice
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.checks import CHECKS
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure, revert_change, suspend
from tests.factories.cables import cable, poles
from tests.factories.structures import make, organisation_id
from tests.support.cable_ledger import ledger_differences, uses

HUNG = "Vị trí treo cáp"


def published_pole(ctx, total=None, **texts):
    """A pole of VNPT that others may use, with a place for cables where a total is stated."""
    pole = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available", **texts)
    if total is not None:
        set_place(ctx, SetPlace(pole.code, HUNG, PlaceUnit.CABLE, total))
    return pole


def totals(ctx, structure):
    counts = place_totals(ctx, [structure.id])[structure.id]
    return counts.total, counts.used, counts.free


def test_a_cable_takes_a_unit_of_the_only_place_for_cables_else_the_unknown_place(ctx_of):
    with ctx_of("vnpt") as ctx:
        roomy, full, bare = (published_pole(ctx, total) for total in (4, 0, None))
        duct = make(ctx, owner="vnpt", kind="cable_duct", sharing_status="available", bore_count="3")
        set_place(ctx, SetPlace(duct.code, "Ống", PlaceUnit.BORE, 3))
        house = make(ctx, owner="vnpt", kind="site_house", sharing_status="available")
    with ctx_of("viettel") as ctx:
        carriers = (roomy, full, bare, duct, house)
        route = cable(ctx, *carriers)
        labels = {carrier: label for (_cable, carrier), (label, _own) in uses(ctx.session).items()}
        assert labels == {roomy.code: HUNG, full.code: UNPLACED, bare.code: UNPLACED, duct.code: UNPLACED}
        assert [totals(ctx, each) for each in (roomy, full, bare, duct)] == [
            (4, 1, 3),
            (0, 1, 0),
            (None, 1, None),
            (3, 1, 2),
        ]
        assert not ledger_differences(ctx.session)
        unplaced = set(ctx.session.scalars(select(Structure.id).where(CHECKS["unplaced_cables"].clause(ctx))))
        assert unplaced >= {full.id, bare.id, duct.id}
        assert route.id not in unplaced


def test_a_declared_use_of_its_owner_or_of_an_unknown_one_is_the_place_of_a_cable(ctx_of):
    with ctx_of("vnpt") as ctx:
        own, unknown, foreign = (published_pole(ctx, 9) for _each in range(3))
        add_entry(ctx, AddEntry(own.code, HUNG, 2, holder="Viettel"))
        add_entry(ctx, AddEntry(unknown.code, HUNG, 1))
        add_entry(ctx, AddEntry(foreign.code, HUNG, 1, holder="MobiFone"))
    with ctx_of("viettel") as ctx:
        for _each in range(3):
            cable(ctx, own, unknown, foreign)
        assert [totals(ctx, pole)[1] for pole in (own, unknown, foreign)] == [3, 3, 4]
        assert not ledger_differences(ctx.session)


def test_what_is_declared_later_goes_before_the_unknown_place(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = published_pole(ctx)
    with ctx_of("viettel") as ctx:
        route = cable(ctx, pole)
        assert uses(ctx.session) == {(route.code, pole.code): (UNPLACED, True)}
    with ctx_of("vnpt") as ctx:
        set_place(ctx, SetPlace(pole.code, HUNG, PlaceUnit.CABLE, 4))
        entry = add_entry(ctx, AddEntry(pole.code, HUNG, 1, holder="Viettel"))
        assert uses(ctx.session) == {(route.code, pole.code): (HUNG, False)}
        assert totals(ctx, pole) == (4, 1, 3)
        end_entry(ctx, EndEntry(entry.id, ctx.today))
        assert uses(ctx.session) == {(route.code, pole.code): (HUNG, True)}
        assert not ledger_differences(ctx.session)


@pytest.mark.parametrize("change", ["list", "removed", "dead", "restricted"])
def test_moving_dying_and_removing_move_the_ledger(ctx_of, change):
    with ctx_of("viettel") as ctx:
        first, second = poles(ctx, 2)
        route = cable(ctx, first)
        if change == "list":
            set_members(ctx, SetMembers(route.code, route.version, (second.code,)))
            assert [carrier for _cable, carrier in uses(ctx.session)] == [second.code]
            set_members(ctx, SetMembers(route.code, route.version, (first.code,)))
        elif change == "removed":
            edit_structure(ctx, EditStructure(route.code, route.version, {"removed_on": date(2026, 4, 1)}))
            assert uses(ctx.session) == {}
            assert totals(ctx, first)[1] == 0
        elif change == "dead":
            values = {"dead_flag": True, "dead_on": date(2026, 3, 1), "dead_evidence": "Khảo sát"}
            edit_structure(ctx, EditStructure(route.code, route.version, values))
            assert len(uses(ctx.session)) == 1
        else:
            edit_structure(
                ctx,
                EditStructure(route.code, route.version, {"sharing_status": "restricted", "restriction_basis": "CV 1"}),
            )
            assert uses(ctx.session) == {}
        assert not ledger_differences(ctx.session)


def test_an_owner_ends_no_entry_of_a_passing_cable_and_names_no_place_as_the_database_does(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = published_pole(ctx)
    with ctx_of("viettel") as ctx:
        cable(ctx, pole)
    with ctx_of("vnpt") as ctx:
        entry = ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.cable_id.is_not(None))).one()
        with pytest.raises(Conflict):
            end_entry(ctx, EndEntry(entry.id, ctx.today))
        with pytest.raises(Invalid):
            set_place(ctx, SetPlace(pole.code, UNPLACED.upper(), PlaceUnit.CABLE, 4))
        [slot] = list_places(ctx, pole)
        assert (slot.is_unplaced, slot.entries[0].of_cable, slot.entries[0].holder) == (
            True,
            True,
            "Viettel Thanh Hóa",
        )


def test_a_ring_and_two_cables_take_one_place_each(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second = poles(ctx, 2)
        for _each in range(2):
            cable(ctx, first, second, first)
        assert totals(ctx, first)[1] == 2
        assert not ledger_differences(ctx.session)


def test_taking_a_change_back_brings_back_the_ledger_also_on_structures_of_others(ctx_of):
    with ctx_of("vnpt") as ctx:
        foreign = published_pole(ctx, 4)
    with ctx_of("viettel") as ctx:
        [own] = poles(ctx, 1)
        route = cable(ctx, own)
        before = uses(ctx.session)
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        route = get_structure(ctx, route.code)
        set_members(ctx, SetMembers(route.code, route.version, (foreign.code,)))
    with ctx_of("viettel") as ctx:
        # Another cable since then is no obstacle.
        cable(ctx, foreign)
    with ctx_of("viettel") as ctx:
        reverted = revert_change(ctx, change, reason="nhầm tuyến")
        record(ctx, "test.revert", "structure", None, **reverted.details)
        after = uses(ctx.session)
        assert {key: value for key, value in after.items() if key[0] == route.code} == before
        assert totals(ctx, foreign)[1] == 1
        assert not ledger_differences(ctx.session)


@pytest.mark.parametrize("occupants", ["end", "move"])
def test_ending_the_use_of_another_tells_it_and_leaves_no_use_behind(ctx_of, occupants):
    with ctx_of("vnpt") as ctx:
        pole, other = published_pole(ctx), published_pole(ctx)
    with ctx_of("viettel") as ctx:
        route = cable(ctx, pole)
    with ctx_of("vnpt") as ctx:
        pole = get_structure(ctx, pole.code)
        decommission(
            ctx, ChangeStatus(pole.code, pole.version, "Hỏng", occupants=occupants, move_to=other.code, on=ctx.today)
        )
        assert uses(ctx.session) == {}
        assert not ledger_differences(ctx.session)
        states = set(ctx.session.scalars(select(CapacityEntry.state).where(CapacityEntry.cable_id == route.id)))
        assert states == {EntryState.ENDED}
        with across_organisations(ctx, "notice"):
            notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "capacity_use")).one()
        assert (notice.event, notice.params["code"]) == ("ended" if occupants == "end" else "moved", pole.code)
        assert notice.organisation_ids == [route.owner_organisation_id]
    if occupants == "move":
        with ctx_of("viettel") as ctx:
            route = get_structure(ctx, route.code)
            set_members(ctx, SetMembers(route.code, route.version, (other.code,)))
            assert uses(ctx.session) == {(route.code, other.code): (UNPLACED, False)}
            assert totals(ctx, other)[1] == 1


def test_a_cable_over_a_pole_of_another_without_a_contract_tells_its_owner_and_offers_a_case(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole, agreed = published_pole(ctx), published_pole(ctx, 4)
        add_entry(ctx, AddEntry(agreed.code, HUNG, 1, holder="Viettel"))
    with ctx_of("viettel") as ctx:
        [own] = poles(ctx, 1)
        cable(ctx, own)
        assert ctx.session.scalars(select(Notice).where(Notice.subject_kind == "cable_use")).all() == []
        route = cable(ctx, own, pole, agreed)
    with ctx_of("vnpt") as ctx:
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "cable_use")).one()
        assert (notice.params["carriers"], notice.params["cables"]) == ([pole.code], [route.code])
        assert notice.organisation_ids == [pole.owner_organisation_id]
        [use] = foreign_uses(ctx, get_structure(ctx, pole.code))
        assert (use.code, use.owner_id) == (route.code, route.owner_organisation_id)
        assert foreign_uses(ctx, get_structure(ctx, agreed.code)) == []


def test_suspending_what_another_uses_tells_it(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = published_pole(ctx, 4)
        add_entry(ctx, AddEntry(pole.code, HUNG, 1, holder="Viettel"))
        suspend(ctx, ChangeStatus(pole.code, pole.version, "Bão"))
        with across_organisations(ctx, "notice"):
            notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "capacity_use")).one()
        assert notice.event == "suspended"


@pytest.mark.parametrize("is_new", [False, True], ids=["structure stays", "structure goes"])
def test_taking_back_a_change_that_gave_a_use_to_another_notifies_it(ctx_of, clock, is_new):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole", sharing_status="available")
        if is_new:
            change = ctx.change_id
            set_place(ctx, SetPlace(pole.code, HUNG, PlaceUnit.CABLE, 3))
            add_entry(ctx, AddEntry(pole.code, HUNG, 1, holder="VNPT"))
    if not is_new:
        with ctx_of("viettel") as ctx:
            change = ctx.change_id
            set_place(ctx, SetPlace(pole.code, HUNG, PlaceUnit.CABLE, 3))
            add_entry(ctx, AddEntry(pole.code, HUNG, 1, holder="VNPT"))
    clock.advance(timedelta(minutes=1))
    with ctx_of("viettel") as ctx:
        with across_organisations(ctx, "notice"):
            before = ctx.session.scalar(select(func.count(Notice.id)))
        reverted = revert_change(ctx, change, reason="nhầm")
        record(ctx, "test.revert", "structure", None, **reverted.details)
        with across_organisations(ctx, "notice"):
            [notice] = ctx.session.scalars(select(Notice).order_by(Notice.id).offset(before)).all()
        assert (notice.event, notice.params["code"]) == ("ended", pole.code)
        assert organisation_id(ctx.session, "vnpt") in notice.organisation_ids


#: Functions that end an entry -> how its holder learns of it.
ENDS = {
    "registry/capacity/service.py": "notify_holders",
    "registry/capacity/ledger.py": "notify_holders",
    "registry/capacity/bulk.py": "notify_holders",
    "registry/capacity/reservations.py": "the move of a case notifies its parties",
}


def test_each_act_that_ends_a_use_notifies_its_holder():
    root = Path(__file__).parents[2]
    ending = re.compile(r"EntryState\.ENDED(?! (?:if|else))\b|state = 'ended'")
    writers = re.compile(r"\.state\b.* = .*EntryState\.ENDED|SET state = 'ended'|state=EntryState\.ENDED")
    places = set()
    for path in root.joinpath("registry").rglob("*.py"):
        source = path.read_text()
        if "demo" not in path.parts and ending.search(source) and writers.search(source):
            places.add(str(path.relative_to(root)))
    assert places == ENDS.keys()
    for name, how in ENDS.items():
        assert how not in ("notify_holders",) or how in root.joinpath(name).read_text()


def test_a_declared_use_fits_where_the_cable_that_it_is_for_has_the_last_unit(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = published_pole(ctx, 1)
    with ctx_of("viettel") as ctx:
        route = cable(ctx, pole)
        assert uses(ctx.session) == {(route.code, pole.code): (HUNG, True)}
    with ctx_of("vnpt") as ctx:
        add_entry(ctx, AddEntry(pole.code, HUNG, 1, holder="Viettel"))
        assert uses(ctx.session) == {(route.code, pole.code): (HUNG, False)}
        assert totals(ctx, pole) == (1, 1, 0)
