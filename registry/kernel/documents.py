"""Documents that are generated from the program, so that they always agree with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from registry.kernel.feature import KeyedExtensionPoint

Makers = Mapping[str, Callable[[], str]]
#: Path below the checkout -> function that returns the text of the document.
DOCUMENTS = KeyedExtensionPoint[Callable[[], str]]("documents")


def write(root: Path, makers: Makers) -> list[str]:
    """Write the documents below `root` that are missing or stale; returns their names."""
    found = stale(root, makers)
    for name in found:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(makers[name](), encoding="utf-8")
    return found


def stale(root: Path, makers: Makers) -> list[str]:
    """Names of the documents below `root` that are missing or differ from the generated text."""
    return [name for name, make in sorted(makers.items()) if _text(root / name) != make()]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
