"""Runs the suite in two processes: `python -m tests.suite [--seed 7] [--random-order] [--coverage]`, or `make test`.

The seed begins the chances of tests (pytest-randomly, hypothesis, tests/support/rounds.py); it changes no order.
"""

import argparse
import os
import subprocess
import sys
import sysconfig

from config.settings import CHECKOUT
from tests.suite.shares import PROCESSES
from tests.support.memory import SHARE
from tests.support.rounds import SUITE_SEED

#: Measures branches, with the test as the context of each.
MEASURED = ("--cov", "--cov-config=tests/mutation/coverage.ini", "--cov-context=test", "--cov-report=")
#: The allocator that asks for large pages, where the interpreter has it (3.13 and later): a virtual machine looks up
#: small ones twice. What tests start does without (tests/support/haste.py).
LARGE_PAGES = {"PYTHONMALLOC": "mimalloc", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "1"}
#: Where it is set, each run compiles all tests anew and rewrites what they assert, which takes seven seconds.
WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"
#: The seed of a run for which none is given.
SEED = 20261118
#: Seconds after which a test that still runs has failed: it prints where each thread waits, and the others go on.
HANGS = 300


def main():
    """Run pytest; its status is the status."""
    options = parsed(sys.argv[1:])
    order = "random" if options.random_order else "fixed"
    print(f"{PROCESSES} processes, {order} order, seed {options.seed}", flush=True)
    environment = os.environ | {SUITE_SEED: str(options.seed), WITHOUT_BYTECODE: ""}
    command = [sys.executable, "-m", "pytest", *arguments(options)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


def parsed(words):
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.suite")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--random-order", action="store_true")
    parser.add_argument("--coverage", action="store_true", help="measure branches and contexts into var/coverage")
    return parser.parse_args(words)


def arguments(options):
    """The command line of pytest."""
    yield from ("-q", "--dist=loadfile", "--no-loadscope-reorder", *map(process, range(1, PROCESSES + 1)))
    yield from (f"--randomly-seed={options.seed}", f"--hypothesis-seed={options.seed}", f"--timeout={HANGS}")
    if not options.random_order:
        yield "--randomly-dont-reorganize"
    if options.coverage:
        yield from MEASURED


def process(number):
    """The option that adds one process, with its number and allocator."""
    environment = {SHARE: number} | (LARGE_PAGES if sysconfig.get_config_var("WITH_MIMALLOC") else {})
    return "--tx=" + "//".join(["popen", *(f"env:{name}={value}" for name, value in environment.items())])


if __name__ == "__main__":
    sys.exit(main())
