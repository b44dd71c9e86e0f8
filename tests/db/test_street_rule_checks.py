"""Every check of street rules says what the one function says, on each day: structures, paths, places, findings."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from registry.colocation.commands import EditItem, EditRequest
from registry.colocation.models import ColocationRequest
from registry.colocation.screening.models import ColocationScreening
from registry.colocation.service import edit_item, edit_request
from registry.colocation.workflow import COLOCATION
from registry.colocation.workflow.asking import rules_as_hint
from registry.kernel.errors import Invalid
from registry.planned_routes.between import plan_between
from registry.planned_routes.settings import route_settings
from registry.planned_sites.queries import rules_of_point
from registry.streetrules.queries import public_rules
from registry.streets.rule_models import RuleKind, StreetAct, StreetRule
from registry.streets.rule_queries import rules_at, rules_within
from registry.streets.rules import Effect, effect_on
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.in_streets import breaks_street_rule, rules_at_structures, rules_for_new
from registry.violations.known_facts import rules_broken
from registry.violations.models import Violation
from registry.violations.service import log_violation
from registry.workflow.views import case_view
from tests.factories import colocation
from tests.factories.planned_routes import at, carrier, geojson, street
from tests.factories.street_rules import announced, draft, move
from tests.factories.violations import command

ROAD = ((0, 0), (1000, 0))
FIRST, LAST, MIDDLE = date(2026, 9, 1), date(2026, 10, 31), date(2026, 10, 1)
A_DAY = timedelta(days=1)
#: The days around each edge of a rule.
DAYS = sorted({day + step * A_DAY for day in (FIRST, MIDDLE, LAST) for step in (-1, 0, 1)})
POLE = {"built_on": None, "in_service_on": None, "status": "active"}


def noon(day):
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


@pytest.fixture
def road(ctx_of):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", *ROAD)
    return "Quốc lộ 47"


@pytest.mark.parametrize("ending", ["", "close", "cancel"])
@pytest.mark.parametrize("kind", [RuleKind.NO_NEW_HANGING, RuleKind.TEMPORARY, RuleKind.NO_DIG])
def test_each_check_says_what_the_function_says_on_each_day(ctx_of, road, kind, ending):
    act = StreetAct.DIG if kind is RuleKind.NO_DIG else StreetAct.HANG
    rule_id = announced(ctx_of, road, kind=kind, valid_from=FIRST, valid_to=LAST, now=noon(date(2026, 5, 4)))
    if ending:
        facts = {"completed_on": MIDDLE} if ending == "close" else {"reason": "Thay quy định"}
        move(ctx_of, rule_id, ending, now=noon(MIDDLE if ending == "cancel" else LAST), **facts)
    structure_kind = KINDS["cable_duct" if act is StreetAct.DIG else "pole_line"]
    line = geojson((100, 4), (400, 4))
    with ctx_of("so.khcn", read_only=True) as ctx:
        rule = ctx.session.get_one(StreetRule, rule_id)
        for day in DAYS:
            asked = SimpleNamespace(session=ctx.session, today=day)
            expected = effect_on(rule, act, day)
            hits = rules_at(ctx.session, line, [act], day, with_coming=False)
            assert [hit.effect for hit in hits] == ([] if expected is None else [expected]), day
            new = rules_for_new(asked, structure_kind, POLE | {"built_on": day}, line)
            assert [hit.effect for hit in new] == ([] if expected is None else [expected]), day
            forbidden = rules_within(ctx.session, line, 10, day, 5)
            assert [hit.rule.id for hit in forbidden] == ([rule_id] if expected is Effect.FORBIDDEN else []), day
            assert [row.StreetRule.id for row in public_rules(ctx, day)] == ([] if expected is None else [rule_id]), day


def test_what_was_built_while_it_was_forbidden_or_must_not_stay_is_found(ctx_of, road):
    built = dict.fromkeys((FIRST - A_DAY, FIRST, LAST, LAST + A_DAY))
    with ctx_of("vnpt") as ctx:
        for number, day in enumerate(built):
            places = ((100 * number + 50, 4),)
            built[day] = carrier(ctx, "cable_pole", *places, free=None, built_on=f"{day:%d/%m/%Y}").id
        far = carrier(ctx, "cable_pole", (50, 400), free=None, built_on=f"{FIRST:%d/%m/%Y}").id
    announced(ctx_of, road, valid_from=FIRST, valid_to=LAST)

    def broken():
        with ctx_of("so.khcn", read_only=True) as ctx:
            mine = Structure.id.in_([*built.values(), far])
            return set(positions.run(ctx, select(Structure.id).where(breaks_street_rule(ctx), mine)).scalars())

    assert broken() == {built[FIRST], built[LAST]}
    announced(ctx_of, road, kind=RuleKind.UNDERGROUND_ONLY, valid_from=LAST)
    assert broken() == set(built.values())


def test_a_reader_of_cells_learns_no_rule_of_a_structure(ctx_of, road):
    announced(ctx_of, road)
    with ctx_of("vnpt") as ctx:
        hidden = carrier(ctx, "cable_pole", (50, 4), free=None, sharing="not_assessed").id
        assert list(rules_at_structures(ctx, [hidden], StreetAct.HANG)) == [hidden]
    with ctx_of("viettel", read_only=True) as ctx:
        assert rules_at_structures(ctx, [hidden], StreetAct.HANG) == {}


def test_a_path_leaves_a_street_where_digging_is_restricted_and_says_why_it_does_not(ctx_of):
    """One street is straight, the other one goes round it by 200 m."""
    with ctx_of("quantri") as ctx:
        street(ctx, "Đường thẳng", (0, 0), (1000, 0))
        street(ctx, "Đường vòng", (0, 0), (0, 200), (1000, 200), (1000, 0))

    def paths():
        with ctx_of("viettel") as ctx:
            plan = plan_between(ctx, geojson(*ROAD), route_settings(ctx), need=1)
            return {key: path for path in plan.paths for key in path.path.keys}

    def named(path):
        return {step.step.label for step in path.steps if step.step.label}

    def rules_of(path):
        return {rule.id for step in path.steps for rule in step.rules}

    rule_id = draft(ctx_of, "Đường thẳng", kind=RuleKind.NO_DIG, valid_from=FIRST, valid_to=date(2027, 3, 1))
    assert [rules_of(path) for path in paths().values()] == [set()] * 3
    move(ctx_of, rule_id, "announce", announced_on=date(2026, 5, 4), files=["a.pdf"])
    ruled = paths()
    assert named(ruled["least"]) == {"Đường vòng"}
    shortest = ruled["shortest"]
    assert rules_of(shortest) == {rule_id}
    assert shortest.path.extra_m == pytest.approx(4 * 1000, rel=0.02)


def test_a_point_of_the_street_knows_its_rules(ctx_of, road):
    rule_id = announced(ctx_of, road)

    with ctx_of("viettel", read_only=True) as ctx:
        assert [rule.id for rule in rules_of_point(ctx, *at(500, 10))] == [rule_id]
        assert rules_of_point(ctx, *at(500, 40)) == ()


#: What a request says of a cable on a pole.
ON_A_POLE = {"quantity": 1, "equipment": "Cáp ADSS 24 sợi", "cables": 1, "cable_diameter_mm": Decimal(12)}


@pytest.mark.parametrize(
    ("kind", "needs_reason"),
    [(RuleKind.NO_NEW_HANGING, True), (RuleKind.UNDERGROUND_ONLY, True), (RuleKind.TEMPORARY, False)],
)
def test_a_request_to_hang_a_cable_where_that_is_forbidden_needs_a_reason(ctx_of, road, kind, needs_reason):
    with ctx_of("vnpt") as ctx:
        pole = carrier(ctx, "cable_pole", (50, 4))
    rule_id = announced(ctx_of, road, kind=kind, valid_to=date(2027, 6, 1) if kind is RuleKind.TEMPORARY else None)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        number = ctx.session.get_one(StreetRule, rule_id).number
    with ctx_of("viettel") as ctx:
        request = colocation.draft(ctx, pole.code)
        edit_request(ctx, EditRequest(request.id, request.version, colocation.CONTENT))
        (item,) = colocation.items_of(ctx, request)
        edit_item(
            ctx, EditItem(request.id, item.id, request.version, colocation.place_of(ctx, pole.code).id, ON_A_POLE)
        )
        request_id = request.id
    reason = {}
    if needs_reason:
        with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
            colocation.move(ctx, ctx.session.get_one(ColocationRequest, request_id), "submit")
        assert set(refused.value.fields) == {"street_rule_reason"}
        with ctx_of("viettel", read_only=True) as ctx:
            request = ctx.session.get_one(ColocationRequest, request_id)
            assert [need.name for need in COLOCATION.move("submit").needs_of(ctx, request)] == ["street_rule_reason"]
            assert number in rules_as_hint(ctx, request)["street_rule_reason"]
        reason = {"street_rule_reason": "Thay cáp đứt, tháo cáp cũ cùng ngày"}
    else:
        with ctx_of("viettel", read_only=True) as ctx:
            request = ctx.session.get_one(ColocationRequest, request_id)
            assert COLOCATION.move("submit").needs_of(ctx, request) == ()
    with ctx_of("viettel") as ctx:
        colocation.move(ctx, ctx.session.get_one(ColocationRequest, request_id), "submit", **reason)
    with ctx_of("vnpt", read_only=True) as ctx:
        view = case_view(ctx, COLOCATION, ctx.session.get_one(ColocationRequest, request_id))
        reasons = [part["value"] for event in view.events for part in event["said"]]
        assert reasons == list(reason.values())
        (screening,) = ctx.session.scalars(
            select(ColocationScreening).where(ColocationScreening.request_id == request_id)
        ).all()
        assert any(number in step["text"] for step in screening.lines["vi"]["steps"])


def test_a_violation_names_the_rules_of_the_street_on_the_day_of_the_act(ctx_of, road):
    rule_id = announced(ctx_of, road, valid_from=FIRST, valid_to=LAST)
    violations = {
        day: log_violation_at(ctx_of, at(50, 4), occurred_on=day) for day in (FIRST - A_DAY, FIRST, LAST, LAST + A_DAY)
    }
    with ctx_of("so.khcn", read_only=True) as ctx:
        broken = {day: rules_broken(ctx, ctx.session.get_one(Violation, number)) for day, number in violations.items()}
    assert {day: [rule.id for rule in rules] for day, rules in broken.items()} == {
        FIRST - A_DAY: [],
        FIRST: [rule_id],
        LAST: [rule_id],
        LAST + A_DAY: [],
    }


def log_violation_at(ctx_of, position, **facts):
    """The id of a violation that the department reported at a position (longitude, latitude)."""
    with ctx_of("so.khcn") as ctx:
        return log_violation(ctx, command(position, **facts)).id
