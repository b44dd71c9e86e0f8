"""Writes of exports: ask for a file, note how it goes, let it expire."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import select, update

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.exports.commands import RequestExport
from registry.exports.models import OPEN, ExportJob, ExportState
from registry.exports.storage import ExportStore
from registry.kernel.dated_settings import setting
from registry.kernel.errors import TooManyRequests
from registry.kernel.i18n import _
from registry.notices.service import Audience, notify

#: Kind of the notices, and of the object in the change log.
KIND: Final = "export_job"
#: How many files one person may have in the making.
MOST_OPEN: Final = 3
#: Seconds after which asking again makes sense: the worker writes most files in less.
RETRY_AFTER_S: Final = 30
_LINK_DAYS: Final = "export.link_days"


def request_export(ctx: Ctx, command: RequestExport) -> tuple[ExportJob, bool]:
    """The file that was asked for, and whether it is a new one; the same wish while it is in the making is one file.

    The caller has opened the list, so the actor may see it. TooManyRequests where too many are in the making.
    """
    # One at a time for each person: only then both the wish and the number of others are still true below.
    ctx.session.execute(select(UserAccount.id).where(UserAccount.id == ctx.actor.id).with_for_update())
    digest = _digest(command)
    making = list(
        ctx.session.scalars(select(ExportJob).where(ExportJob.user_id == ctx.actor.id, ExportJob.state.in_(OPEN)))
    )
    same = next((job for job in making if job.digest == digest), None)
    if same is not None:
        return same, False
    _require_room(making, command)
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


def _require_room(making: Sequence[ExportJob], command: RequestExport) -> None:
    """TooManyRequests where the person has as many files in the making as it may."""
    if len(making) >= MOST_OPEN:
        sentence = _(
            "Bạn đang có %(count)d tệp chờ lập, tối đa %(most)d; hãy đợi một tệp lập xong rồi yêu cầu tiếp.",
            count=len(making),
            most=MOST_OPEN,
        )
        raise TooManyRequests(sentence, RETRY_AFTER_S)
    costly = [job for job in making if job.list_code in command.one_at_a_time]
    if costly and command.list_code in command.one_at_a_time:
        sentence = _(
            "Bạn đang có một tệp thuộc loại này chờ lập, mỗi tài khoản chỉ lập một tệp một lúc; hãy đợi tệp đó."
        )
        raise TooManyRequests(sentence, RETRY_AFTER_S)


def _digest(command: RequestExport) -> str:
    said = [command.list_code, command.file_format.value, command.language, sorted(map(list, command.arguments))]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def start(ctx: Ctx, job_id: int) -> ExportJob | None:
    """The file to make now; None where nothing is left to do, so that a job may run twice."""
    job = ctx.session.scalars(select(ExportJob).where(ExportJob.id == job_id).with_for_update()).one_or_none()
    if job is None or not job.is_open:
        return None
    job.state, job.done = ExportState.RUNNING, 0
    return job


def note_progress(ctx: Ctx, job_id: int, done: int, total: int | None = None) -> None:
    """How many rows are written, and of how many."""
    values = {"done": done} | ({"total": total} if total is not None else {})
    ctx.session.execute(update(ExportJob).where(ExportJob.id == job_id).values(**values))


def finish(ctx: Ctx, job_id: int, file_name: str, rows: int, size_bytes: int) -> None:
    """The file is there; its person learns of it, and of how long."""
    job = ctx.session.get_one(ExportJob, job_id)
    days = int(setting(ctx.session, _LINK_DAYS, ctx.today))
    job.state, job.done, job.total = ExportState.DONE, rows, rows
    job.file_name, job.size_bytes = file_name, size_bytes
    job.finished_at, job.expires_at = ctx.now, ctx.now + timedelta(days=days)
    notify(ctx, KIND, job.id, "done", Audience(user_ids=frozenset({job.user_id})), file=file_name, days=days)


def fail(ctx: Ctx, job_id: int, reason: str) -> None:
    """Nothing was written; its person learns why."""
    job = ctx.session.get_one(ExportJob, job_id)
    job.state, job.failure, job.finished_at = ExportState.FAILED, reason, ctx.now
    notify(ctx, KIND, job.id, "failed", Audience(user_ids=frozenset({job.user_id})))


def expire(ctx: Ctx, store: ExportStore) -> int:
    """Delete the files whose time is over and what no row keeps; returns how many expired."""
    over = ctx.session.scalars(
        update(ExportJob)
        .where(ExportJob.state == ExportState.DONE, ExportJob.expires_at <= ctx.now)
        .values(state=ExportState.EXPIRED)
        .returning(ExportJob.id)
    ).all()
    ctx.after_commit.extend(partial(store.drop, job_id) for job_id in over)
    kept = ctx.session.scalars(select(ExportJob.id).where(ExportJob.state.in_((*OPEN, ExportState.DONE)))).all()
    store.sweep(kept, ctx.now)
    return len(over)
