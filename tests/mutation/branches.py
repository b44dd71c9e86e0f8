"""Branch coverage of registry/ from the data of `make coverage`."""

import contextlib
import io
import json
from collections import defaultdict
from pathlib import Path

import coverage

CONFIG = Path(__file__).with_name("coverage.ini")


def branch_coverage(folder: Path) -> str:
    """A table: package, branches taken of all, lines run of all; the last row is the whole of registry/."""
    measured = coverage.Coverage(data_file=str(folder / ".coverage"), config_file=str(CONFIG))
    pieces = [str(path) for path in folder.glob(".coverage.*")]
    if pieces:
        measured.combine(pieces, keep=True)
    else:
        measured.load()
    target = folder / "coverage.json"
    with contextlib.redirect_stdout(io.StringIO()):
        measured.json_report(outfile=str(target), ignore_errors=True)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for name, file_coverage in json.loads(target.read_text(encoding="utf-8"))["files"].items():
        of = file_coverage["summary"]
        figures = (of["covered_branches"], of["num_branches"], of["covered_lines"], of["num_statements"])
        package = name.partition("registry/")[2].partition("/")[0]
        for row in (package, "all"):
            sums[row] = [held + more for held, more in zip(sums[row], figures, strict=True)]
    whole = sums.pop("all", [0, 0, 0, 0])
    rows = [*sorted(sums.items()), ("all of registry/", whole)]
    return "\n".join(f"{name:22} branches {share(*of[:2])}   lines {share(*of[2:])}" for name, of in rows)


def share(part: int, whole: int) -> str:
    return f"{part:6} of {whole:6} = {part / max(1, whole):7.2%}"
