"""Screening from the register: structures, places, occupants that are entered, recorded, hidden or gone."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.models import CapacityEntry, PlaceUnit
from registry.colocation.models import ColocationRequest
from registry.colocation.screening.models import Verdict
from registry.colocation.screening.service import screen_now
from tests.factories.cables import cable
from tests.factories.colocation import accept, draft, move
from tests.factories.screening import KINDS, ask, screened, site
from tests.factories.structures import make

FITS, STUDY, NOT = Verdict.FITS, Verdict.NEEDS_STUDY, Verdict.DOES_NOT_FIT


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_that_has_a_calculator_can_fit(built, verdict, kind):
    assert verdict(built(kind)) is FITS


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_place_or_a_total_each_kind_needs_a_study(built, verdict, kind):
    assert verdict(built(kind, total=None)) is STUDY
    assert verdict(built(kind), label="Không có vị trí này") is STUDY


@pytest.mark.parametrize("kind", ["site_house", "manhole", "pole_line"])
def test_a_kind_without_a_calculator_needs_a_study_and_says_so(ctx_of, kind):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind=kind, sharing_status="available")
    with ctx_of("vnpt") as ctx:
        (screening,) = screen_now(ctx, draft(ctx, structure.code)).values()
    assert screening.verdict is STUDY
    assert "chưa có phép tính sơ bộ" in screening.steps[0][1]


@pytest.mark.parametrize(
    ("kind", "unsaid"),
    [
        ("antenna_tower", {"rated_area_m2": ""}),
        ("antenna_tower", {"mast_form": ""}),
        ("cable_pole", {"rated_top_load_n": ""}),
        ("cable_pole", {"pole_role": ""}),
        ("power_pole_shared", {"voltage_kv": ""}),
        ("cable_duct", {"bore_diameter_mm": ""}),
        ("technical_trench", {"tray_width_mm": "", "tray_rated_kg_m": ""}),
    ],
    ids=str,
)
def test_what_the_owner_did_not_say_makes_it_a_study(built, verdict, kind, unsaid):
    assert verdict(built(kind, **unsaid)) is STUDY


def test_a_tower_counts_what_hangs_there_with_its_height(built, used, verdict):
    structure = built("antenna_tower", places={"Sàn 36 m": PlaceUnit.POSITION, "Sàn 40 m": PlaceUnit.POSITION})
    used(structure, "Sàn 40 m", exposed_area_m2="10.4")
    # 10.4 m² at the height that the label tells and 2.4 m² at 36 m are 502.4 of 504 m³.
    assert verdict(structure) is FITS
    assert verdict(structure, exposed_area_m2=Decimal("2.445")) is NOT
    used(structure, "Sàn 40 m")
    assert verdict(structure) is STUDY


def test_the_height_that_the_owner_wrote_goes_before_that_of_the_label(built, used, verdict):
    structure = built("antenna_tower")
    used(structure, "Sàn 36 m", exposed_area_m2="1", attach_height_m="39")
    assert verdict(structure) is FITS
    used(structure, "Sàn 36 m", exposed_area_m2="1")
    assert verdict(structure) is STUDY


def test_an_empty_bore_is_taken_whole_and_its_neighbours_do_not_matter(built, used, verdict):
    structure = built("cable_duct")
    used(structure, "Ống", 2, cable_diameter_mm="90")
    assert verdict(structure) is FITS
    used(structure, "Ống", 1)
    assert verdict(structure) is NOT


def test_a_bore_that_is_counted_in_cables_is_shared(built, used, verdict):
    structure = built("cable_duct", total=5, places={"Ống 1": PlaceUnit.CABLE, "Ống 2": PlaceUnit.CABLE})
    used(structure, "Ống 1", 2, cable_diameter_mm="36")
    used(structure, "Ống 2", 1, cable_diameter_mm="90")
    # 2 × 36² + 2 × 26.5² = 3996.5 of the 4000 that a pipe of 110 with walls of five allows.
    assert verdict(structure, label="Ống 1", cable_diameter_mm=Decimal("26.5")) is FITS
    assert verdict(structure, label="Ống 1", cable_diameter_mm=Decimal("26.6")) is NOT
    assert verdict(structure, label="Ống 2") is NOT
    used(structure, "Ống 1", 1)
    assert verdict(structure, label="Ống 1") is STUDY


def test_recorded_cables_without_any_place_in_use_may_lie_in_any_bore(ctx_of, built, used, verdict):
    structure = built("cable_duct")
    with ctx_of("viettel") as ctx:
        cable(ctx, structure, outer_diameter_mm="10")
    assert verdict(structure) is STUDY
    used(structure, "Ống", 1)
    assert verdict(structure) is FITS


def test_in_a_single_bore_recorded_cables_count_with_their_diameters(ctx_of, built, verdict):
    structure = built("cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="55")
    # 55² + 2 × 20² = 3825 of 4000.
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="14")
    assert verdict(structure) is NOT


def test_a_cable_that_the_requester_may_not_see_counts_as_an_unknown_one(ctx_of, built, verdict):
    structure = built("cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("viettel") as ctx:
        cable(ctx, structure, outer_diameter_mm="5", sharing_status="restricted")
    with ctx_of("vnpt") as ctx:
        screening = screened(ctx, structure)
        assert screening.verdict is STUDY
        hidden = [words for _verdict, words in screening.steps]
    with ctx_of("viettel") as ctx:
        bare = site(ctx, "cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("vnpt") as ctx:
        cable(ctx, bare.code, owner="vnpt")
        # As of one that is seen and whose owner declared no diameter, but that the ledger does not count it.
        steps = [words for _verdict, words in screened(ctx, bare).steps]
        assert steps[1:] == hidden[1:]
        assert hidden[0] != steps[0]


def test_removed_and_planned_cables_take_no_room_and_dead_ones_do(ctx_of, built, verdict):
    structure = built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", status="planned", installed_on="")
        gone = {"installed_on": "01/02/2020", "removed_on": "01/02/2026"}
        cable(ctx, structure.code, owner="vnpt", **gone)
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        dead = {"dead_flag": "true", "dead_on": "01/02/2026", "dead_evidence": "Biên bản 12"}
        cable(ctx, structure.code, owner="vnpt", **dead)
    assert verdict(structure) is STUDY


def test_a_recorded_cable_hangs_at_most_at_the_top_of_its_pole(ctx_of, built, verdict):
    structure = built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="23.5")
    # 1410 N at 7.1 m at most: 10 011 of the 10 065 N·m that 70 % leave beside the new one.
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="1")
    assert verdict(structure) is STUDY


def test_a_cable_over_a_pole_twice_hangs_there_once(ctx_of, built, verdict):
    structure, other = built("cable_pole"), built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, other.code, structure.code, owner="vnpt", outer_diameter_mm="23.5")
    assert verdict(structure) is FITS


def test_what_an_accepted_request_said_counts_for_the_next(ctx_of, built, verdict):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure, attach_height_m=Decimal(40), exposed_area_m2=Decimal("10.4")), "submit")
    with ctx_of("viettel") as ctx:
        accept(ctx, ctx.session.get_one(ColocationRequest, request.id))
        (entry,) = ctx.session.scalars(select(CapacityEntry))
        assert entry.exposed_area_m2 is None
    assert verdict(structure) is FITS
    assert verdict(structure, exposed_area_m2=Decimal("2.445")) is NOT


def test_the_level_of_a_trench_is_shared_where_it_is_counted_otherwise(built, used, verdict):
    structure = built("technical_trench", total=9, places={"Tầng 1": PlaceUnit.CABLE, "Tầng 2": PlaceUnit.CABLE})
    used(structure, "Tầng 1", tray_width_mm="220", load_kg_m="11.4")
    used(structure, "Tầng 2", tray_width_mm="220.1", load_kg_m="1")
    assert verdict(structure, label="Tầng 1") is FITS
    assert verdict(structure, label="Tầng 2") is NOT


@pytest.mark.parametrize(("cables", "expected"), [(3, FITS), (4, NOT)])
def test_a_place_counted_in_cables_has_to_have_one_for_each(built, verdict, cables, expected):
    structure = built("cable_pole", rated_top_load_n="9000")
    assert verdict(structure, cables=cables) is expected
