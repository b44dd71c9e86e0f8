"""Trials run programs as processes of their own, which read the machine's clock."""

import pytest

from tests.support.clock import time_goes_on


@pytest.fixture(autouse=True)
def machine_clock(clock):
    """The machine's clock, for the length of a test."""
    del clock
    with time_goes_on():
        yield
