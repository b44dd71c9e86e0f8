"""What a typed text asks for, and what is marked in an answer."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel.search import MAX_TEXT, marked, read_query
from registry.kernel.text import TextRefused

#: The same name as people type it: tone on either vowel, none, capitals, composed or not.
SPELLINGS = ("Hòa", "Hoà", "hoa", "HOÀ", unicodedata.normalize("NFD", "Hoà"), " hòa ", "h\u200bòa")


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_name_is_the_same_however_its_tone_is_placed(typed):
    assert read_query(typed).words == ("hoa",)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("ham rong", ("ham", "rong")),
        ("hàm  rồng 12", ("ham", "rong", "12")),
        ("hà tu", ("ha tu",)),
        ("tu", ()),
        ("a b", ()),
        ("%%", ()),
        ("__ \\", ()),
        ("12/3", ()),
        ("CT-12", ()),
        ("🗼🗼🗼", ()),
        ("", ()),
    ],
)
def test_only_what_an_index_finds_is_looked_for_in_names(typed, parts):
    assert read_query(typed).parts == parts


@pytest.mark.parametrize(
    ("typed", "may"), [("rogn", True), ("ham rogn", True), ("ham", False), ("hà tu", True), ("%%%%%", False)]
)
def test_slips_are_allowed_for_where_enough_is_left(typed, may):
    assert read_query(typed).may_have_typos is may


def test_long_texts_are_cut_and_repeated_words_count_once():
    query = read_query("cột " * 5000)
    assert len(query.text) <= MAX_TEXT
    assert query.words == ("cot",)
    assert len(read_query(" ".join(f"từ{number}" for number in range(300))).words) == 12


def test_what_is_no_text_is_refused():
    with pytest.raises(TextRefused):
        read_query("Hòa\x00")
    with pytest.raises(TextRefused):
        read_query("\ud800")


def hits(text, *words):
    return [piece for piece, is_hit in marked(text, words) if is_hit]


def test_words_are_marked_whatever_their_marks():
    assert marked("Trạm Hàm Rồng", ("ham", "rong")) == [
        ("Trạm ", False),
        ("Hàm", True),
        (" ", False),
        ("Rồng", True),
    ]
    assert hits("Đường Điện Biên Phủ", "dien", "bien") == ["Điện", "Biên"]
    assert hits("Hoà Hòa HÒA", "hoa") == ["Hoà", "Hòa", "HÒA"]


def test_marks_that_overlap_or_touch_are_one():
    assert hits("ababa", "aba") == ["ababa"]
    assert hits("quan", "qu", "an") == ["quan"]


def test_letters_that_fold_to_several_are_marked_whole():
    assert hits("số №1", "no") == ["№"]


@given(st.text(), st.lists(st.text(max_size=5), max_size=4))
def test_marking_loses_and_adds_nothing(text, words):
    pieces = marked(text, words)
    assert "".join(piece for piece, _is_hit in pieces) == text
    assert all(piece[1] != two[1] for piece, two in pairwise(pieces))
