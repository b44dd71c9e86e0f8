"""Streets for a budget: as good as trying all, never below the greedy order, with a bound and the cheapest way in."""

import random
from itertools import product

import pytest

from registry.routelists.budget import (
    BudgetProblem,
    StreetOption,
    greedy,
    points_of,
    solve,
    spent,
    way_in,
)
from tests.support.rounds import seeds

FIRST = 2027


def enumerate_best(problem):
    """The points of the best plan by trying all, for few streets."""
    best = 0
    for tried in product((None, *problem.budgets), repeat=len(problem.streets)):
        years = {street.id: year for street, year in zip(problem.streets, tried, strict=True) if year is not None}
        if any(years.get(street.id, street.years[0]) not in street.years for street in problem.streets):
            continue
        if all(cost <= problem.budgets[year] for year, cost in spent(problem, years).items()):
            best = max(best, points_of(problem, years))
    return best


def generated(chance, streets, years, most_cost=90):
    """A problem of so many streets and years."""
    span = range(FIRST, FIRST + years)
    options = []
    for number in range(streets):
        wanted = chance.sample(span, chance.randint(1, years))
        options.append(StreetOption(number, chance.randint(1, most_cost), chance.randint(0, 500), tuple(wanted)))
    budgets = {year: chance.choice((0, chance.randint(1, 60 * streets // years))) for year in span}
    return BudgetProblem(tuple(options), budgets, chance.choice((0, 5, 30)))


@pytest.mark.parametrize("seed", seeds(12, 200))
def test_a_plan_is_as_good_as_the_best_of_all_and_its_gap_is_nothing(seed):
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    years = chance.randint(1, 3)
    problem = generated(chance, {1: 12, 2: 8, 3: 6}[years], years)
    plan = solve(problem, 20)
    assert (plan.points, plan.gap) == (enumerate_best(problem), 0.0)
    assert points_of(problem, plan.years) == plan.points


def test_sixteen_streets_of_one_year_are_as_good_as_the_best_of_all():
    chance = random.Random(16)  # noqa: S311 - repeatable, not secret
    problem = generated(chance, 16, 1)
    problem = BudgetProblem(problem.streets, {FIRST: 300})
    assert solve(problem, 20).points == enumerate_best(problem)


@pytest.mark.parametrize("seed", seeds(6, 100))
def test_a_plan_keeps_budgets_and_years_and_is_never_below_the_greedy_order(seed):
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    problem = generated(chance, 60, 5)
    plan = solve(problem, chance.choice((0.0, 5.0)))
    assert plan.bound >= plan.points >= points_of(problem, greedy(problem))
    assert all(cost <= problem.budgets[year] for year, cost in spent(problem, plan.years).items())
    assert all(plan.years[street.id] in street.years for street in problem.streets if street.id in plan.years)


def test_the_bound_holds_when_the_solver_is_stopped_at_once():
    problem = generated(random.Random(5), 60, 5)  # noqa: S311 - repeatable, not secret
    stopped, best = solve(problem, 60, lambda: True), solve(problem, 60)
    assert stopped.bound >= best.points >= stopped.points


@pytest.mark.parametrize("budget", [0, 10**9])
def test_no_budget_takes_no_street_and_more_than_all_takes_every_one_of_worth(budget):
    problem = generated(random.Random(3), 20, 2)  # noqa: S311 - repeatable, not secret
    problem = BudgetProblem(problem.streets, dict.fromkeys(problem.budgets, budget), 0)
    plan = solve(problem, 20)
    assert set(plan.years) == ({street.id for street in problem.streets if street.points} if budget else set())


@pytest.mark.parametrize("seed", seeds(6, 60))
def test_the_way_in_is_the_least_that_makes_room_and_leads_to_a_plan_with_the_street(seed):
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    problem = generated(chance, 9, 2)
    plan = solve(problem, 20)
    for street in problem.streets:
        if street.id in plan.years:
            continue
        way = way_in(problem, plan, street)
        if way is None:
            assert not set(street.years) & set(problem.budgets)
            continue
        costs = spent(problem, plan.years)
        room = {year: problem.budgets[year] - costs[year] for year in street.years}
        assert way.extra == min(max(0, street.cost - left) for left in room.values())
        raised = dict(problem.budgets) | {way.year: problem.budgets[way.year] + way.extra}
        joined = BudgetProblem(problem.streets, raised, problem.decay)
        assert enumerate_best(joined) >= plan.points + joined.worth(street, way.year)
        if way.instead_of is not None:
            other, year, loss = way.instead_of
            swapped = {key: at for key, at in plan.years.items() if key != other} | {street.id: year}
            assert all(cost <= problem.budgets[at] for at, cost in spent(problem, swapped).items())
            assert points_of(problem, swapped) == plan.points - loss


def a_year_of_an_office(seed, streets=125, years=5):
    """Streets that cost 0.1 to 6 billion đồng, points nearly by cost as for kilometres; budgets of 40 % of all."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    span = range(FIRST, FIRST + years)
    options = []
    for number in range(streets):
        cost = chance.randint(100_000, 6_000_000)
        first = chance.choice(span)
        wanted = tuple(year for year in span if year >= first) if chance.random() < 0.5 else tuple(span)
        options.append(StreetOption(number, cost, int(cost / 2_000 * chance.uniform(0.8, 1.25)), wanted))
    budget = sum(option.cost for option in options) * 2 // 5 // years
    return BudgetProblem(tuple(options), dict.fromkeys(span, budget), 5)


@pytest.mark.trial
@pytest.mark.parametrize("seed", range(4))
def test_a_year_of_125_streets_has_a_gap_of_one_percent_in_a_minute(seed):
    plan = solve(a_year_of_an_office(seed), 60)
    assert plan.bound - plan.points <= plan.bound / 100
