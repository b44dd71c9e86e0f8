"""The job that applies or undoes a large batch for its author."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from procrastinate import JobContext
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from registry.accounts.user_jobs import Requested, UserJob
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.db.session import Database
from registry.kernel.errors import Conflict, DomainError
from registry.kernel.i18n import _
from registry.kernel.jobs import defer, queue, resources_of
from registry.structures.bulk_edit.commands import Target
from registry.structures.bulk_edit.queries import get_batch
from registry.structures.bulk_edit.service import apply_waiting, note_failure, undo_waiting
from registry.structures.filtering.url import read_filter


@queue.task(name="structures.bulk_edit", pass_context=True)
def work(job: JobContext, *, what: str, batch_id: int, user_id: int) -> None:
    """Apply ("apply") or undo ("undo") a batch; idempotent."""
    run_work(resources_of(job).database, what, batch_id, user_id)


def defer_work(ctx: Ctx, what: str, batch_id: int) -> None:
    """Queue the job; it runs after this transaction has committed."""
    defer(ctx, work, key=f"structures.bulk_edit.{batch_id}", what=what, batch_id=batch_id, user_id=ctx.actor.id)


def run_work(database: Database, what: str, batch_id: int, user_id: int) -> None:
    """One transaction for the whole batch; a refusal is recorded in a second one."""

    def work(ctx: Ctx) -> None:
        if what == "undo":
            undo_waiting(ctx, batch_id)
        else:
            apply_waiting(ctx, batch_id, read_target(get_batch(ctx, batch_id).target))

    CHANGE_MANY.run(database, Requested(batch_id, user_id), work)


def _fail(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    note_failure(ctx, requested.id, refused)


def _explain(_error: IntegrityError) -> DomainError:
    return Conflict(_("Giá trị mới không hợp với dữ liệu đang có; không công trình nào được sửa."))


CHANGE_MANY: Final = UserJob("structures.bulk_edit", _fail, P.STRUCTURE_EDIT, explain=_explain)


def read_target(stored: dict[str, object]) -> Target:
    """The target of the stored form."""
    if "query" not in stored:
        codes = stored["codes"]
        return Target(codes=tuple(str(code) for code in codes) if isinstance(codes, list) else ())
    query = str(stored["query"])
    return Target(query=query, chosen=read_filter(MultiDict(parse_qsl(query))))
