"""Costs of a street by year: what is read, what contradicts, and that a file of streets comes in as it went out."""

import io
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from registry.kernel.errors import Invalid
from registry.kernel.fields import ValueRefused, display_value, parse_value
from registry.kernel.i18n import force_locale
from registry.routelists.commands import ImportStreets
from registry.routelists.costs import CostPlan, Funding, YearCost
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.models import MOST_VND, ProjectKind, RouteItem
from registry.routelists.workbook import import_rows, read_workbook
from tests.factories.routelists import YEAR, a_list, propose
from tests.support.exports import download
from tests.support.rounds import seeds

PLAN = ITEM_FIELDS["cost_plan"]
WHOLE = {
    "exception_reason": "Hai bên đường",
    "side": "left",
    "priority": "high",
    "road_manager": "UBND phường",
    "duct_m": "1234",
    "bores": "4",
    "removed_cable_m": "560",
    "cost_vnd": "1.200.000.000",
    "funding": "mixed",
    "investor": "Ban QLDA",
    "cost_plan": "2027: Ngân sách nhà nước 500.000.000; Doanh nghiệp 300.000.000\n2028: ngân sách 400.000.000",
    "project_kind": "power",
    "project_number": "7012345",
}


def a_plan(chance):
    """A plan of some years, by one payer or both."""

    def amount():
        return chance.choice([0, chance.randrange(1, 10**6), chance.randrange(1, MOST_VND)])

    years = [YearCost(year, amount(), amount()) for year in sorted(chance.sample(range(2023, 2060), 4))]
    return CostPlan(tuple(each for each in years if each.state_vnd or each.operators_vnd))


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_plan_is_read_as_it_is_written_in_both_languages(app, seed):
    chance = Random(seed)  # noqa: S311
    for language in ("vi", "en"):
        with app.test_request_context(), force_locale(language):
            for _round in range(20):
                plan = a_plan(chance)
                if plan.years:
                    assert parse_value(PLAN, display_value(PLAN, plan)) == plan


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("500.000.000", "2027: Ngân sách nhà nước"),
        ("2027: 500.000.000", "2027: Ngân sách nhà nước"),
        ("2027: Ngân sách nhà nước 0", "2027: Ngân sách nhà nước"),
        ("2027: Quỹ riêng 5.000.000", "2027: Ngân sách nhà nước"),
        ("2027: ngân sách 5 tỷ", "chỉ ghi số"),
        ("2027: ngân sách 5.000.000.000.000", "nằm ngoài khoảng"),
        ("2027: ngân sách 5.000.000; ngân sách 1.000", "hai lần"),
        ("2027: ngân sách 5.000.000\n2027: doanh nghiệp 1.000", "hai dòng"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_with_the_line_and_the_form(app, text, words):
    with app.test_request_context(), pytest.raises(ValueRefused, match=words):
        parse_value(PLAN, text)


@pytest.mark.parametrize(
    ("texts", "field", "words"),
    [
        ({"cost_vnd": "900.000.000"}, "cost_plan", "khác kinh phí dự kiến 900.000.000"),
        ({"funding": "state"}, "cost_plan", "khác nguồn vốn"),
        ({"wanted_to_year": "2027"}, "cost_plan", "Năm 2028 ngoài thời gian thực hiện"),
        ({"linked_project": ""}, "linked_project", "tên dự án"),
    ],
)
def test_a_plan_that_contradicts_the_rest_is_refused_at_its_field(ctx_of, texts, field, words):
    with pytest.raises(Invalid) as refused:
        propose(ctx_of, **WHOLE | texts)
    assert words in refused.value.fields[field][0].replace("\u00a0", " ")


def test_total_and_funding_follow_from_the_years(ctx_of):
    item_id = propose(ctx_of, cost_plan=WHOLE["cost_plan"])
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        assert (item.cost_vnd, item.funding) == (Decimal(1_200_000_000), Funding.MIXED)
        assert item.cost_plan.years[1] == YearCost(2028, 400_000_000, 0)


def test_a_workbook_of_streets_comes_in_as_it_went_out(ctx_of, client_of):
    first = propose(ctx_of, **WHOLE)
    content = download(client_of("ubnd.xa"), "route-items", "xlsx", year=YEAR).data
    list_id = a_list(ctx_of, YEAR + 1)
    with ctx_of("ubnd.xa") as ctx:
        outcome = import_rows(ctx, ImportStreets(list_id, {}, {}), read_workbook(io.BytesIO(content)))
        assert outcome.refused == []
        before = ctx.session.get_one(RouteItem, first)
        after = ctx.session.scalars(select(RouteItem).where(RouteItem.route_list_id == list_id)).one()
        assert after.project_kind is ProjectKind.POWER
        for name in ITEM_FIELDS:
            assert getattr(after, name) == getattr(before, name), name
