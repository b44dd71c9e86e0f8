"""Lanes of the threads of a process: few visitors work at once, some wait in order, others are refused at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.authz.lanes import Lane, LaneLimits, ThreadLanes, lane_limits, threads_of_process
from registry.kernel.errors import Busy
from tests.support.processes import LIMIT_S


def lanes_of(*, working=1, waiting=2, seconds=LIMIT_S):
    return ThreadLanes(dict.fromkeys(Lane, LaneLimits(working, waiting, seconds)))


def waiting_in(lanes, lane):
    return len(lanes._queues[lane])


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as threads:
        yield threads


def queued(pool, lanes, lane, number):
    """Requests that wait, each behind the one before it."""
    waits = []
    for _each in range(number):
        before = waiting_in(lanes, lane)
        waits.append(pool.submit(lanes.enter, lane))
        while waiting_in(lanes, lane) == before:
            pass
    return waits


def test_those_beyond_the_waiting_ones_are_refused_at_once(pool):
    lanes = lanes_of(waiting=2)
    seat = lanes.enter(Lane.READING)
    waits = queued(pool, lanes, Lane.READING, 2)
    with pytest.raises(Busy) as refused:
        lanes.enter(Lane.READING)
    assert refused.value.retry_after > 0
    seat.leave()
    for wait in waits:
        wait.result().leave()
    lanes.enter(Lane.READING).leave()


def test_the_first_to_come_is_the_first_to_work(pool):
    lanes = lanes_of()
    seat = lanes.enter(Lane.SENDING)
    first, second = queued(pool, lanes, Lane.SENDING, 2)
    seat.leave()
    own = first.result(LIMIT_S)
    assert not second.done()
    own.leave()
    second.result(LIMIT_S).leave()


def test_one_that_waited_too_long_is_refused_and_leaves_no_trace():
    lanes = lanes_of(seconds=0.001)
    seat = lanes.enter(Lane.READING)
    with pytest.raises(Busy):
        lanes.enter(Lane.READING)
    seat.leave()
    lanes.enter(Lane.READING).leave()


def test_a_crowd_of_visitors_takes_no_seat_of_a_member():
    lanes = lanes_of(waiting=0)
    seats = [lanes.enter(lane) for lane in Lane if lane is not Lane.MEMBERS]
    seats.append(lanes.enter(Lane.MEMBERS))
    for lane in Lane:
        with pytest.raises(Busy):
            lanes.enter(lane)
    for seat in seats:
        seat.leave()


def test_while_a_member_works_one_visitor_goes_on_and_the_first_to_come_is_next(pool):
    lanes = lanes_of(working=2)
    member, visitor = lanes.enter(Lane.MEMBERS), lanes.enter(Lane.READING)
    (sender,) = queued(pool, lanes, Lane.SENDING, 1)
    (reader,) = queued(pool, lanes, Lane.READING, 1)
    visitor.leave()
    sent = sender.result(LIMIT_S)
    assert not reader.done()
    member.leave()
    reader.result(LIMIT_S).leave()
    sent.leave()


def test_an_answer_that_is_sent_takes_the_seat_of_one_that_waits():
    lanes = lanes_of(waiting=1)
    slow = lanes.enter(Lane.READING)
    slow.end_work()
    working = lanes.enter(Lane.READING)
    with pytest.raises(Busy):
        lanes.enter(Lane.READING)
    slow.leave()
    slow.leave()
    working.leave()
    assert not any(lanes._present.values())
    assert not any(lanes._working.values())


def test_those_who_work_at_once_have_connections():
    limits = lane_limits(4)
    # Of the pool: five, and five more, of which one is left for who counts an attempt. Those of a crowd wait without.
    assert sum(lane.working for lane in limits.values()) < 10
    assert threads_of_process(4) > sum(lane.working + lane.waiting for lane in limits.values())


def test_forty_seven_sign_ins_at_once_wait_in_two_processes():
    sign_ins = lane_limits(4)[Lane.SIGN_IN]
    assert 2 * (sign_ins.working + sign_ins.waiting) >= 47
