"""What costs time in every test and shows nothing: collecting garbage, compiling the same templates again."""

import gc

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from config.settings import CHECKOUT

#: New objects after which the youngest are looked through; the interpreter's own figure is 2,000.
_YOUNG = 50_000


def hurry():
    """Collect garbage seldom, and keep compiled templates for the next application and the next run."""
    gc.set_threshold(_YOUNG, 20, 100)
    folder = CHECKOUT / "var" / "tests" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}
