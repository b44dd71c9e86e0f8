"""Items that a test adds to an extension point for as long as a block runs."""

import contextlib
from collections.abc import Mapping


@contextlib.contextmanager
def adding(point, *items):
    """The point with more items, by their own keys where it is keyed."""
    before = list(point.items()) if isinstance(point, Mapping) else [("", item) for item in point]
    point.fill([*before, *point.of(*items).items])
    try:
        yield
    finally:
        point.fill(before)
