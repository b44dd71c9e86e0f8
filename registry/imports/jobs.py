"""Background jobs of imports: read, check, apply and undo a batch, and maintenance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import psycopg
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import exists, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from registry.accounts.user_jobs import Failed, Requested, UserJob
from registry.audit.access_log import AuditNoteWriter, log_action, logged_accesses
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.permissions import P
from registry.files.storage import FileStore
from registry.imports.models import BatchState, ImportBatch
from registry.imports.progress import NO_PROGRESS, Progress, ProgressReporter
from registry.imports.reading.selftest import remove_leftovers
from registry.imports.service import BUSY, apply_batch, check_batch, fail_batch, read_batch, stop_batch, undo_batch
from registry.imports.service.check import recheck_lines
from registry.imports.service.read import sweep
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.feature import ExtensionPoint
from registry.kernel.forms.constraints import as_invalid
from registry.kernel.i18n import _, _l
from registry.kernel.jobs import defer, queue, resources_of
from registry.kernel.memory import WORKER_MB
from registry.kernel.services import Service
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

#: The uploaded files, and their folder in the data directory.
STORE = Service[FileStore]("registry.imports")
FOLDER: Final = "imports"
#: Files up to this size are read and checked in the request, larger ones by the worker.
AT_ONCE_BYTES: Final = 1024 * 1024
#: Attempts of a step that the database aborts or that kills its worker.
TRIES: Final = 5
#: Seconds before the second attempt, added for each further one.
_WAIT_S: Final = 10
#: Errors that may not recur: connection lost, disk full, deadlock.
_PASSING: Final = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

Work = Callable[[Ctx, FileStore, int, Progress], ImportBatch]
_WORKS: Final[dict[str, Work]] = {
    "read": read_batch,
    "check": lambda ctx, _store, batch_id, progress: check_batch(ctx, batch_id, progress),
    "apply": lambda ctx, _store, batch_id, progress: apply_batch(ctx, batch_id, progress),
    "undo": lambda ctx, _store, batch_id, progress: undo_batch(ctx, batch_id, progress),
}


#: Called in the transaction that applies an import.
AFTER_APPLY = ExtensionPoint[Callable[[Ctx], None]]("imports.after_apply")


def start(ctx: Ctx, store: FileStore, what: str, batch: ImportBatch) -> ImportBatch:
    """Start "read" or "check": small files run at once, larger ones in the worker.

    Apply and undo always run in the worker (`defer_work`): one transaction, visible progress, safe to kill.
    """
    if batch.size_bytes <= AT_ONCE_BYTES and what in ("read", "check"):
        return _WORKS[what](ctx, store, batch.id, NO_PROGRESS)
    defer_work(ctx, what, batch.id)
    return batch


def defer_work(ctx: Ctx, what: str, batch_id: int) -> None:
    """Let the worker "read", "check", "apply" or "undo" a batch after this transaction has committed."""
    defer(ctx, work, key=f"imports.{batch_id}", what=what, batch_id=batch_id, user_id=ctx.actor.id)


@queue.task(
    name="imports.work",
    pass_context=True,
    retry=RetryStrategy(max_attempts=TRIES - 1, wait=_WAIT_S, linear_wait=_WAIT_S, retry_exceptions=_PASSING),
)
def work(job: JobContext, *, what: str, batch_id: int, user_id: int | None) -> None:
    """One step of a batch on behalf of the user; safe to run twice."""
    resources = resources_of(job)
    attempts = job.job.attempts
    if attempts >= TRIES:
        # The last attempt killed its worker, which could not report it.
        fail_and_notify(resources.database, what, batch_id, user_id, _aborted_message(attempts))
        return
    store = FileStore(resources.data_dir / FOLDER)
    run_work(resources.database, store, what, batch_id, user_id, last_try=attempts + 1 >= TRIES)


def run_work(
    database: Database, store: FileStore, what: str, batch_id: int, user_id: int | None, *, last_try: bool = False
) -> None:
    """Run a step in one transaction; failure or stop is recorded in a second one, and the user is notified.

    Raises errors that may not recur at the next attempt, and those that were not foreseen.
    """
    step, requested = STEP_JOBS[what], Requested(batch_id, user_id)

    def work(ctx: Ctx) -> Ctx:
        batch = _WORKS[what](ctx, store, batch_id, ProgressReporter(database, batch_id))
        if what == "apply" and batch.state is BatchState.APPLIED:
            for each in recheck_lines(ctx, batch):
                defer_work(ctx, "check", each.id)
        if what == "apply":
            for follow in AFTER_APPLY:
                follow(ctx)
        return ctx

    finished = step.run(database, requested, work, is_last_try=last_try)
    if finished is None:
        return
    with step.recording(database, requested):
        _log_access(database, finished)
        _notify(database, what, batch_id, user_id)


def fail_and_notify(database: Database, what: str, batch_id: int, user_id: int | None, reason: str) -> None:
    """Record that a step is not retried, and notify the user."""
    STEP_JOBS[what].refuse(database, Requested(batch_id, user_id), Failed(reason))


def _fail(what: str, ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    fail_batch(ctx, requested.id, refused.message)
    notify_end(ctx, requested.id, requested.user_id, what)


def _stop(what: str, ctx: Ctx, requested: Requested) -> None:
    stop_batch(ctx, requested.id)
    notify_end(ctx, requested.id, requested.user_id, what)


def internal_error_message() -> str:
    return _("Hệ thống gặp lỗi khi xử lý nên chưa ghi gì; hãy thử lại, nếu vẫn lỗi thì báo quản trị hệ thống.")


def _aborted_message(tries: int) -> str:
    return _(
        "Đã thử %(count)d lần nhưng lần nào việc xử lý cũng bị ngắt giữa chừng nên chưa ghi gì; hãy báo quản trị hệ"
        " thống, hoặc chia tệp nhỏ hơn rồi thử lại.",
        count=tries,
    )


def _message_of(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return _(
            "Xử lý tệp này cần hơn %(most)d MB bộ nhớ nên chưa ghi gì; hãy chia thành nhiều tệp nhỏ hơn.",
            most=WORKER_MB,
        )
    if isinstance(error, _PASSING):
        return _aborted_message(TRIES)
    if isinstance(error, DBAPIError | psycopg.Error):
        return _("Cơ sở dữ liệu không nhận được dữ liệu của tệp; quản trị hệ thống xem nhật ký.")
    return internal_error_message()


def _notify(database: Database, what: str, batch_id: int, user_id: int | None) -> None:
    with database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
        notify_end(ctx, batch_id, user_id, what)


def _log_access(database: Database, ctx: Ctx) -> None:
    """Write access log entries for published structures near the rows."""
    looks, owners = logged_accesses(ctx)
    if looks:
        AuditNoteWriter(database)(
            ctx.actor, log_action(ctx), owner_ids=owners, origin="worker", looks=looks, endpoint="imports.work"
        )


#: By step.
STEP_JOBS: Final = {
    what: UserJob(
        f"imports.{what}",
        partial(_fail, what),
        P.IMPORT_RUN,
        stop=partial(_stop, what),
        explain=as_invalid,
        describe=_message_of,
        passing=_PASSING,
    )
    for what in _WORKS
}


# --- notices ------------------------------------------------------------------------------------------------------
KIND: Final = "import_batch"
#: Event of a failed undo.
_NOT_UNDONE: Final = "not_undone"
_SENTENCES: Final[dict[str, Any]] = {
    BatchState.APPLIED.value: _l("Lô nhập số %(number)d đã nhập xong."),
    BatchState.UNDONE.value: _l("Lô nhập số %(number)d đã được hoàn tác."),
    BatchState.FAILED.value: _l("Lô nhập số %(number)d không thực hiện được; mở lô để xem lý do."),
    BatchState.CHECKED.value: _l("Lô nhập số %(number)d chưa nhập: dữ liệu đã đổi sau khi xem trước; hãy xem lại."),
    BatchState.CANCELLED.value: _l("Lô nhập số %(number)d đã dừng theo yêu cầu."),
    _NOT_UNDONE: _l("Lô nhập số %(number)d chưa được hoàn tác; mở lô để xem lý do."),
}
EVENTS: Final = declare_events(
    KIND,
    _l("Nhập từ tệp"),
    {"user": person_party(_l("Người nhập tệp"), lambda user_id: user_id)},
    {
        BatchState.APPLIED.value: (_l("Đã nhập xong"), Recipients(affected=("user",))),
        BatchState.UNDONE.value: (_l("Đã được hoàn tác"), Recipients(affected=("user",))),
        BatchState.FAILED.value: (_l("Không thực hiện được"), Recipients(affected=("user",))),
        BatchState.CHECKED.value: (
            _l("Chưa nhập vì dữ liệu đã đổi"),
            Recipients(act=("user",)),
            _l("Xem lại rồi nhập"),
        ),
        BatchState.CANCELLED.value: (_l("Đã dừng theo yêu cầu"), Recipients(affected=("user",))),
        _NOT_UNDONE: (_l("Chưa được hoàn tác"), Recipients(affected=("user",))),
    },
)
#: Events that are notified each time.
_EACH_TIME: Final = (BatchState.FAILED.value, BatchState.CHECKED.value, _NOT_UNDONE)


def notify_end(ctx: Ctx, batch_id: int, user_id: int | None, what: str = "apply") -> None:
    """Notify the user of the end of a step, once per event.

    `what` is the step: the state CHECKED is reported only after an attempt to apply.
    """
    batch = ctx.session.get(ImportBatch, batch_id)
    if batch is None or user_id is None or batch.state.value not in _SENTENCES:
        return
    if batch.state is BatchState.CHECKED and what != "apply":
        return
    event = _NOT_UNDONE if what == "undo" and batch.state is BatchState.APPLIED else batch.state.value
    notified = exists().where(Notice.subject_kind == KIND, Notice.subject_id == batch.id, Notice.event == event)
    if event not in _EACH_TIME and ctx.session.scalar(select(notified)):
        return
    notify(ctx, EVENTS[event], batch.id, user_id)


def read_notice(notice: Notice) -> NoticeText:
    sentence = _SENTENCES.get(notice.event)
    words = str(sentence) % {"number": notice.subject_id} if sentence else _("Lô nhập đã thay đổi.")
    return NoticeText(words, "imports.detail", {"batch_id": notice.subject_id})


# --- maintenance --------------------------------------------------------------------------------------------------
#: Busy batches without a job; state and job are written in one transaction, so one snapshot is consistent.
_ORPHANED: Final = text(
    "SELECT b.id, b.state::text AS state, coalesce((SELECT (j.args ->> 'user_id')::bigint FROM procrastinate_jobs j"
    "  WHERE j.lock = 'imports.' || b.id ORDER BY j.id DESC LIMIT 1), b.created_by_id) AS user_id"
    "  FROM import_batch b WHERE b.state::text = ANY(:busy) AND NOT EXISTS (SELECT FROM procrastinate_jobs j"
    "   WHERE j.lock = 'imports.' || b.id AND j.status::text NOT IN ('succeeded', 'failed', 'cancelled', 'aborted'))"
)


@queue.periodic(cron="41 3 * * *")
@queue.task(name="imports.sweep", queueing_lock="imports.sweep", pass_context=True)
def sweep_daily(job: JobContext, timestamp: int) -> None:
    """Every night, delete files of unfinished uploads and directories of killed reading processes."""
    del timestamp
    remove_leftovers()
    resources = resources_of(job)
    sweep_files(resources.database, FileStore(resources.data_dir / FOLDER))


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="imports.end_forsaken", queueing_lock="imports.end_forsaken", pass_context=True)
def fail_orphaned_batches_often(job: JobContext, timestamp: int) -> None:
    del timestamp
    fail_orphaned_batches(resources_of(job).database)


def sweep_files(database: Database, store: FileStore) -> int:
    """Delete files that no batch references and that are older than 24 hours; returns their number."""
    with database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
        return sweep(ctx, store)


def fail_orphaned_batches(database: Database) -> int:
    """Fail busy batches without a job, and notify their users; returns their number."""
    with database.transaction(SYSTEM_ACTOR, origin="worker", read_only=True) as ctx:
        batches = ctx.session.execute(_ORPHANED, {"busy": [state.value for state in BUSY]}).all()
    for batch in batches:
        what = "undo" if batch.state == BatchState.UNDOING.value else "apply"
        fail_and_notify(database, what, batch.id, batch.user_id, internal_error_message())
    return len(batches)
