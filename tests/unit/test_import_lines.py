"""A line is many points in one cell: one on each line, or all in one line where the marks leave no doubt."""

import json

import pytest

from registry.kernel.geo.coordinates import PositionRefused
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position

LINE = [[105.776, 19.807], [105.777, 19.808], [105.778, 19.809]]


@pytest.mark.parametrize(
    "text",
    [
        "19,807; 105,776\n19,808; 105,777\n19,809; 105,778",
        "19.807,105.776; 19.808,105.777; 19.809,105.778",
        "19.807, 105.776 | 19.808, 105.777 | 19.809, 105.778 |",
        "19,807 105,776; 19,808 105,777; 19,809 105,778",
        "105.776,19.807;105.777,19.808;105.778,19.809",
    ],
)
def test_points_of_a_line_are_read_in_their_order(text):
    document = json.loads(read_position(text, "wgs84", Shape.LINE, None).geojson)
    assert document == {"type": "LineString", "coordinates": LINE}


def test_metres_of_a_line_may_stand_in_one_line_too():
    line = read_position("2191076,73 581102,24; 2191090,00 581130,50", "vn2000", Shape.LINE, None)
    assert len(json.loads(line.geojson)["coordinates"]) == 2


@pytest.mark.parametrize("text", ["19,807; 105,776", "19.807, 105.776", "19,807", "19,807;105,776;19,808;105,777"])
def test_one_point_or_unclear_marks_are_no_line(text):
    with pytest.raises(PositionRefused, match="cần từ 2 đến"):
        read_position(text, "wgs84", Shape.LINE, None)


def test_a_wrong_point_is_named_by_its_number():
    with pytest.raises(PositionRefused, match="Dòng 2"):
        read_position("19.807,105.776; 99.8,199.5", "wgs84", Shape.LINE, None)
