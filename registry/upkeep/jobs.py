"""The nightly jobs of rounds and checks, and the job that confirms many structures for a user."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from procrastinate import JobContext

from registry.accounts.user_jobs import Requested, UserJob
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.permissions import P
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.jobs import defer, queue, resources_of
from registry.upkeep.commands import RoundPart
from registry.upkeep.findings import check_changed, check_nightly
from registry.upkeep.service import confirm_waiting, note_refusal, open_rounds, process_rounds


@queue.periodic(cron="37 0 * * *")
@queue.task(name="upkeep.rounds", queueing_lock="upkeep.rounds", pass_context=True)
def watch(job: JobContext, timestamp: int) -> None:
    del timestamp
    run_rounds(resources_of(job).database, utc_now())


def run_rounds(database: Database, now: datetime) -> int:
    """Open, remind and close what is due at a moment; safe to run twice. Returns the number of rounds opened."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin="clock") as ctx:
        opened = open_rounds(ctx)
    with database.transaction(SYSTEM_ACTOR, now=now, origin="clock") as ctx:
        process_rounds(ctx)
    return len(opened)


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="upkeep.check_changed", queueing_lock="upkeep.check_changed", pass_context=True)
def check_what_changed(job: JobContext, timestamp: int) -> None:
    """Record what the checks of data quality find in what changed; a killed run leaves it to the next one."""
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, now=utc_now(), origin="worker") as ctx:
        check_changed(ctx)


@queue.periodic(cron="11 2 * * *")
@queue.task(name="upkeep.check_nightly", queueing_lock="upkeep.check_nightly", pass_context=True)
def check_by_night(job: JobContext, timestamp: int) -> None:
    """The same over all changes of a day, and once a week over the whole register."""
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, now=utc_now(), origin="clock") as ctx:
        check_nightly(ctx)


@queue.task(name="upkeep.confirm", pass_context=True)
def confirm(
    job: JobContext, *, round_id: int, kind: str | None, unit_id: int | None, digest: str, user_id: int
) -> None:
    run_confirm(resources_of(job).database, round_id, RoundPart(kind, unit_id), digest, user_id)


def run_confirm(database: Database, round_id: int, part: RoundPart, digest: str, user_id: int) -> None:
    """Confirm a part in one transaction, as the user who requested it; a refusal is notified. Safe to run twice."""
    CONFIRM.run(database, Requested(round_id, user_id), lambda ctx: confirm_waiting(ctx, round_id, part, digest))


def _refuse(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    note_refusal(ctx, requested.id, refused)


CONFIRM: Final = UserJob("upkeep.confirm", _refuse, P.STRUCTURE_CONFIRM)


def defer_confirm(ctx: Ctx, round_id: int, part: RoundPart, digest: str) -> None:
    defer(
        ctx,
        confirm,
        key=f"upkeep.{round_id}",
        round_id=round_id,
        kind=part.kind,
        unit_id=part.unit_id,
        digest=digest,
        user_id=ctx.actor.id,
    )
