"""When the supervisor starts a program again, by a clock of the test, and which ports it takes."""

import socket
from types import SimpleNamespace

import pytest

from registry.kernel import supervisor
from registry.kernel.supervisor import PortBusyError, Program, check_port


class Ended:
    """A process that has ended already."""

    pid, returncode = 1, 3

    def __init__(self, *_arguments, **_options):
        """As subprocess.Popen is called."""

    def poll(self):
        return self.returncode


def test_it_waits_longer_after_each_failure_and_no_longer_once_the_program_was_well(monkeypatch, tmp_path):
    now = 0.0
    monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(supervisor, "subprocess", SimpleNamespace(Popen=Ended, DEVNULL=None))
    failing = supervisor.Child(Program("failing", ("failing",), tmp_path))

    def delay(lived_s):
        nonlocal now
        failing.start()
        now += lived_s
        assert failing.ended() == Ended.returncode
        assert failing.ended() is None, "an end is said once"
        ended_at = now
        while not failing.due():
            now += 0.25
        return now - ended_at

    assert failing.due()
    assert [delay(0) for _run in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert delay(supervisor.HEALTHY_AFTER_S + 1) == 0.5


def test_it_names_a_busy_port_and_another(monkeypatch):
    monkeypatch.setattr(supervisor, "PORT_TIMEOUT_S", 0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortBusyError, match=f"{number}.*127.0.0.1.*PORT="):
            check_port("127.0.0.1", number)
    check_port("127.0.0.1", number)
