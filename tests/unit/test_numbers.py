"""Numbers as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel.i18n import format_number
from registry.kernel.numbers import NumberRefused, parse_decimal, parse_integer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.191.076,73", "2191076.73"),
        ("2191076.73", "2191076.73"),
        ("2191076,73", "2191076.73"),
        ("2,191,076.73", "2191076.73"),
        ("2 191 076,73", "2191076.73"),
        ("2\u00a0191\u00a0076", "2191076"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("19,807", "19.807"),
        ("1,234", "1.234"),
        ("1.234", "1234"),
        ("0.125", "0.125"),
        ("1234.567", "1234.567"),
        ("45.5", "45.5"),
        ("45.1234", "45.1234"),
        ("2.191.076", "2191076"),
        ("-12,5", "-12.5"),
        ("\N{MINUS SIGN}12,5", "-12.5"),
        ("+7", "7"),
        (" 45 ", "45"),
        ("007", "7"),
    ],
)
def test_each_habit_is_read_by_its_rule(text: str, number: str) -> None:
    assert parse_decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("45m", "không ghi đơn vị"),
        ("45 m", "không ghi đơn vị"),
        ("100%", "không ghi đơn vị"),
        ("12 m2", "không ghi đơn vị"),
        ("bốn mươi", "chỉ dùng chữ số"),
        ("", "chưa nhập gì"),
        ("   ", "chưa nhập gì"),
        ("NaN", "chỉ dùng chữ số"),
        ("Infinity", "chỉ dùng chữ số"),
        ("1e5", "lũy thừa"),
        ("2.191.O76", "giống chữ số"),
        ("1" * 21, "quá 20 chữ số"),
        ("1.23.456", "đặt sai chỗ"),
        ("1.234,567.8", "đặt sai chỗ"),
        ("1,2,3", "đặt sai chỗ"),
        ("12,", "đặt sai chỗ"),
        (",5", "chỉ dùng chữ số"),
        ("1 23", "đặt sai chỗ"),
        ("1,2 3", "đặt sai chỗ"),
        ("--5", "chỉ dùng chữ số"),
        ("5-", "chỉ dùng chữ số"),
        ("٣٤", "chỉ dùng chữ số"),
        ("1_000", "chỉ dùng chữ số"),
        ("=1+1", "chỉ dùng chữ số"),
    ],
)
def test_what_is_no_number_is_refused_with_its_value_and_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse_decimal(text)
    assert reason in str(refused.value)
    assert f"'{text.strip()}'"[:20] in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), True, 10**21, 1e300])
def test_cells_that_hold_no_usable_number_are_refused(value: float | Decimal) -> None:
    with pytest.raises(NumberRefused):
        parse_decimal(value)


def test_cells_that_hold_a_number_keep_its_value() -> None:
    assert parse_decimal(45.125) == Decimal("45.125")
    assert parse_decimal(7) == 7
    assert parse_decimal(Decimal("1.5")) == Decimal("1.5")


def test_a_whole_number_has_no_decimals() -> None:
    assert parse_integer("1.234") == 1234
    assert parse_integer("12,0") == 12
    with pytest.raises(NumberRefused, match="12,5"):
        parse_integer("12,5")


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3))
def test_what_we_write_is_what_we_read(number: Decimal) -> None:
    written = format_number(number)
    assert parse_decimal(written) == number
    assert parse_decimal(written.replace(".", "")) == number


@given(st.text(max_size=30))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    try:
        parse_decimal(text)
    except NumberRefused:
        return
