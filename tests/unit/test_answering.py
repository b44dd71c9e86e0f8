"""How an owner answers, as others may know it: no count below three can be worked out."""

from decimal import Decimal

import pytest

from registry.colocation.figures.tables import ColocationFigures, FigureLine, suppress_small_counts
from registry.colocation.list_view import _answering_of


def answering(requests, late, *, is_open=False):
    figures = ColocationFigures(requests=requests, answered=requests, median=Decimal(4), late=late)
    shown = figures if is_open else suppress_small_counts(figures)
    return _answering_of(FigureLine(1, "Viettel", is_open, shown, shown))


def test_few_late_answers_are_not_told_apart():
    assert len({(answering(20, late).on_time_pct, answering(20, late).is_least) for late in (0, 1, 2)}) == 1
    assert (answering(20, 0).on_time_pct, answering(20, 0).is_least) == (90, True)


def test_three_and_more_are_a_share():
    assert (answering(20, 5).on_time_pct, answering(20, 5).is_least) == (75, False)


@pytest.mark.parametrize("requests", [0, 1, 2])
def test_fewer_than_three_requests_say_nothing(requests):
    figures = answering(requests, 0)
    assert (figures.days, figures.on_time_pct) == (None, None)


def test_who_sees_the_cases_reads_the_exact_share():
    assert (answering(2, 1, is_open=True).on_time_pct, answering(2, 1, is_open=True).is_least) == (50, False)
