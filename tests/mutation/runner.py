"""Runs tests against mutants: pytest collects once, then each mutant gets a fork of that process for its own tests."""

import contextlib
import gc
import json
import os
import select
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType

import pytest

#: A mutant that has computed for so long since its last test ended goes round in circles, which counts as found. It is
#: the time of its own process, so that a busy machine finds nothing; one that only waits is given up after the other.
CIRCLES_S = 60.0
WAITING_S = 1200.0
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-o", "addopts=-m 'not trial'")


class Unfit(Exception):
    """The change cannot be made in a program that is already loaded."""


@dataclass
class Task:
    """One mutant: its name, what puts it in force in a process of its own, and its tests (node ids or files)."""

    name: str
    apply: Callable[[], None]
    tests: list[str]
    on_database: Callable[[str], None] | None = None
    verdict: str = ""
    #: Go on after a failure, and name them all.
    whole: bool = False
    found_by: str = ""
    failed: list[str] = field(default_factory=list)
    ran: int = 0
    seconds: float = 0.0


@dataclass
class Fork:
    """The process of one task, and the pipe through which it speaks."""

    task: Task
    pid: int
    pipe: int
    started: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    used: float = 0.0
    text: bytes = b""

    def computed(self) -> float:
        """Seconds of the processor that the process has used by now."""
        fields = Path("/proc", str(self.pid), "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def hears(self, part: bytes) -> None:
        """Note that a test has ended."""
        self.text += part
        self.heard, self.used = time.monotonic(), self.computed()

    def is_lost(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.computed() - self.used > CIRCLES_S or time.monotonic() - self.heard > WAITING_S


class Mutants:
    """The plugin that takes pytest's loop: a keeper holds the cluster, the tasks run some at a time."""

    def __init__(self, tasks: list[Task], jobs: int, say: Callable[[Task], None]) -> None:
        self.tasks = tasks
        self.jobs = jobs
        self.say = say
        self.current: Task | None = None
        self.failed: list[str] = []
        self.pipe = -1

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest) -> Iterator[None]:
        """Change each database that is made for tests, before any test sees it."""
        result = yield
        del request
        is_url = fixturedef.argname.endswith("_url") and isinstance(result, str)
        if is_url and self.current is not None and self.current.on_database is not None:
            try:
                self.current.on_database(result)
            except Exception as error:
                # A change that cannot be made has found nothing.
                self.end({"verdict": "broken", "found_by": f"{type(error).__name__}: {error}"})
        return result

    def end(self, told: dict[str, object]) -> None:
        """In the fork: say what became of the task, and end."""
        os.write(self.pipe, b"\n" + json.dumps(told).encode())
        os._exit(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure, and that there is still something going on."""
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)
        if self.pipe >= 0 and report.when == "call":
            os.write(self.pipe, b".")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run each task in a fork."""
        items = {item.nodeid: item for item in session.items}
        kept = [item for item in session.items if item.name == "test_keep"]
        with keeping(session, kept):
            waiting, running = list(self.tasks), {}
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    fork = self.start(session, waiting.pop(0), items)
                    running[fork.pipe] = fork
                for fork in self.listen(running):
                    self.finish(fork)
                    del running[fork.pipe]
        return True

    def start(self, session: pytest.Session, task: Task, items: dict[str, pytest.Item]) -> Fork:
        """A process of its own for a task."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self.pipe = writer
            silence(session)
            told: dict[str, object] = {"verdict": "broken"}
            try:
                told = self.run(session, task, chosen(task.tests, items))
            except Unfit:
                told = {"verdict": "unfit"}
            except BaseException as error:  # the process ends here, and says why
                told = {"verdict": "broken", "found_by": f"{type(error).__name__}: {error}"}
            self.end(told)
        os.close(writer)
        return Fork(task, pid, reader)

    def run(self, session: pytest.Session, task: Task, items: list[pytest.Item]) -> dict[str, object]:
        """In the fork: change the program, run the tests up to the first that fails."""
        if not items:
            return {"verdict": "no tests"}
        self.current = task
        task.apply()
        ran = 0
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            ran += 1
            if self.failed and not task.whole:
                break
        with contextlib.suppress(BaseException):
            session._setupstate.teardown_exact(None)
        verdict = "killed" if self.failed else "survived"
        return {"verdict": verdict, "found_by": "".join(self.failed[:1]), "failed": self.failed, "ran": ran}

    def listen(self, running: dict[int, Fork]) -> list[Fork]:
        """The forks that have ended by now, those that went round in circles among them."""
        ended = []
        for pipe in select.select(list(running), [], [], 1.0)[0]:
            fork, part = running[pipe], os.read(pipe, 65536)
            fork.hears(part)
            if not part:
                ended.append(fork)
        for fork in running.values():
            if fork not in ended and fork.is_lost():
                fork.text += b"\n" + json.dumps({"verdict": "killed", "found_by": "no end in sight"}).encode()
                os.kill(fork.pid, signal.SIGKILL)
                ended.append(fork)
        return ended

    def finish(self, fork: Fork) -> None:
        """Note what a fork said with its last line; one that died without a word was ended by its mutant."""
        os.close(fork.pipe)
        os.waitpid(fork.pid, 0)
        last = fork.text.rpartition(b"\n")[2]
        told = json.loads(last) if last.startswith(b"{") else {"verdict": "killed", "found_by": "the process died"}
        fork.task.seconds = round(time.monotonic() - fork.started, 1)
        for name, value in told.items():
            setattr(fork.task, name, value)
        self.say(fork.task)


@contextlib.contextmanager
def keeping(session: pytest.Session, kept: list[pytest.Item]) -> Iterator[None]:
    """Hold the cluster and its template in a process of its own, so that no task starts or stops them."""
    ready, told = os.pipe()
    held, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ready)
        os.close(end)
        silence(session)
        os.environ["MUTATION_PIPES"] = f"{told} {held}"
        for item in kept:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        os._exit(0)
    os.close(told)
    os.close(held)
    os.read(ready, 1)
    try:
        yield
    finally:
        os.close(end)
        os.close(ready)
        os.waitpid(pid, 0)


def silence(session: pytest.Session) -> None:
    """What a fork prints is of no interest to who started it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        session.config.pluginmanager.unregister(reporter)


def chosen(tests: list[str], items: dict[str, pytest.Item]) -> list[pytest.Item]:
    """The items that the tests name, files staying together in the order of their first test."""
    items_by_file: dict[str, list[pytest.Item]] = {}
    for test in tests:
        same = [items[test]] if test in items else [item for name, item in items.items() if begins(name, test)]
        for item in same:
            group = items_by_file.setdefault(item.nodeid.partition("::")[0], [])
            if item not in group:
                group.append(item)
    return [item for group in items_by_file.values() for item in group]


def begins(name: str, test: str) -> bool:
    """Whether a test's name is of the file, or of the function with parameters, that `test` names."""
    return name.startswith((f"{test}::", f"{test}[", f"{test}/"))


def codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """All code in a module's code by name and first line."""
    yield (code.co_qualname, code.co_firstlineno), code
    for held in code.co_consts:
        if isinstance(held, CodeType):
            yield from codes(held)


def replace_functions(path: str, before: CodeType, after: CodeType) -> None:
    """Give the functions of a loaded module the code that a changed source has; Unfit where that is not enough."""
    former, present = list(codes(before)), list(codes(after))
    if [key for key, _code in former] != [key for key, _code in present]:
        raise Unfit
    changed = {key: code for (key, code), (_key, was) in zip(present, former, strict=True) if code != was}
    times = Counter(key for key, _code in present)
    done = 0
    for function in gc.get_objects():
        if not isinstance(function, FunctionType) or function.__code__.co_filename != path:
            continue
        key = (function.__code__.co_qualname, function.__code__.co_firstlineno)
        if key in changed:
            if changed[key].co_freevars != function.__code__.co_freevars or times[key] > 1:
                raise Unfit
            function.__code__ = changed[key]
            done += 1
    if not done:
        raise Unfit


def collect_and_run(tasks: list[Task], *, jobs: int, say: Callable[[Task], None]) -> None:
    """Collect the files of all tasks once, and run the tasks."""
    files = sorted({test.partition("::")[0] for task in tasks for test in task.tests})
    code = pytest.main([*OPTIONS, "tests/mutation/keep.py", *files], plugins=[Mutants(tasks, jobs, say)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"pytest could not collect the tests ({code!r}).")
