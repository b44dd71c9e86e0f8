"""A rule for many places fails once, in at most 40 lines, with the rule, the places and the mend."""

import pytest

from tests.support.offenders import MOST_CHARACTERS, MOST_LINES, for_each, no_offenders


def failure(test, **fixtures):
    with pytest.raises(pytest.fail.Exception) as caught:
        test(**fixtures)
    return str(caught.value).splitlines()


def test_a_rule_that_holds_is_silent():
    no_offenders("nothing is here", [], "take it away")
    for_each("number", range(3), mend="none")(lambda number: number)()


def test_a_failure_names_the_rule_every_place_and_the_mend():
    lines = failure(lambda: no_offenders("no tabs", ["a.py:1: \tx", ("b.py", 2, "\ty\n")], "use spaces"))
    assert lines == ["Rule: no tabs", "2 break it:", "  a.py:1: x", "  b.py: 2: y", "Mend: use spaces"]


def test_a_failure_is_never_long():
    lines = failure(lambda: no_offenders("short", ["x" * 10_000] * 10_000, "make it short"))
    assert len(lines) == MOST_LINES
    assert max(map(len, lines)) <= MOST_CHARACTERS + 2
    assert lines[-2:] == [f"  ... and {10_000 - MOST_LINES + 4} more", "Mend: make it short"]


def test_each_thing_that_fails_is_listed_whatever_the_failure_is(tmp_path):
    @for_each("word, length", [("ab", 2), ("abc", 2), ("d", None), ("e", 0)], mend="count", name=lambda thing: thing[0])
    def test_a_word_has_its_length(word, length, tmp_path):
        assert tmp_path.exists()
        if length is None:
            raise KeyError(word)
        if length == 0:
            pytest.fail("no length")
        assert len(word) == length, "another length"

    lines = failure(test_a_word_has_its_length, tmp_path=tmp_path)
    assert lines[:2] == ["Rule: a word has its length", "3 break it:"]
    assert [line.split(":")[0].strip() for line in lines[2:5]] == ["abc", "d", "e"]
    assert ["another length" in lines[2], "KeyError" in lines[3], "no length" in lines[4]] == [True] * 3
