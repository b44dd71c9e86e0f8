"""Cables: what carries one is a list of its owner, changed as a whole, told to whoever may know."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from registry.audit.chain import record
from registry.audit.models import AuditEvent
from registry.cables.commands import SetMembers
from registry.cables.models import CableMember
from registry.cables.queries import list_members, list_members_at, list_occupants, member_codes
from registry.cables.service import set_members
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.clock import utc_now
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.commands import EditStructure
from registry.structures.kinds.cable_route import Laying
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure, revert_change
from tests.factories.cables import SPAN, cable, poles
from tests.factories.structures import HAC_THANH, make

DEAD = {"dead_flag": "true", "dead_on": "01/03/2026", "dead_evidence": "Biên bản 12/BB ngày 01/03/2026"}


def refused(ctx, cable_route, *codes, redraw=False):
    """The sentences of a list that is not taken, by field."""
    with pytest.raises(Invalid) as caught:
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, codes, redraw))
    return caught.value.fields


def test_a_list_keeps_its_order_and_understands_own_codes_before_the_provinces(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx)
        cable_route = cable(ctx)
        set_members(
            ctx, SetMembers(cable_route.code, cable_route.version, (third.own_code, first.code, second.own_code))
        )
        assert [member.code for member in list_members(ctx, cable_route)] == [third.code, first.code, second.code]
        assert member_codes(ctx.session, cable_route) == [third.own_code, first.own_code, second.own_code]


def test_an_own_code_that_is_another_owners_provincial_code_means_the_own_structure(ctx_of):
    with ctx_of("vnpt") as ctx:
        foreign = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
    with ctx_of("viettel") as ctx:
        own = make(ctx, kind="cable_pole", own_code=foreign.code)
        cable_route = cable(ctx, foreign.code)
        assert [member.code for member in list_members(ctx, cable_route)] == [own.code]


def test_the_whole_list_changes_with_one_event_and_its_history_stays(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx)
        cable_route = cable(ctx, first, second, third)
    clock.advance(timedelta(minutes=1))
    with ctx_of("viettel") as ctx:
        cable_route = get_structure(ctx, cable_route.code)
        version = cable_route.version
        set_members(ctx, SetMembers(cable_route.code, version, (third.code, first.code)))
        assert cable_route.version == version + 1
    with ctx_of("viettel", read_only=True) as ctx:
        assert [member.code for member in list_members(ctx, cable_route)] == [third.code, first.code]
        event = ctx.session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
        assert (event.action, event.object_id) == ("cable.members", cable_route.id)
        kept = history_of(CableMember)
        assert ctx.session.scalar(select(func.count()).select_from(kept)) == 5
        assert ctx.session.scalar(select(func.count()).where(kept.c.recorded_to.is_(None))) == 2


def test_the_list_of_a_former_day_is_what_was_recorded_then(ctx_of):
    then = utc_now() - timedelta(days=400)
    with ctx_of("viettel", now=then) as ctx:
        first, second, third = poles(ctx)
        cable_route = cable(ctx, first, second)
    with ctx_of("viettel") as ctx:
        cable_route = get_structure(ctx, cable_route.code)
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, (third.code,)))
    with ctx_of("viettel", read_only=True) as ctx:
        when = When(as_of=then.date() + timedelta(days=30))
        assert [member.code for member in list_members_at(ctx, cable_route.id, cable_route.code, when)] == [
            first.code,
            second.code,
        ]
        assert [member.code for member in list_members(ctx, cable_route)] == [third.code]


def test_the_same_list_again_changes_nothing(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *poles(ctx))
    with ctx_of("viettel") as ctx:
        cable_route = get_structure(ctx, cable_route.code)
        version = cable_route.version
        set_members(ctx, SetMembers(cable_route.code, version, tuple(member_codes(ctx.session, cable_route))))
        assert cable_route.version == version
        assert not ctx.session.dirty


def test_every_unknown_code_is_named_at_once(ctx_of):
    with ctx_of("viettel") as ctx:
        [pole] = poles(ctx, 1)
        cable_route = cable(ctx)
        sentences = refused(ctx, cable_route, "KHONG-CO", pole.code, "THA-CTC-999999")["members"]
    assert len(sentences) == 2
    assert "“KHONG-CO”" in sentences[0]
    assert "“THA-CTC-999999”" in sentences[1]


def test_a_hidden_structure_is_refused_with_the_words_for_one_that_is_not_there(ctx_of):
    with ctx_of("vnpt") as ctx:
        hidden = make(ctx, owner="vnpt", kind="cable_pole").code
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx)
        there = refused(ctx, cable_route, hidden)["members"][0]
        missing = refused(ctx, cable_route, "THA-CTC-999999")["members"][0]
    assert there.replace(hidden, "X") == missing.replace("THA-CTC-999999", "X")


def test_a_cable_passes_over_anothers_structure_that_is_published_or_hosts_its_owner(ctx_of):
    with ctx_of("vnpt") as ctx:
        published = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
        host = make(ctx, owner="vnpt", kind="cable_pole")
        set_place(ctx, SetPlace(host.code, "Vị trí treo cáp", PlaceUnit.CABLE, 4))
        add_entry(ctx, AddEntry(host.code, "Vị trí treo cáp", 1, holder="Viettel"))
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, published, host)
        visible_member, known_member = list_members(ctx, cable_route)
        assert (visible_member.code, visible_member.name, visible_member.status) == (
            published.code,
            published.name,
            Status.ACTIVE,
        )
        assert (known_member.code, known_member.kind, known_member.name, known_member.owner) == (
            host.code,
            "cable_pole",
            None,
            None,
        )


def test_a_cable_is_never_carried_by_a_cable(ctx_of):
    with ctx_of("viettel") as ctx:
        other = cable(ctx)
        assert other.code in refused(ctx, cable(ctx), other.code)["members"][0]


def test_the_same_structure_twice_running_is_refused_and_coming_back_to_it_is_not(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second = poles(ctx, 2)
        cable_route = cable(ctx)
        assert first.code in refused(ctx, cable_route, first.code, first.code)["members"][0]
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, (first.code, second.code, first.code)))
        assert [cable_over.code for cable_over in list_occupants(ctx, first)] == [cable_route.code]


def test_only_the_owner_changes_the_list_of_the_version_that_it_read(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *poles(ctx, 2))
    with ctx_of("so.khcn") as ctx, pytest.raises(Forbidden):
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, ()))
    with ctx_of("vnpt") as ctx, pytest.raises(NotFound):
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, ()))
    with ctx_of("viettel") as ctx, pytest.raises(Conflict):
        set_members(ctx, SetMembers(cable_route.code, cable_route.version - 1, ()))


@pytest.mark.parametrize(
    ("kinds", "laying"),
    [
        (("cable_pole", "power_pole_shared"), Laying.AERIAL),
        (("manhole", "cable_duct"), Laying.UNDERGROUND),
        (("technical_trench",), Laying.UNDERGROUND),
        (("cable_pole", "cable_duct"), Laying.MIXED),
        (("site_house",), None),
    ],
)
def test_where_a_cable_is_follows_from_what_carries_it(ctx_of, kinds, laying):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *(make(ctx, kind=kind) for kind in kinds), laying="")
        assert cable_route.laying is laying
        assert (cable_route.underground_m is not None) == (laying is Laying.MIXED)


def test_what_the_owner_says_of_its_laying_is_left_as_it_is(ctx_of):
    with ctx_of("viettel") as ctx:
        assert cable(ctx, *poles(ctx), laying="underground").laying is Laying.UNDERGROUND


def test_a_cable_is_drawn_through_its_members_and_lines_are_turned_to_follow(ctx_of):
    lon, lat = HAC_THANH
    with ctx_of("viettel") as ctx:
        # A duct from this place to the north-east, told after the pole at its far end.
        duct = make(ctx, kind="cable_duct", at=(lon, lat))
        far = make(ctx, kind="cable_pole", at=(lon + 0.003 + SPAN, lat + 0.003))
        cable_route = cable(ctx)
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, (far.code, duct.code), redraw=True))
        shape = json.loads(positions.geojson_of(ctx, cable_route.id))
        assert shape["coordinates"] == [[lon + 0.003 + SPAN, lat + 0.003], [lon + 0.003, lat + 0.003], [lon, lat]]
        assert positions.given_of(ctx, cable_route.id).given_position.splitlines()[-1] == "19.8070000, 105.7760000"


def test_no_line_is_drawn_through_places_that_the_owner_does_not_know(ctx_of):
    with ctx_of("vnpt") as ctx:
        host = make(ctx, owner="vnpt", kind="cable_pole")
        set_place(ctx, SetPlace(host.code, "Vị trí treo cáp", PlaceUnit.CABLE, 4))
        add_entry(ctx, AddEntry(host.code, "Vị trí treo cáp", 1, holder="Viettel"))
    with ctx_of("viettel") as ctx:
        [pole] = poles(ctx, 1)
        cable_route = cable(ctx)
        sentence = refused(ctx, cable_route, pole.code, host.code, redraw=True)["redraw"][0]
        assert host.code in sentence
        assert pole.code not in sentence


def test_the_cables_over_a_pole_are_told_to_its_owner_and_the_departments_only(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
        own = cable(ctx, pole, owner="vnpt").code
    with ctx_of("viettel") as ctx:
        guest = cable(ctx, pole, **DEAD).code
    told = {}
    for reader in ("vnpt", "viettel", "so.khcn", "so.xaydung", "dienluc"):
        with ctx_of(reader, read_only=True) as ctx:
            told[reader] = {cable_over.code for cable_over in list_occupants(ctx, get_structure(ctx, pole.code))}
    everything = {own, guest}
    assert told == {
        "vnpt": everything,
        "viettel": {guest},
        "so.khcn": everything,
        "so.xaydung": everything,
        "dienluc": set(),
    }


def test_a_dead_cable_is_told_with_its_day_and_comes_after_those_in_use(ctx_of):
    with ctx_of("viettel") as ctx:
        [pole] = poles(ctx, 1)
        dead = cable(ctx, pole, **DEAD)
        live = cable(ctx, pole)
        gone = cable(ctx, pole, removed_on="01/04/2026")
        rows = list_occupants(ctx, pole)
    assert [row.code for row in rows] == [live.code, dead.code, gone.code]
    assert (rows[1].is_dead, rows[1].dead_on, rows[1].status) == (True, date(2026, 3, 1), Status.DECOMMISSIONED)
    assert (rows[2].removed_on, rows[2].status) == (date(2026, 4, 1), Status.REMOVED)


def test_a_restricted_cable_is_told_to_nobody_who_does_not_see_it(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
    with ctx_of("viettel") as ctx:
        secret = cable(ctx, pole, sharing_status="restricted").code
    with ctx_of("vnpt", read_only=True) as ctx:
        assert list_occupants(ctx, get_structure(ctx, pole.code)) == []
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert [row.code for row in list_occupants(ctx, get_structure(ctx, pole.code))] == [secret]


def test_removing_and_dying_change_the_status_also_when_edited(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx)
        assert (cable_route.status, cable_route.sharing_status) == (Status.ACTIVE, SharingStatus.NOT_APPLICABLE)
        values = {"dead_flag": True, "dead_on": date(2026, 3, 1), "dead_evidence": "Khảo sát"}
        edit_structure(ctx, EditStructure(cable_route.code, cable_route.version, values))
        assert cable_route.status is Status.DECOMMISSIONED
        edit_structure(ctx, EditStructure(cable_route.code, cable_route.version, {"removed_on": date(2026, 4, 1)}))
        assert cable_route.status is Status.REMOVED


def test_taking_a_change_back_brings_back_the_former_list(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx)
        cable_route = cable(ctx, first, second, third)
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        cable_route = get_structure(ctx, cable_route.code)
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, (third.code,)))
    with ctx_of("viettel") as ctx:
        reverted = revert_change(ctx, change, reason="nhầm tuyến")
        record(ctx, "test.revert", "structure", None, **reverted.details)
        assert [member.code for member in list_members(ctx, cable_route)] == [first.code, second.code, third.code]
