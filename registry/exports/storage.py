"""The folder of export files: each is stored completely or not at all, and deleted when it expires."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from registry.kernel.installation import make_private

#: A work folder untouched for this long belongs to a worker that died.
_GRACE: Final = timedelta(hours=24)
_WORK: Final = "work"


class ExportStore:
    """Files below `root`, each named by the id of its row."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, job_id: int) -> Path:
        return self.root / f"{job_id}.bin"

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A temporary folder for the files of one job."""
        work = self.root / _WORK
        make_private(work)
        folder = Path(mkdtemp(dir=work))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def save(self, written: Path, job_id: int) -> int:
        """Move a finished file to its final path, synced to disk; returns its size in bytes."""
        with written.open("rb+") as out:
            os.fsync(out.fileno())
        written.replace(self.path(job_id))
        handle = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return self.path(job_id).stat().st_size

    def delete(self, job_id: int) -> None:
        self.path(job_id).unlink(missing_ok=True)

    def sweep(self, valid_ids: Collection[int], now: datetime) -> int:
        """Delete files without a row in `valid_ids` and abandoned work folders; returns how many."""
        oldest = (now - _GRACE).timestamp()
        names = {self.path(job_id).name for job_id in valid_ids}
        stale = [path for path in self.root.glob("*.bin") if path.name not in names]
        stale += list((self.root / _WORK).glob("*"))
        deleted = 0
        for path in stale:
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                deleted += 1
        return deleted
