"""The comparable figure, the median, what is out of line, and prices in words."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.structures.kinds import HOSTS
from registry.tariffs.models import TariffPeriod, TariffUnit
from registry.tariffs.rules import (
    UNITS_OF_KIND,
    OutlierLimits,
    Price,
    PriceFigures,
    change_pct,
    comparable,
    figures_of,
    format_money,
    format_monthly,
    format_price,
    is_unusual,
    limits_of,
    median_of,
    price_problems,
    state_of,
    unit_problem,
)

LIMITS = limits_of({"above": "2", "below": "0.5", "least": 5})
DAY = date(2026, 11, 25)


def asked(amount, period="month", rate="10", *, included=False):
    return Price(Decimal(amount), TariffUnit.POSITION, TariffPeriod(period), included, Decimal(rate))


@pytest.mark.parametrize(
    ("amount", "period", "rate", "included", "monthly"),
    [
        ("250000", "month", "10", False, "250000.00"),
        ("275000", "month", "10", True, "250000.00"),
        ("750000", "quarter", "8", False, "250000.00"),
        ("3000000", "year", "0", True, "250000.00"),
        ("3300000", "year", "10", True, "250000.00"),
        ("1000", "month", "10", True, "909.09"),
        ("100", "year", "8.5", True, "7.68"),
        # Exactly between two hundredths: away from zero.
        ("0.06", "year", "0", False, "0.01"),
    ],
)
def test_prices_are_compared_per_month_and_without_tax(amount, period, rate, included, monthly):
    monthly_price = comparable(Decimal(amount), TariffPeriod(period), Decimal(rate), tax_included=included)
    assert str(monthly_price) == monthly


def test_a_one_off_price_is_not_compared():
    assert comparable(Decimal(1000), TariffPeriod.ONCE, Decimal(10), tax_included=True) is None


def by_owner(*prices):
    """One price an owner."""
    return [[Decimal(price)] for price in prices]


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle():
    figures = figures_of(by_owner(4, 2, 2, 6), LIMITS)
    assert figures == PriceFigures(4, 4, Decimal(3), Decimal(2), Decimal(6))
    assert figures_of(by_owner(5, 4, 9), LIMITS).median == 5
    assert figures_of([], LIMITS) is None


@given(st.lists(st.integers(90, 200).map(Decimal), min_size=1, max_size=40))
def test_an_owner_with_many_prices_counts_once(prices):
    few = figures_of([*by_owner(100, 110), [median_of(prices)]], LIMITS)
    many = figures_of([*by_owner(100, 110), prices], LIMITS)
    assert (many.median, many.owners) == (few.median, 3)


@pytest.mark.parametrize(
    ("monthly", "count", "unusual"),
    [("201", 5, True), ("200", 5, False), ("50", 5, False), ("49.99", 5, True), ("1000", 4, False)],
)
def test_a_price_is_out_of_line_beyond_the_limits_among_enough_like_ones(monthly, count, unusual):
    figures = PriceFigures(count, 3, Decimal(100), Decimal(1), Decimal(1000))
    assert is_unusual(Decimal(monthly), figures, LIMITS) is unusual


def test_those_left_out_count_among_the_like_ones():
    assert is_unusual(Decimal(201), PriceFigures(4, 3, Decimal(100), Decimal(1), Decimal(1000), 1), LIMITS)


@given(
    st.lists(st.integers(80, 120).map(Decimal), min_size=3, max_size=9),
    st.lists(st.sampled_from([Decimal("0.01"), Decimal("0.5"), Decimal(10**6), Decimal(10**12)]), max_size=2),
)
def test_absurd_prices_move_no_median_and_are_counted_apart(sane, absurd):
    figures, plain = figures_of(by_owner(*sane, *absurd), LIMITS), figures_of(by_owner(*sane), LIMITS)
    assert (figures.median, figures.lowest, figures.highest, figures.count) == (
        plain.median,
        plain.lowest,
        plain.highest,
        plain.count,
    )
    assert figures.left_out == len(absurd)


@given(st.lists(st.lists(st.integers(1, 10**6).map(Decimal), max_size=5), max_size=2))
def test_fewer_than_three_owners_have_no_median(prices_of_owners):
    assert figures_of(prices_of_owners, LIMITS) is None


@given(st.sampled_from(sorted(HOSTS)), st.sampled_from(TariffUnit))
def test_a_unit_fits_where_something_is_counted_so(kind, unit):
    words = unit_problem(kind, unit)
    assert (words is None) == (unit in UNITS_OF_KIND[kind])
    if words:
        assert str(unit.label) in words
        assert str(HOSTS[kind].label) in words


def test_no_mast_is_let_by_the_bore():
    assert unit_problem("antenna_tower", TariffUnit.BORE) == (
        "Đơn vị tính “ống” không dùng cho “Cột ăng ten”; cần một trong: vị trí."
    )


def test_nothing_is_out_of_line_without_a_comparable_price():
    assert not is_unusual(None, PriceFigures(9, 9, Decimal(1), Decimal(1), Decimal(1)), LIMITS)
    assert not is_unusual(Decimal(5), None, LIMITS)


def test_limits_are_read_exactly():
    assert limits_of({"above": 1.5, "below": "0.25", "least": 3}) == OutlierLimits(Decimal("1.5"), Decimal("0.25"), 3)


def test_a_change_is_told_in_percent():
    assert change_pct(Decimal("8160000"), Decimal("91720000")) == Decimal("1024.0")
    assert change_pct(Decimal(200), Decimal(150)) == Decimal("-25.0")
    assert change_pct(None, Decimal(150)) is None


def test_what_is_wrong_with_a_price_names_the_value_and_what_is_expected():
    wrong = price_problems(asked("0", rate="101"), DAY, date(2026, 11, 24))
    assert wrong["price"].startswith("Đơn giá là 0; cần số tròn đồng, từ 1 đến")
    assert wrong["tax_rate"] == "Thuế suất là 101; cần từ 0 đến 100 phần trăm, tối đa 2 chữ số lẻ."
    assert wrong["valid_to"].startswith("“Đến hết ngày” là 24/11/2026; cần từ “Áp dụng từ ngày” 25/11/2026")
    assert set(price_problems(asked("1.234"), DAY, None)) == {"price"}
    assert set(price_problems(asked("0.01"), DAY, None)) == {"price"}
    assert price_problems(asked("1", rate="0"), DAY, DAY) == {}


def test_prices_in_words():
    assert (
        format_price(asked("250000", rate="10.00")) == "250.000\N{NO-BREAK SPACE}đồng/vị trí/tháng, chưa gồm thuế 10%"
    )
    assert format_price(asked("812.5", "year", "8.5", included=True)) == (
        "812,50\N{NO-BREAK SPACE}đồng/vị trí/năm, đã gồm thuế 8,5%"
    )
    assert (
        format_price(asked("500000", "once", "0")) == "500.000\N{NO-BREAK SPACE}đồng/vị trí một lần, chưa gồm thuế 0%"
    )
    assert format_monthly(Decimal("909.09"), TariffUnit.METRE) == "909,09\N{NO-BREAK SPACE}đồng/mét/tháng"
    assert format_money(Decimal("227272.73")) == "227.273\N{NO-BREAK SPACE}đồng"


@pytest.mark.parametrize(
    ("first", "last", "state"),
    [
        (DAY, None, "now"),
        (date(2026, 1, 1), DAY, "now"),
        (date(2026, 1, 1), date(2026, 11, 24), "over"),
        (date(2026, 11, 26), None, "later"),
        (date(2026, 11, 26), DAY, "withdrawn"),
    ],
)
def test_whether_a_price_applies(first, last, state):
    assert state_of(first, last, DAY) == state
