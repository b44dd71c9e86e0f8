"""VN-2000 against published figures: none of these numbers was computed by the code under test."""

import math
from decimal import Decimal

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj.transformer import TransformerGroup

from registry.kernel.geo import vn2000
from registry.kernel.geo.vn2000 import (
    DATUM_SHIFT,
    TM3_105_WITHOUT_SHIFT,
    UTM_48N_VN2000,
    UTM_48N_WGS84,
    ZONE_105,
    ZONES,
    OutsideProjection,
    PlanePoint,
    to_plane,
    to_wgs84,
)

TOLERANCE_M = 0.05
VECTORS = [
    (105.776, 19.807, 581102.24, 2191076.73),
    (104.52, 20.54, 449751.82, 2272103.09),
    (105.79, 19.32, 582817.96, 2137174.77),
    (105.86, 20.08, 589748.29, 2221340.87),
    (105.37, 20.10, 538495.22, 2223365.90),
]


@pytest.mark.parametrize(("lon", "lat", "easting", "northing"), VECTORS)
def test_published_places_come_out_within_5_cm(lon: float, lat: float, easting: float, northing: float) -> None:
    point = to_plane(lon, lat)
    assert abs(point.y_easting - easting) < TOLERANCE_M
    assert abs(point.x_northing - northing) < TOLERANCE_M


@pytest.mark.parametrize(("lon", "lat", "easting", "northing"), VECTORS)
def test_published_metres_come_back_within_5_cm(lon: float, lat: float, easting: float, northing: float) -> None:
    found_lon, found_lat = to_wgs84(PlanePoint(northing, easting))
    metres_per_degree = 111_320
    assert abs(found_lat - lat) * metres_per_degree < TOLERANCE_M
    assert abs(found_lon - lon) * metres_per_degree * math.cos(math.radians(lat)) < TOLERANCE_M


@given(st.floats(104.3, 106.1), st.floats(19.2, 20.7), st.sampled_from(sorted(ZONES)))
def test_there_and_back_is_the_same_place(lon: float, lat: float, srid: int) -> None:
    found_lon, found_lat = to_wgs84(to_plane(lon, lat, ZONES[srid]), ZONES[srid])
    assert abs(found_lon - lon) < 2e-8
    assert abs(found_lat - lat) < 2e-8


def test_the_datum_shift_is_that_of_epsg_6960() -> None:
    published = pyproj.Transformer.from_pipeline("urn:ogc:def:coordinateOperation:EPSG::6960").definition
    ours = {part.lstrip("+") for part in DATUM_SHIFT.split()}
    assert ours <= set(published.split())


def test_the_zones_are_those_of_the_epsg_registry() -> None:
    for srid, zone in ZONES.items():
        operation = pyproj.CRS.from_epsg(srid).coordinate_operation
        assert operation is not None
        values = {parameter.name: parameter.value for parameter in operation.params}
        assert values["Longitude of natural origin"] == float(zone.central_meridian)
        assert values["Scale factor at natural origin"] == float(zone.scale)
        assert values["False easting"] == vn2000.FALSE_EASTING_M


def test_the_library_left_to_itself_would_have_two_answers() -> None:
    """Why the operation is pinned: the other set of parameters lies more than half a metre away."""
    answers = [
        transformer.transform(105.776, 19.807)
        for transformer in TransformerGroup(4326, 5897, always_xy=True).transformers
    ]
    ours = to_plane(105.776, 19.807)
    distances = [math.dist(answer, (ours.y_easting, ours.x_northing)) for answer in answers]
    assert min(distances) < 0.001
    assert max(distances) > 0.5


def test_known_mistakes_have_their_known_size() -> None:
    right = to_plane(105.776, 19.807)

    def metres_off(zone: vn2000.Zone) -> float:
        other = to_plane(*to_wgs84(right, zone))
        return math.dist((other.x_northing, other.y_easting), (right.x_northing, right.y_easting))

    assert metres_off(TM3_105_WITHOUT_SHIFT) == pytest.approx(224, abs=2)
    assert metres_off(UTM_48N_VN2000) == pytest.approx(658, abs=5)
    assert metres_off(UTM_48N_WGS84) == pytest.approx(785, abs=10)
    assert metres_off(ZONES[9208]) == pytest.approx(26_200, abs=100)
    assert metres_off(ZONES[9209]) == pytest.approx(52_300, abs=200)


def test_no_network_is_asked() -> None:
    assert not pyproj.network.is_network_enabled()


def test_a_place_without_meaning_is_refused() -> None:
    with pytest.raises(OutsideProjection):
        to_plane(float("nan"), 19.8)
    with pytest.raises(OutsideProjection):
        to_wgs84(PlanePoint(float("inf"), 0))


def test_meridians_are_written_as_on_maps() -> None:
    assert ZONE_105.meridian_text == "105°00'"
    assert ZONES[9208].meridian_text == "104°45'"
    assert ZONES[9208].central_meridian == Decimal("104.75")
