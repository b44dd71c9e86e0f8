"""Which tests run which line, read from the data of `make coverage` (branches, a context for each test)."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path


class Contexts:
    """The tests of each line. A test is a pytest node id; '' stands for what ran while modules were imported."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._lines: dict[str, dict[int, set[str]]] = {}
        self._width: Counter[str] = Counter()
        self._bases = [sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in files]
        if not self._bases:
            raise SystemExit("There are no data of coverage yet: run `make coverage` first.")
        for base in self._bases:
            for context, count in base.execute(
                "SELECT c.context, count(*) FROM arc a JOIN context c ON c.id = a.context_id GROUP BY 1"
            ):
                self._width[test_of(context)] += count

    def of_file(self, name: str) -> dict[int, set[str]]:
        """The tests of each line of a file, by its path in the checkout."""
        if name not in self._lines:
            lines: dict[int, set[str]] = defaultdict(set)
            for base in self._bases:
                for context, start, end in base.execute(
                    "SELECT c.context, a.fromno, a.tono FROM arc a JOIN file f ON f.id = a.file_id"
                    " JOIN context c ON c.id = a.context_id WHERE f.path = ?1 OR f.path LIKE '%/' || ?1",
                    (name,),
                ):
                    for line in (start, end):
                        if line > 0:
                            lines[line].add(test_of(context))
            self._lines[name] = dict(lines)
        return self._lines[name]

    def of_lines(self, name: str, line: int, around: range) -> set[str]:
        """The tests of a line; of its statement where the line alone is not in the data."""
        lines = self.of_file(name)
        return lines.get(line) or set().union(*(lines.get(each, set()) for each in around))

    def of_module(self, name: str) -> set[str]:
        """All tests that run anything of a file once it is imported."""
        return set().union(*self.of_file(name).values()) - {""}

    def of_folder(self, folder: str) -> set[str]:
        """All tests that run anything of a folder's files once they are imported."""
        names = {
            path[path.rindex(folder) :]
            for base in self._bases
            for (path,) in base.execute("SELECT path FROM file")
            if folder in path
        }
        return set().union(*(self.of_module(name) for name in names))

    def ordered(self, tests: Iterable[str]) -> list[str]:
        """The tests that run least of the program first: they say most about one line."""
        return sorted(tests, key=lambda test: (self._width[test], test))


def test_of(context: str) -> str:
    """The node id in a context of pytest-cov, which adds the phase."""
    return context.rpartition("|")[0]
