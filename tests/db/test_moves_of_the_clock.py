"""Moves that the clock makes and no person, terms that are extended in their unit, and how long a message may be."""

import pytest

from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import Forbidden, Invalid
from registry.workflow.clocks import open_clock
from registry.workflow.engine import fire_by_clock
from registry.workflow.messages import write_message
from tests.factories.colocation import case, filed, move, tower


@pytest.fixture
def number(ctx_of):
    """The id of a request that waits for its owner."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code).id


@pytest.mark.parametrize("name", ["accept", "withdraw", "no such move"])
def test_the_clock_makes_no_move_of_a_person(ctx_of, number, name):
    with ctx_of("so.khcn") as ctx:
        request = case(ctx, number)
        state = request.state
        with pytest.raises(Forbidden):
            fire_by_clock(ctx, COLOCATION, request, name)
        assert request.state is state


def test_an_extension_notes_the_unit_of_the_term_that_it_was_given_in(ctx_of, number):
    with ctx_of("viettel") as ctx:
        assert open_clock(ctx.session, COLOCATION.code, number).extra_unit is None
        move(ctx, case(ctx, number), "extend", days=5, reason="Bão")
        clock = open_clock(ctx.session, COLOCATION.code, number)
        assert (clock.extra, clock.extra_unit) == (5, clock.term.unit)


def test_a_message_has_at_most_four_thousand_characters(ctx_of, number):
    with ctx_of("vnpt") as ctx:
        assert len(write_message(ctx, COLOCATION, number, "ố" * 4000).text) == 4000
        with pytest.raises(Invalid) as refused:
            write_message(ctx, COLOCATION, number, "ố" * 4001)
        assert refused.value.fields == {"text": ["Nội dung dài 4.001 ký tự; tối đa 4.000."]}
