"""The sprite of the map says what everything on it looks like, and tells values apart by shape and by colour."""

import re
from pathlib import Path

import pytest

from registry.routelists.map import STREETS
from registry.structures.codes import Condition
from registry.structures.kinds import KINDS
from registry.structures.map.colours import MAP_COLOURS, OWNER_COLOURS
from registry.violations.map import VIOLATIONS

STATIC = Path(__file__).resolve().parents[2] / "registry" / "static"
SYMBOLS = dict(re.findall(r'<symbol id="([^"]+)" (.*?)</symbol>', (STATIC / "map" / "symbols.svg").read_text()))
VALUES = {
    "kind": tuple(KINDS),
    "owner": (*(f"owner_{number}" for number in range(1, OWNER_COLOURS + 1)), "owner_other"),
    "condition": (*(f"condition_{member.value}" for member in Condition), "condition_unknown"),
    "source": ("surveyed", "declared", "inferred"),
    "age": ("fresh", "stale"),
    "room": ("room_free", "room_scarce", "room_full", "room_unknown", "room_closed"),
}


def shape_of(symbol):
    """A drawing without its colours."""
    return re.sub(r'(fill|stroke|data-line|data-dash)="[^"]*"', "", symbol)


def line_of(symbol):
    """How a line of that value is drawn: colour and dashes."""
    return tuple(
        re.search(rf'{name}="([^"]*)"', symbol).group(1) if name in symbol else ""
        for name in ("data-line", "data-dash")
    )


@pytest.mark.parametrize("code", VALUES)
def test_every_value_of_a_colour_has_its_symbol(code):
    assert [value for value in VALUES[code] if MAP_COLOURS[code].symbol(value) not in SYMBOLS] == []


@pytest.mark.parametrize("code", [code for code, colour in MAP_COLOURS.items() if colour.stands_alone])
def test_marks_differ_in_shape_and_in_colour(code):
    marks = [SYMBOLS[MAP_COLOURS[code].symbol(value)] for value in VALUES[code]]
    assert len({shape_of(mark) for mark in marks}) == len(marks)
    assert len({line_of(mark)[0] for mark in marks}) == len(marks)


@pytest.mark.parametrize("code", ["room", "condition"])
def test_lines_of_a_colour_differ_in_their_dashes_too(code):
    marks = [SYMBOLS[MAP_COLOURS[code].symbol(value)] for value in VALUES[code]]
    assert len({line_of(mark)[1] for mark in marks}) == len(marks)


@pytest.mark.parametrize("layer", [STREETS, VIOLATIONS], ids=lambda layer: layer.code)
def test_every_look_of_a_layer_has_its_symbol(layer):
    drawn = [SYMBOLS[f"{layer.code}-{look}"] for look in layer.looks]
    looks = {line_of(each) if layer.shape == "line" else shape_of(each) for each in drawn}
    assert len(looks) == len(drawn)
