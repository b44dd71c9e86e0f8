"""Whole public lists as files: each is made once for a version of the register and a day, then served from the disk."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.audit.queries import register_version
from registry.authz.actors import Ctx, Role
from registry.exports.storage import ExportStore
from registry.exports.writing import WrittenFile
from registry.kernel.exports.dataset import FileFormat
from registry.kernel.exports.lists import ExportList
from registry.kernel.i18n import current_locale

_FOLDER: Final = "public"
_CONTENT, _FACTS = "content", "facts.json"


@dataclass(frozen=True)
class PublicFile:
    """Where the file of one list, format and language lies for the version of a request."""

    #: Begins the names of all versions.
    stem: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / _CONTENT

    def facts(self) -> WrittenFile | None:
        """Name, rows and owners of the stored file; None where there is none."""
        try:
            facts = json.loads((self.folder / _FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return WrittenFile(facts["file_name"], facts["rows"], set(facts["owner_ids"]))

    def save(self, store: ExportStore, written: Path, facts: WrittenFile) -> None:
        """Store a file complete or not at all, and delete those of other versions; one that was stored since stays."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with store.writing() as work:
            whole = work / self.folder.name
            whole.mkdir()
            shutil.copyfile(written, whole / _CONTENT)
            stated = {"file_name": facts.file_name, "rows": facts.rows, "owner_ids": sorted(facts.owner_ids)}
            (whole / _FACTS).write_text(json.dumps(stated), encoding="utf-8")
            # Of two that are made at one instant the first stays: a folder with files is not replaced.
            with suppress(OSError):
                whole.rename(self.folder)
        for other in self.folder.parent.glob(f"{self.stem}.*"):
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)


def public_file(
    ctx: Ctx, store: ExportStore, found: ExportList, file_format: FileFormat, *, is_filtered: bool
) -> PublicFile | None:
    """The stored file that answers this request, made already or not; None for a filter or a reader with an account."""
    version = register_version(ctx)
    if not found.is_stored or is_filtered or Role.PUBLIC not in ctx.actor.roles or version is None:
        return None
    stem = f"{found.code}.{file_format.value}.{current_locale()}"
    digest = hashlib.sha256(version + ctx.today.isoformat().encode()).hexdigest()[:32]
    return PublicFile(stem, store.root / _FOLDER / f"{stem}.{digest}")
