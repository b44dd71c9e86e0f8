"""The job that applies or undoes a large batch for its author."""

from __future__ import annotations

import logging
from functools import partial
from urllib.parse import parse_qsl

from procrastinate import JobContext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from registry.accounts.actor import actor_by_id
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import Conflict, DomainError
from registry.kernel.i18n import _
from registry.kernel.jobs import defer, queue, resources_of
from registry.structures.bulk_edit.commands import Target
from registry.structures.bulk_edit.queries import get_batch
from registry.structures.bulk_edit.service import apply_waiting, note_failure, undo_waiting
from registry.structures.filtering.url import read_filter

log = logging.getLogger(__name__)


@queue.task(name="structures.bulk_edit", pass_context=True)
def work(job: JobContext, *, what: str, batch_id: int, user_id: int) -> None:
    """Apply ("apply") or undo ("undo") a batch; idempotent."""
    run_work(resources_of(job).database, what, batch_id, user_id)


def defer_work(ctx: Ctx, what: str, batch_id: int) -> None:
    """Queue the job; it runs after this transaction has committed."""
    defer(ctx, work, key=f"structures.bulk_edit.{batch_id}", what=what, batch_id=batch_id, user_id=ctx.actor.id)


def run_work(database: Database, what: str, batch_id: int, user_id: int) -> None:
    """One transaction for the whole batch; a refusal is recorded in a second one."""
    refused: DomainError
    try:
        with database.transaction(partial(_asker, user_id=user_id), origin="worker") as ctx:
            if what == "undo":
                undo_waiting(ctx, batch_id)
            else:
                apply_waiting(ctx, batch_id, read_target(get_batch(ctx, batch_id).target))
            return
    except DomainError as error:
        refused = error
    except IntegrityError:
        log.exception("bulk edit %s does not fit the rules of the database", batch_id)
        refused = Conflict(_("Giá trị mới không hợp với dữ liệu đang có; không công trình nào được sửa."))
    log.warning("bulk edit %s was refused: %s", batch_id, refused.message)
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="worker") as ctx:
        note_failure(ctx, batch_id, refused)


def read_target(stored: dict[str, object]) -> Target:
    """The target of the stored form."""
    if "query" not in stored:
        codes = stored["codes"]
        return Target(codes=tuple(str(code) for code in codes) if isinstance(codes, list) else ())
    query = str(stored["query"])
    return Target(query=query, chosen=read_filter(MultiDict(parse_qsl(query))))


def _asker(session: Session, *, user_id: int) -> Actor:
    return actor_by_id(session, user_id, utc_now())
