"""Joins the vendored parts of Be Vietnam Pro (Latin, Vietnamese, extended Latin) to one file a weight.

Browsers load the parts that a page needs; a PDF in which one word comes from two files cannot be searched or copied.
Usage: python deploy/vendor/whole_fonts.py
"""

import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

STATIC = Path(__file__).resolve().parents[2] / "registry" / "static"
PARTS = ("latin", "vietnamese", "latin-ext")
WEIGHTS = (400, 600)


def join(source: Path, weight: int, target: Path) -> None:
    """Merge the parts of one weight; the merging reads plain TrueType."""
    with tempfile.TemporaryDirectory() as folder:
        plain = []
        for part in PARTS:
            font = TTFont(source / f"be-vietnam-pro-{part}-{weight}-normal.woff2", recalcTimestamp=False)
            font.flavor = None
            path = Path(folder) / f"{part}.ttf"
            font.save(path)
            plain.append(str(path))
        whole = Merger().merge(plain)
        whole.flavor = "woff2"
        whole.save(target)


if __name__ == "__main__":
    (vendored,) = (STATIC / "vendor").glob("be-vietnam-pro-*/files")
    for each in WEIGHTS:
        join(vendored, each, STATIC / "fonts" / f"be-vietnam-pro-{each}.woff2")
