"""Numbers as people type them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.workflow.proposals import PRICE as RENEWAL_PRICE
from registry.colocation.workflow.common import PRICE
from registry.kernel.fields import Field, ValueRefused, fields_of, parse_value
from registry.kernel.forms.builder import as_typed
from registry.kernel.i18n import force_locale, format_number, init_i18n
from registry.kernel.numbers import NumberRefused, parse_amount, parse_decimal, plain_text
from registry.kernel.units import VND


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
    assert f"“{text.strip()}”"[:20] in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), True, 10**21, 1e300])
def test_cells_that_hold_no_usable_number_are_refused(value: float | Decimal) -> None:
    with pytest.raises(NumberRefused):
        parse_decimal(value)


def test_cells_that_hold_a_number_keep_its_value() -> None:
    assert parse_decimal(45.125) == Decimal("45.125")
    assert parse_decimal(7) == 7
    assert parse_decimal(Decimal("1.5")) == Decimal("1.5")


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


# --- amounts of money: what two conventions read differently is asked about


APP = Flask(__name__)
APP.config.update(SECRET_KEY="s" * 32)
init_i18n(APP)


@contextmanager
def reading(language: str) -> Iterator[None]:
    """A page in one language."""
    with APP.test_request_context(), force_locale(language):
        yield


@pytest.fixture(scope="module", autouse=True)
def catalogue():
    """The English catalogue, read before any example is timed."""
    with reading("en"), pytest.raises(NumberRefused):
        parse_amount("12,500")


def english(text):
    """The amount that English writing means, None where it is none."""
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?|[0-9]+(\.[0-9]+)?", text) is None:
        return None
    return Decimal(text.replace(",", ""))


def vietnamese(text):
    """The amount that Vietnamese writing means, None where it is none."""
    return english(text.translate(str.maketrans(".,", ",.")))


_WRITTEN = st.from_regex(r"[0-9]{1,7}([.,][0-9]{1,4}){0,2}", fullmatch=True)


@given(_WRITTEN, st.sampled_from(["vi", "en"]))
def test_an_amount_is_read_in_one_way_or_not_at_all(text, language):
    readings = {reading for reading in (english(text), vietnamese(text)) if reading is not None}
    with reading(language):
        try:
            amount = parse_amount(text)
        except NumberRefused as refused:
            words = str(refused)
            if len(readings) > 1:
                assert all(plain_text(reading) in words for reading in readings), words
                assert all(parse_amount(plain_text(reading)) == reading for reading in readings)
            return
    if len(readings) > 1:
        assert (language, amount) == ("vi", vietnamese(text)), text
        assert "," not in text
    elif readings:
        assert {amount} == readings


def test_a_comma_before_three_digits_is_asked_about():
    with pytest.raises(NumberRefused) as refused:
        parse_amount("12,500")
    assert str(refused.value) == ("Số tiền “12,500” có hai cách đọc; hãy ghi 12500 hoặc 12,5 theo đúng số tiền.")
    assert parse_amount("12.500") == 12500
    with reading("en"), pytest.raises(NumberRefused):
        parse_amount("12.500")


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(["vi", "en"]))
def test_what_a_form_is_filled_with_is_read_as_the_same_number(number, language):
    with reading(language):
        assert parse_decimal(as_typed(Field("length", "length"), number)) == number


@given(st.decimals(0, 10**12, places=2), st.sampled_from(["vi", "en"]))
def test_an_amount_that_a_form_is_filled_with_is_never_asked_about(number, language):
    with reading(language):
        assert parse_amount(as_typed(Field("price", "price"), number)) == number


@pytest.mark.parametrize(
    ("typed", "decimals", "sentence"),
    [
        ("12,5", 0, "12,5 có phần lẻ; cần số tròn đồng."),
        ("12,555", 2, "Số tiền “12,555” có hai cách đọc; hãy ghi 12555."),
        ("0,125", 2, "0,125 có quá nhiều chữ số lẻ; cần tối đa 2 chữ số."),
    ],
)
def test_no_amount_is_rounded_in_silence(typed, decimals, sentence):
    field = Field("price", "Giá", unit=VND, decimals=decimals, python_type=Decimal)
    with pytest.raises(ValueRefused) as refused:
        parse_value(field, typed)
    assert str(refused.value) == sentence


_UNITS = ("", " đồng", "đ", " VND", " ₫")


@given(_WRITTEN, st.sampled_from(_UNITS), st.sampled_from([0, 2]), st.sampled_from(["vi", "en"]))
def test_what_a_refused_amount_suggests_is_accepted(text, unit, decimals, language):
    field = Field("price", "Giá", unit=VND, minimum=Decimal(1), maximum=Decimal(10**12), decimals=decimals)
    field = replace(field, python_type=Decimal)
    with reading(language):
        try:
            parse_value(field, text + unit)
        except ValueRefused as refused:
            for suggested in re.findall(r"(?:hãy ghi|hoặc|ví dụ đúng:|write|or) ([0-9.,]+[0-9])", str(refused)):
                parse_value(field, suggested)


def test_every_amount_of_a_form_says_how_many_decimals_it_has():
    declared = [PRICE, RENEWAL_PRICE, fields_of(ColocationAgreement)["price_vnd"]]
    assert [(field.decimals, field.maximum) for field in declared] == [(0, 10**12)] * len(declared)
