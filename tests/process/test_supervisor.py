"""The supervisor with real programs: what is killed is started again, and all of it ends together."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from registry.kernel.installation import CHECKOUT
from registry.kernel.supervisor import Program, Supervisor
from tests.support.processes import is_alive, wait_for

NO_LOG = "the program writes nothing"
SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), Path("/"))
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
SUPERVISOR = """
import sys
from pathlib import Path
from registry.kernel.supervisor import Program, Supervisor

def name(pid):
    said.with_suffix(".new").write_text(str(pid))
    said.with_suffix(".new").rename(said)

said = Path(sys.argv[1])
sleeper = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), Path("/"))
supervisor = Supervisor([sleeper], lambda: Path(sys.argv[1]).write_text(f"{supervisor.children[0].pid}\\n"))
supervisor.run()
"""


def run_during(supervisor, action):
    """Run the supervisor here, which hears signals in the main thread only, and stop it after the action."""

    def act():
        try:
            return action()
        finally:
            supervisor.stop()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(act)
        supervisor.run()
        return done.result()


def test_it_starts_a_killed_process_again_and_stops_all_at_the_end():
    supervisor = Supervisor([SLEEPER, SLEEPER], lambda: None)

    def kill_one():
        first, other = (wait_for(lambda child=child: child.pid, None, NO_LOG) for child in supervisor.children)
        os.kill(first, signal.SIGKILL)
        restarted = wait_for(lambda: {supervisor.children[0].pid} - {None, first}, None, NO_LOG)
        return first, *restarted, other

    pids = run_during(supervisor, kill_one)
    assert len(set(pids)) == 3
    assert not any(map(is_alive, pids))


def test_it_kills_what_does_not_listen(monkeypatch, tmp_path):
    monkeypatch.setattr("registry.kernel.supervisor.STOP_TIMEOUT_S", 0.2)
    is_deaf = tmp_path / "ignores the signal"
    supervisor = Supervisor([Program("stubborn", (sys.executable, "-c", STUBBORN, str(is_deaf)), Path("/"))], int)
    pid = run_during(supervisor, lambda: wait_for(is_deaf.exists, None, NO_LOG) and supervisor.children[0].pid)
    assert pid
    assert not is_alive(pid)


def test_its_children_die_with_it_even_when_it_is_killed(tmp_path):
    pid_file, log = tmp_path / "pid", tmp_path / "log"
    command = [sys.executable, "-c", SUPERVISOR, str(pid_file)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, cwd=CHECKOUT) as process:
        try:
            child = int(wait_for(lambda: pid_file.exists() and pid_file.read_text(), process, log))
            assert is_alive(child)
        finally:
            process.kill()
    wait_for(lambda: not is_alive(child), None, log)
