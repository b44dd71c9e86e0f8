"""At the same moment: no place is promised twice, no free place is refused, one case has one answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from registry.authz.blueprint import DATABASE
from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.service import set_place
from registry.colocation.codes import ColocationState
from registry.colocation.models import ColocationRequest
from registry.kernel.errors import Conflict, DomainError, Invalid, MoveRefused
from tests.factories.colocation import LABEL, accept, draft, move, tower
from tests.factories.colocation_copies import filed_many
from tests.support.live import context
from tests.support.processes import LIMIT_S

S = ColocationState


@pytest.fixture
def database(live_app):
    return DATABASE.of(live_app)


@pytest.fixture
def make_cases(database):
    """A function: total and number of requests -> code of the tower, ids of the requests for one position each."""

    def made(total, count):
        with context(database, "viettel") as ctx:
            code = tower(ctx, total=total).code
        with context(database, "vnpt") as ctx:
            return code, filed_many(ctx, code, count)

    return made


def at_once(*calls):
    """What the calls answer or raise when they start together."""
    barrier = Barrier(len(calls), timeout=LIMIT_S)

    def run(call):
        barrier.wait()
        try:
            return call()
        except DomainError as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def acceptance(database, number):
    def call():
        with context(database, "viettel") as ctx:
            return accept(ctx, ctx.session.get_one(ColocationRequest, number), out_of_turn="Thử tranh chấp").state

    return call


def test_the_same_structure_chosen_several_times_at_once_is_in_one_draft(database):
    with context(database, "viettel") as ctx:
        code = tower(ctx).code

    def choose():
        with context(database, "vnpt") as ctx:
            return draft(ctx, code).id

    assert len(set(at_once(*[choose] * 6))) == 1
    assert states(database) == [S.DRAFT]


def place(database):
    with context(database, "so.khcn", read_only=True) as ctx:
        return ctx.session.scalars(select(CapacityPlace)).one()


def states(database):
    with context(database, "so.khcn", read_only=True) as ctx:
        return sorted(ctx.session.scalars(select(ColocationRequest.state)))


def test_the_last_place_goes_to_exactly_one_of_two(database, make_cases):
    _code, numbers = make_cases(1, 2)
    answers = at_once(*(acceptance(database, number) for number in numbers))
    (lost,) = [answer for answer in answers if isinstance(answer, DomainError)]
    assert isinstance(lost, MoveRefused)
    assert lost.status == 409
    assert "còn trống 0 trong tổng số 1" in lost.message
    assert (place(database).reserved, place(database).free) == (1, 0)
    assert states(database) == [S.ACCEPTED, S.UNDER_REVIEW]


def test_every_free_place_is_given_and_none_twice(database, make_cases):
    _code, numbers = make_cases(3, 6)
    answers = at_once(*(acceptance(database, number) for number in numbers))
    assert answers.count(S.ACCEPTED) == 3
    assert (place(database).reserved, place(database).free) == (3, 0)


def test_one_case_answered_twice_at_once_has_one_answer(database, make_cases):
    _code, (number,) = make_cases(3, 1)
    answers = at_once(acceptance(database, number), acceptance(database, number))
    assert answers.count(S.ACCEPTED) == 1
    (refused,) = (answer for answer in answers if answer is not S.ACCEPTED)
    # Invalid where the second comes when the first is done: its structures wait for no answer any more.
    assert isinstance(refused, (Conflict, MoveRefused, Invalid))
    assert place(database).reserved == 1


def test_a_total_cut_at_the_same_moment_never_leaves_more_reserved_than_there_is(database, make_cases):
    code, (number,) = make_cases(1, 1)

    def cut():
        with context(database, "viettel") as ctx:
            return set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 0)).total

    accepted, total = at_once(acceptance(database, number), cut)
    assert isinstance(accepted, MoveRefused) is not isinstance(total, Invalid)
    assert place(database).reserved == place(database).total


def test_an_acceptance_and_a_withdrawal_at_once_leave_no_place_held_by_a_withdrawn_case(database, make_cases):
    _code, (number,) = make_cases(1, 1)

    def withdraw():
        with context(database, "vnpt") as ctx:
            return move(ctx, ctx.session.get_one(ColocationRequest, number), "withdraw").state

    at_once(acceptance(database, number), withdraw)
    (state,) = states(database)
    assert place(database).reserved == (1 if state is S.ACCEPTED else 0)
