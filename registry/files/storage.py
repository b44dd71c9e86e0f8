"""The file store: content-addressed, written atomically, cleaned of files without a row."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from registry.kernel.installation import make_private

#: Age after which an upload without a row counts as aborted.
GRACE: Final = timedelta(hours=24)
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_TEMPORARY: Final = "incoming"


_CHUNK: Final = 1024 * 1024


class TooLarge(ValueError):
    """A stream above the size limit; nothing of it is stored."""


def digest(content: bytes) -> str:
    """SHA-256 in lower-case hex: the name of a stored file."""
    return hashlib.sha256(content).hexdigest()


class FileStore:
    """A store below `root`: `served` for files that people open, `originals` for the evidence."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.served = root / "served"
        self.originals = root / "originals"

    def keep_served(self, content: bytes) -> str:
        """Store a file to be served; returns its name. It is on disk when this returns."""
        return self._keep(self.served, content)

    def keep_original(self, content: bytes) -> str:
        """Store the unchanged original; returns its name (its SHA-256)."""
        return self._keep(self.originals, content)

    def keep_stream(self, stream: BinaryIO, most: int) -> tuple[str, int]:
        """Store an original without loading it into memory; its name and size. TooLarge beyond `most` bytes."""
        hashed, size = hashlib.sha256(), 0
        incoming = self.root / _TEMPORARY
        make_private(incoming)
        temporary = incoming / uuid4().hex
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise TooLarge(f"more than {most} bytes")
                    hashed.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            name = hashed.hexdigest()
            self._put(temporary, _path(self.originals, name))
        finally:
            temporary.unlink(missing_ok=True)
        return name, size

    def path(self, name: str) -> Path:
        """Path of a served file; ValueError for an invalid name."""
        return _path(self.served, name)

    def original_path(self, name: str) -> Path:
        """Path of an original; ValueError for an invalid name."""
        return _path(self.originals, name)

    def discard(self, name: str) -> None:
        """Delete a stored file, wherever it is; the caller makes sure that no row names it."""
        for folder in (self.served, self.originals):
            _path(folder, name).unlink(missing_ok=True)

    def sweep(self, served: Iterable[str], originals: Iterable[str], now: datetime) -> int:
        """Delete files that no row names and that are older than 24 hours (aborted uploads); returns their number."""
        oldest = (now - GRACE).timestamp()
        known_files = {self.served: set(served), self.originals: set(originals), self.root / _TEMPORARY: set()}
        gone = 0
        for folder, names in known_files.items():
            for path in (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
                if path.name not in names and path.stat().st_mtime < oldest:
                    path.unlink()
                    gone += 1
        return gone

    def _keep(self, folder: Path, content: bytes) -> str:
        name = digest(content)
        target = _path(folder, name)
        if target.exists():
            os.utime(target)  # a row for it may be about to commit: protects it from the sweep
            return name
        incoming = self.root / _TEMPORARY
        make_private(incoming)
        temporary = incoming / uuid4().hex
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        self._put(temporary, target)
        return name

    def _put(self, temporary: Path, target: Path) -> None:
        """Rename a complete file to its final name; an existing file has the same content."""
        make_private(target.parent)
        temporary.replace(target)
        for changed in (target.parent, target.parent.parent):
            _sync_folder(changed)


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no stored name, expected 64 hexadecimal digits")
    return folder / name[:2] / name


def _sync_folder(folder: Path) -> None:
    """Make a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
