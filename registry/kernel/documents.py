"""Documents that are generated from the program, so that they always agree with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from registry.kernel.feature import KeyedExtensionPoint

Makers = Mapping[str, Callable[[], str]]
#: Path below the checkout -> function that returns the text of the document.
DOCUMENTS = KeyedExtensionPoint[Callable[[], str]]("documents")

#: Where the names stand that documents may quote; the documents themselves do not count.
_SOURCE_FOLDERS: Final = ("bench", "config", "deploy", "migrations", "registry", "templates", "tests")
_SOURCE_SUFFIXES: Final = frozenset(
    {".cfg", ".css", ".example", ".html", ".js", ".mjs", ".py", ".sh", ".sql", ".toml", ".txt", ".xml"}
)
_QUOTED_NAME: Final = re.compile(r"`([A-Za-z_][A-Za-z0-9_.]*)(?:\([^`]*\))?`")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETTING_PREFIX: Final = "REGISTRY_"


def write(root: Path, makers: Makers) -> list[str]:
    """Write the documents below `root` that are missing or stale; returns their names."""
    stale_documents = stale(root, makers)
    for name in stale_documents:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(makers[name](), encoding="utf-8")
    return stale_documents


def stale(root: Path, makers: Makers) -> list[str]:
    """Names of the documents below `root` that are missing or differ from the generated text."""
    return [name for name, make in sorted(makers.items()) if _text(root / name) != make()]


def unknown_names(root: Path) -> list[str]:
    """`file:line: name` for each name in backticks in README.md and docs/ that stands nowhere in the sources."""
    known_names: set[str] = set()
    for path in _source_files(root):
        known_names.update(path.name.split("."), _IDENTIFIER.findall(path.read_text(encoding="utf-8")))
    return [
        f"{page.relative_to(root)}:{number}: {name}"
        for page in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        for name in _QUOTED_NAME.findall(line)
        if not all(part.removeprefix(_SETTING_PREFIX) in known_names for part in _IDENTIFIER.findall(name))
    ]


def _source_files(root: Path) -> list[Path]:
    inside = (
        path
        for folder in _SOURCE_FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix in _SOURCE_SUFFIXES and "vendor" not in path.parts
    )
    return [
        *inside,
        *(path for path in root.iterdir() if path.is_file() and path.suffix in {".py", ".toml", ".txt", ""}),
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
