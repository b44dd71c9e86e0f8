"""Which layers read uploads in forks of a prepared process instead of a new process for each file."""

import pillow_heif

from registry.files import photo_child, photos
from registry.imports.reading import client
from tests.suite.layers import layer_of
from tests.support.forked_reader import Forked, Parent

_START, _END, _DECODE = client.start, client.end, photos.decode
_LAYERS = ("unit", "db", "web", "browser")
_parents = []
pillow_heif.register_heif_opener()


def pytest_runtest_setup(item):
    """Choose how the reading process begins, before any fixture of the test reads a file."""
    forks = layer_of(item.nodeid) in _LAYERS and "real_reader" not in item.keywords
    client.start, client.end = (_forked, _ended) if forks else (_START, _END)
    # Photos are decoded in the process of the test.
    is_real = layer_of(item.nodeid) == "process" or "real_reader" in item.keywords
    photos.decode = _DECODE if is_real else photo_child.decode


def pytest_sessionfinish():
    """End the process that forks."""
    client.start, client.end, photos.decode = _START, _END, _DECODE
    while _parents:
        _parents.pop().stop()


def _forked(module, arguments, private, source):
    if not _parents:
        _parents.append(Parent())
    return _parents[0].start(module, arguments, private, source)


def _ended(process):
    return _parents[0].end(process) if isinstance(process, Forked) else _END(process)
