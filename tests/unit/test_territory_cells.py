"""Approximate outlines: cells around points, cut by coast and border, and the files that they are cut by."""

import hashlib
import json

import pytest
import shapely

from registry.demo.data import read_rows, read_structures
from registry.territory.catalogue import read_country, read_towns
from registry.territory.cells import CommunePoint, commune_cells, province_areas
from registry.territory.land import HOME, Land, read_land
from tests.support.land import BOUNDARIES, PROVINCE, former_communes, official, overlap, present_communes
from tests.support.offenders import no_offenders
from tests.unit.test_static_files import ROOT

FILES = ROOT / "registry" / "territory" / "data"
#: The parts from GSHHG and WDBII together, and all.
MOST_FINE, MOST = 300_000, 500_000
LEAST_OVERLAP = 0.90
needs_boundaries = pytest.mark.skipif(not BOUNDARIES.is_dir(), reason="no official boundaries beside this checkout")


def own_points():
    return {point.code: point for point in read_country()[1] if point.province == PROVINCE}


def small_land():
    """A country west of 105.6 and north of 19.4, its coast in the east, another country in the south."""
    home, abroad = shapely.box(104, 19.4, 106, 21), shapely.box(104, 18, 106, 19.4)
    return Land(
        window=shapely.box(104.5, 18.5, 106.5, 20.5),
        countries={HOME: home, "LA": abroad},
        coast=shapely.box(104.5, 18.5, 105.6, 20.5),
        lakes=shapely.MultiPolygon(),
        rivers=shapely.MultiLineString(),
        roads=(),
        attribution="",
    )


def grid(province, west, east, step=0.05):
    """Points of communes in rows, from 19.45 to 19.95."""
    columns, rows = round((east - west) / step), 10
    return [
        CommunePoint(
            province, f"{province}{column:02}{row:02}", west + (column + 0.5) * step, 19.45 + (row + 0.5) * step
        )
        for column in range(columns)
        for row in range(rows)
    ]


def test_a_province_ends_at_its_neighbour_at_the_coast_and_at_the_border():
    land = small_land()
    points = grid("1", 105.2, 105.6) + grid("2", 104.8, 105.2)
    outline = shapely.union_all(list(commune_cells(points, "1", land).values()))
    # In the north nothing but the surroundings bounds it: what lies there is nobody's.
    inside = shapely.box(105, 19, 106, 19.95)
    assert overlap(shapely.intersection(outline, inside), shapely.box(105.2, 19.4, 105.6, 19.95)) > 0.98
    assert set(province_areas(points, land)) == {"1", "2"}


def test_the_land_reaches_a_little_beyond_a_commune_outside_it_and_two_at_one_place_have_a_cell_each():
    beyond, at_sea = CommunePoint("1", "beyond", 105.3, 19.39), CommunePoint("1", "island", 105.9, 19.6)
    doubles = [CommunePoint("1", code, 105.31, 19.61) for code in ("first", "second")]
    cells = commune_cells([*grid("1", 105.2, 105.6), beyond, at_sea, *doubles], "1", small_land())
    for point in (beyond, at_sea, doubles[0]):
        assert shapely.contains_xy(cells[point.code], point.lon, point.lat), point.code
    assert 1e6 < 1.2e10 * cells["island"].area < 1e7
    assert not cells["second"].is_empty
    assert shapely.area(shapely.intersection(cells["first"], cells["second"])) < 1e-12


def test_every_commune_has_its_point_in_its_own_cell():
    cells, positions_used, strays = former_communes(), set(), []
    for code, point in sorted(own_points().items()):
        position = (point.lon, point.lat)
        # Geocoding gave some communes one place: it is that of the first of them.
        if position not in positions_used and not shapely.contains_xy(cells[code], *position):
            strays.append(code)
        positions_used.add(position)
    assert strays == []
    assert set(cells) == set(own_points())
    assert all(cell.is_valid and not cell.is_empty for cell in cells.values())


def test_cells_do_not_overlap_and_leave_no_gap_between_them():
    cells = list(former_communes().values())
    whole = shapely.union_all(cells)
    assert sum(cell.area for cell in cells) == pytest.approx(whole.area, rel=1e-7)
    holes = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    assert sum(shapely.Polygon(hole).area for hole in holes) < 1e-3 * whole.area


def test_the_province_lies_on_the_land_of_its_country():
    outline, land = shapely.union_all(list(former_communes().values())), read_land()
    # All but where it bulges to a commune beyond the border that Natural Earth draws.
    assert shapely.intersection(outline, land.home).area > 0.99 * outline.area
    # 11,120 square kilometres, with its longest part from the border of Laos to the sea.
    assert 10_800 < outline.area * 111.2 * 104.7 < 11_500


@needs_boundaries
def test_the_outline_is_nearly_the_official_one():
    outline = shapely.union_all(list(former_communes().values()))
    assert overlap(outline, official("province")[PROVINCE]) >= LEAST_OVERLAP


def placed():
    """The commune, the name and the shape of what the demonstration puts on the map."""
    for sample in read_structures():
        yield sample.own_code.split("-")[1], sample.own_code, shapely.from_wkt(sample.position)


def outside(communes):
    return [code for commune, code, shape in placed() if not shapely.covers(communes[commune], shape)]


def test_the_demonstration_stands_on_land_within_its_communes():
    ground = read_land().ground
    shapely.prepare(ground)
    at_sea = [code for _commune, code, shape in placed() if not shapely.covers(ground, shape)]
    at_sea += [row["name"] for row in read_rows("street_lines") if not ground.covers(shapely.from_wkt(row["line"]))]
    assert at_sea == []
    assert outside(present_communes()) == []


@needs_boundaries
def test_the_demonstration_stands_within_the_official_communes_too():
    assert outside(official("communes_2025")) == []


def test_the_files_are_those_of_the_manifest_with_source_and_licence():
    manifest = json.loads((FILES / "manifest.json").read_text(encoding="utf-8"))["files"]
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    fine, offenders = 0, []
    for row in manifest:
        content = (FILES / row["path"]).read_bytes()
        fine += len(content) if row["licence"].startswith("LGPL") else 0
        document = json.loads(content)
        if (document["source"], document["licence"]) != (row["source"], row["licence"]):
            offenders.append((row["path"], "source or licence"))
        if hashlib.sha256(content).hexdigest() != row["sha256"] or row["sha256"] not in notice:
            offenders.append((row["path"], "digest"))
    no_offenders("the files are those of manifest.json and NOTICE", offenders, "run deploy/land.sh, and mend NOTICE")
    assert {row["path"] for row in manifest} == {path.name for path in FILES.glob("*.geojson")}
    assert fine <= MOST_FINE
    assert sum(path.stat().st_size for path in FILES.glob("*.geojson")) <= MOST
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (FILES / "COPYING.LESSER").read_text(encoding="utf-8")


def test_neighbours_and_towns_have_their_names_of_today():
    names, points = read_country()
    assert len(names) == 34
    assert {"Thanh Hóa", "Nghệ An", "Ninh Bình", "Phú Thọ", "Sơn La"} <= set(names.values())
    assert {point.province for point in points} == set(names)
    assert {"Thanh Hóa", "Sầm Sơn", "Bỉm Sơn", "Nghi Sơn"} <= {town.name for town in read_towns()}
