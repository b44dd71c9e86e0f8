"""How the two processes of the suite share its tests: a file, or a folder that makes its rows once, at a time.

pytest-xdist gives the next one to the process that has done its last, in the order of the layers: both end within one
file of another, and nobody writes down how long files take.
"""

import os
from pathlib import PurePath

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support.memory import SHARE

PROCESSES = 2
#: Folders whose tests stay in one process: what `permissions` makes for all of its files takes half a minute, and what
#: `process` starts and kills runs one after the other.
_TOGETHER = ("tests/permissions", "tests/process")


class Shares(LoadFileScheduling):
    """Gives out tests by `scope_of`."""

    def _split_scope(self, nodeid):
        return scope_of(nodeid)


def scope_of(nodeid):
    """What is given to one process as a whole: the file of a test, or its folder."""
    file = nodeid.partition("::")[0]
    folder = "/".join(PurePath(file).parts[:2])
    return folder if folder in _TOGETHER else file


def pytest_configure(config):
    """Keep a share, its database server and all that it starts to its own processors, before anything is started.

    A test and its database server take turns. On two processors each turn wakes the other one, which takes a virtual
    machine a quarter of the time of such a test, and a tenth where both shares are at work.
    """
    if hasattr(config, "workerinput"):
        os.sched_setaffinity(0, processors_of(int(os.environ[SHARE])))


def processors_of(number):
    """The processors of a share: those of no other where there are enough."""
    processors = sorted(os.sched_getaffinity(0))
    return processors[number - 1 :: PROCESSES] or processors


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """The order in which tests are given out."""
    return Shares(config, log)
