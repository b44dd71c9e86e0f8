"""Numbers of structures: each once, and neither a gap nor a neighbour shows what else was registered (ADR 0016)."""

import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE
from registry.structures.writing.create_edit import draw_numbers, format_code
from tests.factories.structures import make

MILLION = 1_000_000


COUNT = text("SELECT last_value, is_called FROM structure_number_seq")
CONTINUE = text("SELECT setval('structure_number_seq', :last_value, :is_called)")


@pytest.fixture
def continue_at(ctx_of):
    """A function that lets the next number be the one after `count` others; counting goes on as before after the test.

    A transaction that fails does not give numbers back, so neither does the end of a test.
    """

    def as_owner(ctx, statement, **values):
        ctx.session.execute(text("RESET ROLE"))
        return ctx.session.execute(statement, values)

    with ctx_of("so.khcn") as ctx:
        before = as_owner(ctx, COUNT).one()
    yield lambda ctx, count: as_owner(ctx, CONTINUE, last_value=count, is_called=False)
    with ctx_of("so.khcn") as ctx:
        as_owner(ctx, CONTINUE, **before._mapping)


def test_each_number_comes_once_and_the_next_one_cannot_be_told(ctx_of):
    with ctx_of("so.khcn") as ctx:
        drawn = draw_numbers(ctx.session, 4_000)
    assert len(set(drawn)) == len(drawn)
    assert min(drawn) >= 1
    assert max(drawn) <= MILLION
    steps = [later - earlier for earlier, later in itertools.pairwise(drawn)]
    # Of a counter, or a line a · n + b, few steps are different; of chance nearly all are.
    assert len(set(steps)) > 0.98 * len(steps)
    # Neighbours among the numbers were drawn as far apart as any two: a third of all, on average.
    turn = {number: position for position, number in enumerate(drawn)}
    ordered = sorted(drawn)
    apart = [abs(turn[number] - turn[next_one]) for number, next_one in itertools.pairwise(ordered)]
    assert sum(apart) / len(apart) == pytest.approx(len(drawn) / 3, rel=0.05)
    # All parts of the million are used from the first day.
    assert {number // 100_000 for number in drawn} == set(range(10))


def test_another_million_follows_in_an_order_of_its_own(ctx_of, continue_at):
    with ctx_of("so.khcn") as ctx:
        continue_at(ctx, MILLION - 50)
        before, after = draw_numbers(ctx.session, 50), draw_numbers(ctx.session, 50)
        continue_at(ctx, 2 * MILLION - 50)
        again = draw_numbers(ctx.session, 50)
    assert max(before) <= MILLION < min(after) <= max(after) <= 2 * MILLION
    assert {number % MILLION for number in before}.isdisjoint(number % MILLION for number in again)
    assert format_code("THA-CAT-", after[0]) == f"THA-CAT-{after[0]}"


@pytest.mark.trial
def test_a_whole_million_is_drawn_without_a_gap(ctx_of, continue_at):
    with ctx_of("so.khcn") as ctx:
        continue_at(ctx, 0)
        assert sorted(draw_numbers(ctx.session, MILLION)) == list(range(1, MILLION + 1))


def test_the_number_of_a_structure_is_that_of_its_code(ctx_of):
    with ctx_of("viettel") as ctx:
        structures = [make(ctx, kind=kind) for kind in ("antenna_tower", "cable_pole", "manhole")]
        assert [structure.code[-6:] for structure in structures] == [f"{structure.id:06d}" for structure in structures]


@pytest.mark.parametrize("role", [WEB_ROLE, "registry_worker", POSITION_READER_ROLE])
def test_no_role_of_the_program_reads_the_key_or_how_many_were_drawn(ctx_of, role):
    with ctx_of("quantri") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        ctx.session.execute(text(f"SET LOCAL ROLE {role}"))
        for question in ("SELECT key FROM structure_number_key", "SELECT last_value FROM structure_number_seq"):
            with pytest.raises(ProgrammingError, match="permission denied"), ctx.session.begin_nested():
                ctx.session.execute(text(question))
