"""The restore drill: restores the newest backup into a second place and compares it with the running register."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.exc import DBAPIError

from registry.kernel.backup.folder import BackupError, BackupFolder, sha256_of
from registry.kernel.backup.restore import restore
from registry.kernel.db.cluster import Cluster
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _, _n

#: Further checks of a restored database: address, moment of its state -> a sentence for each thing that is wrong.
DRILL_CHECKS = ExtensionPoint[Callable[[str, datetime], list[str]]]("backup.drill_checks")
#: How long the tables are tried for, and how long one try may make writers wait.
LOCK_WAIT_S: Final = 30.0
_LOCK_TRY_MS: Final = 2_000
_LOCK_PAUSE_S: Final = 1.0
ARCHIVE_WAIT_S: Final = 120.0
_POLL_S: Final = 0.2
_TABLES: Final = (
    "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    " ORDER BY 1"
)
#: Independent of the order of rows; the text of a row has every bit of it.
_DIGEST: Final = (
    "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0),"
    " coalesce(sum(('x' || right(md5(t::text), 16))::bit(64)::bigint::numeric), 0) FROM {} t"
)
Digests = dict[str, tuple[int, ...]]


def drill(cluster: Cluster, folder: BackupFolder, drill_dir: Path) -> tuple[int, int, list[str]]:
    """Number of tables, number of files, and what differs; `place` is a new folder, removed at the end.

    The running register is compared as of one moment, for which each writer waits two seconds at most. BackupError
    where another session holds a table for too long.
    """
    point = f"drill {uuid4().hex}"
    try:
        folder.require()
        return _drill(cluster, folder, drill_dir, point)
    except (psycopg.Error, DBAPIError) as error:
        raise BackupError(
            _("Cơ sở dữ liệu không trả lời khi đang so sánh (%(reason)s).", reason=str(error).splitlines()[0])
        ) from error
    except OSError as error:
        raise BackupError(
            _("Không đọc ghi được khi đang thử khôi phục (%(reason)s).", reason=error.strerror)
        ) from error
    finally:
        shutil.rmtree(drill_dir)


def _drill(cluster: Cluster, folder: BackupFolder, drill_dir: Path, point: str) -> tuple[int, int, list[str]]:
    with _snapshot(cluster, point) as (live, moment):
        _wait_until_archived(cluster)
        saved = folder.save_files(cluster.data_dir)
        expected = _digests(live)
    # Of files that come or go meanwhile nothing is said.
    files = {name: digest for name in saved if (digest := _digest_of(cluster.data_dir / name)) is not None}
    second = Cluster(drill_dir / "var", fsync=cluster.fsync, bin_dir=cluster.bin_dir)
    try:
        restore(folder, second, drill_point=point)
        second.start(tied=True)
        differing = [
            *_different_tables(second, expected),
            *(
                _("Tệp %(name)s khác nhau.", name=name)
                for name, digest in files.items()
                if _digest_of(second.data_dir / name) != digest and (cluster.data_dir / name).is_file()
            ),
        ]
        differing += [sentence for check in DRILL_CHECKS for sentence in check(second.url(), moment)]
    finally:
        second.stop()
        second.remove_files()
    return len(expected), len(files), differing


def _different_tables(second: Cluster, expected: Digests) -> list[str]:
    with _connect(second) as restored:
        digests = _digests(restored)
    return [
        _("Bảng %(name)s khác nhau.", name=name)
        for name in sorted(expected.keys() | digests.keys())
        if expected.get(name) != digests.get(name)
    ]


def _digest_of(path: Path) -> str | None:
    """The hash of a file; None where it is gone."""
    try:
        return sha256_of(path)
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _snapshot(cluster: Cluster, point: str) -> Iterator[tuple[psycopg.Connection, datetime]]:
    """A connection that sees the register as it is at the named restore point, and nothing later; and the moment."""
    with _connect(cluster) as locking, _connect(cluster) as reading:
        deadline = time.monotonic() + LOCK_WAIT_S
        while (snapshot := _try_snapshot(locking, reading, point)) is None:
            if time.monotonic() > deadline:
                raise _held_by(locking)
            time.sleep(_LOCK_PAUSE_S)
        yield reading, snapshot


def _try_snapshot(locking: psycopg.Connection, reading: psycopg.Connection, point: str) -> datetime | None:
    """Give `reading` the snapshot of a moment at which no session writes; None where a table is held meanwhile."""
    names = [name for (name,) in locking.execute(_TABLES)]
    locking.rollback()
    try:
        with locking.transaction():
            locking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # Writers queue behind the lock, so that it is given up after each try.
            locking.execute(f"SET LOCAL statement_timeout = {_LOCK_TRY_MS}")
            locking.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")
            locking.execute("SET LOCAL statement_timeout = 0")
            row = locking.execute(
                "SELECT pg_export_snapshot(), clock_timestamp(), pg_create_restore_point(%s)", [point]
            ).fetchone()
            snapshot, moment = (row[0], row[1]) if row else ("", None)
            reading.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            reading.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
    except psycopg.errors.QueryCanceled:
        return None
    return moment


#: Locks that SHARE waits for, and whose session has held its transaction for longest.
_HOLDER: Final = (
    "SELECT l.relation::regclass::text, a.pid, coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::int"
    " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.granted AND l.relation = ANY (%s::regclass[]) AND l.pid <> pg_backend_pid()"
    " AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock') ORDER BY a.xact_start LIMIT 1"
)


def _held_by(locking: psycopg.Connection) -> BackupError:
    names = [name for (name,) in locking.execute(_TABLES)]
    table, pid, held_s = locking.execute(_HOLDER, [names]).fetchone() or ("?", 0, 0)
    return BackupError(
        _n(
            "Bảng %(table)s đang bị phiên số %(pid)d của cơ sở dữ liệu giữ (%(num)d giây) nên chưa so sánh được,"
            " cần chạy lại khi phiên đó xong.",
            held_s,
            table=table,
            pid=pid,
        )
    )


def _wait_until_archived(cluster: Cluster) -> None:
    with _connect(cluster) as connection:
        connection.autocommit = True
        row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        segment = row[0] if row else ""
        connection.execute("SELECT pg_switch_wal()")
        deadline = time.monotonic() + ARCHIVE_WAIT_S
        while True:
            row = connection.execute("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver").fetchone()
            if row is not None and row[0][:24] >= segment:
                return
            if time.monotonic() > deadline:
                raise BackupError(
                    _("Đoạn WAL %(name)s chưa được lưu trữ, cần xem flask --app app doctor.", name=segment)
                )
            time.sleep(_POLL_S)


def _digests(connection: psycopg.Connection) -> Digests:
    connection.execute("SET LOCAL timezone = 'UTC'")
    names = [name for (name,) in connection.execute(_TABLES)]
    digests: Digests = {}
    for name in names:
        row = connection.execute(_DIGEST.format(name)).fetchone()
        digests[name] = tuple(int(number) for number in row or ())
    return digests


def _connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(cluster.url().replace("+psycopg", ""))
