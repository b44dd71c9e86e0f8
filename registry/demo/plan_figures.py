"""Figures of the plan's targets in the demonstration: denominators, villages with their coverage, values of years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.demo.data import read_rows, read_table
from registry.indicators.commands import EnterValue
from registry.indicators.models import TaskState
from registry.indicators.plan_tasks import StateResult, list_tasks, state_result
from registry.indicators.population import EnterPopulation, enter_population_rows
from registry.indicators.rules import Typed
from registry.indicators.service import enter_value
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.villages.commands import AddVillage
from registry.villages.coverage import EnterCoverage, enter_coverage_rows
from registry.villages.models import OFFERS, VillageKind
from registry.villages.service import add_village

#: Columns of villages.csv -> the operator whose offers they hold.
_OPERATORS: Final = ("viettel", "vnpt")
_YES, _NO = "có", "không"


class Acting(Protocol):
    """Opens transactions of accounts so many days ago, and counts days from today (`cases.Stage`)."""

    def acting(self, username: str | None, days: int = 0) -> Any: ...
    def resolve(self, entry: Any) -> dict[str, Any]: ...


def create_plan_figures(stage: Acting) -> None:
    """Enter the files of the demonstration; what names a commune that the register does not have is left out."""
    entry = read_table("cases")["plan_figures"]
    stated_on: date = entry["stated_on"]
    with stage.acting(entry["by"], entry["days"]) as ctx:
        units = {unit.code: unit.id for unit in list_units(ctx.session, stated_on, UnitLevel.COMMUNE)}
        today = {unit.code: unit.id for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)}
        population = [row for row in read_rows("population") if row["commune"] in units]
        villages = [row for row in read_rows("villages") if row["commune"] in units and row["commune"] in today]
        if population:
            enter_population_rows(ctx, _numbered(population), EnterPopulation(stated_on, entry["population_source"]))
        for row in villages:
            add_village(ctx, AddVillage(today[row["commune"]], _village(row)))
    with stage.acting(entry["by"], entry["days"]) as ctx:
        for code in _OPERATORS if villages else ():
            operator = find_organisation(ctx.session, code)
            if operator is not None:
                command = EnterCoverage(operator.id, stated_on, entry["coverage_source"])
                enter_coverage_rows(ctx, _numbered([_offers(row, code) for row in villages]), command)
    with stage.acting(entry["by"]) as ctx:
        for row in read_rows("indicator_values"):
            _enter(ctx, row, entry["value_source"])
        items = {task.item: task for task, _agency in list_tasks(ctx)}
        for task_entry in read_table("cases")["plan_tasks"]:
            values = stage.resolve(task_entry)
            task = items.get(values["item"])
            if task is not None and task.result is None:
                stated = {"result_on": values["result_on"], "result": values["result"]}
                state_result(ctx, StateResult(task.id, task.version, {"state": TaskState(values["state"]), **stated}))


def _numbered(rows: list[dict[str, str]]) -> list[tuple[int, dict[str, str]]]:
    return list(enumerate(rows, 2))


def _village(row: dict[str, str]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("mobile_on", "ftth_on")}
    return {
        "kind": VillageKind(row["kind"]),
        "name": row["name"],
        "households": int(row["households"]),
        "valid_from": None,
        "legal_basis": None,
        **days,
    }


def _offers(row: dict[str, str], operator: str) -> dict[str, str]:
    offered = {f"has_{name}" for name in row[operator].split()}
    name = f"{VillageKind(row['kind']).label} {row['name']}"
    return {"commune": row["commune"], "village": name, **{each: _YES if each in offered else _NO for each in OFFERS}}


def _enter(ctx: Ctx, row: dict[str, str], source: str) -> None:
    """The value of a whole year, counted from today (`in_years`)."""
    year = ctx.today.year + int(row["in_years"])
    numbers = {name: Decimal(row[name]) if row[name] else None for name in ("value", "numerator", "denominator")}
    typed = Typed(numbers["value"], numbers["numerator"], numbers["denominator"])
    command = EnterValue(
        row["indicator"], date(year, 1, 1), date(year, 12, 31), typed, source.format(year=year), has_evidence=True
    )
    enter_value(ctx, command)
