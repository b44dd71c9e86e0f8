"""The boxes in which maps open."""

import json

import pytest

from registry.kernel.geo.bounds import box_of, outline_and_bounds, widened

LINES = {"type": "MultiLineString", "coordinates": [[[105.2, 19.8], [105.6, 19.7]], [[105.1, 19.9], [105.3, 19.95]]]}
POLYGON = {"type": "MultiPolygon", "coordinates": [[[[105.0, 19.5], [105.5, 19.5], [105.5, 20.0], [105.0, 19.5]]]]}
POINT = {"type": "Point", "coordinates": [106.0, 19.6]}


@pytest.mark.parametrize(
    ("shapes", "box"),
    [
        ([POINT], [106.0, 19.6, 106.0, 19.6]),
        ([LINES], [105.1, 19.7, 105.6, 19.95]),
        ([POLYGON], [105.0, 19.5, 105.5, 20.0]),
        ([LINES, POINT], [105.1, 19.6, 106.0, 19.95]),
        ([], None),
    ],
)
def test_a_box_holds_all_shapes_of_a_map(shapes, box):
    assert box_of(shapes) == box


def test_a_margin_is_on_all_sides():
    assert box_of([POINT], 0.25) == widened([106.0, 19.6, 106.0, 19.6], 0.25) == [105.75, 19.35, 106.25, 19.85]


@pytest.mark.parametrize("geojson", [None, json.dumps({"type": "MultiLineString", "coordinates": []})])
def test_no_shape_has_neither_outline_nor_bounds(geojson):
    assert outline_and_bounds(geojson, 0.1) == {"outline": None, "bounds": None}


def test_a_shape_has_both():
    drawn = outline_and_bounds(json.dumps(LINES), 0)
    assert drawn == {"outline": LINES, "bounds": [105.1, 19.7, 105.6, 19.95]}
