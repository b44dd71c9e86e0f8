"""Removal of files of unfinished uploads: command and nightly job."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from procrastinate import JobContext

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.authz.blueprint import DATABASE
from registry.files.pages import FOLDER, STORE
from registry.files.service import sweep
from registry.files.storage import FileStore
from registry.kernel.i18n import _n
from registry.kernel.jobs import queue, resources_of


@click.group("files")
def group() -> None:
    """Attachments."""


@group.command("sweep")
@with_appcontext
def sweep_command() -> None:
    """Delete files of uploads that never finished, older than 24 hours."""
    with DATABASE.current().transaction(SYSTEM_ACTOR, origin="cli") as ctx:
        gone = sweep(ctx, STORE.current(), ctx.now)
    click.echo(_n("Đã xóa %(num)d tệp không còn dùng.", gone))


@queue.periodic(cron="53 3 * * *")
@queue.task(name="files.sweep", queueing_lock="files.sweep", pass_context=True)
def sweep_daily(job: JobContext, timestamp: int) -> None:
    del timestamp
    resources = resources_of(job)
    machine: Actor = SYSTEM_ACTOR
    with resources.database.transaction(machine, origin="worker") as ctx:
        sweep(ctx, FileStore(resources.data_dir / FOLDER), ctx.now)
