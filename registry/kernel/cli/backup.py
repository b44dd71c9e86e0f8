"""`flask cluster backup`, `restore` and `drill`."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext

from registry.kernel.backup.base import take_backup
from registry.kernel.backup.drill import drill
from registry.kernel.backup.folder import BackupFolder
from registry.kernel.backup.restore import restore
from registry.kernel.cli.target import cluster_of, installation, owner_url
from registry.kernel.clock import utc_now
from registry.kernel.i18n import _

_FOLDER: Final = click.Path(path_type=Path, file_okay=False, resolve_path=True)


@click.command("backup")
@click.argument("target", type=_FOLDER)
@with_appcontext
def backup_command(target: Path) -> None:
    """Write a backup of database, files and settings without secrets into the folder TARGET, which must exist.

    Example: flask --app app cluster backup /mnt/backup
    """
    settings = installation()
    cluster = cluster_of(settings)
    owner_url(settings)
    days = settings.backup_days if target == settings.backup_dir else None
    folder = BackupFolder(target)
    folder.require()
    base = take_backup(cluster, folder, settings.open_settings, utc_now(), keep_days=days)
    click.echo(_("Đã sao lưu vào %(path)s.", path=folder.base_folder(base)))


@click.command("restore")
@click.argument("source", type=_FOLDER)
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"]), help="Moment to restore to.")
@click.option("--timeline", default="latest", help="Number of the timeline, after an earlier restore (1: the first).")
@with_appcontext
def restore_command(source: Path, at: datetime | None, timeline: str) -> None:
    """Restore the register from the folder SOURCE, to the last state or to a moment; the server must be stopped.

    A database that is there is moved aside.

    Example: flask --app app cluster restore /mnt/backup --at 2026-11-28T09:30:00+0700
    """
    cluster = cluster_of(installation())
    base = restore(BackupFolder(source), cluster, at, timeline=timeline)
    click.echo(_("Đã khôi phục từ bản sao lưu %(name)s; có thể khởi động hệ thống.", name=base.name))


@click.command("drill")
@click.option("--into", type=_FOLDER, help="Folder for the second place; the system's temporary folder without it.")
@with_appcontext
def drill_command(into: Path | None) -> None:
    """Restore the newest backup into a second place, compare every table, file and the audit chain; 1 if they differ.

    Example: flask --app app cluster drill
    """
    settings = installation()
    cluster = cluster_of(settings)
    owner_url(settings)
    if settings.backup_dir is None:
        raise click.ClickException(_("Chưa đặt BACKUP_DIR nên không có bản sao lưu để thử khôi phục."))
    drill_dir = Path(tempfile.mkdtemp(prefix="registry-drill-", dir=into))
    drill_dir.chmod(0o711)  # the server's account passes it
    tables, files, differing = drill(cluster, BackupFolder(settings.backup_dir), drill_dir)
    for sentence in differing:
        click.echo(sentence, err=True)
    if differing:
        raise click.exceptions.Exit(1)
    click.echo(_("Bản khôi phục giống hệt: %(tables)d bảng, %(files)d tệp.", tables=tables, files=files))


backup_commands: Final = (backup_command, restore_command, drill_command)
