"""Geometries as WKT: the same by every way in, and nothing that no program could build."""

import json

import pytest
import shapely

from registry.imports.reading.geometry import from_geojson, from_wkb
from registry.imports.reading.limits import cell_text

GEOMETRIES = [
    "POINT (105.1234567 19.7654321)",
    "LINESTRING (0 0, 1 1, 2 0.5)",
    "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))",
    "MULTIPOINT ((0 0), (1 1))",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((9 9, 10 9, 10 10, 9 9)))",
    "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
]


@pytest.mark.parametrize("text", GEOMETRIES)
def test_a_geometry_is_the_same_by_every_way(text):
    shape = shapely.from_wkt(text)
    for flavour in ("iso", "extended"):
        for order in (0, 1):
            assert shapely.from_wkt(from_wkb(shapely.to_wkb(shape, flavor=flavour, byte_order=order))) == shape
    raised = shapely.force_3d(shape, 7)
    assert shapely.from_wkt(from_wkb(shapely.to_wkb(raised, output_dimension=3))) == shape
    assert shapely.from_wkt(from_geojson(json.loads(shapely.to_geojson(shape)))) == shape


@pytest.mark.parametrize(
    ("geometry", "text"),
    [
        (None, None),
        (7, "GEOMETRYCOLLECTION EMPTY"),
        ({"type": "Point"}, "POINT EMPTY"),
        ({"type": "Point", "coordinates": []}, "POINT EMPTY"),
        ({"type": "Point", "coordinates": [True, 1]}, "POINT EMPTY"),
        ({"type": "Point", "coordinates": {"0": 1, "1": 2}}, "POINT EMPTY"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "LINESTRING EMPTY"),
        ({"type": "LineString", "coordinates": [[1, 2], 3]}, "LINESTRING EMPTY"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "POLYGON EMPTY"),
        ({"type": "MultiPoint", "coordinates": []}, "MULTIPOINT EMPTY"),
        ({"type": "GeometryCollection"}, "GEOMETRYCOLLECTION EMPTY"),
        ({"type": "Point", "coordinates": [1e-7, 2]}, "POINT (1e-07 2)"),
    ],
)
def test_what_is_no_geometry_is_empty_of_its_type(geometry, text):
    assert from_geojson(geometry) == text


@pytest.mark.parametrize(
    "content", [b"", b"\x01", b"\x01\x02\x00\x00\x00\xff\xff\xff\xff", b"\x01\x08\x00\x00\x00" * 3]
)
def test_damaged_binary_is_an_empty_geometry(content):
    assert from_wkb(content) == "GEOMETRYCOLLECTION EMPTY"


@pytest.mark.parametrize(
    ("value", "text"),
    [(15.0, "15"), (1.234, "1,234"), (45.1, "45,1"), (True, "có"), (None, ""), (2191076.73, "2191076,73"), (0.0, "0")],
)
def test_a_number_is_written_so_that_it_is_read_back(value, text):
    assert cell_text(value) == text
