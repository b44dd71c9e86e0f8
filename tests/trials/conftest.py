"""Trials run programs as processes of their own, which read the machine's clock."""

import pytest

from tests.support.clock import time_goes_on
from tests.support.served import serving

#: Trials may run on a busy machine.
START_S = 150


@pytest.fixture(autouse=True)
def machine_clock(clock):
    """The machine's clock, for the length of a test."""
    del clock
    with time_goes_on():
        yield


@pytest.fixture
def program(live_url, tmp_path):
    """The program, served as an installation serves it, on a database of this test."""
    with serving(live_url, tmp_path, START_S) as served_program:
        yield served_program
