"""Positions however files write them: geometries in any case, both numbers in one cell, angles in parts."""

import json
import random

import pytest
import shapely

from registry.imports.checking.positions import read_position
from registry.imports.mapping.coordinate_systems import System
from registry.imports.mapping.fields import suggest_mapping
from registry.imports.mapping.plan import Plan
from registry.imports.reading.geometry import find_geometry
from registry.kernel.geo.degrees import format_angle, read_angle
from registry.structures.kinds.kind import Shape

PLAN = Plan("cable_pole", {}, System.WGS84)
CASES = (str.upper, str.lower, str.capitalize, str.title)
EMPTY = "GEOMETRYCOLLECTION EMPTY"


def point_of(result):
    assert result.position is not None, result.refusals
    return json.loads(result.position.geojson)["coordinates"]


def generated(seed, count=60):
    dice = random.Random(seed)  # noqa: S311  # a fixed seed
    return [(round(dice.uniform(104.4, 106), 6), round(dice.uniform(19.3, 20.6), 6)) for _time in range(count)]


@pytest.mark.parametrize("word", [case("point") for case in CASES] + ["POINT Z", "point z", "MultiPoint"])
def test_geometry_text_is_read_in_any_case_from_a_chosen_column_and_from_a_found_one(word):
    for lon, lat in generated(word):
        body = (
            f"(({lon} {lat}))" if word == "MultiPoint" else f"({lon} {lat}{' 3' if word.endswith(('z', 'Z')) else ''})"
        )
        for text in (f"{word} {body}", f"{word}{body}", f" SRID=4326;{word} {body}"):
            assert point_of(read_position({"position": text}, PLAN, Shape.POINT, None)) == [lon, lat]
            column = find_geometry(("Mã", "WKT"), [["C1", text]])
            geometry_text = column.read(text.strip())
            assert geometry_text.startswith(("POINT (", "MULTIPOINT (("))
            assert point_of(read_position({}, PLAN, Shape.POINT, None, geometry_text)) == [lon, lat]


@pytest.mark.parametrize(
    "hex_of", [lambda shape: shape.wkb_hex, lambda shape: shapely.to_wkb(shape, hex=True, flavor="iso")]
)
def test_wkt_and_wkb_are_read_as_shapely_reads_them(hex_of):
    for lon, lat in generated(3):
        line = shapely.LineString([(lon, lat), (lon + 0.001, lat), (lon, lat + 0.002)])
        for shape in (shapely.Point(lon, lat), line, line.buffer(0.001, quad_segs=1), shapely.MultiPoint([(lon, lat)])):
            column = find_geometry(("geom",), [[hex_of(shape)]])
            assert shapely.from_wkt(column.read(hex_of(shape))).equals(shape)
            text = find_geometry(("geom",), [[shape.wkt.lower()]])
            assert shapely.from_wkt(text.read(shape.wkt.lower())).equals(shape)


@pytest.mark.parametrize("text", ["LINESTRING (1 2)", "POINT (1, 2)", "POINT (a b)", "Polygon ((0 0, 1 1, 2 2))"])
def test_what_no_program_could_build_refuses_its_row_and_quotes_it(text):
    result = read_position({"position": text}, PLAN, Shape.POINT, None)
    assert result.position is None
    assert result.refusals[0][1] == text
    column = find_geometry(("WKT",), [["POINT (105.7 19.8)"]])
    assert column.read(text) == EMPTY


def test_words_beside_geometries_never_break_the_file():
    column = find_geometry(("WKT",), [["POINT (105.7 19.8)"]])
    assert column.read("chua co") == "chua co"
    assert column.read("chưa có") == EMPTY


@pytest.mark.parametrize(
    "form", ["{lat}, {lon}", "{lat},{lon}", "{lat} {lon}", "{lat}; {lon}", "{lat}N, {lon}E", "{lon}, {lat}"]
)
def test_both_numbers_in_one_cell(form):
    for lon, lat in generated(form):
        result = read_position({"position": form.format(lon=lon, lat=lat)}, PLAN, Shape.POINT, None)
        assert point_of(result) == [lon, lat]


@pytest.mark.parametrize("marks", ["d m s", "dms", "deg min sec", "đ p g"])
def test_letters_behind_numbers_are_marks_and_no_directions(marks):
    dice = random.Random(marks)  # noqa: S311  # a fixed seed
    letters = marks.split() if " " in marks else list(marks)
    gap = " " if len(marks) > 5 else ""
    for _time in range(40):
        parts = dice.randint(8, 23), dice.randint(0, 59), f"{dice.uniform(0, 59.99):05.2f}"
        text = gap.join(f"{part}{letter}" for part, letter in zip(parts, letters, strict=True)) + " N"
        plain = read_angle("{}°{}'{}\"".format(*parts))
        assert read_angle(text) == plain
        assert read_angle(text.upper()) == plain
    assert read_angle("20d33m49.24s S").is_back


HEADINGS = (
    ("{} / Độ", "{} / Phút", "{} / Giây", "{} / Hướng"),
    ("{} (độ)", "{} (phút)", "{} (giây)", "{} (bán cầu)"),
    ("{} deg", "{} min", "{} sec", "{} hem"),
    ("{}_d", "{}_m", "{}_s", "{}_dir"),
)


@pytest.mark.parametrize("forms", HEADINGS)
@pytest.mark.parametrize("axes", [("Vĩ độ", "Kinh độ"), ("Lat", "Long"), ("latitude", "longitude")])
def test_angles_in_four_columns_are_known_by_their_headings(forms, axes):
    header = tuple(form.format(axis) for axis in axes for form in forms)
    mapping = suggest_mapping("antenna_tower", ("Mã trạm", *header))
    wanted = [
        f"{name}{part}" for name in ("latitude", "longitude") for part in ("", "_minutes", "_seconds", "_hemisphere")
    ]
    assert mapping == {"own_code": "Mã trạm", **dict(zip(wanted, header, strict=True))}


@pytest.mark.parametrize("axes", [("Vĩ độ", "Kinh độ"), ("Kinh độ", "Vĩ độ")])
def test_bare_headings_behind_an_angle_are_its_parts(axes):
    header = (axes[0], "Phút", "Giây", "Hướng", axes[1], "Phút (2)", "Giây (2)", "Hướng (2)", "Ghi chú", "Phút (3)")
    mapping = suggest_mapping("antenna_tower", header)
    names = {"Vĩ độ": "latitude", "Kinh độ": "longitude"}
    wanted = {names[axis]: axis for axis in axes}
    for axis, number in zip(axes, ("", " (2)"), strict=True):
        parts = {"minutes": "Phút", "seconds": "Giây", "hemisphere": "Hướng"}
        wanted |= {f"{names[axis]}_{part}": f"{word}{number}" for part, word in parts.items()}
    assert mapping == {**wanted, "note": "Ghi chú"}


def test_an_angle_of_parts_is_the_angle_of_one_cell():
    for lon, _lat in generated(5):
        text = format_angle(abs(read_angle(f"{lon}").degrees), 6)
        assert float(read_angle(text).degrees) == pytest.approx(lon, abs=1e-8)
