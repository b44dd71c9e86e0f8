"""`python -m tests.mutation`: how many changed decisions of the program its tests find."""

import argparse
import ast
import functools
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config.settings import CHECKOUT
from tests.mutation.branches import branch_coverage
from tests.mutation.contexts import Contexts
from tests.mutation.fresh import fresh
from tests.mutation.operators import mutated
from tests.mutation.report import Report
from tests.mutation.runner import Task, Unfit, collect_and_run, replace_functions
from tests.mutation.sample import Mutant, sample
from tests.mutation.sql import SQL

DATA = CHECKOUT / "var" / "coverage"
REPORT = CHECKOUT / "var" / "mutation"
#: The most specific tests of a line that are run; a thousand more that only pass through it would say the same.
CAP = 150
#: What is read while modules are imported has no line that a test runs: these tests are about it.
ABOUT = {
    "registry/authz/matrix.py": ("tests/permissions/test_permissions.py", "tests/permissions/test_moves.py"),
}
WANTED = 0.85


def tests_of(mutant: Mutant, contexts: Contexts, cap: int) -> tuple[list[str], int, bool]:
    """The tests to run, how many there are, and whether the line runs while its module is imported."""
    site = mutant.site
    covering = contexts.of_lines(mutant.path, site.line, site.lines)
    imported = "" in covering or not covering
    covering = {test for test in covering - {""} if not test.startswith("tests/e2e/")}
    if imported:
        covering |= contexts.of_module(mutant.path) or contexts.of_folder(str(Path(mutant.path).parent) + "/")
        covering = {test for test in covering if not test.startswith("tests/e2e/")}
    ordered = contexts.ordered(covering)
    return [*ABOUT.get(mutant.path, ()), *ordered[:cap]], len(ordered), imported


def change(mutant: Mutant) -> None:
    """Put a mutant in force in this process, where everything is loaded; Unfit where it takes a new one."""
    module = sys.modules.get(mutant.module)
    if module is None or module.__file__ is None:
        raise Unfit
    before = compile(ast.parse(mutant.source), module.__file__, "exec", dont_inherit=True)
    after = compile(mutated(mutant.source, mutant.key), module.__file__, "exec", dont_inherit=True)
    replace_functions(module.__file__, before, after)


def unfit() -> None:
    """What runs while modules are imported is changed in a new process."""
    raise Unfit


def python_mutants(wanted: argparse.Namespace) -> int:
    """Run the sample; 0 where enough of it is found."""
    contexts = Contexts(sorted(wanted.data.glob(".coverage*")))
    report = Report("python", REPORT)
    tasks, mutants = [], {}
    for mutant in sample():
        if wanted.only and wanted.only not in mutant.name:
            continue
        tests, all_of_them, imported = tests_of(mutant, contexts, wanted.cap)
        mutants[mutant.name] = mutant
        report.covering[mutant.name] = all_of_them
        apply = unfit if imported else functools.partial(change, mutant)
        tasks.append(Task(mutant.name, apply, tests))
    collect_and_run([task for task in tasks if task.tests], jobs=wanted.jobs, say=report.say)
    run_fresh(
        [functools.partial(fresh, task, mutants[task.name].path, mutants[task.name].key) for task in unfitting(tasks)],
        wanted.jobs,
        report,
    )
    control(tasks, wanted.jobs)
    return report.end(tasks, {name: mutant.area for name, mutant in mutants.items()}, WANTED)


def sql_mutants(wanted: argparse.Namespace) -> int:
    """Run the mutants of tests/mutation/sql.py; 0 where all are found."""
    report = Report("sql", REPORT)
    mutants = {mutant.name: mutant for mutant in SQL if wanted.only in mutant.name}
    tasks = [mutant.task() for mutant in mutants.values()]
    collect_and_run(tasks, jobs=wanted.jobs, say=report.say)
    run_fresh(
        [
            functools.partial(fresh, task, mutants[task.name].source, texts=mutants[task.name].changed)
            for task in unfitting(tasks)
        ],
        wanted.jobs,
        report,
    )
    control(tasks, wanted.jobs)
    return report.end(tasks, {mutant.name: mutant.area for mutant in SQL}, 1.0)


def branches(wanted: argparse.Namespace) -> int:
    """Print the coverage of lines and of branches, of each package and of all."""
    print(branch_coverage(wanted.data))
    return 0


def unfitting(tasks: list[Task]) -> list[Task]:
    """The tasks that need a process of their own."""
    return [task for task in tasks if task.verdict == "unfit"]


def run_fresh(runs: list[Callable[[], Task]], jobs: int, report: Report) -> None:
    """Run what needs new processes, some at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        for task in pool.map(lambda run: run(), runs):
            report.say(task)


def control(tasks: list[Task], jobs: int) -> None:
    """Run each test that found a mutant without any: where it fails all the same, it has found nothing."""
    tests_named = sorted({task.found_by for task in tasks if "::" in task.found_by})
    if tests_named:
        right = Task("control", lambda: None, tests_named, whole=True)
        collect_and_run([right], jobs=jobs, say=lambda _task: None)
        for task in tasks:
            if task.verdict == "killed" and task.found_by in right.failed:
                task.verdict = "unsure"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("what", choices=("python", "sql", "list", "branches"))
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--cap", type=int, default=CAP, help=f"the most tests for one mutant ({CAP})")
    parser.add_argument("--only", default="", help="those whose name contains this")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the data of `make coverage`")
    wanted = parser.parse_args()
    if wanted.what == "list":
        print(*(mutant.name for mutant in sample()), sep="\n")
        return 0
    return {"python": python_mutants, "sql": sql_mutants, "branches": branches}[wanted.what](wanted)


if __name__ == "__main__":
    sys.exit(main())
