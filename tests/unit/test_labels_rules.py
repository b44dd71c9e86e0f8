"""Codes of labels and what stands on them."""

import pytest

from registry.accounts.rules import format_phone
from registry.kernel.base32 import ALPHABET, grouped
from registry.labels.rules import (
    LENGTH,
    MAX_LABELS,
    new_code,
    problem_of_count,
    problem_of_unknown,
    read_code,
    read_structure_codes,
)

CODE = "7KQ2M9XD04TWHB3C"


def test_a_code_holds_at_least_64_random_bits():
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert LENGTH * 5 >= 64
    codes = {new_code() for _number in range(2_000)}
    assert len(codes) == 2_000
    assert all(read_code(code) == code for code in codes)
    # Every sign comes up at every place: 2,000 draws of 32 leave none out, but for one case in 10^24.
    assert [len({code[index] for code in codes}) for index in range(LENGTH)] == [32] * LENGTH


def test_no_two_signs_look_alike():
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [CODE, "7KQ2-M9XD-04TW-HB3C", "7kq2 m9xd 04tw hb3c", " 7KQ2M9XDO4TWHB3C ", "7kq2-m9xd-o4tw-hb3c"],
)
def test_a_code_is_read_however_it_is_typed(typed):
    assert read_code(typed) == CODE


def test_signs_that_look_alike_are_read_as_the_one_that_is_meant():
    assert read_code("ILOU" + "0" * 12) == "110V" + "0" * 12


@pytest.mark.parametrize(
    "typed", ["", "7KQ2", CODE + "0", CODE[:-1] + "Ư", CODE[:-1] + "\0", "A" * 5_000, "THA-CTC-000123"]
)
def test_what_is_no_code_is_none(typed):
    assert read_code(typed) is None


def test_a_code_is_printed_in_fours():
    assert grouped(CODE) == "7KQ2-M9XD-04TW-HB3C"
    assert read_code(grouped(CODE)) == CODE


def test_structure_codes_are_read_from_any_list_each_once_and_in_order():
    text = " tha-ctc-000002\r\nTHA-CTC-000001,THA-CTC-000002; \n THA-CAT-000003\t"
    read = ("tha-ctc-000002", "THA-CTC-000001", "THA-CTC-000002", "THA-CAT-000003")
    assert read_structure_codes(text) == read
    assert read_structure_codes("Cột  12 A\nCột 12 A; B-7") == ("Cột 12 A", "B-7")
    assert read_structure_codes(" \n;, ") == ()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+84912345678", "0912 345 678"),
        ("+842373852555", "0237 385 2555"),
        ("18008098", "1800 8098"),
        ("119", "119"),
        ("+4915112345678", "+4915112345678"),
        (None, ""),
    ],
)
def test_a_number_is_written_as_people_here_write_it(stored, shown):
    assert format_phone(stored) == shown


def test_a_set_has_at_least_one_structure_and_at_most_two_hundred():
    assert "cần ít nhất một mã" in problem_of_count(0)
    assert problem_of_count(1) is None
    assert problem_of_count(MAX_LABELS) is None
    assert problem_of_count(MAX_LABELS + 1) == "Có 201 mã công trình; mỗi lần in tối đa 200."


def test_a_refusal_names_the_first_codes_and_never_more_than_fits():
    sentence = problem_of_unknown(["x" * 500, *(f"THA-CTC-{number:06d}" for number in range(10))])
    assert "THA-CTC-000003" in sentence
    assert "THA-CTC-000004" not in sentence
    assert len(sentence) < 300
