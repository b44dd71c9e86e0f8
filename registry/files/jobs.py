"""Console commands of attachments."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.authz.actors import SYSTEM_ACTOR
from registry.authz.blueprint import DATABASE
from registry.files.pages import STORE
from registry.files.service import sweep
from registry.kernel.i18n import _


@click.group("files")
def group() -> None:
    """Attachments."""


@group.command("sweep")
@with_appcontext
def sweep_command() -> None:
    """Delete files of uploads that never finished, older than 24 hours."""
    with current_app.extensions[DATABASE].transaction(SYSTEM_ACTOR, origin="cli") as ctx:
        gone = sweep(ctx, current_app.extensions[STORE], ctx.now)
    click.echo(_("Đã xóa %(count)d tệp không còn dùng.", count=gone))
