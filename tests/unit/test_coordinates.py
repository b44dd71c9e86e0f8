"""Positions as people type them: every accepted habit, every mistake of the field, and nothing mended in silence."""

import csv
import math
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel.geo.coordinates import (
    Pair,
    ParsedPosition,
    PositionRefused,
    System,
    format_dms,
    format_vn2000,
    format_wgs84,
    parse_position,
)
from registry.kernel.geo.degrees import AngleRefused, format_angle, read_angle, read_angles
from registry.kernel.geo.readings import Bounds

CHECKOUT = Path(__file__).resolve().parents[2]
BOX = Bounds(104.37, 19.28, 106.08, 20.68, "tỉnh Thanh Hóa")
LON, LAT = 105.776, 19.807
METRE = 1 / 111_320


def _is_the_city(position: ParsedPosition) -> bool:
    return math.isclose(position.lon, LON, abs_tol=0.05 * METRE) and math.isclose(
        position.lat, LAT, abs_tol=0.05 * METRE
    )


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("19.807, 105.776", "wgs84"),
        ("19,807; 105,776", "wgs84"),
        ("19,807 105,776", "wgs84"),
        ("19.807,105.776", "auto"),
        ("105.776 19.807", "auto"),
        ("19°48'25,2\"B 105°46'33,6\"Đ", "auto"),
        ("N 19°48′25.2″, E 105°46′33.6″", "wgs84"),
        ("19 48 25.2 105 46 33.6", "wgs84"),
        ("19 độ 48 phút 25,2 giây; 105 độ 46 phút 33,6 giây", "auto"),
        ("19°48.42' 105°46.56'", "auto"),
        ("Vĩ độ: 19,807 Kinh độ: 105,776", "wgs84"),
        ("2.191.076,73; 581.102,24", "vn2000"),
        ("2191076.73 581102.24", "auto"),
        ("2191076.73,581102.24", "vn2000"),
        ("X = 2.191.076,73; Y = 581.102,24", "auto"),
        ("Y=581.102,24 X=2.191.076,73", "vn2000"),
        (("2.191.076,73", "581.102,24"), "vn2000"),
        ((2191076.73, 581102.24), "vn2000"),
        ((19.807, 105.776), "wgs84"),
        (("19°48'25,2\"", "105°46'33,6\""), "auto"),
    ],
)
def test_every_habit_gives_the_same_place(text: str | Pair, system: System) -> None:
    assert _is_the_city(parse_position(text, system, bounds=BOX))


def test_the_original_text_and_the_operation_are_kept() -> None:
    metres = parse_position("2.191.076,73;  581.102,24", "vn2000", bounds=BOX)
    assert (metres.original_text, metres.srid, metres.operation) == ("2.191.076,73; 581.102,24", 5897, "EPSG:6960")
    degrees = parse_position("19,807; 105,776", "wgs84", bounds=BOX)
    assert (degrees.original_text, degrees.srid, degrees.operation) == ("19,807; 105,776", 4326, "")


def test_metres_of_an_unstated_system_are_taken_with_a_warning() -> None:
    assert "VN-2000" in parse_position("2191076.73 581102.24", "auto", bounds=BOX).warnings[0]
    assert parse_position("2191076.73 581102.24", "vn2000", bounds=BOX).warnings == ()


@pytest.mark.parametrize(
    ("source", "system", "words", "suggestion"),
    [
        (("581.102,24", "2.191.076,73"), "vn2000", "X của", "đổi chỗ"),
        ("581102.24 2191076.73", "auto", "X của", "đổi chỗ"),
        ((105.776, 19.807), "wgs84", "lớn hơn 24°", "đổi chỗ"),
        (("191.076,73", "581.102,24"), "vn2000", "nằm ngoài tỉnh Thanh Hóa", "thiếu chữ số đầu"),
        (("2.191.076,73", "633.500,00"), "vn2000", "nằm ngoài tỉnh Thanh Hóa", "104°45'"),
        (("2.191.076,73", "430.000,00"), "vn2000", "nằm ngoài tỉnh Thanh Hóa", "105°30'"),
        ("20.6955 104.4030", "wgs84", "nằm ngoài tỉnh Thanh Hóa", None),
        ("19.2025 105.4630", "wgs84", "nằm ngoài tỉnh Thanh Hóa", "độ, phút, giây"),
        ("2191076.73 581102.24", "wgs84", "là mét, không phải độ", "VN-2000"),
        ("2191.07 581102.24", "wgs84", "là mét, không phải độ", None),
        (("19,807", "581.102,24"), "vn2000", "X = “19,807” là độ, không phải mét", None),
        (("2.191.076,73", "105°46'"), "vn2000", "Y = “105°46'” là độ, không phải mét", None),
        ("19.807; 105.776", "vn2000", "là độ, không phải mét", None),
        ("21.03, 105.85", "auto", "nằm ngoài tỉnh Thanh Hóa", None),
        ("0; 0", "wgs84", "chưa đo", None),
        ("95; 190", "wgs84", "vượt quá 90°", None),
        ("19°60'00\" 105°46'33\"", "wgs84", "phút là 60", None),
        ("19°48'60,5\" 105°46'33\"", "auto", "giây là 60,5", None),
        ("19,5°48' 105°46'", "wgs84", "chỉ phần cuối cùng", None),
        ("19.807", "wgs84", "đúng hai số", None),
        ("19,807,105,776", "wgs84", "đúng hai số", None),
        ("45 7", "auto", "không rõ thuộc hệ nào", None),
        ("Cầu Hàm Rồng", "auto", "không rõ thuộc hệ nào", None),
        ("", "auto", "Chưa nhập tọa độ", None),
        ("   ", "vn2000", "Chưa nhập tọa độ", None),
        (("2.191.076,73", ""), "vn2000", "thiếu một trong hai số", None),
        (("2.191.O76,73", "581.102,24"), "vn2000", "giống chữ số", None),
        ("2.191.076,73 m; 581.102,24 m", "vn2000", "không ghi đơn vị", None),
        ("1;2;3", "vn2000", "đúng hai số", None),
        ("99999999999 5555555555", "vn2000", "không thuộc múi chiếu nào", None),
        ((float("nan"), 105.776), "wgs84", "hữu hạn", None),
        ("19.8\x00 105.7", "wgs84", "ký tự điều khiển", None),
        ("1" * 300, "auto", "quá dài", None),
    ],
)
def test_each_mistake_is_refused_in_words_with_a_suggestion_where_there_is_one(
    source: str | Pair, system: System, words: str, suggestion: str | None
) -> None:
    with pytest.raises(PositionRefused) as refused:
        parse_position(source, system, bounds=BOX)
    assert words in refused.value.message
    labels = [reading.label for reading in refused.value.suggestions]
    assert bool(labels) == (suggestion is not None)
    assert suggestion is None or any(suggestion in label for label in labels)
    assert suggestion is None or suggestion in refused.value.message


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("19.8°S 105.7°W", (-19.8, -105.7)),
        ("19,8 N; 105,7 Đ", (19.8, 105.7)),
        ("19°48'S 105°42'E", (-19.8, 105.7)),
        ("S 19°48' E 105°42'", (-19.8, 105.7)),
        ("19,8 B; 105,7 T", (19.8, -105.7)),
        ("19,8 Nam; 105,7 Tây", (-19.8, -105.7)),
        (("19,8 N", "105,7 W"), (19.8, -105.7)),
        (("S19,8", "105,7"), (-19.8, 105.7)),
    ],
)
def test_letters_of_hemispheres_are_ignored_in_the_province_and_believed_elsewhere(text, outside) -> None:
    inside = parse_position(text, "wgs84", bounds=BOX)
    assert (inside.lat, inside.lon) == (19.8, 105.7)
    assert (min(outside) < 0) == any("Nam hoặc Tây" in warning for warning in inside.warnings)
    abroad = parse_position(text, "wgs84")
    assert (abroad.lat, abroad.lon) == outside


def test_degrees_that_may_be_minutes_and_seconds_are_taken_with_a_warning() -> None:
    position = parse_position("19.4825 105.4633", "wgs84", bounds=BOX)
    assert (position.lat, position.lon) == (19.4825, 105.4633)
    assert "độ, phút, giây" in position.warnings[0]
    assert parse_position("19.48251 105.46331", "wgs84", bounds=BOX).warnings == ()


def test_a_suggestion_says_where_the_place_would_be() -> None:
    with pytest.raises(PositionRefused) as refused:
        parse_position(("581.102,24", "2.191.076,73"), "vn2000", bounds=BOX)
    reading = refused.value.suggestions[0]
    assert (round(reading.lon, 5), round(reading.lat, 5)) == (LON, LAT)


def test_other_meanings_are_offered_for_the_check_against_the_commune() -> None:
    labels = [reading.label for reading in parse_position("2191076.73 581102.24", "vn2000", bounds=BOX).others]
    assert any("104°45'" in label for label in labels)
    assert any("105°30'" in label for label in labels)
    assert any("UTM" in label for label in labels)


def test_places_outside_are_taken_only_without_bounds() -> None:
    assert parse_position("11.2; 124.9", "wgs84").lat == 11.2
    with pytest.raises(PositionRefused, match="nằm ngoài"):
        parse_position("11.2; 124.9", "wgs84", bounds=BOX)
    assert parse_position("63.75; -68.52", "wgs84").warnings != ()
    # Two labelled numbers leave no doubt about their order.
    assert parse_position((63.75, -68.52), "wgs84").warnings == ()


def test_a_place_is_shown_in_every_way_and_read_back() -> None:
    assert format_dms(LON, LAT) == "19°48'25,20\"B 105°46'33,60\"Đ"
    assert format_wgs84(LON, LAT) == "19.807000, 105.776000"
    assert format_vn2000(LON, LAT) == ("2.191.076,73", "581.102,24")


INSIDE = {"lon": st.floats(104.38, 106.07), "lat": st.floats(19.29, 20.67)}


@given(**INSIDE)
def test_what_is_shown_is_read_back_as_the_same_place(lon: float, lat: float) -> None:
    shown = {format_dms(lon, lat): 0.2, format_wgs84(lon, lat): 0.06}
    for text, metres in shown.items():
        position = parse_position(text, "auto", bounds=BOX)
        assert abs(position.lat - lat) < metres * METRE
        assert abs(position.lon - lon) < metres * METRE * 1.1
    position = parse_position(format_vn2000(lon, lat), "vn2000", bounds=BOX)
    assert abs(position.lat - lat) < 0.02 * METRE
    assert abs(position.lon - lon) < 0.02 * METRE


@given(st.decimals(-180, 180, places=6))
def test_angles_never_show_sixty_seconds(degrees: object) -> None:
    text = format_angle(degrees)  # type: ignore[arg-type]  # hypothesis types decimals loosely
    assert "60" not in re.split("[°'\"]", text)[1:]
    assert abs(read_angle(text).degrees - degrees) < 1  # type: ignore[operator]


def _outcome(source: str | Pair, system: System, bounds: Bounds | None) -> ParsedPosition | None:
    """The position, or None for a refusal in words; any other failure goes through."""
    try:
        return parse_position(source, system, bounds=bounds)
    except PositionRefused:
        return None


@given(st.text(max_size=40), st.sampled_from(get_args(System)))
def test_no_text_makes_it_fail_in_another_way(text: str, system: System) -> None:
    position = _outcome(text, system, BOX)
    assert position is None or BOX.contains(position.lon, position.lat)


@given(st.text(alphabet="0123456789.,;°'\" -xy=NĐ", max_size=40), st.sampled_from(get_args(System)))
def test_no_near_coordinate_makes_it_fail_in_another_way(text: str, system: System) -> None:
    position = _outcome(text, system, BOX)
    assert position is None or BOX.contains(position.lon, position.lat)


@given(st.tuples(st.floats(), st.floats()), st.sampled_from(get_args(System)))
def test_no_pair_of_cells_makes_it_fail_in_another_way(pair: tuple[float, float], system: System) -> None:
    position = _outcome(pair, system, None)
    assert position is None or all(map(math.isfinite, (position.lon, position.lat)))


def test_an_angle_alone_and_a_pair_say_what_they_expect() -> None:
    with pytest.raises(AngleRefused, match="độ, phút, giây"):
        read_angle("19°48'25\"1")
    with pytest.raises(AngleRefused, match="đúng hai góc"):
        read_angles("19°48'")


SAMPLE = Path("../shared/data/samples/thanh_hoa_sites.csv")


@pytest.mark.skipif(not (CHECKOUT / SAMPLE).is_file(), reason="the folder of sample files is not here")
def test_an_operators_real_file_is_read_but_for_its_known_bad_rows() -> None:
    lines = (CHECKOUT / SAMPLE).read_text(encoding="utf-8-sig").splitlines()[2:]
    rows = [row for row in csv.DictReader(lines, delimiter=";") if row["STT"]]
    refused = {row["STT"] for row in rows if _outcome((row["X (m)"], row["Y (m)"]), "vn2000", BOX) is None}
    assert refused == {"11", "34", "35", "86", "87"}


def test_a_file_of_the_same_shape_is_read_but_for_its_bad_rows() -> None:
    rows = [
        ("2.222.689,10", "548.975,07"),
        ("591.912,16", "2.202.587,28"),
        ("", "552.113,56"),
        ("19°48'25\"N", "552.113,56"),
        ("2.199.531,43", "596.578,15"),
    ]
    assert [_outcome(row, "vn2000", BOX) is not None for row in rows] == [True, False, False, False, True]
