"""Runs the suite in two processes whose shares follow from the tree alone, and sums up.

`python -m tests.suite [--seed 7] [--random-order] [--store-durations] [--coverage]`, or `make test` and its kind.
pytest-split cuts the tests, in their fixed order, into two parts that take as long by tests/durations.json, the seconds
of each file. The seed begins the chances of tests (pytest-randomly, hypothesis, tests/support/rounds.py); it changes
neither order nor shares.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import sysconfig
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.suite.layers import LAYERS, file_of, layer_of
from tests.support.memory import SHARE
from tests.support.rounds import SUITE_SEED

CHECKOUT = Path(__file__).resolve().parents[2]
DURATIONS = CHECKOUT / "tests" / "durations.json"
REPORTS = CHECKOUT / "var" / "tests" / "reports"
COVERAGE = CHECKOUT / "var" / "coverage"
#: Measures branches, with the test as the context of each.
MEASURED = ("--cov", "--cov-config=tests/mutation/coverage.ini", "--cov-context=test", "--cov-report=")
#: The allocator that asks for large pages, where the interpreter has it (3.13 and later): a virtual machine looks up
#: small ones twice. What tests start does without (tests/support/haste.py).
LARGE_PAGES = {"PYTHONMALLOC": "mimalloc", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "1"}
#: Where it is set, each run compiles all tests anew and rewrites what they assert, which takes seven seconds.
WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"
GROUPS = 2
#: Seconds that pass between two tests and are in no report: a share of many short tests has more of them.
BETWEEN_TESTS = 0.0025
#: The seed of a run for which none is given.
SEED = 20261118
SLOWEST = 15
#: Seconds after which a test that still runs has failed: it prints where each thread waits, and the others go on.
HANGS = 300
#: Seconds after which a share begins no other test: where each one hangs, the summary still comes.
ENDS = 2700
#: How many times as long one share may take before the stored seconds are written again.
DRIFT = 1.1
_PROGRESS = re.compile(r"\[ *\d+%\]$")


def main():
    """Run both shares, print a summary; the status is 1 when a test failed or a share ended early."""
    options = parsed(sys.argv[1:])
    REPORTS.mkdir(parents=True, exist_ok=True)
    order = "in random order" if options.random_order else "in fixed order"
    print(f"{GROUPS} processes, {order}, seed {options.seed}", flush=True)
    began = time.monotonic()
    shares = [Share(number, options) for number in range(1, GROUPS + 1)]
    statuses = [share.wait() for share in shares]
    cases = [case for share in shares for case in share.cases()]
    if options.store_durations:
        store([list(share.cases()) for share in shares])
    summarise(cases, time.monotonic() - began, options.seed)
    return max(statuses)


def parsed(words):
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.suite")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--random-order", action="store_true")
    parser.add_argument(
        "--store-durations", action="store_true", help=f"write {DURATIONS.name} where the shares drifted"
    )
    parser.add_argument("--coverage", action="store_true", help=f"measure branches and contexts into {COVERAGE.name}/")
    return parser.parse_args(words)


def processors_of(number):
    """The processors of a share: those of no other where there are enough.

    A test and its database server take turns. On two processors each turn wakes the other one, which takes a virtual
    machine a quarter of the time of such a test, and a tenth where both shares are at work.
    """
    processors = sorted(os.sched_getaffinity(0))
    return processors[number - 1 :: GROUPS] or processors


class Share:
    """One pytest process with its share of the tests; progress is shown at once, the rest when it has ended."""

    def __init__(self, number, options):
        self.report = REPORTS / f"share-{number}.xml"
        self.report.unlink(missing_ok=True)
        order = [] if options.random_order else ["--randomly-dont-reorganize"]
        command = [sys.executable, "-m", "pytest", "-q", *order]
        command += [
            f"--randomly-seed={options.seed}",
            f"--hypothesis-seed={options.seed}",
            f"--junit-xml={self.report}",
            f"--timeout={HANGS}",
            f"--session-timeout={ENDS}",
        ]
        command += [f"--splits={GROUPS}", f"--group={number}", f"--durations-path={DURATIONS}"]
        environment = {SUITE_SEED: str(options.seed), SHARE: str(number), WITHOUT_BYTECODE: ""}
        if sysconfig.get_config_var("WITH_MIMALLOC"):
            environment |= LARGE_PAGES
        if options.coverage:
            command += MEASURED
            environment["COVERAGE_FILE"] = str(COVERAGE / f".coverage.{number}")
        self._number, self._rest = number, []
        self._process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        # Before it has started anything: programs, browsers and its database server are where it is.
        os.sched_setaffinity(self._process.pid, processors_of(number))
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            if _PROGRESS.search(line.rstrip()):
                print(f"{self._number}: {line}", end="", flush=True)
            else:
                self._rest.append(line)

    def wait(self):
        """The exit status, once it has ended and its messages are printed."""
        self._reader.join()
        status = self._process.wait()
        print(f"--- process {self._number} ended with status {status}")
        print("".join(self._rest), flush=True)
        return status

    def cases(self):
        """Per test: address, seconds, outcome."""
        if not self.report.exists():
            return
        for case in ET.parse(self.report).iter("testcase"):  # noqa: S314 - written by pytest just now
            outcome = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
            # A file that could not be collected has its own name alone.
            file = (case.get("classname") or case.get("name")).replace(".", "/") + ".py"
            yield f"{file}::{case.get('name')}", float(case.get("time")), outcome


def summarise(cases, seconds, seed):
    """Print the slowest files, the layers, and the closing line."""
    files, layers, tests = collections.Counter(), collections.Counter(), collections.Counter()
    outcomes = collections.Counter(outcome for _test, _seconds, outcome in cases)
    for test, took, _outcome in cases:
        files[file_of(test)] += took
        layers[layer_of(test)] += took
        tests[layer_of(test)] += 1
    print(f"The {SLOWEST} slowest files, in seconds of one process:")
    for file, took in files.most_common(SLOWEST):
        print(f"{took:8.1f}  {file}")
    print("Layers, in seconds of one process:")
    for layer in LAYERS:
        print(f"{layers[layer]:8.1f}  {layer} ({tests[layer]} tests)")
    failed = outcomes["failure"] + outcomes["error"]
    print(f"seed {seed}, {seconds:.0f} seconds")
    print(f"{outcomes['passed']} passed, {failed} failed, {outcomes['skipped']} skipped", flush=True)


def store(shares):
    """Write how long each file took, unless the shares of this run took as long within `DRIFT`."""
    seconds = [sum(took + BETWEEN_TESTS for _test, took, _outcome in share) for share in shares]
    if max(seconds) <= min(seconds) * DRIFT:
        print(f"{DURATIONS.name} stays: the shares took {' and '.join(f'{each:.0f}' for each in seconds)} s")
        return
    files = collections.Counter()
    for test, took, _outcome in (case for share in shares for case in share):
        files[file_of(test)] += took + BETWEEN_TESTS
    rounded = {file: round(took, 1) for file, took in sorted(files.items())}
    DURATIONS.write_text(json.dumps(rounded, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
