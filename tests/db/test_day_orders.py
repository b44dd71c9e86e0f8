"""The days of a record are in one order, which form, file, bulk edit and the checks of quality read."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import Boolean, Date, cast, column, literal, select, text, values

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import Invalid
from registry.kernel.fields import labels_of
from registry.structures.bulk_edit.commands import Target
from registry.structures.bulk_edit.queries import preview
from registry.structures.bulk_edit.service import read_change
from registry.structures.commands import EditStructure
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import RuleContext
from registry.structures.kinds.ordered_days import COMMON_DAYS, OrderedDays, before_start, orders_of, out_of_order
from registry.structures.listing.query import list_structures
from registry.structures.writing import edit_structure
from registry.villages.commands import AddVillage, ChangeVillages, EditVillage
from registry.villages.models import VillageKind
from registry.villages.queries import list_communes
from registry.villages.service import add_village, change_villages, edit_village
from tests.factories.structures import make

FIRST = date(1994, 12, 20)
RULES = [("every", COMMON_DAYS)] + [
    (code, rule) for code, kind in KINDS.items() for rule in kind.rules if isinstance(rule, OrderedDays)
]
#: Every order with a kind that has both days.
ORDERS = [("antenna_tower", order) for order in COMMON_DAYS.orders] + [
    (code, order) for code, kind in KINDS.items() for order in orders_of(kind)
]


def days_by_chance(chance, orders):
    names = {name for order in orders for name in (order.earlier, order.later)}
    days = {name: FIRST + timedelta(days=chance.randint(0, 12_000)) for name in names if chance.random() < 0.8}
    flags = {"in_service_year_only": chance.random() < 0.4}
    if flags["in_service_year_only"] and "in_service_on" in days:
        days["in_service_on"] = days["in_service_on"].replace(month=1, day=1)
    return days | flags


@pytest.mark.parametrize(("kind", "rule"), RULES, ids=[kind for kind, _rule in RULES])
def test_the_rule_and_its_sql_find_the_same_days(ctx_of, kind, rule):
    with ctx_of("viettel") as ctx:
        compare_rule_and_sql(ctx.session, kind, rule)


def compare_rule_and_sql(session, kind, rule):
    chance = random.Random(str(kind))  # noqa: S311 -- chances of a test
    for _number in range(60):
        days = days_by_chance(chance, rule.orders)
        names = {name for order in rule.orders for name in (order.earlier, order.later)}
        stated = values(*(column(name, Date) for name in names), column("in_service_year_only", Boolean), name="stated")
        row = tuple(cast(literal(days.get(name)), Date) for name in names)
        stated = stated.data([(*row, literal(days["in_service_year_only"]))])
        wrong = session.execute(select(*(out_of_order(stated.c, order) for order in rule.orders))).one()
        fields = {problem.field for problem in rule(days, RuleContext(date(2030, 1, 1), {}))}
        assert fields == {order.later for order, is_wrong in zip(rule.orders, wrong, strict=True) if is_wrong}, days


@pytest.mark.parametrize(("kind", "order"), ORDERS, ids=lambda value: getattr(value, "later", value))
def test_a_form_refuses_days_in_the_wrong_order_at_the_later_field(ctx_of, kind, order):
    days = {order.earlier: "01/06/2020", order.later: "01/06/1995"}
    if "dead_on" in days:
        days |= {"dead_flag": "true", "dead_evidence": "khảo sát"}
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        make(ctx, kind=kind, **days)
    labels = labels_of(KINDS[kind].model)
    sentence = str(refused.value.fields[order.later])
    assert "01/06/1995" in sentence
    assert "01/06/2020" in sentence
    assert str(labels[order.earlier]) in sentence


def codes_found(ctx):
    return {row.code for row in list_structures(ctx, StructureFilter(quality="days_out_of_order")).rows}


def test_the_quality_page_finds_what_was_recorded_out_of_order_and_what_was_confirmed_before_it_was_built(ctx_of):
    with ctx_of("viettel") as ctx:
        mast = make(ctx, built_on="01/06/2020")
        tested = make(ctx, at=(105.70, 19.75), built_on="01/06/2020", emf_certified_on="01/06/2021")
        sound = make(ctx, at=(105.71, 19.75), built_on="01/06/2020", last_inspected_on="01/06/2021")
        confirmed = make(ctx, at=(105.72, 19.75), built_on="01/06/2020")
        ctx.session.execute(text("UPDATE structure SET surveyed_on = '1995-01-01' WHERE id = :id"), {"id": mast.id})
        ctx.session.execute(
            text("UPDATE antenna_tower SET emf_certified_on = '1995-01-01' WHERE id = :id"), {"id": tested.id}
        )
        ctx.session.execute(
            text("UPDATE structure SET confirmed_on = '2019-01-01' WHERE id = :id"), {"id": confirmed.id}
        )
        ctx.session.expire_all()
        assert codes_found(ctx) == {mast.code, tested.code, confirmed.code}
        edit_structure(ctx, EditStructure(mast.code, mast.version, {"surveyed_on": date(2021, 1, 1)}))
        assert codes_found(ctx) == {tested.code, confirmed.code}
        assert sound.code not in codes_found(ctx)


def test_a_bulk_edit_inspects_nothing_before_it_was_there(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = (
            make(ctx, built_on="01/06/2020").code,
            make(ctx, at=(105.70, 19.75), built_on="01/06/2024").code,
            make(ctx, kind="cable_route", at=(105.71, 19.75), installed_on="01/06/2024").code,
        )
        effect = preview(ctx, Target(codes=codes), read_change(ctx, "last_inspected_on", "01/06/2022"))
        assert (effect.changing, effect.refused) == (1, 2)
        assert [sentence for sentence, _number in effect.reasons] == ["Ngày này trước ngày khác của công trình."]


def test_nothing_was_installed_on_a_mast_before_it_was_built(ctx_of):
    with ctx_of("viettel") as ctx:
        mast = make(ctx, built_on="01/06/2020")
        set_place(ctx, SetPlace(mast.code, "Tầng 1", PlaceUnit.POSITION, 3))
        with pytest.raises(Invalid) as refused:
            add_entry(ctx, AddEntry(mast.code, "Tầng 1", 1, started_on=date(1995, 6, 1)))
        assert "01/06/1995" in str(refused.value.fields["started_on"])
        add_entry(ctx, AddEntry(mast.code, "Tầng 1", 1, started_on=date(2020, 6, 1)))


def test_the_start_of_a_structure_is_its_first_recorded_day(ctx_of):
    with ctx_of("viettel") as ctx:
        mast, unknown = make(ctx, in_service_on="01/06/2020"), make(ctx, at=(105.70, 19.75))
        kind = KINDS["antenna_tower"]
        assert before_start("Ngày", date(2020, 5, 31), mast, kind) is not None
        assert before_start("Ngày", date(2020, 6, 1), mast, kind) is None
        assert before_start("Ngày", date(1901, 1, 1), unknown, kind) is None


def village(**stated):
    return {
        "kind": VillageKind.THON,
        "households": 90,
        "mobile_on": None,
        "ftth_on": None,
        "legal_basis": None,
    } | stated


def test_a_village_has_no_fibre_before_it_exists_but_its_successor_may_have_that_of_its_forerunners(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        commune_id = list_communes(ctx)[0].id
        late = village(name="Mới", valid_from=date(2015, 1, 1), ftth_on=date(2010, 1, 1))
        with pytest.raises(Invalid) as refused:
            add_village(ctx, AddVillage(commune_id, late))
        assert "01/01/2010" in str(refused.value.fields["ftth_on"])
        added = add_village(ctx, AddVillage(commune_id, late | {"ftth_on": date(2016, 1, 1)}))
        coverage = {"households": 90, "mobile_on": date(2014, 12, 31), "ftth_on": None}
        with pytest.raises(Invalid):
            edit_village(ctx, EditVillage(added.id, added.version, coverage))
        (heir,) = change_villages(
            ctx, ChangeVillages((added.id,), VillageKind.THON, ("Mới 1",), date(2026, 1, 5), "Nghị quyết 1")
        )
        assert heir.ftth_on == date(2016, 1, 1)
        edit_village(ctx, EditVillage(heir.id, heir.version, coverage | {"mobile_on": date(2015, 1, 1)}))
        with pytest.raises(Invalid):
            edit_village(ctx, EditVillage(heir.id, heir.version, coverage))
