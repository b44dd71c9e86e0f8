"""Whole public lists as files: made by the worker, then served from the disk; no visitor waits for one to be made.

A file is made again once the register has another version or the day has changed, at most so often that the worker
spends a tenth of its time on all of them. Until then visitors get the newest one, which states its moment.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from werkzeug.datastructures import MultiDict

from registry.audit.queries import register_version
from registry.authz.actors import PUBLIC_ACTOR, Ctx, Role
from registry.exports.storage import ExportStore
from registry.exports.writing import WrittenFile, open_list, write_list
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.exports.lists import EXPORT_LISTS, ExportList
from registry.kernel.i18n import LANGUAGES, current_locale
from registry.kernel.jobs import TaskService

LanguageContext = Callable[[str], AbstractContextManager[None]]
#: Switches the language of texts.
LANGUAGE_CONTEXT: Final = TaskService[LanguageContext]()
#: Seconds after which a visitor may ask again for a file that was never made.
RETRY_AFTER_S: Final = 60
_FOLDER: Final = "public"
_CONTENT, _FACTS = "content", "facts.json"
_ORIGIN: Final = "worker"
#: The least age of a file that is made again, and its multiple of the seconds that making all files took.
_LEAST_AGE: Final = timedelta(minutes=10)
_SHARE: Final = 10
#: Seconds after which a run leaves the rest to the next one, so that other jobs do not wait long.
_RUN_S: Final = 20.0


def any_language(_language: str) -> AbstractContextManager[None]:
    """The language stays."""
    return nullcontext()


@dataclass(frozen=True)
class PublicFile:
    """A file that was made: its content, name, rows and owners, when it was made, and in how many seconds."""

    folder: Path
    written: WrittenFile
    made_at: datetime
    seconds: float

    @property
    def path(self) -> Path:
        return self.folder / _CONTENT


def is_public_file(ctx: Ctx, exported: ExportList, *, is_filtered: bool) -> bool:
    """Whether a request is answered by a file that the worker makes; not with a filter, nor for an account."""
    return exported.is_stored and not is_filtered and Role.PUBLIC in ctx.actor.roles


def newest_file(store: ExportStore, exported: ExportList, file_format: ExportFormat) -> PublicFile | None:
    """The file that was made last, in the reader's language; None where there is none yet."""
    return max(_files(store, _stem(exported, file_format)), key=lambda file: file.made_at, default=None)


def make_public_files(database: Database, store: ExportStore, in_language: LanguageContext) -> int:
    """Make the files that are missing or of another version, the oldest first, for some seconds; returns how many."""
    begun, count = time.monotonic(), 0
    for _age, language, exported, file_format in sorted(_due(store), key=lambda due: due[0]):
        if time.monotonic() - begun > _RUN_S:
            break
        with in_language(language):
            count += _make(database, store, exported, file_format)
    return count


def _due(store: ExportStore) -> Iterator[tuple[float, str, ExportList, ExportFormat]]:
    """When each file was made that is missing or old enough to be made again; 0 for a missing one."""
    least = max(_LEAST_AGE, timedelta(seconds=_SHARE * sum(file.seconds for file in _files(store, ""))))
    now = utc_now()
    for exported in EXPORT_LISTS.values():
        for file_format in _formats(exported):
            for language in LANGUAGES:
                moments = [file.made_at for file in _files(store, f"{exported.code}.{file_format.value}.{language}")]
                if not moments or now - max(moments) >= least:
                    yield max(moments).timestamp() if moments else 0.0, language, exported, file_format


def _formats(exported: ExportList) -> Sequence[ExportFormat]:
    """The formats of a list whose whole files are kept."""
    return exported.formats if exported.is_stored else ()


def _make(database: Database, store: ExportStore, exported: ExportList, file_format: ExportFormat) -> bool:
    """Make the file of the register's version, unless there is one; others of its name are deleted."""
    stem, begun = _stem(exported, file_format), time.monotonic()
    with (
        store.writing() as work,
        database.transaction(PUBLIC_ACTOR, origin=_ORIGIN, read_only=True) as ctx,
    ):
        version = register_version(ctx) or b""
        folder = _root(store) / f"{stem}.{hashlib.sha256(version + ctx.today.isoformat().encode()).hexdigest()[:32]}"
        if folder.is_dir():
            return False
        _list, source = open_list(ctx, exported.code, MultiDict())
        path, written = write_list(ctx, exported, source, file_format, work)
        made_at = ctx.now
        whole = work / folder.name
        whole.mkdir()
        path.rename(whole / _CONTENT)
        facts = {
            "file_name": written.file_name,
            "rows": written.rows,
            "owner_ids": sorted(written.owner_ids),
            "made_at": made_at.isoformat(),
            "seconds": round(time.monotonic() - begun, 3),
        }
        (whole / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
        folder.parent.mkdir(parents=True, exist_ok=True)
        whole.rename(folder)
    for other in folder.parent.glob(f"{stem}.*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return True


def _files(store: ExportStore, stem: str) -> Iterator[PublicFile]:
    """The files whose names begin with `stem`."""
    for folder in _root(store).glob(f"{stem}.*" if stem else "*"):
        # A former version may be deleted meanwhile; one of a former release has other facts.
        with suppress(FileNotFoundError, NotADirectoryError, KeyError):
            facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
            written = WrittenFile(facts["file_name"], facts["rows"], set(facts["owner_ids"]))
            yield PublicFile(folder, written, datetime.fromisoformat(facts["made_at"]), facts["seconds"])


def _stem(exported: ExportList, file_format: ExportFormat) -> str:
    return f"{exported.code}.{file_format.value}.{current_locale()}"


def _root(store: ExportStore) -> Path:
    return store.root / _FOLDER
