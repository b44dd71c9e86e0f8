"""Any system that PROJ knows: one fixed operation with its accuracy; VN-2000 keeps the national parameters."""

import json
import random

import pytest
from pyproj import CRS, Transformer

from registry.imports.checking.positions import read_position
from registry.imports.mapping.coordinate_systems import (
    DECLARED,
    OtherSystem,
    System,
    ranges_swapped,
    system_of,
)
from registry.imports.mapping.plan import Plan, are_degrees, detect_system
from registry.imports.reading.protocol import Declared
from registry.kernel.geo.proj import UnknownSystem
from registry.kernel.geo.vn2000 import OPERATION, UTM_48N_VN2000, PlanePoint, geographic_to_wgs84, to_wgs84
from registry.structures.kinds.kind import Shape

KIND = "cable_pole"
XY = {"x": "X", "y": "Y"}
#: Code of a system -> a box in which points of it are taken.
ABROAD = {3857: (102, 8, 110, 24), 32647: (97, 10, 101, 20), 2263: (-74.1, 40.5, -72, 41.2), 26917: (-84, 24, -79, 60)}
FEET = (
    'PROJCS["NAD_1983_StatePlane_New_York_Long_Island_FIPS_3104_Feet",'
    'GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],'
    'PARAMETER["False_Easting",984250.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-74.0],'
    'PARAMETER["Standard_Parallel_1",40.66666666666666],PARAMETER["Standard_Parallel_2",41.03333333333333],'
    'PARAMETER["Latitude_Of_Origin",40.16666666666666],UNIT["Foot_US",0.3048006096012192]]'
)
LOCAL = (
    'PROJCS["VN_2000_local",GEOGCS["GCS_VN_2000",DATUM["D_VN_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.2],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def placed(system, *, geometry=None, mapping=None, **cells):
    result = read_position(cells, Plan(KIND, mapping or XY, system), Shape.POINT, None, geometry)
    assert result.position is not None, result.refusals
    return json.loads(result.position.geojson)["coordinates"], result.position


@pytest.mark.parametrize("code", sorted(ABROAD))
def test_points_of_any_system_come_back_to_where_they_were(code):
    dice = random.Random(code)  # noqa: S311  # a fixed seed
    west, south, east, north = ABROAD[code]
    system = system_of(f"EPSG:{code}")
    there = Transformer.from_crs(4326, code, always_xy=True, area_of_interest=None)
    assert isinstance(system, OtherSystem)
    for _time in range(20):
        lon, lat = dice.uniform(west, east), dice.uniform(south, north)
        across, up = there.transform(lon, lat)
        for cells in ({"geometry": f"POINT ({across} {up})"}, {"x": f"{across:.4f}", "y": f"{up:.4f}"}):
            coordinates, position = placed(system, **cells)
            # The datum of North America is a few metres off, as its stated accuracy says.
            assert coordinates == pytest.approx((lon, lat), abs=1e-4)
            assert position.srid == code


def test_a_heading_that_says_north_puts_the_northing_first():
    coordinates, _position = placed(
        system_of("3857"), mapping={"x": "X (Bắc)", "y": "Y (Đông)"}, x="2250000", y="11774930"
    )
    assert coordinates == pytest.approx((105.775996, 19.805467), abs=1e-6)


@pytest.mark.parametrize("code", [3406, 3405, 4756])
def test_vn2000_by_any_code_keeps_the_national_parameters(code):
    system = system_of(str(code))
    assert system.operation == OPERATION
    if code == 3405:
        assert system is System.VN2000_UTM_48N
    if code == 3406:
        flat = Transformer.from_crs(3406, 4756, always_xy=True)
        coordinates, _position = placed(system, geometry="POINT (400000 2190000)")
        assert coordinates == pytest.approx(geographic_to_wgs84(*flat.transform(400_000, 2_190_000)), abs=1e-8)


def test_a_definition_of_vn2000_without_a_code_is_never_left_without_its_datum():
    hint = detect_system("", ("a",), {}, declared=Declared(LOCAL, None, "prj"))
    assert (hint.system.value, hint.system.operation) == (DECLARED, f"VN_2000_local: {OPERATION}")
    flat = Transformer.from_crs(CRS.from_wkt(LOCAL), CRS.from_wkt(LOCAL).geodetic_crs, always_xy=True)
    coordinates, position = placed(hint.system, geometry="POINT (560000 2190000)")
    assert coordinates == pytest.approx(geographic_to_wgs84(*flat.transform(560_000, 2_190_000)), abs=1e-8)
    assert position.srid == 0


def test_a_foreign_definition_in_feet_is_taken_with_its_operation_and_accuracy_shown():
    hint = detect_system("", ("a",), {}, declared=Declared(FEET, None, "prj"))
    assert hint.system.value == "epsg:2263"
    assert "NAD83 to WGS 84" in hint.sentence
    assert "4 m" in hint.sentence
    assert "foot" in hint.system.label


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (Declared("x", 5773, "layer"), "EPSG:5773"),
        (Declared("x", 999_999, "member"), "EPSG:999999"),
        (Declared('LOCAL_CS["Lưới công trường"]', None, "prj"), "Lưới công trường"),
        (Declared(FEET.replace("D_North", 'X",EXTENSION["PROJ4","+nadgrids=/etc/passwd"],"'), None, "prj"), "PROJCS"),
    ],
)
def test_what_is_not_taken_is_named(declared, words):
    hint = detect_system("", ("a",), {}, declared=declared)
    assert hint.system is None
    assert words in hint.sentence


@pytest.mark.parametrize("result", ["", "abc", "epsg:5773", "epsg:1", "999999"])
def test_a_code_that_is_none_is_refused(result):
    with pytest.raises(UnknownSystem):
        system_of(result)


def test_a_meridian_of_a_column_is_believed_when_it_is_stated_once_and_the_same():
    assert detect_system("", ("X", "Y"), XY, statements=["KTT: 104°45'"]).system is System.VN2000_104_45
    both = detect_system("KTT 105°00'", ("X", "Y"), XY, statements=["KTT: 104°45'"])
    assert both.system is None
    assert "“KTT 105°00'”, “KTT: 104°45'”" in both.sentence
    assert detect_system("", ("X (KTT 105°00')", "Y (KTT 105°00')"), XY).system is System.VN2000


def test_positions_in_one_cell_and_geometries_tell_degrees_from_metres():
    dice = random.Random(16)  # noqa: S311  # a fixed seed
    for _time in range(50):
        lon, lat = round(dice.uniform(104, 106), 5), round(dice.uniform(19, 20.6), 5)
        texts = [f"{lat}, {lon}", f"{lat};{lon}", f"Point ({lon} {lat})", f"{lat}N {lon}E".replace(".", ",")]
        assert are_degrees(texts)
    assert not are_degrees(["2191076,73; 581102,24", "19.8, 105.7"])
    assert not are_degrees(["", " "])
    assert detect_system("", ("a",), {"position": "a"}, degrees=True).system is System.WGS84
    assert detect_system("", ("a",), {"position": "a"}).system is None


@pytest.mark.parametrize("swapped", [False, True])
def test_swapped_axes_are_found_wherever_a_longitude_is_no_latitude_of_any_network(swapped):
    dice = random.Random(7)  # noqa: S311  # a fixed seed
    for west, south, east, north in ((-120, 25, -62, 60), (86, 22, 178, 55), (-84, 5, -62, 12)):
        lons = sorted(dice.uniform(west, east) for _time in range(30))
        lats = sorted(dice.uniform(south, north) for _time in range(30))
        columns = [(lats[0], lats[-1]), (lons[0], lons[-1])]
        assert ranges_swapped(*(columns[::-1] if swapped else columns), degrees=True) is swapped
        for lon, lat in zip(lons, lats, strict=True):
            cells = {"latitude": f"{lon if swapped else lat}", "longitude": f"{lat if swapped else lon}"}
            result = read_position(cells, Plan(KIND, {}, System.WGS84), Shape.POINT, None)
            assert (result.position is None) is swapped
            if swapped:
                assert (result.suggested.lon, result.suggested.lat) == pytest.approx((lon, lat))


def test_utm_of_vn2000_is_the_same_by_the_house_and_by_its_code():
    coordinates, _position = placed(System.VN2000_UTM_48N, geometry="POINT (581102.24 2191076.73)")
    from_house = to_wgs84(PlanePoint(2191076.73, 581102.24), UTM_48N_VN2000)
    assert coordinates == pytest.approx(from_house, abs=1e-8)
