"""Paths between two places over a register: who sees what, streets and agreed street lists, bounds, speed."""

from dataclasses import replace

import pytest

from registry.kernel.errors import Invalid
from registry.planned_routes.between import plan_between
from registry.planned_routes.settings import route_settings
from tests.factories.planned_routes import at, carrier, geojson, street
from tests.factories.routelists import agreed, line, sent

KILOMETRE = ((0, 0), (1000, 0))


@pytest.fixture
def paths(ctx_of):
    """A function: two places, who asks -> wish -> path."""

    def ask(*places, username="viettel", need=1):
        with ctx_of(username) as ctx:
            plan = plan_between(ctx, geojson(*(places or KILOMETRE)), route_settings(ctx), need=need)
            return {key: path for path in plan.paths for key in path.path.keys}

    return ask


@pytest.fixture
def build(ctx_of):
    """A function that registers a structure, by its owner's account."""

    def make(kind, *places, owner="vnpt", **options):
        with ctx_of(owner) as ctx:
            return carrier(ctx, kind, *places, owner=owner, **options).code

    return make


def steps(path):
    return [(shown.step.way, round(shown.step.metres), shown.step.label) for shown in path.steps]


def test_ducts_poles_and_streets_are_joined_and_priced(build, paths, ctx_of):
    build("cable_duct", (0, 0), (300, 0))
    for east in (305, 350, 400):
        build("cable_pole", (east, 0), owner="viettel")
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", (400, 0), (1000, 0))
    least = paths()["least"]
    assert steps(least) == [
        ("pulled_cables", 305, ""),
        ("hung_cables", 95, ""),
        ("street", 600, "Quốc lộ 47"),
    ]
    assert [round(metres) for _owner, metres in least.owners] == [305, 95]
    assert least.cost == pytest.approx(305 * 60_000 + 95 * 30_000 + 600 * 1_000_000, rel=0.001)


def test_agreed_streets_are_ways_too_and_others_are_not(paths, ctx_of):
    agreed(ctx_of, position=line(at(0, 2), at(1000, 2)), street_name="Phố Lê Lai")
    sent(
        ctx_of, position=line(at(0, -2), at(1000, -2)), street_name="Phố đang thẩm tra", exception_reason="Hai bên phố"
    )
    assert ("street", 1000, "Phố Lê Lai") in steps(paths()["cheapest"])
    assert "Phố đang thẩm tra" not in str(steps(paths(username="so.khcn")["cheapest"]))


def test_of_others_unpublished_structures_nothing_is_said(build, paths):
    before = paths()
    build("cable_duct", (0, 0), (1000, 0), sharing="not_assessed")
    build("cable_pole", (500, 10), sharing="not_assessed")
    assert paths() == before
    assert paths(username="vnpt")["least"].path.reused_m == pytest.approx(1000, abs=1)


def test_without_room_there_is_no_way(build, paths):
    build("cable_duct", (0, 0), (1000, 0), free=1)
    assert paths()["least"].path.reused_m == pytest.approx(1000, abs=1)
    assert paths(need=2)["least"].path.reused_m == 0


def test_too_much_between_two_places_is_refused_in_words(build, ctx_of):
    for north in (10, 20, 30):
        build("cable_duct", (0, north), (900, north))
    with ctx_of("so.khcn") as ctx, pytest.raises(Invalid, match="vượt giới hạn tìm kiếm"):
        plan_between(ctx, geojson(*KILOMETRE), replace(route_settings(ctx), most_nodes=2), need=1)
