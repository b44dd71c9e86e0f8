"""What goes out of service takes no new occupant, and says what becomes of those who are there."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent, AuditPayload
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.reservations import Reservation, reserve
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import Conflict, Invalid, MoveRefused
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.kinds import HOSTS
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure, resume, suspend
from tests.factories.structures import make, organisation_id

LABEL = "Vị trí 1"


def used(ctx, kind="cable_pole", unit=PlaceUnit.CABLE, *, quantity=2, holder="VNPT", total=6):
    """A structure with somebody there."""
    structure = make(ctx, kind=kind)
    set_place(ctx, SetPlace(structure.code, LABEL, unit, total))
    add_entry(ctx, AddEntry(structure.code, LABEL, quantity, holder=holder, started_on=date(2026, 1, 5)))
    return structure


def entries_of(ctx, structure):
    """State, quantity and days of what is or was on a structure."""
    query = (
        select(CapacityEntry)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(CapacityPlace.structure_id == structure.id)
        .order_by(CapacityEntry.id)
    )
    return [(entry.state, entry.quantity, entry.started_on, entry.ended_on) for entry in ctx.session.scalars(query)]


def step(structure, **more):
    """A step with its reason."""
    return ChangeStatus(structure.code, structure.version, "Hư hỏng", **more)


@pytest.mark.parametrize("kind", sorted(HOSTS))
@pytest.mark.parametrize("end", [suspend, decommission])
def test_a_structure_out_of_service_takes_no_new_place_or_occupant(ctx_of, kind, end):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind=kind)
        unit = PlaceUnit(HOSTS[kind].place.counted_in)
        slot = set_place(ctx, SetPlace(structure.code, LABEL, unit, 2))
        end(ctx, step(structure))
        label = structure.status.label
        for call in (
            lambda: set_place(ctx, SetPlace(structure.code, "Vị trí 2", unit, 1)),
            lambda: add_entry(ctx, AddEntry(structure.code, LABEL, 1, holder="VNPT")),
        ):
            with pytest.raises(Conflict, match=f"“{label}” nên không nhận thêm vị trí hoặc đơn vị sử dụng"):
                call()
        wanted = Reservation(
            slot.id, 1, organisation_id(ctx.session, "vnpt"), "DC-2026-000001", ctx.now + timedelta(days=3)
        )
        with pytest.raises(MoveRefused, match="không nhận thêm vị trí hoặc đơn vị sử dụng"):
            reserve(ctx, [wanted])
        # What was there before may still be recorded, and a total put right.
        add_entry(ctx, AddEntry(structure.code, LABEL, 1, started_on=date(2026, 1, 1), ended_on=date(2026, 2, 1)))
        assert set_place(ctx, SetPlace(structure.code, LABEL, unit, 3)).total == 3


def test_a_structure_that_serves_again_takes_somebody_again(ctx_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind="cable_pole")
        suspend(ctx, step(structure))
        resume(ctx, step(structure))
        set_place(ctx, SetPlace(structure.code, LABEL, PlaceUnit.CABLE, 3))
        assert add_entry(ctx, AddEntry(structure.code, LABEL, 1, holder="VNPT")).quantity == 1


def test_decommissioning_with_occupants_names_them_and_asks(ctx_of):
    with ctx_of("viettel") as ctx:
        structure = used(ctx)
        with pytest.raises(Invalid) as caught:
            decommission(ctx, step(structure))
        (sentence,) = caught.value.fields["occupants"]
        assert "còn 1 mục sử dụng (Vị trí 1: 2 cáp, VNPT Thanh Hóa)" in sentence or "Vị trí 1: 2 cáp, VNPT" in sentence
        assert structure.status is Status.ACTIVE


def test_decommissioning_ends_the_entries_on_its_last_day(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        structure = used(ctx)
    clock.advance(timedelta(days=9))
    with ctx_of("viettel") as ctx:
        structure = get_structure(ctx, structure.code)
        last = ctx.today - timedelta(days=2)
        decommission(ctx, step(structure, on=last, occupants="end"))
        assert entries_of(ctx, structure) == [(EntryState.ENDED, 2, date(2026, 1, 5), last)]
    with ctx_of("so.khcn", read_only=True) as ctx:
        payload = ctx.session.scalars(
            select(AuditPayload.payload).join(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)
        ).one()
        (entry,) = payload["entries"]
        assert (entry["occupants"], entry["entries"], entry["reason"]) == ("end", 1, "Hư hỏng")


def test_decommissioning_moves_what_is_in_use_to_a_structure_with_room(ctx_of):
    with ctx_of("viettel") as ctx:
        structure, target = used(ctx), make(ctx, kind="cable_pole")
        set_place(ctx, SetPlace(target.code, "Vị trí khác", PlaceUnit.CABLE, 2))
        decommission(ctx, step(structure, occupants="move", move_to=target.code.lower()))
        assert [state for state, *_rest in entries_of(ctx, structure)] == [EntryState.ENDED]
        assert entries_of(ctx, target) == [(EntryState.USED, 2, ctx.today, None)]


@pytest.mark.parametrize("why", ["unknown", "itself", "foreign", "full", "other_unit", "suspended", "empty"])
def test_a_structure_that_cannot_take_them_is_refused_in_words(ctx_of, why):
    with ctx_of("vnpt") as ctx:
        foreign = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
    with ctx_of("viettel") as ctx:
        structure, target = used(ctx), make(ctx, kind="cable_pole")
        unit = PlaceUnit.POSITION if why == "other_unit" else PlaceUnit.CABLE
        set_place(ctx, SetPlace(target.code, LABEL, unit, 1 if why == "full" else 2))
        if why == "suspended":
            suspend(ctx, step(target))
        codes = {"unknown": "THA-CAT-999999", "itself": structure.code, "foreign": foreign.code, "empty": " "}
        with pytest.raises(Invalid) as caught, ctx.session.begin_nested():
            decommission(ctx, step(structure, occupants="move", move_to=codes.get(why, target.code)))
        assert list(caught.value.fields) == ["move_to"]
        ctx.session.expire_all()
        assert [state for state, *_rest in entries_of(ctx, structure)] == [EntryState.USED]


def test_what_a_case_holds_is_ended_in_the_case(ctx_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind="cable_pole")
        slot = set_place(ctx, SetPlace(structure.code, LABEL, PlaceUnit.CABLE, 3))
        holder = organisation_id(ctx.session, "vnpt")
        reserve(ctx, [Reservation(slot.id, 1, holder, "DC-2026-000007", ctx.now + timedelta(days=3))])
        with pytest.raises(Conflict, match="Hồ sơ DC-2026-000007 còn giữ hoặc sử dụng vị trí"):
            decommission(ctx, step(structure, occupants="end"))


@pytest.mark.parametrize("kind", sorted(set(HOSTS) | {"cable_route"}))
@pytest.mark.parametrize("wanted", [Status.SUSPENDED, Status.DECOMMISSIONED, Status.REMOVED])
def test_the_edit_form_takes_no_step_that_needs_a_reason(ctx_of, kind, wanted):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind=kind)
        with pytest.raises(Invalid) as caught:
            edit_structure(ctx, EditStructure(structure.code, structure.version, {"status": wanted}))
        (sentence,) = caught.value.fields["status"]
        assert f"từ “Đang khai thác” sang “{wanted.label}” cần lý do" in sentence


def test_a_structure_out_of_service_may_be_put_down_as_removed_or_put_back(ctx_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx)
        decommission(ctx, step(structure))
        edit_structure(ctx, EditStructure(structure.code, structure.version, {"status": Status.REMOVED}))
        assert (structure.status, structure.valid_to) == (Status.REMOVED, ctx.today)
        edit_structure(ctx, EditStructure(structure.code, structure.version, {"status": Status.ACTIVE}))
        assert (structure.status, structure.valid_to) == (Status.ACTIVE, None)


@pytest.mark.parametrize("days", ["removed_on", "dead"])
def test_the_days_of_a_cable_still_say_its_status(ctx_of, days):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind="cable_route")
        day = date(2026, 3, 1)
        dead = {"dead_flag": True, "dead_on": day, "dead_evidence": "Biên bản 1"}
        edit_structure(
            ctx, EditStructure(structure.code, structure.version, dead if days == "dead" else {"removed_on": day})
        )
        assert structure.status is (Status.DECOMMISSIONED if days == "dead" else Status.REMOVED)


@pytest.mark.parametrize(
    ("kind", "unit", "measures", "field"),
    [
        ("antenna_tower", PlaceUnit.POSITION, {"diameter_mm": Decimal(110)}, "diameter_mm"),
        ("cable_duct", PlaceUnit.BORE, {"height_m": Decimal(3)}, "height_m"),
        ("cable_pole", PlaceUnit.CABLE, {"level": 2}, "level"),
        ("antenna_tower", PlaceUnit.POSITION, {"height_m": Decimal("399.5")}, "height_m"),
    ],
)
def test_measures_that_do_not_fit_are_refused_in_words(ctx_of, kind, unit, measures, field):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind=kind)
        with pytest.raises(Invalid) as caught:
            set_place(ctx, SetPlace(structure.code, LABEL, unit, 3, measures))
        assert list(caught.value.fields) == [field]


def test_the_measures_of_a_place_are_put_right(ctx_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, height_m="42")
        set_place(ctx, SetPlace(structure.code, LABEL, PlaceUnit.POSITION, 3, {"height_m": Decimal(30)}))
        slot = set_place(ctx, SetPlace(structure.code, LABEL, PlaceUnit.POSITION, 3, {"height_m": Decimal(36)}))
        assert (slot.total, slot.height_m) == (3, 36)
