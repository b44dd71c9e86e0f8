"""Release expired reservations of requests that have no clock of their own for it."""

from __future__ import annotations

import logging
from datetime import datetime

import click
from flask.cli import AppGroup
from procrastinate import JobContext
from sqlalchemy import Select, select

from registry.authz.actors import SYSTEM_ACTOR
from registry.authz.blueprint import DATABASE
from registry.capacity.models import CapacityEntry, EntryState
from registry.colocation.codes import ColocationState
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queue import RESERVATION_TERM, release_reservations
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.i18n import _n
from registry.kernel.jobs import queue, resources_of
from registry.workflow.engine import lock_case, touch

log = logging.getLogger(__name__)
group = AppGroup("colocation", help="Requests to use others' structures.")
_ORIGIN = "clock"
#: States without a clock that ends the reservations; after a contract the agreement's clock does.
UNCLOCKED = tuple(
    state
    for state in ColocationState
    if state is not ColocationState.CONTRACTED
    and ((deadline := COLOCATION.deadlines.get(state)) is None or deadline.term != RESERVATION_TERM)
)


@group.command("free")
def free() -> None:
    """Release expired reservations of requests that are still open; the job does so every hour.

    Example: flask colocation free
    """
    count = free_lapsed(DATABASE.current(), utc_now())
    click.echo(_n("Đã trả chỗ của %(num)d đề nghị có giữ chỗ hết hạn.", count))


@queue.periodic(cron="17 * * * *")
@queue.task(name="colocation.free", queueing_lock="colocation.free", pass_context=True)
def free_hourly(job: JobContext, timestamp: int) -> None:
    free_lapsed(resources_of(job).database, utc_now())


def free_lapsed(database: Database, now: datetime) -> int:
    """Release expired reservations; returns the number of requests. One transaction each; a failure stops no other.

    Where the clock of the request runs, its end releases them. Elsewhere, such as in a request that was returned and
    never sent again, this job is the only one that does.
    """
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = _lapsed(now).with_only_columns(ColocationRequest.id).distinct().order_by(ColocationRequest.id)
        waiting = list(ctx.session.scalars(query))
    return sum(_free(database, now, request_id) for request_id in waiting)


def _free(database: Database, now: datetime, request_id: int) -> bool:
    try:
        with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
            request = lock_case(ctx, COLOCATION, request_id)
            entry_ids = list(ctx.session.scalars(_lapsed(now).where(ColocationRequest.id == request_id)))
            if not entry_ids:
                return False
            release_reservations(ctx, entry_ids)
            touch(ctx, COLOCATION, request, "free_places", entries=entry_ids)
    except Exception:
        log.exception("reservations of request %s could not be freed", request_id)
        return False
    return True


def _lapsed(now: datetime) -> Select[int]:
    return (
        select(CapacityEntry.id)
        .join(ColocationItem, ColocationItem.entry_id == CapacityEntry.id)
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(
            CapacityEntry.state == EntryState.RESERVED,
            CapacityEntry.expires_at <= now,
            ColocationRequest.state.in_(UNCLOCKED),
        )
    )
