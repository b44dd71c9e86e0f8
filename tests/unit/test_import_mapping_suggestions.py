"""Systems, axes, units and headings are suggested by a file's own words and numbers; a person decides."""

from decimal import Decimal

import pytest
from pyproj import CRS

from registry.imports.mapping.aliases import member_of
from registry.imports.mapping.coordinate_systems import (
    BY_EPSG,
    System,
    ranges_swapped,
    swap_coordinates,
    swap_offered,
)
from registry.imports.mapping.fields import (
    import_fields,
    known_header_keys,
    suggest_mapping,
)
from registry.imports.mapping.plan import Plan, detect_system, mapping_problems
from registry.imports.mapping.units import (
    in_own_unit,
    offered_units,
    unit_advice,
    unit_choices,
    unit_note,
)
from registry.imports.reading.heading import is_total, is_typo
from registry.imports.reading.protocol import Declared
from registry.kernel.geo.vn2000 import ZONE_105, ZONES
from registry.kernel.units import FT, UNITS, M, convert, unit_of
from registry.structures.codes import Status
from registry.structures.kinds.antenna_tower import MastClass, MastForm

XY = {"x": "X", "y": "Y"}
ANGLES = {"latitude": "lat", "longitude": "lon"}


# --- systems ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("system", list(System))
def test_every_system_is_one_of_the_epsg_registry_with_its_own_axes(system):
    crs = CRS.from_epsg(system.epsg)
    assert crs.is_geographic == system.is_geographic
    assert BY_EPSG[system.epsg] is system
    if system.zone is not None:
        origin = {param.name: param.value for param in crs.coordinate_operation.params}
        assert origin["Longitude of natural origin"] == float(system.zone.central_meridian)
        assert origin["Scale factor at natural origin"] == float(system.zone.scale)


def test_every_zone_of_vn2000_can_be_chosen():
    assert set(ZONES) <= {system.epsg for system in System}


def test_a_plan_knows_the_zone_of_its_metres():
    plan = Plan("cable_pole", XY, System.VN2000_104_45)
    assert (plan.crs, plan.zone.srid) == ("vn2000", 9208)
    assert Plan("cable_pole", ANGLES, System.WGS84).zone is ZONE_105


@pytest.mark.parametrize(
    ("words", "system"),
    [
        ("VN-2000, KTT 105°00', múi 3°", System.VN2000),
        ("vn2000 ktt 105 độ 30 phút", System.VN2000_105_30),
        ("VN 2000 kinh tuyến trục: 104.45", System.VN2000_104_45),
        ("Hệ VN-2000, kinh tuyến trục 106°15', múi chiếu 3°", System.VN2000_106_15),
        ("KTT 108-30", System.VN2000_108_30),
        ("VN-2000 UTM zone 48N", System.VN2000_UTM_48N),
        ("VN_2000_UTM_Zone_48N", System.VN2000_UTM_48N),
        ("WGS 84 / UTM 48N", System.WGS84_UTM_48N),
        ("Tọa độ WGS-84", System.WGS84),
        ("urn:ogc:def:crs:EPSG::9208", System.VN2000_104_45),
        ("EPSG 4756", System.VN2000_GEOGRAPHIC),
        ("EPSG:5773", None),
        ("KTT 101-30", None),
        ("Danh sách cột", None),
    ],
)
def test_the_words_of_a_file_name_its_system(words, system):
    assert detect_system(words, ("X", "Y"), XY).system is system


def test_the_hint_shows_the_words_that_it_rests_on():
    sentence = detect_system("Tọa độ VN2000 kinh tuyến trục 104-45 múi 3", ("X", "Y"), XY).sentence
    assert "VN2000 kinh tuyến trục 104-45" in sentence
    assert "104°45'" in sentence


def test_where_nothing_is_said_the_hint_asks():
    assert "hãy hỏi" in detect_system("", ("X", "Y"), XY).sentence


def test_what_the_file_declares_counts_before_its_words():
    declared = Declared("PROJCS[...]", 3405, "prj")
    assert detect_system("WGS84", ("a",), {}, declared=declared).system is System.VN2000_UTM_48N


def test_the_words_of_a_prj_without_a_code_are_read():
    declared = Declared('PROJCS["VN_2000_KTT_105d45",PARAMETER["Central_Meridian",105.75]]', None, "prj")
    assert detect_system("", ("a",), {}, declared=declared).system is System.VN2000_105_45


@pytest.mark.parametrize(("file_format", "system"), [("geojson", System.WGS84), ("kml", System.WGS84), ("shp", None)])
def test_geometries_without_a_word_are_wgs84_only_where_their_format_says_so(file_format, system):
    assert detect_system("", ("name",), {"name": "name"}, file_format=file_format).system is system


def test_geometries_of_the_rows_are_taken_where_no_column_has_coordinates():
    header, mapping = ("Mã", "Tên"), {"own_code": "Mã", "name": "Tên"}
    assert "position" in mapping_problems("cable_pole", header, mapping, System.WGS84)
    assert mapping_problems("cable_pole", header, mapping, System.WGS84, geometry_type="Point") == {}


# --- axes ---------------------------------------------------------------------------------------------------------
def numbers(*values):
    return tuple(Decimal(value) for value in values)


@pytest.mark.parametrize(
    ("first", "second", "degrees", "wrong"),
    [
        (numbers(448000, 596000), numbers(2132000, 2288000), False, True),
        (numbers(2132000, 2288000), numbers(448000, 596000), False, False),
        (numbers(448000, 2288000), numbers(448000, 2288000), False, False),
        (numbers("104.4", "106"), numbers("19.3", "20.6"), True, True),
        (numbers("19.3", "20.6"), numbers("104.4", "106"), True, False),
    ],
)
def test_columns_are_swapped_when_each_lies_in_the_range_of_the_other(first, second, degrees, wrong):
    assert ranges_swapped(first, second, degrees=degrees) is wrong


def test_the_offer_names_both_columns_and_the_swap_exchanges_them():
    sentence = swap_offered(("X", "Y"), [("581102,24", "2191076,73")], XY)
    assert "“X”" in sentence
    assert "“Y”" in sentence
    assert swap_coordinates(XY) == {"x": "Y", "y": "X"}


def test_degrees_under_x_and_y_are_looked_at_as_degrees():
    assert swap_offered(("X", "Y"), [("105,776", "19,807")], XY)
    assert not swap_offered(("X", "Y"), [("19,807", "105,776")], XY)


def test_cells_that_are_no_numbers_say_nothing():
    assert swap_offered(("X", "Y"), [("?", "")], XY) == ""


# --- units --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("feet", "ft"),
        ("'", "ft"),
        ("mét", "m"),
        ("MM", "mm"),
        ("inch", "in"),
        ("tấn", "t"),
        ("km", "km"),
        ("xyz", None),
    ],
)
def test_units_are_known_by_their_words_and_signs(word, code):
    unit = unit_of(word)
    assert (unit.code if unit else None) == code


@pytest.mark.parametrize(
    ("header", "cells", "offered"),
    [
        ("Chiều cao cột (ft)", ("220", "150"), {"height_m": "ft"}),
        ("Chiều cao cột", ("220'", "150 ft"), {"height_m": "ft"}),
        ("Chiều cao cột (m)", ("45m", "36 m"), {"height_m": "m"}),
        ("Chiều cao cột (m)", ("45", "36"), {}),
        ("Chiều cao cột (kg)", ("45", "36"), {}),
        ("Chiều cao cột", ("45m", "36", "12", "13"), {}),
    ],
)
def test_a_unit_is_offered_where_numbers_alone_would_mislead(header, cells, offered):
    samples = [(cell,) for cell in cells]
    assert offered_units("antenna_tower", {"height_m": header}, (header,), samples) == offered


@pytest.mark.parametrize(
    ("text", "converted"),
    [
        ("220'", "67,056"),
        ("220", "67,056"),
        ("1.000 ft", "304,8"),
        ("45m", "45"),
        ("45kg", "45kg"),
        ("cao", "cao"),
        ("", ""),
    ],
)
def test_cells_in_feet_become_metres_exactly(text, converted):
    assert in_own_unit(text, FT, M) == converted


def test_the_accepted_sign_of_the_own_unit_is_taken_off():
    assert in_own_unit("45 m", M, M) == "45"


def test_the_note_shows_the_conversion():
    assert unit_note("Chiều cao", ["220'"], FT, M) == "Cột “Chiều cao”: 220' = 67,056 m."
    assert convert(Decimal(1), UNITS["cm"], UNITS["mm"]) == 10


def test_a_cell_with_a_unit_that_nobody_accepted_says_how_to_accept_it():
    declared = import_fields("antenna_tower")["height_m"].declared
    assert "“m”" in unit_advice(declared, "45m")
    assert unit_advice(declared, "45kg") == ""
    assert unit_choices(declared)[0] is M


# --- headings and values --------------------------------------------------------------------------------------------
def test_what_is_remembered_never_beats_the_name_of_a_column():
    header = ("Ký hiệu", "Tên trạm", "X", "Y", "Nhãn", "Chiều caoo cột")
    remembered = {"Ký hiệu": "name", "Tên trạm": None, "X": "y", "Y": "x", "Nhãn": "name", "Chiều caoo cột": None}
    assert suggest_mapping("antenna_tower", header, remembered) == {
        "own_code": "Ký hiệu",
        "name": "Tên trạm",
        "x": "X",
        "y": "Y",
    }


def test_what_is_remembered_counts_before_a_likely_heading():
    header = ("id", "Ghi chep", "Nhãn")
    remembered = {"id": None, "Ghi chep": "note", "Nhãn": "own_code"}
    assert suggest_mapping("antenna_tower", header, remembered) == {"own_code": "Nhãn", "note": "Ghi chep"}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Chiều caoo cột", "height_m"),
        ("Longtitude", "longitude"),
        ("Lattitude", "latitude"),
        ("Hiện trạng dùng chugn", "sharing_status"),
        ("Tọa độ VN-2000 / X (m)", "x"),
        ("CHIEU CAO COT", "height_m"),
        ("Structure height", "height_m"),
    ],
)
def test_headings_are_known_with_a_wrong_letter_or_under_a_group(header, field):
    assert suggest_mapping("antenna_tower", (header,)) == {field: header}


@pytest.mark.parametrize(
    ("first", "second"), [("toa do x", "toa do y"), ("x", "y"), ("so cot", "so nap"), ("ma cot", "ma cot")]
)
def test_short_words_are_never_taken_for_each_other(first, second):
    assert not is_typo(first, second)


def test_of_two_ways_to_give_positions_the_plane_one_is_suggested():
    mapping = suggest_mapping("antenna_tower", ("X", "Y", "Vĩ độ", "Kinh độ"))
    assert mapping == {"x": "X", "y": "Y"}


def test_the_words_of_a_header_search_are_those_of_all_fields():
    assert {"ma tram", "chieu cao cot", "latitude"} <= set(known_header_keys("antenna_tower"))


@pytest.mark.parametrize(
    ("field", "choices", "word", "member"),
    [
        ("mast_class", MastClass, "Loại A2b", MastClass.A2B),
        ("mast_class", MastClass, "A2b", MastClass.A2B),
        ("mast_class", MastClass, "A2B: cồng kềnh trên mặt đất", MastClass.A2B),
        ("mast_class", MastClass, "B7", None),
        ("mast_form", MastForm, "Cột dây co", MastForm.GUYED),
        ("status", Status, "underConstruction", Status.BUILDING),
        ("status", Status, "operational", Status.ACTIVE),
        ("status", Status, "proposed", Status.PLANNED),
        ("status", Status, "inactive", Status.SUSPENDED),
        ("status", Status, "decommissioned", Status.DECOMMISSIONED),
    ],
)
def test_values_are_known_by_code_label_and_usual_words(field, choices, word, member):
    assert member_of(field, choices, word) is member


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (("", "Tổng cộng", "", "420"), True),
        (("Tổng cộng: 420 trạm",), True),
        (("Cộng", "93"), True),
        (("Total", "", "12.5"), True),
        (("T1", "Trạm Tổng kho", "A2b", "42"), False),
        (("Xã Cộng Hòa", "Trạm Một"), False),
        (("", ""), False),
    ],
)
def test_a_row_that_adds_up_is_told_from_a_structure(cells, total):
    assert is_total(cells) is total
