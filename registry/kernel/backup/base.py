"""Taking backups: database by pg_basebackup, files, settings without secrets; and what is kept how long."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg

from registry.kernel.backup.folder import DATABASE, DRAFT_PREFIX, BackupError, BackupFolder, BaseBackup, write_json
from registry.kernel.db.cluster import Cluster
from registry.kernel.i18n import _

#: Base backups of a large register take minutes.
_TIMEOUT_S: Final = 6 * 3600
_LABEL: Final = "START WAL LOCATION:"


def take_backup(
    cluster: Cluster, folder: BackupFolder, settings: Mapping[str, str], now: datetime, *, keep_days: int | None = None
) -> BaseBackup:
    """A complete backup of the running cluster and the files of its data directory.

    Base backups older than `keep_days` are removed, with the WAL that only they need; the newest one always stays.
    Whatever fails leaves the backups that are there as they are.
    """
    try:
        with folder.locked():
            return _take(cluster, folder, settings, now, keep_days)
    except psycopg.errors.UndefinedTable as error:
        raise BackupError(_("Cơ sở dữ liệu trống, không có gì để sao lưu.")) from error
    except psycopg.Error as error:
        raise BackupError(
            _("Cơ sở dữ liệu không trả lời khi đang sao lưu (%(reason)s).", reason=str(error).splitlines()[0])
        ) from error
    except OSError as error:
        raise BackupError(
            _("Không ghi được vào thư mục sao lưu %(path)s (%(reason)s).", path=folder.root, reason=error.strerror)
        ) from error


def _take(
    cluster: Cluster, folder: BackupFolder, settings: Mapping[str, str], now: datetime, keep_days: int | None
) -> BaseBackup:
    register, schema, size = _facts(cluster)
    folder.claim(register)
    free = shutil.disk_usage(folder.root).free
    if free < size:
        raise BackupError(
            _(
                "Thư mục sao lưu %(path)s còn %(free)d MB, cần %(size)d MB cho bản sao lưu mới.",
                path=folder.root,
                free=free // 10**6,
                size=size // 10**6,
            )
        )
    folder.bases.mkdir(mode=0o700, exist_ok=True)
    folder.remove_drafts()
    name = now.strftime("%Y%m%dT%H%M%SZ")
    draft = folder.bases / f"{DRAFT_PREFIX}{name}"
    draft.mkdir(mode=0o700)
    try:
        cluster.copy_to(draft / DATABASE, timeout_s=_TIMEOUT_S)
        # After the database: a file is stored before the row that names it.
        files = folder.save_files(cluster.data_dir)
        write_json(draft / "files.json", {path: asdict(saved) for path, saved in files.items()})
        lines = [f"{key}={value}\n" for key, value in sorted(settings.items())]
        (draft / "settings.env").write_text("".join(lines), encoding="utf-8")
        base = BaseBackup(
            name=name,
            register=register,
            schema=schema,
            major=int((draft / DATABASE / "PG_VERSION").read_text(encoding="ascii")),
            finished_at=_finished(cluster).isoformat(),
            first_segment=_first_segment(draft / DATABASE),
        )
        write_json(draft / "backup.json", asdict(base))
        draft.rename(folder.base_folder(base))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if keep_days is not None:
        prune(cluster, folder, now - timedelta(days=keep_days))
    return base


def prune(cluster: Cluster, folder: BackupFolder, oldest: datetime) -> None:
    """Remove base backups that ended before `oldest`, but the newest, and what only they need."""
    bases = folder.all_bases()
    for base in bases[:-1]:
        if base.finished < oldest:
            shutil.rmtree(folder.base_folder(base))
    segments = [stored_base.first_segment for stored_base in folder.all_bases()]
    if folder.wal.is_dir():
        cluster.run_program("pg_archivecleanup", "-x", ".gz", str(folder.wal), min(segments, key=_position))
    folder.remove_unused_contents()


def _facts(cluster: Cluster) -> tuple[str, str, int]:
    with psycopg.connect(cluster.url().replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT (SELECT system_identifier::text FROM pg_control_system()),"
            " (SELECT version_num FROM alembic_version), sum(pg_database_size(oid))::bigint FROM pg_database"
        ).fetchone()
    if row is None:
        raise BackupError(_("Cơ sở dữ liệu trống, không có gì để sao lưu."))
    return str(row[0]), str(row[1]), int(row[2])


def _finished(cluster: Cluster) -> datetime:
    with psycopg.connect(cluster.url().replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    moment: datetime = row[0]  # type: ignore[index]
    return moment


def _first_segment(files: Path) -> str:
    for line in (files / "backup_label").read_text(encoding="utf-8").splitlines():
        if line.startswith(_LABEL):
            return line.partition("(file ")[2].rstrip(")")
    raise BackupError(_("Không đọc được tệp %(path)s của bản sao lưu.", path=files / "backup_label"))


def _position(segment: str) -> str:
    """The place of a WAL segment in the log, whatever its timeline."""
    return segment[8:]
