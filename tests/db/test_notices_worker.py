"""Notices by mail through the job worker, on a database that really commits."""

import pytest
from sqlalchemy import text

from registry.authz.blueprint import DATABASE
from registry.kernel.db.row_access import across_organisations
from registry.kernel.db.session import abort
from registry.kernel.jobs import defer, retry_stalled, run_worker
from registry.notices.jobs import deliver, send_pending
from registry.notices.mail import MAILER, Mailer
from tests.factories.notices import give_addresses, tell
from tests.support.live import context
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port

VIETTEL = "viettel@donvi.example"


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def services(live_app, mailbox):
    with mail_server(mailbox, free_port()) as server:
        yield {MAILER: Mailer(live_app, server, "bao-tin@so.example", "https://hatang.example.vn")}


def test_the_worker_mails_what_was_committed_once_although_its_job_runs_twice(
    live_app, worker, services, mailbox, tmp_path
):
    web = DATABASE.of(live_app)
    with context(web, "so.khcn") as ctx:
        give_addresses(ctx, "viettel", "vnpt")
        notice = tell(ctx, "viettel")
        defer(ctx, deliver, notice_id=notice.id)
    with context(web, "so.khcn") as ctx:
        tell(ctx, "vnpt")
        abort(ctx)
    assert run_worker(worker, tmp_path, wait=False, services=services) == 0
    assert mailbox.recipients == [VIETTEL]
    done = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.deliver' AND status = 'succeeded'"
    with context(web, read_only=True) as ctx:
        assert ctx.session.scalar(text(done)) == 2


def test_a_minutely_job_that_waits_keeps_no_killed_job_from_being_tried_again(
    live_app, worker, services, mailbox, tmp_path
):
    web = DATABASE.of(live_app)
    with context(web, "so.khcn") as ctx:
        give_addresses(ctx, "viettel")
        defer(ctx, send_pending, timestamp=0)
        tell(ctx, "viettel")
    with context(worker) as ctx:
        # Both were running when their worker was killed, and the next minute has come.
        ctx.session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        defer(ctx, retry_stalled, timestamp=60)
        defer(ctx, send_pending, timestamp=60)
    assert run_worker(worker, tmp_path, wait=False, services=services) == 0
    assert mailbox.recipients == [VIETTEL]


def test_without_a_mail_server_no_mail_is_made(live_app, worker, tmp_path):
    web = DATABASE.of(live_app)
    with context(web, "so.khcn") as ctx:
        give_addresses(ctx, "viettel")
        tell(ctx, "viettel")
    assert run_worker(worker, tmp_path, wait=False) == 0
    with context(web, read_only=True) as ctx, across_organisations(ctx, "notice"):
        assert ctx.session.scalar(text("SELECT count(*) FROM notice")) == 1
        assert ctx.session.scalar(text("SELECT count(*) FROM notice_mail")) == 0
