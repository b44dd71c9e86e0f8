"""Bounds of a place and of its measures, on both sides."""

import pytest

from registry.capacity.rules import MOST_LABEL, MOST_PLACES, place_problems


@pytest.mark.parametrize(
    ("label", "total", "taken", "wrong"),
    [
        ("Ống số 3", 0, 0, set()),
        ("Ống số 3", -1, 0, {"total"}),
        ("Ống số 3", MOST_PLACES, 0, set()),
        ("Ống số 3", MOST_PLACES + 1, 0, {"total"}),
        ("Ống số 3", 2, 2, set()),
        ("Ống số 3", 2, 3, {"total"}),
        ("Ống số 3", None, 3, set()),
        ("", 1, 0, {"label"}),
        ("a" * MOST_LABEL, 1, 0, set()),
        ("a" * (MOST_LABEL + 1), 1, 0, {"label"}),
        ("", -1, 0, {"label", "total"}),
    ],
)
def test_a_place_has_a_name_and_a_total_that_holds_what_is_taken(loaded_app, label, total, taken, wrong):
    with loaded_app.test_request_context():
        assert place_problems(label, total, taken).keys() == wrong


def test_a_total_below_nought_is_said_to_be_out_of_bounds(loaded_app):
    with loaded_app.test_request_context():
        assert place_problems("Ống số 3", -1, 0)["total"].startswith("Tổng số vị trí là -1; cần từ 0 đến")
