"""Programs that run as processes of their own read the machine's clock, and so do the tests of them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.clock import time_goes_on
from tests.support.database import cloned
from tests.support.memory import temporary_root
from tests.support.served import serving


@pytest.fixture(autouse=True)
def machine_clock(clock):
    """The machine's clock, for the length of a test."""
    del clock
    with time_goes_on():
        yield


@pytest.fixture(scope="package")
def program(cluster, template_database):
    """The program, started once for the tests that only ask it, on a database of this folder.

    They add rows of their own and look at these; web workers that are killed are born again.
    """
    with TemporaryDirectory(dir=temporary_root()) as name, cloned(cluster, template_database, "program") as url:
        Path(name).chmod(0o711)
        with serving(url, Path(name)) as served_program:
            yield served_program
