"""A list proposed by the budget: computed as its officer, with reasons, the way in of the others, progress and stop."""

import html
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.accounts.user_jobs import Stopped
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.routelists.models import RouteItem
from registry.routelists.proposal import compute, get_run, request_proposal, stop_run
from registry.routelists.proposal_models import BudgetRun
from tests.factories.incidents import report
from tests.factories.routelists import YEAR, a_list, propose, sent, street_at
from tests.factories.structures import place_inside

BUDGETS = {YEAR: Decimal(3_000_000_000), YEAR + 1: Decimal(1_000_000_000)}


@pytest.fixture
def streets(ctx_of):
    """Ids of streets: dear with an incident, cheap, without a cost, too late, a draft."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)

    def at(number, **texts):
        return {"position": street_at(lon, lat - 0.0004 * number), "street_name": f"Phố {number}", **texts}

    report(ctx_of, at=(lon, lat))
    return {
        "dear": sent(ctx_of, **at(0, cost_vnd="3000000000")),
        "cheap": sent(ctx_of, **at(1, cost_vnd="900000000", wanted_to_year="2027")),
        "free": sent(ctx_of, **at(2)),
        "late": sent(ctx_of, **at(3, cost_vnd="10000000", wanted_from_year="2035", wanted_to_year="2036")),
        "draft": propose(ctx_of, **at(4, cost_vnd="10000000")),
    }


def computed(ctx_of, list_id, progress=lambda _done, _total: None):
    with ctx_of("so.xaydung") as ctx:
        return compute(ctx, list_id, BUDGETS, progress, lambda: False, 10)


def test_each_street_has_its_reason_or_the_cheapest_change_that_brings_it_in(ctx_of, streets):
    steps = []
    result = computed(ctx_of, a_list(ctx_of), lambda done, total: steps.append((done, total)))
    selected = {row["id"]: row for row in result["selected"]}
    others = {row["id"]: row for row in result["others"]}
    assert list(selected) == [streets["dear"]]
    assert selected[streets["dear"]]["parts"].keys() >= {"incident", "joint", "promise"}
    assert (others[streets["free"]]["why"], others[streets["late"]]["why"]) == ("cost", "years")
    way = others[streets["cheap"]]
    assert (way["why"], way["year"], way["extra"]) == ("budget", YEAR, "900000000")
    assert (way["other"], way["other_year"]) == (streets["dear"], YEAR)
    assert streets["draft"] not in selected | others
    assert result["bound"] == result["points"] == selected[streets["dear"]]["points"]
    assert [year["spent"] for year in result["years"]] == ["3000000000", "0"]
    assert steps == [(number, 5) for number in range(4)]


def test_a_proposal_is_asked_once_and_read_by_its_officer_alone(ctx_of, streets):
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        run_id = request_proposal(ctx, list_id, BUDGETS).id
        assert request_proposal(ctx, list_id, BUDGETS).id == run_id
    with ctx_of("so.khcn") as ctx:
        with pytest.raises(Forbidden):
            request_proposal(ctx, list_id, BUDGETS)
        with pytest.raises(NotFound):
            get_run(ctx, run_id)
    with ctx_of("so.xaydung") as ctx:
        stop_run(ctx, run_id)
        assert ctx.session.scalars(select(BudgetRun.is_stopping).where(BudgetRun.id == run_id)).one()


def test_budgets_of_nothing_are_refused(ctx_of):
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung") as ctx, pytest.raises(Invalid) as refused:
        request_proposal(ctx, list_id, dict.fromkeys(BUDGETS, Decimal(0)))
    assert list(refused.value.fields) == ["budget_1"]


def test_a_stop_ends_the_reading_of_streets(ctx_of, streets):
    def stop(done, _total):
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        computed(ctx_of, a_list(ctx_of), stop)


def test_the_officer_takes_years_and_what_has_changed_meanwhile_is_named(ctx_of, client_of, streets):
    list_id = a_list(ctx_of)
    result = computed(ctx_of, list_id)
    with ctx_of("so.xaydung") as ctx:
        run = request_proposal(ctx, list_id, BUDGETS)
        run.result, run.finished_at = result, ctx.now
        run_id = run.id
    client = client_of("so.xaydung")
    page = client.get(f"/route-lists/proposals/{run_id}").text
    assert "Có thể đưa vào mà không phải bỏ tuyến khác nếu ngân sách năm 2027 tăng thêm 900.000.000 đồng." in page
    assert "chênh tối đa 0,00%" in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    dear, cheap = streets["dear"], streets["cheap"]
    sent_form = {"csrf_token": token, "row": ["1", "2", "3"]}
    for number, (item_id, version, year) in enumerate(((dear, 2, 2028), (cheap, 1, 2027), (999999, 1, 2027)), 1):
        sent_form |= {f"item_{number}": item_id, f"version_{number}": version, f"year_{number}": year}
    answer = client.post(f"/route-lists/proposals/{run_id}/take", data=sent_form)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Phố 1" in page
    assert "Tuyến hoặc năm không có trong đề xuất này." in page
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ctx.session.get_one(RouteItem, dear).wanted_from_year == 2028
        assert ctx.session.get_one(RouteItem, cheap).wanted_from_year == 2027


@pytest.mark.parametrize(("budget", "says_rest"), [(10**12, True), (10**9, False)])
def test_a_budget_beyond_all_says_what_is_left(ctx_of, client_of, streets, budget, says_rest):
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        run = request_proposal(ctx, list_id, {YEAR: Decimal(budget)})
        run.result = compute(ctx, list_id, {YEAR: Decimal(budget)}, lambda _done, _total: None, lambda: False, 10)
        run.finished_at, run_id = ctx.now, run.id
    client = client_of("so.xaydung")
    page = html.unescape(client.get(f"/route-lists/proposals/{run_id}").text).replace("\xa0", " ")
    assert ("không phải sử dụng hết, còn lại 996.100.000.000 đồng" in page) is says_rest
    assert "Còn lại (đồng)" in page
    assert f"Ngân sách năm {YEAR + 4}" in client.get(f"/route-lists/{list_id}/propose").text
