"""What a value of an indicator must be, and which target applies on a day."""

from datetime import date
from decimal import Decimal

import pytest

from registry.indicators.models import Direction, IndicatorTarget, IndicatorUnit
from registry.indicators.rules import Typed, check_period, check_target, is_reached, target_on, value_of

PERCENT, RATE, COUNT = IndicatorUnit.PERCENT, IndicatorUnit.PER_100_PEOPLE, IndicatorUnit.COUNT


def number(text):
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("unit", "value", "numerator", "denominator", "stored"),
    [
        (PERCENT, "62.8", None, None, "62.80"),
        (PERCENT, None, "1732", "1850", "93.62"),
        (PERCENT, "93.62", "1732", "1850", "93.62"),
        (PERCENT, None, "0", "1850", "0.00"),
        (PERCENT, "0", None, None, "0.00"),
        (PERCENT, None, "1", "8", "12.50"),
        # Half up, as it is printed: 0.125 % is 0.13 %.
        (PERCENT, None, "1", "800", "0.13"),
        (RATE, None, "3700000", "3600000", "102.78"),
        (COUNT, "118", None, None, "118.00"),
    ],
)
def test_a_value_is_stored_as_typed_or_computed_from_its_parts(unit, value, numerator, denominator, stored):
    problems = {}
    amount = value_of(unit, Typed(number(value), number(numerator), number(denominator)), problems)
    assert (problems, amount) == ({}, Decimal(stored))


@pytest.mark.parametrize(
    ("unit", "value", "numerator", "denominator", "field", "sentence"),
    [
        (PERCENT, None, None, None, "value", "Chưa nhập giá trị"),
        (PERCENT, None, "5", None, "denominator", "cần cả hai"),
        (PERCENT, None, None, "5", "numerator", "cần cả hai"),
        (PERCENT, None, "5", "0", "denominator", "Mẫu số là 0"),
        (PERCENT, None, "1851", "1850", "numerator", "1.851 lớn hơn mẫu số 1.850"),
        (PERCENT, "101", None, None, "value", "101 lớn hơn 100"),
        (RATE, "501", None, None, "value", "trên 100 dân"),
        (PERCENT, "93.6", "1732", "1850", "value", "khác 93,62"),
        (COUNT, None, "1", "2", "numerator", "số lượng"),
    ],
)
def test_wrong_amounts_are_refused_at_their_field(unit, value, numerator, denominator, field, sentence):
    problems = {}
    value_of(unit, Typed(number(value), number(numerator), number(denominator)), problems)
    assert list(problems) == [field]
    assert sentence in str(problems[field])


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        (date(2026, 1, 1), date(2026, 9, 30), []),
        (date(2026, 1, 1), date(2026, 11, 18), []),
        (date(2026, 1, 1), date(2026, 11, 19), ["period_to"]),
        (date(2026, 9, 30), date(2026, 1, 1), ["period_from"]),
        (date(1999, 12, 31), date(2026, 1, 1), ["period_from"]),
    ],
)
def test_a_period_is_over_and_in_order(first, last, fields):
    problems = {}
    check_period(first, last, date(2026, 11, 18), problems)
    assert list(problems) == fields


def test_a_target_is_in_the_unit_of_its_indicator():
    problems = {}
    check_target(PERCENT, 1999, Decimal("100.5"), problems)
    assert sorted(problems) == ["value", "year"]
    problems = {}
    check_target(RATE, 2030, Decimal(120), problems)
    check_target(PERCENT, 2030, None, problems)
    assert problems == {}


def target(year, value, issued, *, withdrawn=None):
    return IndicatorTarget(
        year=year, value=number(value), plan_issued_on=issued, plan=f"plan of {issued}", withdrawn_at=withdrawn
    )


KH225, KH253, KH178 = date(2023, 9, 15), date(2024, 12, 24), date(2025, 8, 25)


@pytest.mark.parametrize(
    ("targets", "day", "expected"),
    [
        ([], date(2026, 1, 1), None),
        # A plan whose figure is not known says nothing.
        ([target(2025, "15", KH225), target(2030, None, KH178)], date(2026, 11, 18), (2025, "15")),
        ([target(2025, "15", KH225), target(2030, "30", KH178)], date(2026, 11, 18), (2030, "30")),
        ([target(2025, "15", KH225), target(2030, "30", KH178)], date(2025, 12, 31), (2025, "15")),
        # Of two plans for one year the newer.
        ([target(2025, "15", KH225), target(2025, "18", KH253)], date(2025, 6, 1), (2025, "18")),
        ([target(2025, "15", KH225), target(2025, "18", KH253, withdrawn=KH178)], date(2025, 6, 1), (2025, "15")),
        ([target(2024, "10", KH225), target(2025, "15", KH225)], date(2027, 1, 1), (2025, "15")),
    ],
)
def test_the_target_of_a_day_is_that_of_the_next_year_named(targets, day, expected):
    target_of_day = target_on(targets, day)
    assert (target_of_day and (target_of_day.year, str(target_of_day.value))) == expected


def test_a_target_is_reached_from_above_or_from_below():
    assert is_reached(Direction.UP, Decimal("15.00"), Decimal(15))
    assert not is_reached(Direction.UP, Decimal("14.99"), Decimal(15))
    assert is_reached(Direction.DOWN, Decimal("14.99"), Decimal(15))
    assert not is_reached(Direction.DOWN, Decimal("15.01"), Decimal(15))
