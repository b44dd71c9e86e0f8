"""Which layers read uploads and write files in forks of a prepared process instead of a new one for each file."""

from functools import cache

import pillow_heif

from registry.documents import pdf, signatures
from registry.files import photo_child, photos
from registry.imports.reading import client
from registry.kernel.exports import map_files
from tests.suite.layers import layer_of
from tests.support import forked_writer
from tests.support.forked_reader import Forked, Parent

_START, _END, _DECODE = client.start, client.end, photos.decode
_WRITE_PDF, _START_MAP = pdf._run, map_files.start
_START_SIGNATURES, _END_SIGNATURES = signatures.start_program, signatures.end_program
_LAYERS = ("unit", "db", "web", "browser")
_parents = []
pillow_heif.register_heif_opener()


def pytest_runtest_setup(item):
    """Choose how the reading process begins, before any fixture of the test reads a file."""
    forks = layer_of(item.nodeid) in _LAYERS and "real_reader" not in item.keywords
    client.start, client.end = (_forked, _ended) if forks else (_START, _END)
    pdf._run = (lambda html: writers().write_pdf(html)) if forks else _WRITE_PDF
    map_files.start = (lambda private: writers().start_map(private)) if forks else _START_MAP
    signatures.start_program = (lambda *order: writers().start_signatures(*order)) if forks else _START_SIGNATURES
    signatures.end_program = (lambda process: process.stdout.close()) if forks else _END_SIGNATURES
    # Photos are decoded in the process of the test.
    is_real = layer_of(item.nodeid) == "process" or "real_reader" in item.keywords
    photos.decode = _DECODE if is_real else photo_child.decode


def pytest_sessionfinish():
    """End the process that forks."""
    client.start, client.end, photos.decode = _START, _END, _DECODE
    pdf._run, map_files.start = _WRITE_PDF, _START_MAP
    signatures.start_program, signatures.end_program = _START_SIGNATURES, _END_SIGNATURES
    if writers.cache_info().currsize:
        writers().stop()
    while _parents:
        _parents.pop().stop()


@cache
def writers():
    """The process whose forks write files, begun with the first of them."""
    return forked_writer.Parent()


def _forked(module, arguments, private, source):
    if not _parents:
        _parents.append(Parent())
    return _parents[0].start(module, arguments, private, source)


def _ended(process):
    return _parents[0].end(process) if isinstance(process, Forked) else _END(process)
