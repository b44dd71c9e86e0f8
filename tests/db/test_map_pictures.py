"""The ground of maps on paper: what lies within a window, and the picture of it."""

import io
from itertools import combinations

import pytest
import shapely
from PIL import Image
from sqlalchemy import func, text

from registry.audit.chain import record
from registry.basemap.labels import overlap
from registry.basemap.models import ROADS
from registry.basemap.picture import draw_map
from registry.basemap.service import import_folder
from registry.basemap.window import ground_within, window_around
from tests.support.grounds import THANKS, small_ground

_STREET = """
    WITH added AS (INSERT INTO street (name, road_class, unit_id)
                   SELECT :name, 'urban', id FROM admin_unit WHERE id = unit_at(:at, 'commune', :day) RETURNING id)
    INSERT INTO street_line (street_id, line, source) SELECT id, :line, 'test' FROM added
"""
AT = (105.775, 19.805)


@pytest.fixture
def imported(ctx_of, tmp_path):
    small_ground(tmp_path)
    with ctx_of("quantri") as ctx:
        import_folder(ctx, tmp_path)


def in_metres(ctx, *points):
    line = func.ST_Transform(func.ST_GeomFromText(shapely.LineString(points).wkt, 4326), 3857)
    return shapely.from_wkb(bytes(ctx.session.scalar(func.ST_AsBinary(line))))


def short_street(ctx):
    """A street of some 50 m."""
    return in_metres(ctx, AT, (AT[0] + 0.0003, AT[1] + 0.0003))


def test_a_short_street_has_a_kilometre_of_ground_on_each_side(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        street = short_street(ctx)
        window = window_around([street], 1000, 600, 2000)
    drawn = window.draw(street)
    assert drawn.centroid.distance(shapely.Point(500, 300)) < 1
    west, north, east, south = drawn.bounds
    assert min(west, 1000 - east, north, 600 - south) * window.ground_m > 960
    assert 0.9 < drawn.length * window.ground_m / 46 < 1.1


def test_a_window_has_roads_streets_and_communes_with_their_names_and_the_sources(ctx_of, imported):
    with ctx_of("quantri") as ctx:
        line = f"SRID=4326;LINESTRING({AT[0]} {AT[1]}, {AT[0] + 0.005} {AT[1]})"
        at = f"SRID=4326;POINT({AT[0]} {AT[1]})"
        ctx.session.execute(text(_STREET), {"name": "Phố Hàng Than", "at": at, "day": ctx.today, "line": line})
        record(ctx, "street.import", "street", None)
    with ctx_of(None, read_only=True) as ctx:
        window = window_around([in_metres(ctx, (105.7, 19.7), (105.85, 19.9))], 1000, 600, 2000)
        ground = ground_within(ctx.session, window, ctx.today)
        near = ground_within(ctx.session, window_around([short_street(ctx)], 1000, 600, 2000), ctx.today)
    assert {"Quốc lộ 1A", "Tỉnh lộ 511"} <= {road.name for road in ground.layers[ROADS]}
    assert "Phố Hàng Than" in {road.name for road in near.layers[ROADS]}
    assert "Phố Hàng Than" not in {road.name for road in ground.layers[ROADS]}, "a street is too small from afar"
    assert ground.communes
    assert all(commune.name and not commune.outline.is_empty for commune in ground.communes)
    assert THANKS in ground.attribution


def test_the_picture_shows_its_sources_and_numbers_that_do_not_cover_one_another(ctx_of, imported):
    with ctx_of(None, read_only=True) as ctx:
        streets = [
            (str(number), in_metres(ctx, (AT[0] + number / 9000, AT[1]), (AT[0], AT[1] + number / 9000)))
            for number in range(1, 30)
        ]
        window = window_around([line for _number, line in streets], 1000, 600, 2000)
        picture = draw_map(ctx.session, window, ctx.today, streets, {})
        plain = draw_map(ctx.session, window, ctx.today, [], {})
    assert {label.lines[0] for label in picture.numbers} == {number for number, _line in streets}
    boxes = [box for label in picture.numbers for box in label.boxes]
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    assert picture.names
    image = Image.open(io.BytesIO(picture.jpeg))
    assert (image.width, image.height / image.width) == (2000, picture.ratio)
    assert picture.ratio > 0.6, "the line of the sources stands below the map"
    reds = [
        sum(
            count
            for count, colour in Image.open(io.BytesIO(each.jpeg)).convert("RGB").getcolors(2**20)
            if colour[0] > 170 and max(colour[1:]) < 60
        )
        for each in (picture, plain)
    ]
    assert reds[0] > 1000 > reds[1]
