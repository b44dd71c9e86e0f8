"""Rules of street lists on values alone: each refusal names the value and what is expected."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from registry.routelists.models import WorkKind
from registry.routelists.rules import by_commune, line_problem, outside_problem, value_problems, year_problem

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("year", [2023, 2026, 2031])
def test_a_list_is_of_the_plans_years_or_the_coming_five(year):
    assert year_problem(year, TODAY) is None


@pytest.mark.parametrize("year", [2022, 2032, -1, 99999])
def test_another_year_is_refused_with_those_that_are_taken(year):
    problem = year_problem(year, TODAY)
    assert str(year) in problem
    assert "từ 2023 đến 2031" in problem


def test_a_line_is_simple_and_at_most_fifty_kilometres_long():
    assert line_problem(is_simple=True, length_m=Decimal(50_000)) is None
    assert "50,1 km" in line_problem(is_simple=True, length_m=Decimal("50051"))
    assert "tự cắt" in line_problem(is_simple=False, length_m=Decimal(10))


def test_what_lies_outside_is_named_with_its_metres():
    assert "1.234\u00a0m" in outside_problem(Decimal(1234), "Xã Hoằng Lộc")
    assert "Xã Hoằng Lộc" in outside_problem(Decimal(1234), "Xã Hoằng Lộc")
    assert "ngoài địa bàn tỉnh" in outside_problem(Decimal(1), None)


def test_years_may_be_open_at_either_end_but_not_turned_round():
    for first, last in ((None, None), (2027, None), (None, 2027), (2027, 2027)):
        assert value_problems({"wanted_from_year": first, "wanted_to_year": last}, (), ()) == {}
    turned = value_problems({"wanted_from_year": 2028, "wanted_to_year": 2027}, (), ())
    assert "2027" in turned["wanted_to_year"]
    assert "2028" in turned["wanted_to_year"]


def test_totals_join_the_work_kinds_of_a_commune():
    def row(commune, kind, items, metres):
        return SimpleNamespace(unit_id=commune, commune=commune, work_kind=kind, items=items, length_m=Decimal(metres))

    rows = [row("A", WorkKind.TIDY, 2, 300), row("A", WorkKind.REPAIR, 1, 50), row("B", WorkKind.TIDY, 1, 10)]
    first, second = by_commune(rows)
    assert (first["commune"], first["items"], first["length_m"]) == ("A", 3, Decimal(350))
    assert first["kinds"] == {WorkKind.TIDY: Decimal(300), WorkKind.REPAIR: Decimal(50)}
    assert (second["commune"], second["length_m"]) == ("B", Decimal(10))
