"""The jobs that mail notices: one per notice, and one that retries."""

from __future__ import annotations

from procrastinate import JobContext, RetryStrategy

from registry.kernel.clock import utc_now
from registry.kernel.jobs import Resources, queue, resources_of
from registry.notices.delivery import queue_mails, send_due
from registry.notices.mail import MAILER, Mailer

#: The queue retries a job that fails because of a defect, with growing delay.
_RETRY = RetryStrategy(max_attempts=20, linear_wait=60)


@queue.task(name="notices.deliver", pass_context=True, retry=_RETRY)
def deliver(job: JobContext, *, notice_id: int) -> None:
    """Mail a notice to its recipients; idempotent. No-op without a mail server."""
    resources = resources_of(job)
    mailer = _mailer(resources)
    if mailer is not None:
        queue_mails(resources.database, notice_id, utc_now())
        send_due(resources.database, mailer, utc_now(), notice_id)


@queue.periodic(cron="* * * * *")
@queue.task(name="notices.send_due", queueing_lock="notices.send_due", pass_context=True)
def send_pending(job: JobContext, timestamp: int) -> None:
    del timestamp
    resources = resources_of(job)
    mailer = _mailer(resources)
    if mailer is not None:
        send_due(resources.database, mailer, utc_now())


def _mailer(resources: Resources) -> Mailer | None:
    return MAILER.of(resources)
