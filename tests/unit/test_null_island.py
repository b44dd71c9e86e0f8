"""Zero for both coordinates was never measured, in every system, spelling and form."""

from itertools import product

import pytest

from registry.kernel.geo.coordinates import PositionRefused, parse_position
from registry.kernel.geo.vn2000 import ZONES

ZEROS = ("0", "0,0", "0.00", "0,000", "00", "-0", 0, 0.0)


def refusal(source, system, zone=ZONES[5897]):
    with pytest.raises(PositionRefused) as refused:
        parse_position(source, system, zone=zone)
    return refused.value.message


@pytest.mark.parametrize("system", ["auto", "wgs84", "vn2000"])
def test_null_island_is_said_to_be_unmeasured_in_every_spelling(system):
    texts = [zero for zero in ZEROS if isinstance(zero, str)]
    for zone in ZONES.values():
        for pair in product(ZEROS, repeat=2):
            assert "chưa đo" in refusal(pair, system, zone), pair
        for first, second in product(texts, repeat=2):
            assert "chưa đo" in refusal(f"{first}; {second}", system, zone), (first, second)


@pytest.mark.parametrize("pair", [("2191076,73", "0"), ("0", "581102,24"), (2191076.73, 0), (0, 581102.24)])
def test_one_zero_among_metres_is_unmeasured_and_no_angle(pair):
    sentence = refusal(pair, "vn2000")
    assert "chưa đo" in sentence
    assert "độ, không phải mét" not in sentence
