"""Our own scripts of a page, and their bytes as they are sent."""

import gzip
import re
from pathlib import Path

from config.settings import CHECKOUT

STATIC = CHECKOUT / "registry" / "static"
#: Bytes of our own scripts that a page may ask for.
MOST_SCRIPT = 60_000
#: The scripts of the heaviest page, the workspace.
HEAVIEST = ("workspace.mjs", "page.mjs")


def modules(start: str) -> set[Path]:
    """A script of ours and all that it imports, vendored ones left out."""
    paths: set[Path] = set()
    waiting = [STATIC / "js" / start]
    while waiting:
        path = waiting.pop()
        if path in paths or "vendor" in path.parts:
            continue
        paths.add(path)
        names = re.findall(r'(?:from|import) ?\(?"(\./[^"]+)"', path.read_text(encoding="utf-8"))
        waiting += [(path.parent / name).resolve() for name in names]
    return paths


def bytes_of(starts: tuple[str, ...] = HEAVIEST) -> int:
    """Bytes of scripts with all that they import, each compressed by itself."""
    scripts = set().union(*(modules(start) for start in starts))
    return sum(len(gzip.compress(path.read_bytes())) for path in scripts)
