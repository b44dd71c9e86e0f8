"""Which streets fit into the budgets of the coming years: a 0-1 programme, its bound, and why a street is in or out.

Each street is done in at most one year, within the years that it wants; the costs of a year stay within its budget. A
year later a street is worth `decay` percent less. The programme is solved by HiGHS; its answer is never below the
greedy order (worth for cost), which it starts from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy

#: Costs are counted in thousands of đồng, so that the solver's numbers stay exact.
UNIT_VND: Final = 1000
_PERCENT: Final = 100


@dataclass(frozen=True)
class StreetOption:
    """A street that may be chosen: its cost in thousands of đồng (rounded up), its points, the years that it allows."""

    id: int
    cost: int
    points: int
    years: tuple[int, ...]


@dataclass(frozen=True)
class BudgetProblem:
    """Streets, and the budget of each year in thousands of đồng in the order of the years."""

    streets: tuple[StreetOption, ...]
    budgets: Mapping[int, int]
    decay: int = 0

    def worth(self, street: StreetOption, year: int) -> int:
        """The points of a street in a year; whole, never negative."""
        late = year - min(self.budgets)
        return max(0, street.points * (_PERCENT - self.decay * late) // _PERCENT)

    def choices(self) -> list[tuple[StreetOption, int]]:
        """Every street with each year in which it fits by itself."""
        return [
            (street, year)
            for street in self.streets
            for year, budget in self.budgets.items()
            if year in street.years and street.cost <= budget and self.worth(street, year) > 0
        ]


@dataclass(frozen=True)
class BudgetPlan:
    """Street id -> year; its points, and a bound that no plan exceeds."""

    years: Mapping[int, int]
    points: int
    bound: int

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one, as a part of the bound."""
        return (self.bound - self.points) / self.bound if self.bound > 0 else 0.0


def points_of(problem: BudgetProblem, years: Mapping[int, int]) -> int:
    """The points of a plan."""
    return sum(problem.worth(street, years[street.id]) for street in problem.streets if street.id in years)


def spent(problem: BudgetProblem, years: Mapping[int, int]) -> dict[int, int]:
    """Year -> the cost of its streets, in thousands of đồng."""
    costs = dict.fromkeys(problem.budgets, 0)
    for street in problem.streets:
        if street.id in years:
            costs[years[street.id]] += street.cost
    return costs


def greedy(problem: BudgetProblem) -> dict[int, int]:
    """The streets by points for cost, each in the first year that has room."""
    left, years = dict(problem.budgets), {}
    order = sorted(problem.streets, key=lambda street: (-street.points / max(street.cost, 1), street.id))
    for street in order:
        for year in sorted(left):
            if year in street.years and street.cost <= left[year] and problem.worth(street, year) > 0:
                years[street.id] = year
                left[year] -= street.cost
                break
    return years


def solve(problem: BudgetProblem, seconds: float, is_stopped: Callable[[], bool] = lambda: False) -> BudgetPlan:
    """The best plan that is reached in `seconds`, or by the time that `is_stopped` says so, with its bound."""
    start, choices = greedy(problem), problem.choices()
    if not choices:
        return BudgetPlan({}, 0, 0)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.setOptionValue("threads", 1)
    columns = range(len(choices))
    worths = [problem.worth(street, year) for street, year in choices]
    for worth in worths:
        solver.addVar(0.0, 1.0)
        column = solver.getNumCol() - 1
        solver.changeColCost(column, float(worth))
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for year, budget in problem.budgets.items():
        _add_row(
            solver, budget, [(column, choices[column][0].cost) for column in columns if choices[column][1] == year]
        )
    for street in problem.streets:
        _add_row(solver, 1, [(column, 1) for column in columns if choices[column][0] is street])
    warm = highspy.HighsSolution()
    warm.col_value = [float(start.get(street.id) == year) for street, year in choices]
    solver.setSolution(warm)

    def interrupt(event: Any) -> None:
        event.data_in.user_interrupt = is_stopped()

    solver.cbMipInterrupt += interrupt
    solver.run()
    values = solver.getSolution().col_value
    years = {street.id: year for (street, year), value in zip(choices, values, strict=True) if value > 1 / 2}
    if not _fits(problem, years) or points_of(problem, years) < points_of(problem, start):
        years = start
    points, dual = points_of(problem, years), solver.getInfo().mip_dual_bound
    ceiling = sum(max(0, *(problem.worth(street, year) for year in problem.budgets)) for street in problem.streets)
    # Points are whole, so a bound is cut to the whole number below, with room for the solver's own rounding.
    bound = int(dual + 1e-6 * max(1.0, abs(dual))) if numpy.isfinite(dual) else ceiling
    return BudgetPlan(years, points, max(points, min(bound, ceiling)))


def _add_row(solver: Any, most: int, terms: Sequence[tuple[int, int]]) -> None:
    if terms:
        indices = numpy.array([column for column, _factor in terms], dtype=numpy.int32)
        factors = numpy.array([factor for _column, factor in terms], dtype=numpy.float64)
        solver.addRow(-highspy.kHighsInf, float(most), len(terms), indices, factors)


def _fits(problem: BudgetProblem, years: Mapping[int, int]) -> bool:
    return all(cost <= problem.budgets[year] for year, cost in spent(problem, years).items())


@dataclass(frozen=True)
class WayIn:
    """The cheapest change that brings a street into a plan that keeps all of its own: so much more budget in a year.

    `extra` in thousands of đồng. `instead_of`: the street that it could replace at the least loss of points, with the
    year and the loss; None where no single one makes room.
    """

    year: int
    extra: int
    instead_of: tuple[int, int, int] | None = None


def way_in(problem: BudgetProblem, plan: BudgetPlan, street: StreetOption) -> WayIn | None:
    """The cheapest change for a street that is not in the plan; None where none of its years has a budget."""
    costs, by_id = spent(problem, plan.years), {each.id: each for each in problem.streets}
    years = [year for year in problem.budgets if year in street.years]
    if not years:
        return None
    extra, year = min((max(0, costs[year] + street.cost - problem.budgets[year]), year) for year in years)
    swaps = [
        (problem.worth(by_id[other], at) - problem.worth(street, at), other, at)
        for other, at in plan.years.items()
        if at in street.years and costs[at] - by_id[other].cost + street.cost <= problem.budgets[at]
    ]
    loss, other, at = min(swaps, default=(0, 0, 0))
    return WayIn(year, extra, (other, at, loss) if swaps else None)
