"""What costs time in every test and shows nothing: collecting garbage, compiling the same sources again."""

import gc
import os

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import _connection_base, _preparing

from config.settings import CHECKOUT
from registry.dashboard import board

#: New objects after which the youngest are looked through; the interpreter's own figure is 2,000.
_YOUNG = 50_000


class KeptStatements(_preparing.PrepareManager):
    """Keeps what a connection has prepared over a roll-back, unless tables or the like were changed before it.

    The driver throws all of it away, for the roll-back may be that of a new table. Here each test and each move of a
    walk is rolled back, and PostgreSQL would take most of its time to plan the same statements again.
    """

    prepared_max = 500
    prepare_threshold = 2
    _changed = False

    def _should_discard(self, prep, results):
        tags = [result.command_status or b"" for result in results]
        self._changed = self._changed or any(tag.startswith((b"CREATE", b"ALTER", b"DROP")) for tag in tags)
        if self._changed and any(tag.startswith(b"ROLLBACK") for tag in tags):
            self._changed = False
            return self.clear()
        return super()._should_discard(prep, [each for each in results if each.command_status != b"ROLLBACK"])


def hurry():
    """Collect garbage seldom, and keep what was compiled for the next application, process and run."""
    gc.set_threshold(_YOUNG, 20, 100)
    templates = CHECKOUT / "var" / "tests" / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}
    # Each program that a test starts would compile all of the sources again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What a page has time for must not depend on how busy the machine is.
    board.BUDGET_S = board.PRESENT_S = 600.0
    # Where a connection takes it from when it is made.
    _connection_base.PrepareManager = KeptStatements
