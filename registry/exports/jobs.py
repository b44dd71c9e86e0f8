"""The job that writes a long list for the person who asked, and the one that lets files expire."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
from registry.exports.service import expire, fail, finish, note_progress, start
from registry.exports.storage import ExportStore
from registry.exports.writing import Written, note_of, open_list, write_list
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError, Forbidden
from registry.kernel.i18n import _
from registry.kernel.jobs import defer, queue, resources_of

log = logging.getLogger(__name__)

#: Folder of the files below the data directory, and key of the store in `app.extensions`.
FOLDER: Final = "exports"
STORE: Final = "registry.exports"
#: Key of the service that puts what is written into a language.
WORDS: Final = "registry.exports.words"
Words = Callable[[str], AbstractContextManager[None]]
_MACHINE: Actor = SYSTEM_ACTOR
_ORIGIN: Final = "worker"
#: No list has more rows than this; counting stops there.
_MOST: Final = 10**9


def _as_is(_language: str) -> AbstractContextManager[None]:
    return nullcontext()


@queue.task(name="exports.work", pass_context=True)
def work(job: JobContext, *, export_id: int) -> None:
    """Write one file; safe to run twice."""
    resources = resources_of(job)
    words: Words = resources.services.get(WORDS, _as_is)
    run_export(resources.database, ExportStore(resources.data_dir / FOLDER), export_id, words)


def defer_work(ctx: Ctx, export_id: int) -> None:
    """Let the worker write a file once this transaction has committed; one person's files one after another."""
    defer(ctx, work, key=f"exports.{ctx.actor.id}", export_id=export_id)


def run_export(database: Database, store: ExportStore, export_id: int, words: Words = _as_is) -> None:
    """Write the file in a read-only transaction of the person who asked, with the rights of this moment."""
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        job = start(ctx, export_id)
    if job is None:
        return
    try:
        with words(job.language):
            _write(database, store, job)
    except DomainError as refused:
        _failed(database, export_id, refused.message)
    except Exception:
        _failed(database, export_id, _("Hệ thống gặp lỗi khi lập tệp và đã ghi lại; hãy thử lại sau."))
        raise


def _write(database: Database, store: ExportStore, job: ExportJob) -> None:
    def progress(done: int, total: int | None = None) -> None:
        with database.transaction(_MACHINE, origin=_ORIGIN) as own:
            note_progress(own, job.id, done, total)

    with store.writing() as folder:
        with database.transaction(partial(_asker, user_id=job.user_id), origin=_ORIGIN, read_only=True) as ctx:
            actor = ctx.actor
            pairs = [(name, value) for name, value in job.arguments]
            found, source = open_list(ctx, job.list_code, MultiDict(pairs))
            progress(0, source.count(_MOST))
            path, written = write_list(ctx, found, source, job.file_format, folder, progress)
        size = store.keep(path, job.id)
    _note(database, actor, job, written)
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        finish(ctx, job.id, written.file_name, written.rows, size)


def _note(database: Database, actor: Actor, job: ExportJob, written: Written) -> None:
    """Before the file can be fetched: what was taken out is in the log of whose positions they are."""
    details = note_of(actor, job.list_code, job.file_format, written)
    AuditNoteWriter(database)(actor, "export", origin=_ORIGIN, export_id=job.id, **details)


def _failed(database: Database, export_id: int, reason: str) -> None:
    log.warning("export %s was not written: %s", export_id, reason)
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        fail(ctx, export_id, reason)


def _asker(session: Session, *, user_id: int) -> Actor:
    """The person who asked, with the roles of this moment."""
    query = select(UserAccount).where(UserAccount.id == user_id).options(joinedload(UserAccount.organisation))
    user = session.scalars(query).one()
    if not user.is_active:
        raise Forbidden(_("Tài khoản đã yêu cầu lập tệp này đã bị khóa."))
    return actor_of(session, user, utc_now())


@queue.periodic(cron="23 * * * *")
@queue.task(name="exports.expire", queueing_lock="exports.expire", pass_context=True)
def expire_hourly(job: JobContext, timestamp: int) -> None:
    """Delete files whose time is over, every hour."""
    del timestamp
    resources = resources_of(job)
    with resources.database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        expire(ctx, ExportStore(resources.data_dir / FOLDER))
