"""A mutant of what runs while modules are imported: a new process reads the changed source."""

import ast
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType

from config.settings import CHECKOUT
from tests.mutation.operators import mutated
from tests.mutation.runner import Task, collect_and_run
from tests.mutation.texts import replaced

Changed = Callable[[str], ast.Module | str]


class ChangedLoader(SourceFileLoader):
    """Reads a module with its source changed."""

    def __init__(self, name: str, path: str, changed: Changed) -> None:
        super().__init__(name, path)
        self.changed = changed

    def get_code(self, fullname: str) -> CodeType:
        """The code of the changed source; nothing is kept on the disk."""
        del fullname
        source = self.get_data(self.path).decode()
        return compile(self.changed(source), self.path, "exec", dont_inherit=True)


class ChangedModule(MetaPathFinder):
    """Finds one module with its source changed."""

    def __init__(self, name: str, changed: Changed) -> None:
        self.name = name
        self.changed = changed

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The spec of the changed module; None for all others."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == self.name else None
        if spec is not None and spec.origin:
            spec.loader = ChangedLoader(fullname, spec.origin, self.changed)
        return spec


def fresh(task: Task, path: str, key: str = "", texts: Sequence[tuple[str, str]] = ()) -> Task:
    """Run a task in a new process that imports a module with a site (`key`) or some texts changed."""
    asked = json.dumps({"name": task.name, "tests": task.tests, "path": path, "key": key, "texts": texts})
    started = time.monotonic()
    try:
        replaced((CHECKOUT / path).read_text(encoding="utf-8"), tuple(texts))
    except LookupError as error:
        # A change that cannot be made has found nothing.
        task.verdict, task.found_by = "broken", str(error)
        return task
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation.fresh"],
        input=asked,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        timeout=1800,
        check=False,
    )
    last = done.stdout.strip().rpartition("\n")[2]
    if last.startswith("{"):
        task.__dict__.update({name: value for name, value in json.loads(last).items() if name != "name"})
    else:
        task.verdict, task.found_by = "killed", "the program cannot be imported"
    task.seconds = round(time.monotonic() - started, 1)
    return task


def main() -> None:
    """Read the task from standard input, write what became of it as the last line."""
    asked = json.loads(sys.stdin.read())
    name = asked["path"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if asked["key"]:
        changed: Changed = partial(mutated, key=asked["key"])
    else:
        changed = partial(replaced, changed=tuple(map(tuple, asked["texts"])))
    sys.meta_path.insert(0, ChangedModule(name, changed))
    task = Task(asked["name"], lambda: None, asked["tests"])
    collect_and_run([task], jobs=1, say=lambda _task: None)
    told = {key: value for key, value in asdict(task).items() if key in ("verdict", "found_by", "failed", "ran")}
    os.write(1, f"\n{json.dumps(told)}\n".encode())


if __name__ == "__main__":
    main()
