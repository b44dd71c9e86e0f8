"""Opens hostile files for the tests, as a small process of its own.

The peak memory of a process begins with that of the one it was forked from, and a process of tests may be large.

`python -m tests.hostile.reader`: each file is read by a fork of this process, which has loaded all readers before; the
fork then runs the product's own program, with its limits and walls. With `--product` the reading process is started as
the product starts it, which takes much longer. A line in: JSON with `path`, `private` (the folder for what is
temporary) and `most_rows` (a lower limit of rows for the fork, or null). A line out: JSON with `refused` (fields and
message, nothing where it was read), `first` (cells and geometry of the first row), `rows`, `peak_kb` of the largest
reading process and their `seconds` of processor.
"""

import contextlib
import json
import os
import resource
import sys
import tempfile
from pathlib import Path

from registry.imports.reading import client, layers, table
from registry.imports.reading.client import open_file
from registry.imports.reading.protocol import ReadOptions
from registry.kernel.errors import Invalid
from tests.support.forked_reader import Forked, fork, load_all

PEAKS = []


def start(module, arguments, private, source):
    """As `client.start`."""
    if module != "child":
        raise ValueError(module)
    reader, writer = os.pipe()
    pid = fork(arguments, private, source, writer)
    os.close(writer)
    return Forked(pid, reader)


def main():
    """Answer until there are no more questions."""
    if "--product" not in sys.argv:
        load_all()
        client.start = start
    plain = client.end
    client.end = lambda process: PEAKS.append(plain(process)) or PEAKS[-1]
    for line in sys.stdin:
        order = json.loads(line)
        tempfile.tempdir = order["private"]
        PEAKS.clear()
        started, refused, rows = processor_s(), None, []
        try:
            with limited(order["most_rows"]):
                rows = read_all(Path(order["path"]))
        except Invalid as error:
            refused = {"fields": list(error.fields), "message": error.message}
        answer = {
            "refused": refused,
            "first": [*rows[0].cells, rows[0].geometry or ""] if rows else [],
            "rows": len(rows),
            "peak_kb": max(PEAKS, default=0),
            "seconds": processor_s() - started,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def limited(most_rows):
    """Forks inherit a lower limit of rows."""
    limits = {module: module.MAX_ROWS for module in (layers, table)}
    for module in limits if most_rows else ():
        module.MAX_ROWS = most_rows
    try:
        yield
    finally:
        for module, most in limits.items():
            module.MAX_ROWS = most


def processor_s():
    """Seconds of processor time of the reading processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_all(path):
    """Every table of a file."""
    with open_file(path, ReadOptions()) as reading:
        names = [table.name for table in reading.description.tables]
        if len(names) == 1:
            return list(reading)
    rows = []
    for name in names:
        with open_file(path, ReadOptions(table=name)) as reading:
            rows += reading
    return rows


if __name__ == "__main__":
    main()
