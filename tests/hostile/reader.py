"""Opens hostile files for the tests, as a small process of its own.

The peak memory of a process begins with that of the one it was forked from, and a process of tests may be large.

`python -m tests.hostile.reader`. A line in: JSON with `path` and `private` (the folder for what is temporary). A line
out: JSON with `refused` (fields and message, nothing where it was read), `first` (cells and geometry of the first row),
`rows`, `peak_kb` of the largest reading process and `seconds`.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from registry.imports.reading import client
from registry.imports.reading.client import open_file
from registry.imports.reading.protocol import ReadOptions
from registry.kernel.errors import Invalid

PEAKS = []


def main():
    """Answer until there are no more questions."""
    plain = client.end
    client.end = lambda process: PEAKS.append(plain(process)) or PEAKS[-1]
    for line in sys.stdin:
        order = json.loads(line)
        tempfile.tempdir = order["private"]
        PEAKS.clear()
        started, refused, rows = time.monotonic(), None, []
        try:
            rows = read_all(Path(order["path"]))
        except Invalid as error:
            refused = {"fields": list(error.fields), "message": error.message}
        answer = {
            "refused": refused,
            "first": [*rows[0].cells, rows[0].geometry or ""] if rows else [],
            "rows": len(rows),
            "peak_kb": max(PEAKS, default=0),
            "seconds": time.monotonic() - started,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


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
