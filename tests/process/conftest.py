"""Programs that run as processes of their own read the machine's clock, and so do the tests of them."""

import pytest

from tests.support.clock import time_goes_on


@pytest.fixture(autouse=True)
def machine_clock(clock):
    """The machine's clock, for the length of a test."""
    del clock
    with time_goes_on():
        yield
