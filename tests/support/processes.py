"""Wait for a real process: the one place of the tests that polls.

A test names the event it waits for and the log of the process that brings it. When the event does not come within
`LIMIT_S` seconds, or the process ends first, the test fails with the last lines of that log.
"""

import subprocess
import time
from pathlib import Path

import pytest

#: Seconds until a test gives up.
LIMIT_S = 20
_POLL_S = 0.02
_LAST_LINES = 30


def wait_for(event, process, log, limit_s=LIMIT_S):
    """Call `event` until it answers something true, and return that. Only a trial has another `limit_s`.

    `process`: the `subprocess.Popen` that has to live until then, or None where the event is an end. `log`: where the
    process writes (a path), its text, or a function that gives the text. An error of `event` ends the test at once:
    where one is expected, as from a port that does not listen yet, `event` answers it with something false.
    """
    deadline = time.monotonic() + limit_s
    while True:
        has_ended = process is not None and process.poll() is not None
        if event_value := event():
            return event_value
        if has_ended:
            pytest.fail(_message(event, f"the process ended with {process.returncode}", log), pytrace=False)
        if time.monotonic() > deadline:
            pytest.fail(_message(event, f"not within {limit_s} s", log), pytrace=False)
        time.sleep(_POLL_S)


def wait_for_end(process, log):
    """Wait until a process has ended; gives its status, negative where a signal ended it."""
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        pytest.fail(_message(wait_for_end, f"not within {LIMIT_S} s", log), pytrace=False)


def is_alive(pid):
    """Whether a process runs: a zombie, which only waits for its parent to ask, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        # The second: it ended between the opening of the file and its reading.
        return False


def _message(event, why, log):
    text = log
    if callable(log):
        text = log()
    elif isinstance(log, Path):
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    last = text.splitlines()[-_LAST_LINES:]
    return "\n".join((f"waited for {_name(event)}: {why}. Its log ends:", *(last or ["(empty)"])))


def _name(event):
    return getattr(event, "__qualname__", repr(event))
