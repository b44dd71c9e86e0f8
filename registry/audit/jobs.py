"""Sealing of notes while jobs of the worker run, and the hourly checkpoint."""

from __future__ import annotations

import logging
from typing import Final

from procrastinate import JobContext, RetryStrategy

from registry.audit.checkpoints import (
    CHECKPOINTS,
    DEFAULT_FILE,
    CheckpointTargets,
    mail_of,
    take_checkpoint,
    write_checkpoint,
)
from registry.audit.quotas import forget_uses
from registry.audit.seals import EVERY_S, seal_notes
from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.kernel.clock import utc_now
from registry.kernel.jobs import Repeated, Resources, defer, queue, resources_of
from registry.kernel.mail import MailRefused

log = logging.getLogger(__name__)

_ORIGIN: Final = "worker"
#: About a day: by then later checkpoints say more.
_RETRY: Final = RetryStrategy(max_attempts=24, wait=60, linear_wait=300)


def seal(resources: Resources) -> None:
    """Seal the notes that were written since the last time."""
    seal_notes(resources.database, utc_now())


#: In a thread of its own, since a job may take many minutes.
SEALING: Final = Repeated("audit.seal", EVERY_S, seal)


@queue.periodic(cron="47 3 * * *")
@queue.task(name="audit.forget_quota_uses", queueing_lock="audit.forget_quota_uses", pass_context=True)
def forget_quota_uses(job: JobContext, timestamp: int) -> None:
    """Delete what was used of the quotas of days that are over."""
    del timestamp
    machine: Actor = SYSTEM_ACTOR
    with resources_of(job).database.transaction(machine, origin=_ORIGIN) as ctx:
        forget_uses(ctx)


@queue.periodic(cron="7 * * * *")
@queue.task(name="audit.checkpoint", queueing_lock="audit.checkpoint", pass_context=True)
def checkpoint_hourly(job: JobContext, timestamp: int) -> None:
    del timestamp
    checkpoint(resources_of(job))


def checkpoint(resources: Resources) -> None:
    """Seal, then append a checkpoint to the file and mail it to each address.

    A file that cannot be written is logged; the mails go out all the same.
    """
    now = utc_now()
    seal_notes(resources.database, now)
    targets = targets_of(resources)
    machine: Actor = SYSTEM_ACTOR
    with resources.database.transaction(machine, now=now, origin=_ORIGIN) as ctx:
        taken = take_checkpoint(ctx.session, now)
        for address in targets.addresses:
            defer(ctx, mail_checkpoint, line=taken.as_line(), address=address)
    try:
        write_checkpoint(targets.file, taken)
    except OSError as error:
        log.error("the checkpoint cannot be written to %s: %s", targets.file, error.strerror)  # noqa: TRY400


@queue.task(name="audit.mail_checkpoint", pass_context=True, retry=_RETRY)
def mail_checkpoint(job: JobContext, *, line: str, address: str) -> None:
    """Mail one checkpoint; tried again while the server is unavailable."""
    targets = targets_of(resources_of(job))
    if targets.server is None:
        return
    with targets.server.connected() as connection:
        try:
            connection.send(mail_of(line, targets, address, utc_now()))
        except MailRefused as refused:
            if not refused.is_final:
                raise
            # The reply may contain an address.
            log.error("a checkpoint was refused by the mail server with %s", refused.code)  # noqa: TRY400


def targets_of(resources: Resources) -> CheckpointTargets:
    checkpoint_targets = CHECKPOINTS.of(resources)
    return checkpoint_targets or CheckpointTargets(resources.data_dir / DEFAULT_FILE)
