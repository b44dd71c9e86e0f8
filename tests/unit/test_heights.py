"""Nothing is requested, reported or recorded above the top of its structure, of whichever kind it is."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from registry.structures.heights import height_problem
from registry.structures.kinds import KINDS

TOPS = [kind.code for kind in KINDS.values() if kind.top_fields]


def structure_of(kind, **values):
    """A structure of a kind whose first height is 12 m, with no other ones."""
    heights = dict.fromkeys(KINDS[kind].top_fields) | {KINDS[kind].top_fields[0]: Decimal("12.000")}
    return SimpleNamespace(kind=kind, code="THA-X-000001", **heights | values)


def test_every_kind_that_is_a_mast_or_a_pole_has_a_top():
    assert sorted(TOPS) == ["antenna_tower", "cable_pole", "power_pole_shared"]


@pytest.mark.parametrize("kind", TOPS)
def test_a_height_over_the_top_is_refused_with_the_top(kind):
    sentence = height_problem(structure_of(kind), Decimal("99.5"))
    assert "99,5" in sentence
    assert "không quá 12" in sentence
    assert height_problem(structure_of(kind), Decimal(12)) is None
    assert height_problem(structure_of(kind), None) is None


@pytest.mark.parametrize("kind", [kind for kind in TOPS if "setting_depth_m" in KINDS[kind].top_fields])
def test_what_stands_in_the_ground_is_not_above_it(kind):
    pole = structure_of(kind, setting_depth_m=Decimal(2))
    assert "không quá 10" in height_problem(pole, Decimal(11))
    assert height_problem(pole, Decimal(10)) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in TOPS])
def test_a_kind_without_a_top_refuses_no_height_by_it(kind):
    assert height_problem(SimpleNamespace(kind=kind, code="THA-X-000001"), Decimal(99)) is None


@pytest.mark.parametrize("kind", TOPS)
def test_an_unknown_top_refuses_nothing(kind):
    unknown = structure_of(kind, **{KINDS[kind].top_fields[0]: None})
    assert height_problem(unknown, Decimal(99)) is None
