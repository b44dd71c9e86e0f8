"""What fits and what does not, and how far apart masts must stand, on values alone."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from registry.capacity.models import PlaceUnit
from registry.capacity.room import Room
from registry.planned_sites.rules import Fit, Need, judge, unused_conditions
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import HOSTS
from registry.structures.positions.mast_spacing import spacing_of
from registry.territory.models import UnitKind

TOWER = "antenna_tower"
NOBODY = frozenset()


def row(**values):
    usual = {"status": Status.ACTIVE, "sharing_status": SharingStatus.AVAILABLE, "owner_organisation_id": 1}
    return SimpleNamespace(**(usual | values))


def room(free, *, total=10, unit=PlaceUnit.POSITION, height=None, reserved=0):
    unknown = free is None
    return Room("Sàn", unit, None if unknown else total, reserved, free, height and Decimal(height))


@pytest.mark.parametrize("kind", HOSTS)
def test_each_kind_on_which_something_is_installed_is_counted_in_some_unit(kind):
    need = Need(kind, least_height_m=Decimal(30), least_diameter_mm=Decimal(100))
    assert need.unit in PlaceUnit
    # What is asked beyond the number is either held against a field of the kind or said to be left out.
    held = [need.measured.name] if need.measured else []
    assert len(held) + len(unused_conditions(need)) == 2


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        (TOWER, PlaceUnit.POSITION),
        ("site_house", PlaceUnit.POSITION),
        ("cable_pole", PlaceUnit.CABLE),
        ("power_pole_shared", PlaceUnit.CABLE),
        ("cable_duct", PlaceUnit.BORE),
        ("manhole", PlaceUnit.CABLE),
        ("technical_tunnel", PlaceUnit.LEVEL),
    ],
)
def test_the_unit_follows_what_is_installed(kind, unit):
    assert Need(kind).unit is unit


def test_nothing_is_installed_on_a_cable():
    with pytest.raises(LookupError):
        _ = Need("cable_route").unit


@pytest.mark.parametrize(
    ("rooms", "fit"),
    [
        ([], Fit.UNSURE),
        ([room(2)], Fit.FITS),
        ([room(1), room(1)], Fit.FITS),
        ([room(1)], Fit.NOT),
        ([room(1), room(None)], Fit.UNSURE),
        ([room(2), room(None)], Fit.FITS),
        ([room(5, unit=PlaceUnit.CABLE)], Fit.UNSURE),
    ],
)
def test_free_places_are_added_up_and_the_unknown_never_counts(rooms, fit):
    assert judge(row(), rooms, None, Need(TOWER, 2), NOBODY).fit is fit


@pytest.mark.parametrize(
    ("rooms", "fit"),
    [
        ([room(2, height="30")], Fit.FITS),
        ([room(2, height="29.99")], Fit.NOT),
        ([room(2)], Fit.UNSURE),
        ([room(1, height="30"), room(1)], Fit.UNSURE),
        ([room(1, height="30"), room(9, height="10")], Fit.NOT),
        ([room(None, height="10"), room(1, height="40")], Fit.NOT),
        ([room(None, height="40")], Fit.UNSURE),
    ],
)
def test_places_below_the_height_do_not_count(rooms, fit):
    need = Need(TOWER, 2, least_height_m=Decimal(30))
    assert judge(row(), rooms, Decimal(42), need, NOBODY).fit is fit


@pytest.mark.parametrize("status", Status)
def test_only_what_is_in_operation_fits(status):
    fit = judge(row(status=status), [room(5)], None, Need(TOWER), NOBODY).fit
    assert (fit is Fit.FITS) == (status is Status.ACTIVE)


@pytest.mark.parametrize("sharing", SharingStatus)
def test_only_what_is_offered_as_it_stands_fits(sharing):
    fit = judge(row(sharing_status=sharing), [room(5)], None, Need(TOWER), NOBODY).fit
    offered = sharing in (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)
    asked = sharing in (SharingStatus.UPGRADABLE, SharingStatus.NOT_ASSESSED)
    assert fit is (Fit.FITS if offered else Fit.UNSURE if asked else Fit.NOT)


def test_what_stands_in_the_way_is_said_first_and_what_is_held_is_told():
    verdict = judge(
        row(sharing_status=SharingStatus.UPGRADABLE, status=Status.SUSPENDED),
        [room(1, reserved=2)],
        None,
        Need(TOWER, 4),
        NOBODY,
    )
    assert verdict.fit is Fit.NOT
    assert [reason.split()[0] for reason in verdict.reasons] == ["Công", "Chỉ", "Chủ"]
    assert (verdict.free, verdict.total, verdict.reserved) == (1, 10, 2)


VALUE = {
    "urban": {"different": 120, "same": 300},
    "other": {"different": 250, "same": 450},
    "exempt_height_m": 3,
    "units": {"14758": {"different": 80, "same": 500}},
}


@pytest.mark.parametrize(
    ("code", "kind", "metres"),
    [
        ("1", UnitKind.PHUONG, (120, 300, 300)),
        ("1", UnitKind.THI_TRAN, (120, 300, 300)),
        ("1", UnitKind.XA, (250, 450, 450)),
        ("14758", UnitKind.XA, (80, 500, 500)),
    ],
)
def test_distances_follow_the_unit(code, kind, metres):
    spacing = spacing_of(VALUE, code, kind)
    assert (spacing.different_m, spacing.same_m, spacing.reach_m) == metres
    assert spacing.required_m(is_same_operator=True) == metres[1]
    assert spacing.required_m(is_same_operator=False) == metres[0]
