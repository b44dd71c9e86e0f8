"""Jobs: write a long list for the person who requested it, and delete expired files."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from procrastinate import JobContext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict

from registry.accounts.actor import actor_of
from registry.accounts.models import UserAccount
from registry.audit.access_log import AuditNoteWriter
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.exports.models import ExportJob
from registry.exports.public_files import LANGUAGE_CONTEXT, LanguageContext, any_language, make_public_files
from registry.exports.service import expire, fail, finish, note_progress, start
from registry.exports.storage import ExportStore
from registry.exports.writing import access_log_details, open_list, write_list
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.disk import has_room
from registry.kernel.errors import DomainError, Forbidden
from registry.kernel.i18n import _
from registry.kernel.jobs import defer, queue, resources_of
from registry.kernel.services import Service

log = logging.getLogger(__name__)

#: Folder of the files below the data directory.
FOLDER: Final = "exports"
STORE = Service[ExportStore]("registry.exports")
_ORIGIN: Final = "worker"
#: Counting stops here; no list is longer.
_MAX_ROWS: Final = 10**9


@queue.task(name="exports.work", pass_context=True)
def work(job: JobContext, *, export_id: int) -> None:
    """Write one file; safe to run twice."""
    resources = resources_of(job)
    in_language: LanguageContext = resources.services.get(LANGUAGE_CONTEXT, any_language)
    run_export(resources.database, ExportStore(resources.data_dir / FOLDER), export_id, in_language)


def defer_work(ctx: Ctx, export_id: int) -> None:
    """Write a file after this transaction has committed; files of one person one after another."""
    defer(ctx, work, key=f"exports.{ctx.actor.id}", export_id=export_id)


def run_export(
    database: Database, store: ExportStore, export_id: int, in_language: LanguageContext = any_language
) -> None:
    """Write the file in a read-only transaction of the person who requested it, with the current permissions."""
    with database.transaction(SYSTEM_ACTOR, origin=_ORIGIN) as ctx:
        job = start(ctx, export_id)
    if job is None:
        return
    try:
        with in_language(job.language):
            _write(database, store, job)
    except DomainError as refused:
        _failed(database, export_id, refused.message)
    except Exception:
        _failed(database, export_id, _("Hệ thống gặp lỗi khi lập tệp và đã ghi lại; hãy thử lại sau."))
        raise


def _write(database: Database, store: ExportStore, job: ExportJob) -> None:
    def progress(done: int, total: int | None = None) -> None:
        with database.transaction(SYSTEM_ACTOR, origin=_ORIGIN) as own:
            note_progress(own, job.id, done, total)

    with store.writing() as folder:
        with database.transaction(partial(_requester, user_id=job.user_id), origin=_ORIGIN, read_only=True) as ctx:
            actor = ctx.actor
            pairs = [(name, value) for name, value in job.arguments]
            open_view, source = open_list(ctx, job.list_code, MultiDict(pairs))
            progress(0, source.count(_MAX_ROWS))
            path, written = write_list(ctx, open_view, source, job.file_format, folder, progress)
        size = store.save(path, job.id)
    # The access log entry comes before the file can be downloaded.
    details = access_log_details(actor, job.list_code, job.file_format, written)
    AuditNoteWriter(database)(actor, "export", origin=_ORIGIN, export_id=job.id, **details)
    with database.transaction(SYSTEM_ACTOR, origin=_ORIGIN) as ctx:
        finish(ctx, job.id, written.file_name, written.rows, size)


def _failed(database: Database, export_id: int, reason: str) -> None:
    log.warning("export %s was not written: %s", export_id, reason)
    with database.transaction(SYSTEM_ACTOR, origin=_ORIGIN) as ctx:
        fail(ctx, export_id, reason)


def _requester(session: Session, *, user_id: int) -> Actor:
    query = select(UserAccount).where(UserAccount.id == user_id).options(joinedload(UserAccount.organisation))
    user = session.scalars(query).one()
    if not user.is_active:
        raise Forbidden(_("Tài khoản đã yêu cầu lập tệp này đã bị khóa."))
    return actor_of(session, user.id, utc_now())


@queue.periodic(cron="23 * * * *")
@queue.task(name="exports.expire", queueing_lock="exports.expire", pass_context=True)
def expire_hourly(job: JobContext, timestamp: int) -> None:
    del timestamp
    resources = resources_of(job)
    with resources.database.transaction(SYSTEM_ACTOR, origin=_ORIGIN) as ctx:
        expire(ctx, ExportStore(resources.data_dir / FOLDER))


@queue.periodic(cron="* * * * *")
@queue.task(
    name="exports.make_public", queueing_lock="exports.make_public", lock="exports.make_public", pass_context=True
)
def make_public(job: JobContext, timestamp: int) -> None:
    """Make the whole public lists that visitors download; safe to run twice."""
    del timestamp
    resources = resources_of(job)
    in_language: LanguageContext = resources.services.get(LANGUAGE_CONTEXT, any_language)
    if has_room(resources.data_dir):
        make_public_files(resources.database, ExportStore(resources.data_dir / FOLDER), in_language)
