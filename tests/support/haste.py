"""What costs time in every test and shows nothing: collecting garbage, compiling the same sources again."""

import gc
import os

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import _connection_base, _preparing

from config.settings import CHECKOUT
from registry.dashboard import board

#: As good as never: the oldest objects are collected where a file ends (`settle`).
_SELDOM = 1_000_000
#: Commands after which the server knows no prepared statement any more.
_DISCARD = (b"DISCARD ALL", b"DEALLOCATE ALL")


class KeptStatements(_preparing.PrepareManager):
    """Keeps what a connection has prepared over roll-backs.

    The driver throws all of it away, for a table may be another one after a roll-back. PostgreSQL looks at the text
    of a statement again where that is so. Each test and each move of a walk is rolled back here, and the server would
    take most of its time to plan the same statements again.
    """

    prepared_max = 1500
    prepare_threshold = 1

    def _should_discard(self, prep, results):
        tags = [result.command_status or b"" for result in results]
        return any(tag.startswith(_DISCARD) for tag in tags) and super().clear()

    def clear(self):
        """Asked for at the end of each transaction that is rolled back."""
        return False


def hurry():
    """Collect old garbage seldom, and keep what was compiled for the next application, process and run."""
    young, left, _oldest = gc.get_threshold()
    gc.set_threshold(young, left, _SELDOM)
    templates = CHECKOUT / "var" / "tests" / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}
    # Each program that a test starts would compile all of the sources again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A file is read within limits of memory, of which the large pages of the suite would take the most.
    os.environ.pop("PYTHONMALLOC", None)
    # What a page has time for must not depend on how busy the machine is.
    board.BUDGET_S = board.PRESENT_S = 600.0
    # Where a connection takes it from when it is made.
    _connection_base.PrepareManager = KeptStatements


def settle():
    """Collect all garbage now, and leave what is alive out of every later collection.

    A run that leaves it to its end has millions of lost objects by then, and every test is slower for them.
    """
    gc.collect()
    gc.freeze()
