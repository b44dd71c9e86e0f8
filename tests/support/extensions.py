"""Items that a test adds to an extension point for as long as a block runs."""

import contextlib
from collections.abc import Mapping


@contextlib.contextmanager
def adding(point, *items):
    """The point with more items, by their own keys where it is keyed.

    Only these are taken out again: the features may have been mounted within the block.
    """
    more = point.of(*items).items
    point.fill([*_content(point), *more])
    try:
        yield
    finally:
        point.fill([each for each in _content(point) if not any(each[1] is added for _key, added in more)])


def _content(point):
    return list(point.items()) if isinstance(point, Mapping) else [("", item) for item in point]
