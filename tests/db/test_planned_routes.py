"""What a route runs along: stretches with room, gaps, streets and lists of streets, each seen by whoever may."""

import pytest

from registry.planned_routes.queries import plan_along
from registry.planned_routes.settings import route_settings
from tests.factories.planned_routes import at, carrier, geojson, street
from tests.factories.routelists import agreed, line, propose

KILOMETRE = ((0, 0), (1000, 0))


@pytest.fixture
def plan(ctx_of):
    """A function: places of the line, who asks -> the answer."""

    def ask(*places, username="viettel", corridor_m=15, need=1, option="any"):
        with ctx_of(username) as ctx:
            law = route_settings(ctx)
            line = geojson(*(places or KILOMETRE))
            return plan_along(ctx, line, law, corridor_m=corridor_m, need=need, option=option)

    return ask


@pytest.fixture
def build(ctx_of):
    """A function that registers a structure, by its owner's account."""

    def make(kind, *places, owner="vnpt", **options):
        with ctx_of(owner) as ctx:
            return carrier(ctx, kind, *places, owner=owner, **options).code

    return make


def rounded(answer):
    """Each stretch as (from, to, way), whole metres."""
    return [(round(part.stretch.start), round(part.stretch.end), part.stretch.way) for part in answer.parts]


def test_a_route_runs_along_a_duct_and_must_be_built_elsewhere(build, plan):
    code = build("cable_duct", (200, 4), (600, 4))
    answer = plan()
    assert rounded(answer) == [(0, 200, None), (200, 600, "pulled_cables"), (600, 1000, None)]
    assert [offer.carrier.code for offer in answer.parts[1].used] == [code]
    assert answer.owners[0][0] == "VNPT Thanh Hóa"
    assert round(answer.chosen.reused_m) == 400
    assert answer.chosen.reused_m + answer.chosen.new_m == pytest.approx(answer.length_m)


def test_what_merely_crosses_is_no_company(build, plan):
    build("cable_duct", (500, -200), (500, 200))
    assert rounded(plan()) == [(0, 1000, None)]


def test_bends_leave_no_holes_and_the_ends_reach_no_farther(build, plan):
    build("cable_duct", (0, 5), (300, 5), (500, 60), (700, 115))
    assert rounded(plan((0, 0), (300, 0), (500, 55), (700, 110))) == [(0, pytest.approx(714, abs=4), "pulled_cables")]


def test_a_route_that_meets_itself_counts_each_pass(build, plan):
    build("cable_duct", (100, 3), (300, 3))
    there_and_back = plan((0, 0), (400, 0), (400, 200), (200, 200), (200, -200))
    assert rounded(there_and_back)[:2] == [(0, 100, None), (100, 300, "pulled_cables")]
    assert round(there_and_back.chosen.reused_m) == 200


def test_poles_a_span_apart_are_a_stretch_and_farther_ones_are_not(build, plan):
    for east in (100, 150, 200, 300):
        build("cable_pole", (east, 5))
    answer = plan()
    assert rounded(answer) == [(0, 100, None), (100, 200, "hung_cables"), (200, 1000, None)]
    assert len(answer.parts[1].used) == 3


def test_ducts_and_poles_together_or_apart(build, plan):
    build("cable_duct", (0, 5), (300, 5))
    build("pole_line", (290, -6), (700, -6), owner="viettel")
    answer = plan()
    assert [round(option.reused_m) for option in answer.options] == [700, 300, 410]
    assert rounded(plan(option="overhead")) == [(0, 290, None), (290, 700, "hung_cables"), (700, 1000, None)]
    assert dict(answer.owners) == {
        "VNPT Thanh Hóa": pytest.approx(300, abs=1),
        "Viettel Thanh Hóa": pytest.approx(400, abs=1),
    }


def test_a_short_gap_is_none_and_a_short_stretch_is_not_worth_it(build, plan):
    build("cable_duct", (0, 5), (300, 5))
    build("cable_duct", (308, 5), (600, 5))
    build("cable_duct", (700, 5), (712, 5))
    assert rounded(plan()) == [(0, 600, "pulled_cables"), (600, 1000, None)]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"free": 0}, "còn 0 chỗ, cần 1"),
        ({"free": None}, "chưa rõ số chỗ còn trống"),
        ({"condition": "dangerous"}, "đang nguy hiểm"),
        ({"sharing": "upgradable"}, "Dùng chung được nếu nâng cấp"),
    ],
)
def test_without_room_it_is_named_beside_the_gap(build, plan, options, reason):
    code = build("cable_duct", (200, 4), (600, 4), **options)
    answer = plan()
    assert rounded(answer) == [(0, 200, None), (200, 600, None), (600, 1000, None)]
    assert [[(offer.carrier.code, offer.refusal) for offer in part.full] for part in answer.parts] == [
        [],
        [(code, reason)],
        [],
    ]
    assert answer.chosen.new_m == pytest.approx(answer.length_m)


def test_an_owner_may_use_its_own_whatever_it_offers(build, plan):
    build("cable_duct", (200, 4), (600, 4), sharing="not_assessed")
    assert round(plan(username="vnpt").chosen.reused_m) == 400
    assert plan(username="viettel").chosen.reused_m == 0


def test_more_room_is_needed_than_there_is(build, plan):
    build("cable_duct", (200, 4), (600, 4), free=2)
    assert round(plan(need=2).chosen.reused_m) == 400
    assert plan(need=3).chosen.reused_m == 0


def test_of_others_unpublished_structures_nothing_is_said(build, plan):
    """The stretches and their reasons are the same with and without it; the cells beside them know no place."""
    before = plan()
    build("cable_duct", (200, 4), (600, 4), sharing="not_assessed")
    after = plan()
    assert (after.parts, after.options, after.owners, after.corridor.near) == (
        before.parts,
        before.options,
        before.owners,
        before.corridor.near,
    )


def test_streets_are_crossed_and_followed(ctx_of, plan):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", (400, -300), (400, 300))
        street(ctx, "Quốc lộ 45", (600, 5), (900, 5))
        street(ctx, "Quốc lộ 10", (0, 500), (900, 500))
    met_streets = [(met.label, [round(at_m) for at_m in met.crossed_at], round(met.along_m)) for met in plan().streets]
    assert met_streets == [("Quốc lộ 47", [400], 0), ("Quốc lộ 45", [], 300)]


def test_proposed_streets_that_the_reader_may_see_are_named(ctx_of, plan):
    street_line = line(at(300, 5), at(500, 5))
    agreed(ctx_of, position=street_line, street_name="Phố Lê Lai")
    propose(ctx_of, position=line(at(600, -50), at(600, 60)), street_name="Phố chưa gửi")
    met = [(each.title.split(" (")[0], round(each.at_m), round(each.along_m)) for each in plan().met]
    assert met == [("Phố Lê Lai", 300, 200)]
    assert len(plan(username="ubnd.xa").met) == 2
