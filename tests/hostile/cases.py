"""A case: how a file is made, and what must become of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Stands in contents for the address of the socket that must never be reached.
PORT = b"PORT"
#: Stands in names and contents for a file that must never appear.
OUTSIDE = "tmp-registry-hostile-outside"


@dataclass(frozen=True)
class Case:
    """`make` gives the content; the refusal holds `words`, or the file is read and its first cells hold them.

    `most_rows` is the limit of rows while it is read, where that of the product would need a large file.
    """

    make: Callable[[], bytes]
    words: str
    is_long: bool = False
    most_rows: int | None = None


def zipped(entries: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, content in entries.items():
            packed.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return out.getvalue()


def zipped_entries(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """An archive of entries with headers of their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry, content in entries:
            packed.writestr(entry, content)
    return out.getvalue()
