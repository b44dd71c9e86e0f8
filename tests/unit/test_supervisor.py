"""The supervisor: what ends is started again, and all of it ends together."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from registry.kernel.installation import CHECKOUT
from registry.kernel.supervisor import PortBusyError, Program, Supervisor, check_port
from registry.kernel.supervisor import port as port_module
from tests.support.patience import PATIENCE_S

SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), Path("/"))
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def until(condition, timeout_s: float = PATIENCE_S):
    """Wait for a true value and return it; fails after the time is over."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {timeout_s} s")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_starts_a_killed_process_again_and_stops_all_when_told():
    supervisor = Supervisor([SLEEPER, SLEEPER], lambda: None)
    pids: list[int] = []

    def meddle() -> None:
        try:
            first, other = (until(lambda child=child: child.pid) for child in supervisor.children)
            os.kill(first, signal.SIGKILL)
            again = until(lambda: supervisor.children[0].pid not in {None, first} and supervisor.children[0].pid)
            pids.extend([first, other, again])
        finally:
            supervisor.stop()

    thread = threading.Thread(target=meddle)
    thread.start()
    supervisor.run()
    thread.join()
    first, other, again = pids
    assert first != again
    assert not any(alive(pid) for pid in (first, other, again))


def test_it_waits_longer_after_each_failure():
    failing = Supervisor([Program("failing", (sys.executable, "-c", "raise SystemExit(3)"), Path("/"))], lambda: None)
    started = time.monotonic()
    runs = []

    def count() -> None:
        child = failing.children[0]
        if child.pid and (not runs or runs[-1] != child.pid):
            runs.append(child.pid)
        if time.monotonic() - started > 3:
            failing.stop()

    failing._each_round = count
    failing.run()
    assert 1 <= len(runs) <= 4


def test_it_kills_what_does_not_listen(monkeypatch):
    monkeypatch.setattr("registry.kernel.supervisor.supervisor.STOP_TIMEOUT_S", 0.5)
    supervisor = Supervisor([Program("stubborn", (sys.executable, "-c", STUBBORN), Path("/"))], lambda: None)
    found: list[int] = []

    def watch() -> None:
        if supervisor.children[0].pid:
            found.append(supervisor.children[0].pid)
            time.sleep(0.5)  # until it ignores the signal
            supervisor.stop()

    supervisor._each_round = watch
    supervisor.run()
    assert found
    assert not alive(found[0])


def test_its_children_die_with_it_even_when_it_is_killed():
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from registry.kernel.supervisor import Program, Supervisor\n"
        "sleeper = Program('s', (sys.executable, '-c', 'import time; time.sleep(600)'), Path('/'))\n"
        "s = Supervisor([sleeper], lambda: print(s.children[0].pid, flush=True))\n"
        "s.run()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
        child = int(next(line for line in process.stdout if line.strip().isdecimal()))
        assert alive(child)
        process.kill()
        process.wait()
    until(lambda: not alive(child))


def test_it_names_a_busy_port_and_another(monkeypatch):
    monkeypatch.setattr(port_module, "PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortBusyError, match=f"{number}.*127.0.0.1.*PORT="):
            check_port("127.0.0.1", number)
    check_port("127.0.0.1", number)
