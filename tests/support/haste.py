"""What costs time in every test and shows nothing: collecting garbage, compiling the same sources again."""

import gc
import os

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from config.settings import CHECKOUT

#: New objects after which the youngest are looked through; the interpreter's own figure is 2,000.
_YOUNG = 50_000


def hurry():
    """Collect garbage seldom, and keep what was compiled for the next application, process and run."""
    gc.set_threshold(_YOUNG, 20, 100)
    templates = CHECKOUT / "var" / "tests" / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}
    # Each program that a test starts would compile all of the sources again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
