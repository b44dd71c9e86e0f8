"""Time in the tests: it stands still at one instant of the registry's own clock, and only a test moves it.

What reads the clock of the machine or of the database server instead is listed in docs/testing.md.
"""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from registry.kernel import clock as registry_clock
from registry.kernel.jobs import queue

#: A Wednesday, ten in the morning in Việt Nam: far from midnight, weekend, holiday and turn of the year.
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


class StandingClock:
    """Shows one instant until a test moves it."""

    def __init__(self):
        self.moment = NOW

    def __call__(self):
        return self.moment

    def move_to(self, moment):
        """Show this instant from now on, until the end of the test."""
        self.moment = moment

    def advance(self, span):
        """Show the instant that lies `span` after the present one."""
        self.moment += span

    @contextmanager
    def at(self, moment):
        """Show another instant inside the block."""
        former, self.moment = self.moment, moment
        yield self
        self.moment = former


STANDING = StandingClock()
machine_time = registry_clock.machine_time


def stop_time():
    """Put the standing clock in the machine's place, before any test module reads the time.

    A worker of a test would also begin what is due by the machine's hour: the test begins it itself.
    """
    registry_clock.machine_time = STANDING
    queue.periodic_registry.periodic_tasks.clear()


@contextmanager
def time_goes_on():
    """The machine's own clock inside the block, for tests of programs that read it."""
    registry_clock.machine_time = machine_time
    yield
    registry_clock.machine_time = STANDING


@pytest.fixture(autouse=True)
def clock():
    """The clock of this test, which begins at `NOW`."""
    STANDING.move_to(NOW)
    yield STANDING
    STANDING.move_to(NOW)
