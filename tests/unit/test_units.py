"""Units of measure."""

from decimal import Decimal

import pytest

from registry.kernel.units import KG, KM, MM, TONNE, UNITS, M, convert

NBSP = "\N{NO-BREAK SPACE}"


def test_a_quantity_is_shown_with_its_sign() -> None:
    assert M.display(Decimal("45.5")) == f"45,5{NBSP}m"
    assert TONNE.display(2) == f"2{NBSP}tấn"
    assert M.display(None) == ""


def test_quantities_turn_into_other_units_of_the_same_dimension() -> None:
    assert convert(Decimal(110), MM, M) == Decimal("0.11")
    assert convert(Decimal("1.5"), KM, M) == 1500


def test_a_length_never_becomes_a_mass() -> None:
    with pytest.raises(ValueError, match="length is not mass"):
        convert(Decimal(1), M, KG)


def test_each_unit_has_its_own_code_and_a_name() -> None:
    assert all(code == unit.code and str(unit.label) for code, unit in UNITS.items())
