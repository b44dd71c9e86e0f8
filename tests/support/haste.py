"""What costs time in every test and shows nothing: collecting garbage, compiling the same sources again."""

import gc
import os

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import _connection_base, _preparing

from config.settings import CHECKOUT
from registry.dashboard import board

#: New objects after which the youngest are looked through; the interpreter's own figure is 2,000. At 50,000 they are
#: not in the cache of the processor any more, and looking through them takes twice as long.
_YOUNG = 10_000
#: So many times the youngest are looked through before those that were left are, too: most of what is left stays.
_LEFT = 200
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
    """Collect garbage seldom, and keep what was compiled for the next application, process and run."""
    gc.set_threshold(_YOUNG, _LEFT, 100)
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
    """Collect all garbage now, and look through what is alive no more.

    After the last test pytest would do so ten times.
    """
    gc.collect()
    gc.freeze()
