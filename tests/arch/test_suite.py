"""What no test may do, so that a run says the same thing each time (docs/testing.md)."""

import ast

from registry.kernel.jobs import queue
from tests.arch.sources import files, short, text_of
from tests.suite.layers import FOLDERS, LAYERS
from tests.support.offenders import no_offenders

#: Calls that wait by time or read the machine's clock.
FORBIDDEN = {
    "time.sleep": "wait for an event with tests/support/processes.py, or let the job run in the test's process",
    "sleep": "the same",
    "page.wait_for_timeout": "wait for what the page says: data-map-idle, data-settled, expect(...)",
    "wait_for_timeout": "the same",
    "time.time": "ask the fixture `clock`",
    "time.monotonic": "measure work, not time",
    "monotonic": "the same",
    "time.perf_counter": "the same",
    "time.process_time": "the same",
    "datetime.now": "ask the fixture `clock`",
    "datetime.utcnow": "ask the fixture `clock`",
    "date.today": "ask the fixture `clock`",
    "time_machine.travel": "move the fixture `clock`",
}
#: What runs, watches or measures programs of their own, which read the machine's clock.
EXEMPT = (
    "tests/suite/",
    "tests/mutation/",
    "tests/trials/",
    "tests/e2e/test_import_large.py",
    "tests/support/processes.py",
    "tests/support/crash.py",
    "tests/support/nursery.py",
    "tests/support/racer.py",
    "tests/hostile/reader.py",
)
#: Folders of tests that no layer runs.
ELSEWHERE = ("interop", "trials", "mutation")


def name_of(call):
    """`a.b` of a call `a.b(...)` or `x.a.b(...)`."""
    parts, node = [], call.func
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.insert(0, node.id)
    return ".".join(parts[-2:])


def test_no_test_waits_by_time_or_reads_the_machines_clock():
    offenders = [
        (f"{short(path)}:{node.lineno}", f"{name}: {FORBIDDEN[name]}")
        for path in files(".py", under="tests/")
        if not short(path).startswith(EXEMPT)
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.Call) and (name := name_of(node)) in FORBIDDEN
    ]
    no_offenders("no test waits by time or reads the machine's clock", offenders, "see docs/testing.md")


def test_no_work_is_begun_by_the_hour_of_the_machine():
    assert queue.tasks, "the features have declared their jobs"
    assert queue.periodic_registry.periodic_tasks == {}
    programs = [text_of(path) for path in files(".py", under="tests/support/")]
    workers = [text for text in programs if "run_worker(" in text and "__main__" in text]
    assert workers, "a program of the tests that is a worker itself"
    assert all("periodic_tasks.clear()" in text for text in workers)


def test_every_test_file_lies_in_the_folder_of_a_layer():
    folders = {folder for layer in LAYERS for folder in FOLDERS[layer]} | set(ELSEWHERE)
    tests = [short(path) for path in files(".py", under="tests/") if path.name.startswith("test_")]
    assert [name for name in tests if name.split("/")[1] not in folders] == []
