"""Documents that are made from the program itself, so that they cannot say anything else than it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from registry.kernel.feature import KeyedExtensionPoint

Makers = Mapping[str, Callable[[], str]]
#: By the path under the checkout: what makes the text of the document.
DOCUMENTS = KeyedExtensionPoint[Callable[[], str]]("documents")


def write(root: Path, makers: Makers) -> list[str]:
    """Write the documents that are missing or stale below `root`; which ones."""
    found = stale(root, makers)
    for name in found:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(makers[name](), encoding="utf-8")
    return found


def stale(root: Path, makers: Makers) -> list[str]:
    """The documents below `root` that are missing or say something else than the program."""
    return [name for name, make in sorted(makers.items()) if _text(root / name) != make()]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
