"""The page on a commune: its figures equal their lists, for its own offices and the departments alone."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.dashboard.commune_figures import next_terms
from registry.incidents.workflow import INCIDENT
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_parts
from registry.workflow.jobs import run_clocks
from tests.factories import incidents, infra_plans, violations
from tests.factories.structures import HAC_THANH
from tests.support import shared
from tests.support.figures import figures_of, generate, listed

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module")
def communes(ctx_of):
    """The communes of today in which a generated register has structures, and that of ubnd.xa, which has cases."""
    generate(ctx_of, seed=3, count=24)
    violations.log(ctx_of)
    incidents.report(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        recorded = set(ctx.session.scalars(select(Structure.commune_id).where(Structure.commune_id.is_not(None))))
        ids = sorted({part.unit_id for part in commune_parts(ctx.session, ctx.today, recorded)})
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        own = ctx.session.scalars(
            select(AdminUnit.id).where(AdminUnit.id.in_(sorted(ctx.actor.unit_ids)), AdminUnit.in_force(ctx.today))
        )
        return [*own, *ids]


def test_every_figure_equals_the_list_that_it_opens(client_of, ctx_of, communes):
    compared = 0
    for username, some in (("so.khcn", communes[:4]), ("ubnd.xa", communes[:1])):
        client = client_of(username)
        for unit_id in some:
            figures = figures_of(client.get(f"/communes?unit={unit_id}").text)
            rows = listed(client, ctx_of, username, (address for address, _number in figures))
            assert dict(figures) == rows
            compared += len(figures)
    assert compared > 20


def test_the_terms_of_open_cases_are_on_it(client_of, communes):
    page = client_of("ubnd.xa").get(f"/communes?unit={communes[0]}").text
    assert re.search(r'id="terms".*?href="/violations/\d+"', page, re.DOTALL)


def test_late_cases_come_first(ctx_of, communes):
    late = violations.log(ctx_of)
    with ctx_of("ubnd.xa", now=violations.NOW + timedelta(days=30)) as ctx:
        terms = next_terms(ctx, ctx.session.get_one(AdminUnit, communes[0]))
    assert late in {term.case.id for term in terms}
    tones = [term.left.tone for term in terms]
    assert tones[0] == "bad"
    assert tones == sorted(tones, key=lambda tone: tone != "bad")


def test_of_the_late_cases_the_one_that_is_late_longest_comes_first(ctx_of, database, communes):
    # The term of the second one was missed first; after it neither has another one.
    later, earlier = (incidents.report(ctx_of, now=incidents.NOW + timedelta(days=day))[0] for day in (9, 2))
    run_clocks(database, incidents.NOW + timedelta(days=30))
    with ctx_of("ubnd.xa", now=incidents.NOW + timedelta(days=30)) as ctx:
        terms = next_terms(ctx, ctx.session.get_one(AdminUnit, communes[0]))
    ids = [term.case.id for term in terms if term.workflow is INCIDENT]
    assert ids.index(earlier) < ids.index(later)


def test_the_streets_of_the_list_and_the_plan_in_force_are_on_it(client_of, ctx_of, communes):
    client, address = client_of("ubnd.xa"), f"/communes?unit={communes[0]}"
    before = client.get(address).text
    assert 'href="/route-lists/board?' in before
    assert 'href="/street-rules?' in before
    assert "Không có quy hoạch hạ tầng viễn thông thụ động đang áp dụng." in before
    infra_plans.apply_plans(ctx_of)
    square = infra_plans.square(*HAC_THANH)
    plan_id = infra_plans.issued(ctx_of, infra_plans.feature(square, "A1", "antenna_tower"))
    after = client.get(address).text
    assert f'href="/infra-plans/{plan_id}">Quy hoạch thử</a>' in after
    assert "Không có quy hoạch hạ tầng viễn thông thụ động đang áp dụng." not in after


@pytest.mark.parametrize("unit", ["0", "x", "999999999999", "-1"])
def test_a_commune_that_is_none_is_refused_by_name(client_of, unit):
    with client_of("so.khcn").get(f"/communes?unit={unit}") as answer:
        assert answer.status_code == 422
        assert f"“{html.escape(unit)}”" in answer.text


def test_a_commune_of_others_and_a_former_one_are_refused(client_of, ctx_of, communes):
    with ctx_of("so.khcn", read_only=True) as ctx:
        former = ctx.session.scalars(select(AdminUnit.id).where(AdminUnit.valid_to.is_not(None)).limit(1)).one()
    others = next(unit_id for unit_id in communes if unit_id != communes[0])
    assert client_of("ubnd.xa").get(f"/communes?unit={others}").status_code == 422
    assert client_of("so.khcn").get(f"/communes?unit={former}").status_code == 422
