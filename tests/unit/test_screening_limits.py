"""A millimetre, or the least unit, on either side of each limit; and what none of them may pass over."""

from dataclasses import replace
from decimal import Decimal

import pytest

from registry.colocation.screening.models import SpanOver, Verdict
from registry.colocation.screening.result import InstalledLoad, Inventory, PlaceRoom
from tests.support.screening import SCREEN, facts, room, shipped

FITS, STUDY, NOT = Verdict.FITS, Verdict.NEEDS_STUDY, Verdict.DOES_NOT_FIT
RULES = shipped()
DUCT = {"inner_diameter_mm": "100", "cable_diameter_mm": "20", "cables": 1}
POLE = {
    "cables": 1,
    "cable_diameter_mm": "12",
    "attach_height_m": "6",
    "span_m": "40",
    "mass_kg_m": "0.15",
    "tension_n": "1500",
    "crosses": "nothing",
    "length_m": "8.5",
    "setting_depth_m": "1.4",
    "rated_top_load_n": "3000",
    "is_straight": "yes",
}
POWER = POLE | {"has_power": "yes", "voltage_kv": "0.4", "lowest_power_line_m": "7.3"}
TOWER = {
    "height_m": "42",
    "attach_height_m": "30",
    "exposed_area_m2": "2",
    "rated_area_m2": "12",
    "rated_area_height_m": "40",
    "is_guyed": "no",
}
TRAY = {"tray_width_mm": "300", "tray_rated_kg_m": "15", "cables": 1, "cable_diameter_mm": "20", "mass_kg_m": "0.9"}
USUAL = {"duct": DUCT, "pole": POLE, "tower": TOWER, "tray": TRAY}


def verdict(calculator, there=(), /, **inputs):
    return found(calculator, there, **inputs).verdict


def found(calculator, there=(), /, **inputs):
    base = POWER if "voltage_kv" in inputs or "lowest_power_line_m" in inputs else USUAL[calculator]
    return SCREEN[calculator](facts(calculator, base | inputs, there), RULES)


@pytest.mark.parametrize("calculator", USUAL)
def test_the_usual_case_fits(calculator):
    assert verdict(calculator) is FITS


@pytest.mark.parametrize("calculator", USUAL)
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (room(free=2, quantity=2), FITS),
        (room(free=2, quantity=3), NOT),
        (room(free=0), NOT),
        (room(free=None), STUDY),
        (PlaceRoom(None, "", None, None, 1), STUDY),
    ],
)
def test_one_place_too_few_does_not_fit_and_an_unknown_total_needs_a_study(calculator, asked, expected):
    assert verdict(calculator, room=asked) is expected


NEEDED = {
    "duct": ("inner_diameter_mm", "cable_diameter_mm", "cables"),
    "pole": tuple(POLE),
    "tower": tuple(TOWER),
    "tray": ("cables", "cable_diameter_mm", "mass_kg_m"),
}


@pytest.mark.parametrize(("calculator", "name"), [(c, name) for c, names in NEEDED.items() for name in names])
def test_each_fact_that_is_needed_and_not_known_makes_it_a_study(calculator, name):
    tall = {"crosses": "lane"} if calculator == "pole" else {}
    assert verdict(calculator, **(tall | {name: None})) is STUDY


@pytest.mark.parametrize("name", ["voltage_kv", "lowest_power_line_m"])
def test_an_unknown_power_line_makes_it_a_study(name):
    assert verdict("pole", **{name: None}) is STUDY


# --- duct: 40 % of a bore of 100 mm are the area of 4000 mm² / (π/4)


@pytest.mark.parametrize(
    ("diameter", "expected"), [("60.0", FITS), ("59.9", FITS), ("60.1", NOT), ("61", NOT), ("59", FITS)]
)
def test_a_bore_of_a_hundred_takes_a_cable_of_sixty_beside_one_of_twenty(diameter, expected):
    assert verdict("duct", ("diameter_mm=20",), cable_diameter_mm=diameter) is expected


@pytest.mark.parametrize(("inner", "expected"), [("50.0", FITS), ("49.9", NOT), ("51", FITS), ("49", NOT)])
def test_ten_cables_of_ten_need_a_bore_of_fifty(inner, expected):
    assert verdict("duct", inner_diameter_mm=inner, cable_diameter_mm="10", cables=10) is expected


@pytest.mark.parametrize(("nominal", "expected"), [("60.0", FITS), ("59.9", NOT)])
def test_two_walls_are_taken_off_a_nominal_diameter(nominal, expected):
    inputs = {"inner_diameter_mm": None, "nominal_diameter_mm": nominal, "cable_diameter_mm": "10", "cables": 10}
    assert verdict("duct", **inputs) is expected


@pytest.mark.parametrize(("diameter", "says"), [("100.0", False), ("100.1", True), ("101", True), ("99", False)])
def test_a_cable_wider_than_the_bore_is_told_so(diameter, says):
    steps = found("duct", cable_diameter_mm=diameter).steps
    assert any("lớn hơn lòng ống" in step.text for step in steps) is says


def test_a_cable_wider_than_the_bore_never_fits_whatever_the_limit():
    generous = replace(RULES, values=RULES.values | {"screening.duct": {"fill_pct": 500, "wall_mm": 5}})
    for diameter, expected in (("100", FITS), ("101", NOT)):
        asked = facts("duct", DUCT | {"cable_diameter_mm": diameter})
        assert SCREEN["duct"](asked, generous).verdict is expected


@pytest.mark.parametrize(("sub_duct", "expected"), [("20.1", FITS), ("20", NOT), ("19", NOT)])
def test_a_cable_must_go_into_its_sub_duct(sub_duct, expected):
    assert verdict("duct", sub_ducts=1, sub_duct_diameter_mm=sub_duct) is expected


def test_sub_ducts_count_with_their_outer_diameter_and_the_cables_inside_do_not():
    told = found("duct", sub_ducts=3, sub_duct_diameter_mm="32", cables=3)
    assert round(told.figures["fill_pct"], 2) == Decimal("30.72")


@pytest.mark.parametrize(("cables", "expected"), [(8, FITS), (9, NOT)])
def test_what_is_asked_spreads_over_whole_bores_and_the_fullest_decides(cables, expected):
    # Two cables of 44 fill a bore of 100 by 38.72 %.
    spread = {"cable_diameter_mm": "44", "cables": cables, "is_whole": "yes", "room": room(free=4, quantity=4)}
    assert verdict("duct", **spread) is expected


def test_occupants_that_may_lie_elsewhere_make_it_a_study_and_not_a_no():
    there = Inventory((InstalledLoad(diameter_mm=Decimal(70)),), certain=False)
    asked = facts("duct", DUCT, present=(there,))
    assert SCREEN["duct"](asked, RULES).verdict is STUDY


def test_of_two_lists_of_the_same_cables_the_larger_sum_counts():
    lists = tuple(Inventory((InstalledLoad(diameter_mm=Decimal(d)),)) for d in (20, 61))
    assert SCREEN["duct"](facts("duct", DUCT, present=lists), RULES).verdict is NOT


def test_an_incomplete_list_beside_a_complete_one_is_no_reason_for_a_study():
    lists = (Inventory((InstalledLoad(diameter_mm=Decimal(20)),)), Inventory((), complete=False))
    assert SCREEN["duct"](facts("duct", DUCT, present=lists), RULES).verdict is FITS


# --- pole


@pytest.mark.parametrize(
    ("load", "expected"),
    # One cable: 4320 N·m; 70 % and 100 % of P × 6.85 m.
    [("901.0", FITS), ("900.9", STUDY), ("630.7", STUDY), ("630.6", NOT)],
)
def test_a_tenth_of_a_newton_beside_the_moments(load, expected):
    assert verdict("pole", rated_top_load_n=load) is expected


@pytest.mark.parametrize(("height", "expected"), [("7.100", FITS), ("7.101", NOT), ("7.099", FITS)])
def test_nothing_hangs_a_millimetre_above_the_pole(height, expected):
    assert verdict("pole", attach_height_m=height) is expected


LOWEST = {"road": "5.5", "lane": "4.5", "railway_station": "7.5", "railway_line": "6.5"}


@pytest.mark.parametrize("crosses", LOWEST)
@pytest.mark.parametrize(("beside", "expected"), [("0", FITS), ("-0.001", NOT), ("0.001", FITS)])
def test_the_lowest_point_keeps_its_height_to_the_millimetre(crosses, beside, expected):
    # The sag is 0.1962 m.
    height = Decimal(LOWEST[crosses]) + Decimal("0.1962") + Decimal(beside)
    tall = {"length_m": "12", "setting_depth_m": "1.5"}
    assert verdict("pole", crosses=crosses, attach_height_m=str(height), **tall) is expected


def test_a_cable_too_low_at_the_pole_itself_needs_no_sag_to_be_refused():
    low = {"crosses": "road", "tension_n": None}
    assert verdict("pole", attach_height_m="5.499", **low) is NOT
    assert verdict("pole", attach_height_m="5.500", **low) is STUDY


def test_a_roof_is_always_looked_at():
    assert verdict("pole", crosses="roof") is STUDY


@pytest.mark.parametrize(("lowest", "expected"), [("5.500", FITS), ("5.499", STUDY)])
def test_a_cable_that_hangs_too_low_already_is_looked_at_first(lowest, expected):
    assert verdict("pole", crosses="road", lowest_cable_m=lowest) is expected


@pytest.mark.parametrize(
    ("voltage", "line", "expected"),
    [
        ("0.4", "7.250", FITS),
        ("0.4", "7.249", NOT),
        ("1", "7.250", FITS),
        ("1.001", "7.250", NOT),
        ("22", "9.000", FITS),
        ("22", "8.999", NOT),
        ("35", "9.000", FITS),
        ("35.001", "20", STUDY),
        ("0", "7.250", FITS),
    ],
)
def test_the_distance_below_power_lines_follows_their_voltage(voltage, line, expected):
    assert verdict("pole", voltage_kv=voltage, lowest_power_line_m=line) is expected


def test_a_cable_above_the_power_line_does_not_fit():
    assert verdict("pole", lowest_power_line_m="5") is NOT


@pytest.mark.parametrize("role", ["no", None])
def test_a_bent_or_unknown_pole_needs_a_study(role):
    assert verdict("pole", is_straight=role) is STUDY


def test_a_cable_of_unknown_height_hangs_somewhere_between_ground_and_top():
    assert verdict("pole", ("diameter_mm=10",)) is FITS
    # 70 % of 20 550 N·m less 4320 is 10 065 N·m, which a cable of 24 mm has at the top only.
    assert verdict("pole", ("diameter_mm=24",)) is STUDY
    assert verdict("pole", ("diameter_mm=24,height_m=6",)) is FITS


def test_a_pole_that_stands_hardly_out_of_the_ground_bears_nothing_that_is_known():
    assert verdict("pole", setting_depth_m="8.3", attach_height_m="0.1") is STUDY


# --- tower


@pytest.mark.parametrize(("area", "expected"), [("16.000", FITS), ("16.001", NOT), ("15.999", FITS)])
def test_a_thousandth_of_a_square_metre_beside_the_rated_area(area, expected):
    assert verdict("tower", exposed_area_m2=area) is expected


@pytest.mark.parametrize(
    ("height", "expected"), [("40.000", FITS), ("40.001", STUDY), ("42.000", STUDY), ("42.001", NOT)]
)
def test_above_the_reference_height_is_a_study_and_above_the_top_a_no(height, expected):
    assert verdict("tower", attach_height_m=height) is expected


@pytest.mark.parametrize(
    ("other", "expected"), [("31.000", FITS), ("30.999", STUDY), ("29.000", FITS), ("29.001", STUDY)]
)
def test_a_millimetre_beside_the_distance_above_one_another(other, expected):
    assert verdict("tower", (f"area_m2=1,height_m={other}",)) is expected


@pytest.mark.parametrize(
    "inputs", [{"is_guyed": "yes"}, {"is_guyed": None}, {"load_margin_pct": "0"}, {"rated_area_m2": "0"}], ids=str
)
def test_towers_of_which_the_comparison_says_nothing_need_a_study(inputs):
    assert verdict("tower", **inputs) is STUDY


def test_an_antenna_of_unknown_height_needs_a_study():
    assert verdict("tower", ("area_m2=0.1",)) is STUDY


# --- tray


@pytest.mark.parametrize(("width", "expected"), [("280.0", FITS), ("280.1", NOT), ("279.9", FITS), ("281", NOT)])
def test_a_tenth_of_a_millimetre_beside_the_width_of_a_level(width, expected):
    assert verdict("tray", ("width_mm=20,mass_kg_m=1",), width_mm=width) is expected


@pytest.mark.parametrize(("mass", "expected"), [("15.000", FITS), ("15.001", NOT), ("14.999", FITS)])
def test_a_gram_beside_the_load_of_a_level(mass, expected):
    assert verdict("tray", mass_kg_m=mass) is expected


def test_one_measure_is_enough_and_the_other_is_said_to_be_left_out():
    told = found("tray", tray_rated_kg_m=None)
    assert told.verdict is FITS
    assert any("không xét khối lượng" in text for text in told.assumptions)
    assert verdict("tray", tray_width_mm=None) is FITS
    assert verdict("tray", tray_width_mm=None, tray_rated_kg_m=None) is STUDY


def test_a_figure_is_never_rounded_onto_its_limit():
    text = found("pole", crosses="road", attach_height_m="5.696199").steps[-1].text
    assert "5,499999" in text


def test_every_place_to_cross_has_a_height():
    assert {member.value for member in SpanOver} - {"nothing"} <= RULES.values["pole.clearance_m"].keys()
