"""The files of the repository that these tests read."""

import ast
import subprocess
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@cache
def files(*suffixes, under=""):
    """Files of the repository, also those not yet committed, without those that .gitignore leaves out."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    paths = [CHECKOUT / name for name in listed if name.startswith(under) and Path(name).suffix in suffixes]
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def text_of(path):
    """The content of a text file, read once."""
    return path.read_text(encoding="utf-8")


@cache
def nodes_of(path):
    """The nodes of a Python file by their class; each file is parsed once."""
    nodes_by_type = {}
    for node in ast.walk(ast.parse(text_of(path))):
        nodes_by_type.setdefault(type(node), []).append(node)
    return nodes_by_type


def nodes(kind, paths):
    """(Path, node) of every node of a class."""
    return [(path, node) for path in paths for node in nodes_of(path).get(kind, ())]


def short(path):
    """The path as the repository names it."""
    return path.relative_to(CHECKOUT).as_posix()


def lines_with(pattern, paths):
    """`path:line` of every line that a compiled pattern finds."""
    return [
        f"{short(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
