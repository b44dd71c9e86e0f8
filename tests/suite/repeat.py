"""Runs the whole suite again and again: `python -m tests.suite.repeat 10`, or `make test-repeat N=10`.

The last three runs have other seeds, and in the two before them a program keeps one core busy. Each run goes into a log
of its own; the summary has seed, seconds and result of each, and the status is 1 when one was not green.
"""

import subprocess
import sys
import time
from contextlib import contextmanager

from config.settings import CHECKOUT
from tests.suite.__main__ import SEED

REPORTS = CHECKOUT / "var" / "tests" / "reports"
OTHER_SEEDS = (7, 2025, 40_961)
BUSY_RUNS = 2


def main():
    """Run so many times, and sum up."""
    most = int(sys.argv[1])
    REPORTS.mkdir(parents=True, exist_ok=True)
    done = [run(number, seed, is_busy) for number, (seed, is_busy) in enumerate(plan(most), 1)]
    print("run  seed      seconds  result")
    for number, (seed, seconds, is_busy, closing, _is_green) in enumerate(done, 1):
        busy = " (one core busy)" if is_busy else ""
        print(f"{number:3}  {seed:<8}  {seconds:7.0f}  {closing}{busy}")
    return 0 if all(is_green for *_facts, is_green in done) else 1


def plan(most):
    """(seed, whether a core is kept busy) of each run."""
    plain = max(most - len(OTHER_SEEDS) - BUSY_RUNS, 0)
    whole = [(SEED, False)] * plain + [(SEED, True)] * BUSY_RUNS + [(seed, False) for seed in OTHER_SEEDS]
    return whole[-most:]


def run(number, seed, is_busy):
    """One run: its seed, its seconds, whether a core was busy, its closing line, and whether it was green."""
    log = REPORTS / f"run-{number}.log"
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as output, busy_core(wanted=is_busy):
        command = [sys.executable, "-m", "tests.suite", "--seed", str(seed)]
        status = subprocess.run(command, cwd=CHECKOUT, stdout=output, stderr=output, check=False).returncode
    seconds = time.monotonic() - began
    closing = log.read_text(encoding="utf-8").splitlines()[-1]
    print(f"run {number}: seed {seed}, {seconds:.0f} seconds, {closing}", flush=True)
    return seed, seconds, is_busy, closing, status == 0


@contextmanager
def busy_core(*, wanted):
    """Keep one core busy for as long as the block runs."""
    if not wanted:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as loop:
        try:
            yield
        finally:
            loop.kill()


if __name__ == "__main__":
    sys.exit(main())
