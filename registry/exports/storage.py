"""The folder of files that lists were written to: whole or not at all, and gone when they expire."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

#: A folder of work that nobody has touched for so long belongs to a worker that died.
_GRACE: Final = timedelta(hours=24)
_MODE: Final = 0o700
_WORK: Final = "work"


class ExportStore:
    """Files below `root`, each by the number of its row."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, job_id: int) -> Path:
        """Where the file of a row stands."""
        return self.root / f"{job_id}.bin"

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A folder for the files of one work, gone at its end."""
        place = self.root / _WORK
        place.mkdir(mode=_MODE, parents=True, exist_ok=True)
        folder = Path(mkdtemp(dir=place))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, written: Path, job_id: int) -> int:
        """Put a written file into its place, on disk when this returns; returns its bytes."""
        with written.open("rb+") as out:
            os.fsync(out.fileno())
        written.replace(self.path(job_id))
        handle = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return self.path(job_id).stat().st_size

    def drop(self, job_id: int) -> None:
        """Delete the file of a row, if it is there."""
        self.path(job_id).unlink(missing_ok=True)

    def sweep(self, kept: Collection[int], now: datetime) -> int:
        """Delete files that no row keeps and work that was left behind; returns how many."""
        oldest = (now - _GRACE).timestamp()
        names = {self.path(job_id).name for job_id in kept}
        stale = [path for path in self.root.glob("*.bin") if path.name not in names]
        stale += list((self.root / _WORK).glob("*"))
        gone = 0
        for path in stale:
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                gone += 1
        return gone
