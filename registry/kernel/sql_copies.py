"""Rules that the database states as well: each copy in the SQL of the migrations is compared with its declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.kernel.feature import ExtensionPoint

_MIGRATIONS: Final = Path("migrations")
_REVISION: Final = re.compile(r"\br(\d{4})\b|\br(\d{4})_")
_FUNCTION: Final = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(")
_END: Final = re.compile(r"^\$\$|;\n\n", re.MULTILINE)
#: The queue's own tables have columns of the same names.
_OF_OTHERS: Final = "procrastinate.sql"
#: What a revision undoes, and what it finds: neither is in force after it.
_FORMER: Final = ("_before.sql", "_down.sql", "drop_everything.sql")


@dataclass(frozen=True)
class SqlCopy:
    """A rule as SQL, and where it stands: after `before`, in the newest definition that starts with `definition`."""

    definition: str
    before: str
    text: str
    #: The declaration, for the message.
    rule: str


@dataclass(frozen=True)
class WatchedColumns:
    """Columns that no function of the database may compare with a literal but in a declared copy."""

    names: tuple[str, ...]
    #: Where copies are declared, for the message.
    declared_in: str

    def comparison(self) -> re.Pattern[str]:
        names = "|".join(self.names)
        return re.compile(rf"\b(?:{names})\s*(?:=|<>|!=|IS (?:NOT )?DISTINCT FROM|(?:NOT )?IN)\s*\(?'")


SQL_COPIES = ExtensionPoint[SqlCopy]("kernel.sql_copies")
WATCHED_COLUMNS = ExtensionPoint[WatchedColumns]("kernel.watched_columns")


def differences(root: Path, copies: Iterable[SqlCopy], watched: Iterable[WatchedColumns]) -> list[str]:
    """`file:line: problem` for each copy that differs from its rule, and each comparison that is no declared copy."""
    sources = [(path.relative_to(root), path.read_text(encoding="utf-8")) for path in _sources(root)]
    problems: list[str] = []
    covered: list[tuple[Path, int, int]] = []
    for copy in copies:
        located = _locate(sources, copy)
        if located is None:
            problems.append(f"{_MIGRATIONS}: {copy.definition}: no definition with {copy.before!r}, of {copy.rule}")
            continue
        path, text, start = located
        covered.append((path, start, start + len(copy.text) * 2))
        if not _same(text[start:], copy.text):
            problems.append(f"{path}:{_line(text, start)}: not as {copy.rule}, which is: {copy.text}")
    return problems + [problem for columns in watched for problem in _undeclared(sources, columns, covered)]


def _sources(root: Path) -> list[Path]:
    """The SQL of the migrations and the revisions, in the order in which they are applied."""
    folder = root / _MIGRATIONS
    paths = [
        path
        for path in (*folder.joinpath("sql").rglob("*.sql"), *folder.joinpath("versions").glob("*.py"))
        if not path.name.endswith((*_FORMER, _OF_OTHERS))
    ]
    return sorted(paths, key=lambda path: (_revision(folder, path), path.as_posix()))


def _revision(folder: Path, path: Path) -> int:
    """The number of the revision that runs a file; a file of its own belongs to the revision that names it."""
    match = _REVISION.search(path.relative_to(folder).as_posix())
    if match:
        return int(match[1] or match[2])
    if path.parent.name == "baseline":
        return 1
    numbers = [
        int(version.name[1:5])
        for version in folder.joinpath("versions").glob("r*.py")
        if path.name in version.read_text(encoding="utf-8")
    ]
    return max(numbers, default=1)


def _locate(sources: list[tuple[Path, str]], copy: SqlCopy) -> tuple[Path, str, int] | None:
    for path, text in reversed(sources):
        definitions = list(re.finditer(rf"(?<!EXECUTE ){re.escape(copy.definition)}", text))
        if not definitions:
            continue
        start = text.find(copy.before, definitions[-1].start())
        return (path, text, start + len(copy.before)) if start >= 0 else None
    return None


def _undeclared(
    sources: list[tuple[Path, str]], columns: WatchedColumns, covered: list[tuple[Path, int, int]]
) -> Iterator[str]:
    newest: dict[str, tuple[Path, str, int, int]] = {}
    for path, text in sources:
        for match in _FUNCTION.finditer(text):
            end = _END.search(text, match.end())
            newest[match[1]] = (path, text, match.start(), end.start() if end else len(text))
    for path, text, first_at, last_at in newest.values():
        for match in columns.comparison().finditer(text, first_at, last_at):
            if not any(path == other and first <= match.start() < last for other, first, last in covered):
                where = f"{path}:{_line(text, match.start())}"
                yield f"{where}: {match[0]}…: compare by a rule, declared as SqlCopy in {columns.declared_in}"


def _same(text: str, rule: str) -> bool:
    pattern = r"\s+".join(re.escape(word) for word in rule.split())
    return re.match(rf"\s*{pattern}(?!\s*(?:AND|OR|,))", text) is not None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
