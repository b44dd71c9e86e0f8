"""Turns of costly work: one an account, a few for the server, across processes, free when a transaction ends."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from registry.authz import concurrency
from registry.authz.actors import PUBLIC_ACTOR
from registry.authz.concurrency import PUBLIC_SENDING, SIGNED_IN, account_key, acquire_slot
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Busy, TooManyRequests
from tests.support.fixtures import actor_named
from tests.support.processes import LIMIT_S

PEOPLE = ("viettel", "vnpt", "dienluc", "so.khcn", "quantri")


@pytest.fixture(scope="module")
def web(module_url):
    database = Database(module_url, role=WEB_ROLE, pool_size=12)
    yield database
    database.dispose()


@pytest.fixture
def as_(web):
    """A function: user name -> a read-only transaction of a person's request."""

    def opened(username, origin="10.0.0.1", *, interactive=True, read_only=True):
        def actor(session):
            return PUBLIC_ACTOR if username is None else actor_named(session, username)

        return web.transaction(actor, read_only=read_only, interactive=interactive, origin=origin)

    return opened


def test_a_second_request_of_an_account_waits_and_a_third_is_refused_at_once(as_):
    begins_to_wait = Event()

    def note_the_wait(_connection, query, _many, _one, _options):
        if query is concurrency._WAIT:
            begins_to_wait.set()

    def second():
        with as_("viettel", interactive=False) as ctx:
            listen(ctx.session.connection(), "before_execute", note_the_wait)
            acquire_slot(ctx)
            return "made"

    with ThreadPoolExecutor(1) as thread:
        with as_("viettel") as first:
            acquire_slot(first)
            waiting = thread.submit(second)
            assert begins_to_wait.wait(LIMIT_S)
            with as_("viettel") as third, pytest.raises(TooManyRequests) as refused:
                acquire_slot(third)
            assert refused.value.retry_after > 0
            assert not waiting.done()
        assert waiting.result() == "made"
    with as_("viettel") as again:
        acquire_slot(again)


def test_a_second_request_that_waited_too_long_is_refused(as_):
    with as_("viettel") as first, as_("viettel") as second:
        acquire_slot(first)
        second.session.execute(text("SET LOCAL lock_timeout = '1ms'"))
        with pytest.raises(TooManyRequests):
            acquire_slot(second)


def test_the_server_makes_a_few_at_once_and_says_when_to_come_again(as_):
    assert len(PEOPLE) > SIGNED_IN.most
    opened = [as_(name) for name in PEOPLE]
    contexts = [transaction.__enter__() for transaction in opened]
    try:
        for ctx in contexts[: SIGNED_IN.most]:
            acquire_slot(ctx)
        with pytest.raises(Busy) as busy:
            acquire_slot(contexts[SIGNED_IN.most])
        assert (busy.value.status, busy.value.retry_after > 0) == (503, True)
    finally:
        for transaction in opened:
            transaction.__exit__(None, None, None)
    with as_(PEOPLE[0]) as ctx:
        acquire_slot(ctx)


def test_who_has_not_signed_in_has_the_turn_of_the_network_address(as_):
    with as_(None) as first, as_(None, "10.0.0.2") as other:
        assert account_key(first) != account_key(other)
        acquire_slot(first)
        # There is one slot for files of visitors, from wherever they come.
        with pytest.raises(Busy):
            acquire_slot(other)


def test_a_turn_is_free_again_when_the_work_fails(as_):
    def fails():
        with as_("vnpt") as ctx:
            acquire_slot(ctx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with as_("vnpt") as ctx:
        acquire_slot(ctx)


def test_reports_with_photos_of_one_address_run_side_by_side_and_a_few_more_wait(as_):
    drafts = [f"draft {number}" for number in range(PUBLIC_SENDING.most + PUBLIC_SENDING.waiting + 1)]
    opened = [as_(None, read_only=False) for _draft in drafts]
    contexts = [each.__enter__() for each in opened]
    waiting_until = {}

    def wait(number):
        acquire_slot(contexts[number], drafts[number])
        waiting_until[number] = True
        opened[number].__exit__(None, None, None)

    for number in range(PUBLIC_SENDING.most):
        acquire_slot(contexts[number], drafts[number])
    seats = range(PUBLIC_SENDING.most, PUBLIC_SENDING.most + PUBLIC_SENDING.waiting)
    begun = [Event() for _seat in seats]
    for number, event in zip(seats, begun, strict=True):
        listen(contexts[number].session.connection(), "before_execute", noted(event))
    with ThreadPoolExecutor(len(seats)) as threads:
        waits = [threads.submit(wait, number) for number in seats]
        assert all(event.wait(LIMIT_S) for event in begun)
        with pytest.raises(Busy):
            acquire_slot(contexts[-1], drafts[-1])
        assert waiting_until == {}
        for number in range(PUBLIC_SENDING.most):
            opened[number].__exit__(None, None, None)
        for each in waits:
            each.result()
    opened[-1].__exit__(None, None, None)
    assert sorted(waiting_until) == list(seats)


def noted(event):
    def note(_connection, query, _many, _one, _options):
        if query is concurrency._WAIT_FOR_SLOT:
            event.set()

    return note
