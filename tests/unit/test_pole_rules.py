"""What the sizes of a pole must be to one another, on both sides of each bound."""

from datetime import date
from decimal import Decimal

import pytest

from registry.structures.kinds.cable_pole import CLEARANCE, cable_below_top, clearance, depth_below_length
from registry.structures.kinds.kind import Limit, RuleContext


def sizes(length, depth, cable):
    sizes_typed = {"length_m": length, "setting_depth_m": depth, "lowest_cable_m": cable}
    return {name: None if value is None else Decimal(value) for name, value in sizes_typed.items()}


@pytest.mark.parametrize(
    ("length", "depth", "cable", "is_wrong"),
    [
        ("8.5", "1.5", "7", False),
        ("8.5", "1.5", "7.01", True),
        ("8.5", None, "8.5", False),
        ("8.5", None, "8.51", True),
        ("8.5", "1.5", None, False),
        (None, "1.5", "9", False),
    ],
)
def test_a_cable_hangs_no_higher_than_the_pole_above_ground(loaded_app, length, depth, cable, is_wrong):
    with loaded_app.test_request_context():
        problems = cable_below_top(sizes(length, depth, cable), None)
    assert [problem.field for problem in problems] == ["lowest_cable_m"] * is_wrong
    if depth and is_wrong:
        assert problems[0].sentence == "Độ cao cáp 7,01 m vượt phần cột trên mặt đất 7 m; hãy kiểm tra lại hai số."


@pytest.mark.parametrize(
    ("length", "depth", "is_wrong"),
    [("8.5", "8.49", False), ("8.5", "8.5", True), (None, "3", False), ("8", None, False)],
)
def test_a_pole_is_longer_than_it_stands_in_the_ground(loaded_app, length, depth, is_wrong):
    with loaded_app.test_request_context():
        problems = depth_below_length(sizes(length, depth, None), None)
    assert [problem.field for problem in problems] == ["setting_depth_m"] * is_wrong


@pytest.mark.parametrize(("cable", "is_warned"), [("5.5", False), ("5.49", True), (None, False)])
def test_a_cable_below_the_clearance_of_a_road_is_a_warning(loaded_app, cable, is_warned):
    context = RuleContext(date(2026, 11, 25), {CLEARANCE: Limit({"road": "5.5", "lane": "4.5"}, "QCVN 33:2019/BTTTT")})
    with loaded_app.test_request_context():
        problems = clearance(sizes(None, None, cable), context)
    assert [(problem.field, problem.blocks) for problem in problems] == [("lowest_cable_m", False)] * is_warned
