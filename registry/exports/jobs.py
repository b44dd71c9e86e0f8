"""Jobs: write a long list for the person who requested it, and delete expired files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from procrastinate import JobContext
from werkzeug.datastructures import MultiDict

from registry.accounts.user_jobs import ORIGIN, JobProgress, Requested, UserJob
from registry.audit.access_log import AuditNoteWriter
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.exports.models import ExportJob
from registry.exports.public_files import LANGUAGE_CONTEXT, LanguageContext, any_language, make_public_files
from registry.exports.service import expire, finish, mark_failed, note_progress, start
from registry.exports.storage import ExportStore
from registry.exports.writing import WrittenFile, access_log_details, open_list, write_list
from registry.kernel.db.session import Database
from registry.kernel.disk import has_room
from registry.kernel.errors import DomainError
from registry.kernel.jobs import defer, queue, resources_of
from registry.kernel.services import Service

#: Folder of the files below the data directory.
FOLDER: Final = "exports"
STORE = Service[ExportStore]("registry.exports")
#: Counting stops here; no list is longer.
_MAX_ROWS: Final = 10**9


@queue.task(name="exports.work", pass_context=True)
def work(job: JobContext, *, export_id: int) -> None:
    """Write one file; safe to run twice."""
    resources = resources_of(job)
    in_language = LANGUAGE_CONTEXT.of(resources) or any_language
    run_export(resources.database, ExportStore(resources.data_dir / FOLDER), export_id, in_language)


def defer_work(ctx: Ctx, export_id: int) -> None:
    """Write a file after this transaction has committed; files of one person one after another."""
    defer(ctx, work, key=f"exports.{ctx.actor.id}", export_id=export_id)


def run_export(
    database: Database, store: ExportStore, export_id: int, in_language: LanguageContext = any_language
) -> None:
    """Write the file in a read-only transaction of the person who requested it, with the current permissions."""
    with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
        job = start(ctx, export_id)
    if job is None:
        return
    requested = Requested(export_id, job.user_id)

    def note(ctx: Ctx, done: int, total: int | None) -> None:
        note_progress(ctx, export_id, done, total)

    with in_language(job.language), store.writing() as folder:
        written = WRITE_FILE.run(
            database,
            requested,
            lambda ctx: _write(ctx, job, folder, JobProgress(database, note)),
            read_only=True,
        )
        if written is None:
            return
        path, file, actor = written
        with WRITE_FILE.recording(database, requested):
            size = store.save(path, export_id)
            # The access log entry comes before the file can be downloaded.
            details = access_log_details(actor, job.list_code, job.file_format, file)
            AuditNoteWriter(database)(actor, "export", origin=ORIGIN, export_id=export_id, **details)
            with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
                finish(ctx, export_id, file.file_name, file.rows, size)


def _write(ctx: Ctx, job: ExportJob, folder: Path, progress: JobProgress) -> tuple[Path, WrittenFile, Actor]:
    pairs = [(name, value) for name, value in job.arguments]
    open_view, source = open_list(ctx, job.list_code, MultiDict(pairs))
    progress(0, source.count(_MAX_ROWS))
    path, written = write_list(ctx, open_view, source, job.file_format, folder, progress)
    return path, written, ctx.actor


def _fail(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    mark_failed(ctx, requested.id, refused.message)


def _expire(ctx: Ctx, data_dir: Path) -> None:
    expire(ctx, ExportStore(data_dir / FOLDER))


#: The list itself asks for its permission when it is opened.
WRITE_FILE: Final = UserJob("exports.work", _fail, None, expire=_expire)


@queue.periodic(cron="* * * * *")
@queue.task(
    name="exports.make_public", queueing_lock="exports.make_public", lock="exports.make_public", pass_context=True
)
def make_public(job: JobContext, timestamp: int) -> None:
    """Make the whole public lists that visitors download; safe to run twice."""
    del timestamp
    resources = resources_of(job)
    in_language = LANGUAGE_CONTEXT.of(resources) or any_language
    if has_room(resources.data_dir):
        make_public_files(resources.database, ExportStore(resources.data_dir / FOLDER), in_language)
