"""Documents that are made from the program itself, so that they cannot say anything else than it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

#: Key of app.extensions: path under the checkout -> what makes the document's text.
DOCUMENTS: Final = "registry.documents"
Makers = Mapping[str, Callable[[], str]]


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
