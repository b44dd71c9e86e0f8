"""Export files of the actor: request one, record its progress, read it back, let it expire."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import select, update

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.exports.models import OPEN, ExportJob, ExportState
from registry.exports.storage import ExportStore
from registry.kernel.dated_settings import setting
from registry.kernel.errors import NotFound, TooManyRequests
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.i18n import _, _l, _n
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.service import notify


@dataclass(frozen=True)
class RequestExport:
    """A file of a list under a filter (pairs of the query string), in the language of the request."""

    list_code: str
    file_format: ExportFormat
    arguments: tuple[tuple[str, str], ...]
    language: str
    #: Lists of which one person may have one open file altogether.
    one_at_a_time: frozenset[str] = frozenset()


def get_finished(ctx: Ctx, job_id: int) -> ExportJob:
    """A finished file of the actor; NotFound for others' files, expired and unfinished ones."""
    query = select(ExportJob).where(ExportJob.id == job_id, ExportJob.user_id == ctx.actor.id)
    export = ctx.session.scalars(query).one_or_none()
    if export is None:
        raise NotFound(_("Không có tệp đã xuất này, hoặc tệp không thuộc tài khoản này."))
    if export.state_at(ctx.now) is ExportState.EXPIRED:
        raise NotFound(_("Tệp đã hết hạn tải về; hãy lập lại từ danh sách."))
    if export.state is not ExportState.DONE:
        raise NotFound(_("Tệp chưa lập xong; hãy quay lại trang “Tệp đã xuất” sau ít phút."))
    return export


#: Kind of the notices, and of the object in the change log.
KIND: Final = "export_job"
_ASKER: Final = Recipients(affected=("asker",))
EVENTS: Final = declare_events(
    KIND,
    _l("Tệp xuất từ danh sách"),
    {"asker": person_party(_l("Người yêu cầu tệp"), lambda job: job.user_id)},
    {"done": (_l("Tệp đã lập xong"), _ASKER), "failed": (_l("Tệp không lập được"), _ASKER)},
)
#: Open files per person.
MOST_OPEN: Final = 3
#: Seconds to wait before retrying; the worker writes most files in less.
RETRY_AFTER_S: Final = 30
_LINK_DAYS: Final = "export.link_days"


def request_export(ctx: Ctx, command: RequestExport) -> tuple[ExportJob, bool]:
    """The file, and whether it is new: an equal open request is returned as it is.

    The caller has checked the permission by opening the list. TooManyRequests where too many are open.
    """
    # Serialise the requests of one person, so that the duplicate check and the limit hold below.
    ctx.session.execute(select(UserAccount.id).where(UserAccount.id == ctx.actor.id).with_for_update())
    digest = _digest(command)
    open_jobs = list(
        ctx.session.scalars(select(ExportJob).where(ExportJob.user_id == ctx.actor.id, ExportJob.state.in_(OPEN)))
    )
    same = next((job for job in open_jobs if job.digest == digest), None)
    if same is not None:
        return same, False
    _require_quota(open_jobs, command)
    job = ExportJob(
        user_id=ctx.actor.id,
        list_code=command.list_code,
        file_format=command.file_format,
        arguments=[list(pair) for pair in command.arguments],
        digest=digest,
        language=command.language,
        state=ExportState.WAITING,
        done=0,
        created_at=ctx.now,
    )
    ctx.session.add(job)
    ctx.session.flush()
    record(ctx, "export.request", KIND, job.id, list=command.list_code, format=command.file_format.value)
    return job, True


def _require_quota(open_jobs: Sequence[ExportJob], command: RequestExport) -> None:
    """TooManyRequests where the person has reached a limit."""
    if len(open_jobs) >= MOST_OPEN:
        sentence = _n(
            "Đang có %(count)d tệp chờ lập, tối đa %(most)d; hãy đợi một tệp lập xong rồi yêu cầu tiếp.",
            len(open_jobs),
            count=len(open_jobs),
            most=MOST_OPEN,
        )
        raise TooManyRequests(sentence, RETRY_AFTER_S)
    costly = [job for job in open_jobs if job.list_code in command.one_at_a_time]
    if costly and command.list_code in command.one_at_a_time:
        sentence = _("Đang có một tệp thuộc loại này chờ lập, mỗi tài khoản chỉ lập một tệp một lúc; hãy đợi tệp đó.")
        raise TooManyRequests(sentence, RETRY_AFTER_S)


def _digest(command: RequestExport) -> str:
    parts = [command.list_code, command.file_format.value, command.language, sorted(map(list, command.arguments))]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def start(ctx: Ctx, job_id: int) -> ExportJob | None:
    """Mark a file as running; None where it is not open any more, so that a job may run twice."""
    job = ctx.session.scalars(select(ExportJob).where(ExportJob.id == job_id).with_for_update()).one_or_none()
    if job is None or not job.is_open:
        return None
    job.state, job.done = ExportState.RUNNING, 0
    return job


def note_progress(ctx: Ctx, job_id: int, done: int, total: int | None = None) -> None:
    values = {"done": done} | ({"total": total} if total is not None else {})
    ctx.session.execute(update(ExportJob).where(ExportJob.id == job_id).values(**values))


def finish(ctx: Ctx, job_id: int, file_name: str, rows: int, size_bytes: int) -> None:
    """Mark a file as done and notify its person."""
    job = ctx.session.get_one(ExportJob, job_id)
    days = int(setting(ctx.session, _LINK_DAYS, ctx.today))
    job.state, job.done, job.total = ExportState.DONE, rows, rows
    job.file_name, job.size_bytes = file_name, size_bytes
    job.finished_at, job.expires_at = ctx.now, ctx.now + timedelta(days=days)
    notify(ctx, EVENTS["done"], job.id, job, file=file_name, days=days)


def mark_failed(ctx: Ctx, job_id: int, reason: str) -> None:
    """Mark a file as failed and notify its person."""
    job = ctx.session.get_one(ExportJob, job_id)
    job.state, job.failure, job.finished_at = ExportState.FAILED, reason, ctx.now
    notify(ctx, EVENTS["failed"], job.id, job)


def expire(ctx: Ctx, store: ExportStore) -> int:
    """Delete expired files and files without a row; returns how many expired."""
    expired = ctx.session.scalars(
        update(ExportJob)
        .where(ExportJob.state == ExportState.DONE, ExportJob.expires_at <= ctx.now)
        .values(state=ExportState.EXPIRED)
        .returning(ExportJob.id)
    ).all()
    ctx.after_commit.extend(partial(store.delete, job_id) for job_id in expired)
    valid = ctx.session.scalars(select(ExportJob.id).where(ExportJob.state.in_((*OPEN, ExportState.DONE)))).all()
    store.sweep(valid, ctx.now)
    return len(expired)
