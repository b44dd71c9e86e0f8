"""The worked examples of docs/screening.md: each line is right, and is what the calculator says."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.support.screening import DOCUMENT, SCREEN, examples, facts, reckoned, shipped

EXAMPLES = examples()


def told(example):
    return SCREEN[example.calculator](facts(example.calculator, example.given, example.there), shipped())


def test_every_calculator_has_at_least_three_examples_and_every_verdict():
    assert set(Counter(each.calculator for each in EXAMPLES)) == set(SCREEN)
    for calculator in SCREEN:
        verdicts = [each.verdict for each in EXAMPLES if each.calculator == calculator]
        assert len(verdicts) >= 3
        assert set(verdicts) == {"fits", "needs_study", "does_not_fit"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.title)
def test_the_verdict_is_the_documents(example):
    assert told(example).verdict == example.verdict


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.title)
def test_each_line_of_an_example_is_right_and_what_the_calculator_reckons(example):
    figures = told(example).figures
    for name, arithmetic, stated in example.steps:
        decimals = len(stated.partition(".")[2])
        assert round(figures[name], decimals) == Decimal(stated), name
        # A line is worked out from rounded figures of the lines before it.
        assert abs(reckoned(arithmetic) - Decimal(stated)) <= Decimal("0.01") + Decimal(1).scaleb(-decimals), name


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.title)
def test_whatever_decides_is_said_with_a_figure_or_names_what_is_unknown(example):
    screening = told(example)
    assert screening.assumptions or screening.verdict == "needs_study"
    for step in screening.steps:
        assert step.text.strip().endswith(".")


def test_every_setting_of_the_table_has_a_source():
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").split("\n") if line.startswith(("| `s", "| `p"))]
    assert len(rows) == 19
    assert all(len(row.split("|")[4].strip()) > 5 for row in rows)
