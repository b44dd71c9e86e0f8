"""Rules of streets: the one function of a day, its SQL, the life of a rule, and input that contradicts itself."""

from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from sqlalchemy import Date, cast, literal, select

from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from registry.streetrules.commands import WriteRule
from registry.streetrules.queries import get_rule, public_rules, shape_of_rule
from registry.streetrules.service import write_rule
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.rule_models import RuleKind, RuleState, StreetAct, StreetRule
from registry.streets.rule_queries import broken_by, forbids, in_force, rules_at, to_come
from registry.streets.rules import Effect, effect_on, is_broken_by, is_in_force, last_day, months_after
from registry.streets.service import import_lines
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.planned_routes import geojson, street
from tests.factories.street_rules import VALUES, announced, draft, move
from tests.factories.structures import place_inside
from tests.support.rounds import seeds

A_DAY = timedelta(days=1)
ANNOUNCED = {"announced_on": date(2026, 5, 4), "files": ["quyet-dinh.pdf"]}
NO_DIG = {"kind": RuleKind.NO_DIG, "valid_from": date(2026, 9, 1), "valid_to": date(2027, 3, 31)}
ROAD = ((0, 0), (1000, 0))


@pytest.fixture
def road(ctx_of):
    """A road through the communes, and its name."""
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", *ROAD)
    return "Quốc lộ 47"


def generated(chance):
    """The facts of a rule by chance, within some days."""
    begin = date(2026, 1, 1)

    def day(least=0):
        return begin + timedelta(days=least + chance.randrange(6))

    kind = chance.choice(list(RuleKind))
    ends = kind in (RuleKind.NO_DIG, RuleKind.TEMPORARY) or chance.random() < 0.5
    valid_from = day(3)
    closing = chance.choice(("open", "open", "closed", "cancelled", "draft"))
    return {
        "kind": kind,
        "valid_from": valid_from,
        "valid_to": valid_from + timedelta(days=chance.randrange(5)) if ends else None,
        "announced_on": None if closing == "draft" else begin,
        "completed_on": valid_from + timedelta(days=chance.randrange(5)) if closing == "closed" else None,
        "cancelled_on": day() if closing == "cancelled" else None,
    }


@pytest.mark.parametrize("seed", seeds(2, 40))
def test_sql_and_function_say_the_same_of_each_rule_on_each_day(ctx_of, seed):
    chance = Random(seed)  # noqa: S311
    columns = StreetRule.__table__.c
    with ctx_of("so.xaydung", read_only=True) as ctx:
        for _number in range(25):
            facts = generated(chance)
            row = SimpleNamespace(
                **{name: cast(literal(value, columns[name].type), columns[name].type) for name, value in facts.items()}
            )
            rule = SimpleNamespace(**facts)
            for offset in range(-1, 14):
                day = date(2026, 1, 1) + timedelta(days=offset)
                since = day - timedelta(days=chance.randrange(4))
                asked = [in_force(day, row), to_come(day, row)]
                expected = [is_in_force(rule, day), is_in_force(rule, day) or _begins_after(rule, day)]
                for act in StreetAct:
                    asked += [forbids(act, day, row), broken_by(act, cast(literal(since), Date), day, row)]
                    expected += [
                        effect_on(rule, act, day) is Effect.FORBIDDEN,
                        is_broken_by(rule, act, since, day),
                    ]
                answers = ctx.session.execute(select(*asked)).one()
                assert [bool(answer) for answer in answers] == expected, (facts, day)


def _begins_after(rule, day):
    never_began = rule.cancelled_on is not None or rule.completed_on is not None
    return rule.announced_on is not None and rule.valid_from > day and not never_began


def test_first_and_last_day_belong_to_a_rule_and_the_day_of_its_cancelling_does_not():
    facts = {"announced_on": date(2026, 1, 1), "completed_on": None, "cancelled_on": None}
    rule = SimpleNamespace(**facts, **NO_DIG)
    days = [NO_DIG["valid_from"] - A_DAY, NO_DIG["valid_from"], NO_DIG["valid_to"], NO_DIG["valid_to"] + A_DAY]
    assert [is_in_force(rule, day) for day in days] == [False, True, True, False]
    done = SimpleNamespace(**facts | {"completed_on": date(2026, 10, 1)}, **NO_DIG)
    assert last_day(done) == date(2026, 10, 1)
    stopped = SimpleNamespace(**facts | {"cancelled_on": date(2026, 10, 1)}, **NO_DIG)
    assert [is_in_force(stopped, day) for day in (date(2026, 9, 30), date(2026, 10, 1))] == [True, False]


def test_hanging_for_a_time_is_limited_to_its_day_and_forbidden_after_it():
    values = {"kind": RuleKind.TEMPORARY, "valid_from": date(2026, 6, 1), "valid_to": date(2026, 6, 30)}
    rule = SimpleNamespace(announced_on=date(2026, 5, 1), completed_on=None, cancelled_on=None, **values)
    days = (date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 1))
    effects = [effect_on(rule, StreetAct.HANG, day) for day in days]
    assert effects == [None, Effect.LIMITED, Effect.FORBIDDEN]
    assert effect_on(rule, StreetAct.DIG, date(2026, 7, 1)) is None


def test_months_after_keep_to_the_last_day_of_a_shorter_month():
    days = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 11, 30), date(2026, 1, 15)]
    assert [months_after(day, 3) for day in days] == [
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2028, 2, 29),
        date(2026, 4, 15),
    ]


def test_an_announced_rule_takes_effect_on_its_first_day_and_ends_with_the_real_completion(ctx_of, road):
    rule_id = announced(ctx_of, road, **NO_DIG)
    with ctx_of("viettel", read_only=True) as ctx:
        rule = get_rule(ctx, rule_id)
        assert (rule.state, rule.number) == (RuleState.IN_FORCE, "QT-2026-000001")
        (hit,) = rules_at(ctx.session, geojson((100, 2), (300, 2)), [StreetAct.DIG], ctx.today)
        assert (hit.id, hit.effect) == (rule_id, Effect.FORBIDDEN)
        assert hit.sentence == (
            "Quốc lộ 47: “Hạn chế đào” từ ngày 01/09/2026 đến hết ngày 31/03/2027, theo văn bản số 125/QĐ-UBND"
            " ngày 01/05/2026 của UBND tỉnh."
        )
    assert move(ctx_of, rule_id, "close", completed_on=date(2026, 10, 1)) is RuleState.CLOSED
    with ctx_of("viettel", read_only=True) as ctx:
        asked = (ctx.session, geojson((100, 2), (300, 2)), [StreetAct.DIG])
        days = (date(2026, 10, 1), date(2026, 10, 2))
        assert [len(rules_at(*asked, day)) for day in days] == [1, 0]
        assert public_rules(ctx, ctx.today) == []
        assert len(public_rules(ctx, date(2026, 10, 1))) == 1


def test_a_no_dig_period_is_announced_three_months_before_its_first_day(ctx_of, road):
    rule_id = draft(ctx_of, road, **NO_DIG)
    with pytest.raises(Invalid, match="sớm nhất từ ngày 02/09/2026"):
        move(ctx_of, rule_id, "announce", announced_on=date(2026, 6, 2), files=["a.pdf"])
    assert move(ctx_of, rule_id, "announce", announced_on=date(2026, 6, 1), files=["a.pdf"]) is RuleState.IN_FORCE


def test_two_no_dig_periods_of_one_stretch_have_no_day_in_common(ctx_of, road):
    announced(ctx_of, road, **NO_DIG)
    with pytest.raises(Invalid, match="QT-2026-000001"):
        draft(ctx_of, road, **NO_DIG | {"valid_from": NO_DIG["valid_to"], "valid_to": date(2027, 9, 1)})
    draft(ctx_of, road, **NO_DIG | {"valid_from": NO_DIG["valid_to"] + A_DAY, "valid_to": date(2027, 9, 1)})


def test_a_line_that_only_ends_at_the_street_is_not_in_it(ctx_of, road):
    rule_id = announced(ctx_of, road)
    lines = {"along": ((100, 5), (400, 5)), "across": ((500, -80), (500, 80)), "to it": ((500, 80), (500, 3))}
    with ctx_of("viettel", read_only=True) as ctx:
        hits = {
            name: [hit.id for hit in rules_at(ctx.session, geojson(*places), [StreetAct.HANG], ctx.today)]
            for name, places in lines.items()
        }
    assert hits == {"along": [rule_id], "across": [rule_id], "to it": []}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"valid_from": date(2026, 9, 2), "valid_to": date(2026, 9, 1)}, "valid_to"),
        ({"kind": RuleKind.NO_DIG}, "valid_to"),
        ({"from_place": "Đầu đường"}, "to_place"),
        ({"from_place": "Đầu đường", "to_place": "Ngã tư không có"}, "from_place"),
    ],
)
def test_values_that_contradict_each_other_are_refused_at_their_field(ctx_of, road, values, field):
    with pytest.raises(Invalid) as refused:
        draft(ctx_of, road, **values)
    assert list(refused.value.fields) == [field]


def test_a_drawn_stretch_is_snapped_and_one_that_crosses_itself_or_lies_elsewhere_is_refused(ctx_of, road):
    rule_id = draft(ctx_of, road, line=geojson((200, 8), (600, -8)))
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert shape_of_rule(ctx, get_rule(ctx, rule_id)).length_m == pytest.approx(400, abs=1)
    crossing = geojson((0, 0), (300, 5), (300, -5), (100, 5))
    for line in (crossing, geojson((200, 300), (600, 300))):
        with pytest.raises(Invalid) as refused:
            draft(ctx_of, road, line=line)
        assert list(refused.value.fields) == ["position"]


def test_a_commune_makes_rules_of_its_area_and_not_of_national_roads(ctx_of, road):
    with pytest.raises(Invalid) as refused:
        draft(ctx_of, road, username="ubnd.xa")
    assert "commune" in refused.value.fields
    with pytest.raises(Forbidden):
        draft(ctx_of, road, username="viettel")
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        communes = [AdminUnit.id.in_(ctx.actor.unit_ids), AdminUnit.level == UnitLevel.COMMUNE]
        unit = ctx.session.scalars(select(AdminUnit).where(*communes, AdminUnit.in_force(ctx.today))).first()
        lon, lat = place_inside(ctx.session, {unit.id})
    lines = [
        ReadLine(name, None, road_class, None, ((lon, lat), (lon + 0.002, lat)))
        for name, road_class in (("Quốc lộ 10", RoadClass.NATIONAL), ("Đường Lê Lai", RoadClass.URBAN))
    ]
    with ctx_of("quantri") as ctx:
        import_lines(ctx, lines, "Tim đường của xã")
    own = {"username": "ubnd.xa", "commune": unit.code}
    with pytest.raises(MoveRefused, match="do Sở Xây dựng công bố"):
        move(ctx_of, draft(ctx_of, "QL 10", **own), "announce", username="ubnd.xa", **ANNOUNCED)
    rule_id = draft(ctx_of, "Lê Lai", **own)
    assert move(ctx_of, rule_id, "announce", username="ubnd.xa", **ANNOUNCED) is RuleState.IN_FORCE
    with pytest.raises(Forbidden):
        move(ctx_of, announced(ctx_of, road), "cancel", username="ubnd.xa", reason="Không phải của mình")


def test_a_rule_of_the_whole_street_follows_newer_lines(ctx_of, road):
    rule_id = announced(ctx_of, road)
    with ctx_of("quantri") as ctx:
        street(ctx, road, (0, 0), (1000, 0), (1000, 500))
    with ctx_of("viettel", read_only=True) as ctx:
        assert [
            hit.id for hit in rules_at(ctx.session, geojson((1000, 300), (1000, 400)), [StreetAct.HANG], ctx.today)
        ] == [rule_id]


def test_a_draft_is_read_by_its_office_alone_and_edited_in_the_version_that_was_read(ctx_of, road):
    rule_id = draft(ctx_of, road)
    with ctx_of("viettel") as ctx, pytest.raises(NotFound):
        get_rule(ctx, rule_id)
    with ctx_of("so.xaydung") as ctx, pytest.raises(Conflict):
        write_rule(ctx, WriteRule(VALUES, road, None, None, rule_id, 7))
    move(ctx_of, rule_id, "cancel", reason="Nhầm")
    with ctx_of("so.xaydung") as ctx, pytest.raises(MoveRefused):
        write_rule(ctx, WriteRule(VALUES, road, None, None, rule_id, 2))
