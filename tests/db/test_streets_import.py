"""Lines of streets from a GeoJSON file: taken whole, a second time without a change, replaced by a newer one."""

import json

import pytest
from sqlalchemy import func, select

from registry.kernel.errors import Forbidden, Invalid
from registry.streets.models import RoadClass, Street, StreetLine
from registry.streets.reading import read_lines
from registry.streets.service import import_lines
from tests.factories.planned_routes import at

ROAD = {"road": "Quốc lộ 47", "class": "Đường chính"}
SOURCE = "Sở Xây dựng, 2026"


def feature(properties, *places, kind="LineString"):
    coordinates = [at(*position) for position in places]
    shape = coordinates if kind == "LineString" else [coordinates, [at(0, 50), at(90, 50)]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": shape}}


@pytest.fixture
def file(tmp_path):
    """A function: features -> the path of a file with them."""

    def write(*features):
        path = tmp_path / "roads.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def take(ctx_of, file):
    """A function: features -> what the import of their file changed."""

    def run(*features, source=SOURCE, username="quantri"):
        with ctx_of(username) as ctx:
            return import_lines(ctx, read_lines(file(*features)), source)

    return run


def test_roads_streets_and_railways(take, ctx_of):
    with ctx_of("quantri", read_only=True) as ctx:
        commune = ctx.session.execute(
            select(func.min(Street.id))  # no street of the register stands in the way
        ).scalar()
    assert commune is None
    taken = take(
        feature(ROAD, (0, 0), (100, 0), kind="MultiLineString"),
        feature({"name": "Hà Nội - Hồ Chí Minh", "class": "Đường sắt"}, (0, 9), (100, 9)),
        feature({"name": "Tỉnh lộ 217"}, (0, 5), (100, 5)),
        feature({"name": "Ngõ 5", "road_class": "special"}, (0, 6), (100, 6)),
    )
    assert (taken.streets_added, taken.lines_added, taken.lines_removed) == (3, 4, 0)
    with ctx_of("quantri", read_only=True) as ctx:
        classes = {street.name: street.road_class for street in ctx.session.scalars(select(Street))}
    assert classes == {
        "Quốc lộ 47": RoadClass.NATIONAL,
        "Tỉnh lộ 217": RoadClass.PROVINCIAL,
        "Ngõ 5": RoadClass.SPECIAL,
    }


def test_a_second_time_changes_nothing_and_a_newer_file_replaces(take, ctx_of):
    take(feature(ROAD, (0, 0), (100, 0)), feature(ROAD, (100, 0), (200, 0)))
    again = take(feature(ROAD, (100, 0), (200, 0)), feature(ROAD, (0, 0), (100, 0)))
    assert (again.streets_added, again.lines_added, again.lines_removed) == (0, 0, 0)
    take(feature(ROAD, (0, 7), (100, 7)), source="Nguồn khác")
    newer = take(feature(ROAD, (0, 1), (200, 1)))
    assert (newer.streets_added, newer.lines_added, newer.lines_removed) == (0, 1, 2)
    with ctx_of("quantri", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(StreetLine)) == 2


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (feature({}, (0, 0), (9, 0)), "thiếu tên đường"),
        (feature(ROAD, (0, 0), (0, 0)), "hai điểm khác nhau"),
        (feature(ROAD | {"road_class": "x"}, (0, 0), (9, 0)), "phải là một trong"),
        (ROAD, "thiếu tên đường"),
        ({"properties": ROAD, "geometry": {"type": "Point", "coordinates": [105, 19]}}, "LineString"),
        ({"properties": ROAD, "geometry": {"type": "LineString", "coordinates": [[19, 105], [20, 105]]}}, "kinh độ"),
        ({"properties": ROAD, "geometry": {"type": "LineString", "coordinates": [["a", 1], [2]]}}, "cặp số"),
        ({"properties": ROAD, "geometry": {"type": "LineString", "coordinates": [[float("nan"), 1], [2, 3]]}}, "điểm"),
        ({"properties": {"name": "x" * 999}, "geometry": None}, "dài hơn"),
        (None, "thiếu tên đường"),
    ],
)
def test_a_feature_that_is_wrong_is_named_and_nothing_is_taken(take, ctx_of, broken, words):
    with pytest.raises(Invalid, match=f"Đối tượng 2: .*{words}"):
        take(feature(ROAD, (0, 0), (100, 0)), broken)
    with ctx_of("quantri", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(StreetLine)) == 0


def test_an_unknown_commune_and_whoever_may_not_are_refused(take):
    with pytest.raises(Invalid, match="mã: 99999"):
        take(feature({"name": "Phố Lê Lai", "commune_code": "99999"}, (0, 0), (9, 0)))
    with pytest.raises(Forbidden):
        take(feature(ROAD, (0, 0), (9, 0)), username="viettel")
    with pytest.raises(Invalid, match="nguồn"):
        take(feature(ROAD, (0, 0), (9, 0)), source=" ")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"features": 5}', "[" * 5000, '{"features": []}'])
def test_a_file_that_is_none_is_refused_in_words(tmp_path, content):
    path = tmp_path / "roads.geojson"
    path.write_text(content)
    with pytest.raises(Invalid):
        read_lines(path)
    with pytest.raises(Invalid, match="Không có tệp"):
        read_lines(tmp_path / "none")


def test_the_command_takes_a_file_and_refuses_in_words(app, file):
    runner = app.test_cli_runner()
    good = runner.invoke(args=["streets", "import", str(file(feature(ROAD, (0, 0), (9, 0)))), "--source", SOURCE])
    assert "1 tim đường" in good.output
    bad = runner.invoke(args=["streets", "import", str(file(feature({}, (0, 0), (9, 0)))), "--source", SOURCE])
    assert (bad.exit_code, "thiếu tên đường" in bad.output) == (1, True)
