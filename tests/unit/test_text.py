"""Vietnamese text: one spelling before it is stored, one folded form to search by."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel.text import (
    BrokenCharacter,
    ControlCharacter,
    fold,
    natural_key,
    normalise,
    normalise_lines,
    normalise_name,
    place_tones,
    shown,
)


def test_texts_are_stored_composed_trimmed_and_with_single_spaces() -> None:
    decomposed = unicodedata.normalize("NFD", "  Xã\u00a0 Hoằng \t Hóa\n")
    assert normalise(decomposed) == "Xã Hoằng Hóa"


def test_invisible_characters_are_dropped() -> None:
    assert normalise("\ufeffVi\u200bettel\u00ad") == "Viettel"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x9f"])
def test_control_characters_are_refused_by_name(character: str) -> None:
    with pytest.raises(ControlCharacter) as refused:
        normalise(f"Trạm{character}1")
    assert f"U+{ord(character):04X}" in str(refused.value)
    assert "Trạm" in str(refused.value)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BrokenCharacter, match="Trạm"):
        normalise("Trạm \ud800")


def test_lines_stay_lines() -> None:
    assert normalise_lines("\r\n một  hai \r\n\r\nba\n\n") == "một hai\n\nba"


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("Hoà", "Hòa"),
        ("thuỷ", "thủy"),
        ("Thuý Hoà khoẻ", "Thúy Hòa khỏe"),
        ("Uỷ ban", "Ủy ban"),
        ("HOÁ QUỲ", "HÓA QUỲ"),
        ("Xã Hoá Quỳ", "Xã Hóa Quỳ"),
        ("loè xoè, toạ", "lòe xòe, tọa"),
    ],
)
def test_tone_marks_stand_where_official_names_put_them(new: str, old: str) -> None:
    assert place_tones(new) == old
    assert place_tones(old) == old


@pytest.mark.parametrize("word", ["quý", "Quỳnh", "hoàn", "giá", "khuỷu", "thuở", "ngoằn", "toán", "quả", "của"])
def test_words_that_both_habits_write_alike_stay(word: str) -> None:
    assert place_tones(word) == word


def test_names_are_cleaned_and_spelled_one_way() -> None:
    assert normalise_name("  Xã  Sơn Thuỷ ") == "Xã Sơn Thủy"


def test_folding_forgets_case_marks_and_stroke() -> None:
    assert fold("  Đường  ĐIỆN Biên Phủ, Ừ ") == "duong dien bien phu, u"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"])))
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(alphabet="aăâeêioôơuưyđbcdghklmnpqrstvx àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"))
def test_both_placings_of_tone_marks_fold_alike_and_placing_is_stable(text: str) -> None:
    assert fold(place_tones(text)) == fold(text)
    assert place_tones(place_tones(text)) == place_tones(text)


def test_quoted_values_are_short_and_printable() -> None:
    assert shown("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    assert len(shown("x" * 100)) == 40


def test_names_are_ordered_by_vietnamese_letters_and_by_the_value_of_their_numbers() -> None:
    expected = [
        "An Bình",
        "Ăn Trưa",
        "Ân Thi",
        "Ấp 1",
        "Dường 3",
        "Đường 2",
        "Đường 9B",
        "Đường 10",
        "Phố Dọc",
        "Phố Đội",
    ]
    names = sorted(expected, reverse=True)
    assert sorted(names, key=natural_key) == expected
    assert sorted(["ma", "mạ", "má", "mã", "mả", "mà"], key=natural_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]
