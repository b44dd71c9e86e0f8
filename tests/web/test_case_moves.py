"""The buttons of a case: one is filled, and what ends or undoes something stands in a menu."""

import re
from types import SimpleNamespace

import pytest
from flask import get_template_attribute

from registry.authz.permissions import P
from registry.colocation.codes import ColocationState
from registry.workflow.definition import Move, text_need
from tests.support.rounds import pairs

NEEDS = {
    "none": (),
    "optional": (text_need("note", "Ghi chú", required=False),),
    "required": (text_need("why", "Lý do"),),
}


def shown(app, tones, needs):
    """The buttons of moves with these tones."""
    state = ColocationState.DRAFT
    moves = [
        Move(f"move{number}", f"Bước {number}", "", (state,), state, P.COLOCATION_READ, NEEDS[needs], tone=tone)
        for number, tone in enumerate(tones)
    ]
    with app.test_request_context():
        view = SimpleNamespace(moves=moves, workflow=SimpleNamespace(code="colocation"))
        return get_template_attribute("workflow/_macros.html", "moves")(view, SimpleNamespace(id=1, version=1))


@pytest.mark.parametrize(
    ("tones", "needs"),
    pairs(
        (("danger",), ("primary", "primary"), ("primary", "danger"), ("secondary", "danger", "danger")),
        ("optional", "required"),
    ),
)
def test_at_most_one_button_is_filled_and_none_that_is_dangerous(app, tones, needs):
    text = shown(app, tones, needs)
    assert text.count("btn-primary") == ("primary" in tones)
    assert "btn-danger" not in text
    menu = "".join(re.findall(r"<details.*?</details>", text, re.DOTALL))
    assert menu.count('<a class="menu-item') == tones.count("danger")
    assert text.count("data-ask") == (len(tones) if needs == "optional" else 0)
