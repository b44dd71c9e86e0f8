"""The restore drill: restores the newest backup into a second place and compares it with the running register."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
from psycopg import sql

from registry.kernel.backup.folder import BackupError, BackupFolder, saved_files, sha256_of
from registry.kernel.backup.restore import restore
from registry.kernel.db.cluster import Cluster
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _

#: Further checks of the restored database: each gives a sentence for each thing that is wrong.
DRILL_CHECKS = ExtensionPoint[Callable[[psycopg.Connection], list[str]]]("backup.drill_checks")
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


def drill(cluster: Cluster, folder: BackupFolder, place: Path) -> tuple[int, int, list[str]]:
    """Number of tables, number of files, and what differs; `place` is a new folder, removed at the end.

    The running register is compared as of one moment, at which its tables wait for no longer than a statement.
    """
    point = f"drill {uuid4().hex}"
    with _snapshot(cluster, point) as live:
        _wait_until_archived(cluster)
        folder.save_files(cluster.data_dir)
        expected = _digests(live)
    files = {path.relative_to(cluster.data_dir).as_posix(): sha256_of(path) for path in saved_files(cluster.data_dir)}
    second = Cluster(place / "var", fsync=cluster.fsync, bin_dir=cluster.bin_dir)
    try:
        differing = _differences(folder, second, point, expected, files)
    finally:
        second.stop()
        second.remove_files()
        shutil.rmtree(place)
    return len(expected), len(files), differing


def _differences(
    folder: BackupFolder, second: Cluster, point: str, expected: Digests, files: dict[str, str]
) -> list[str]:
    restore(folder, second, drill_point=point)
    second.start(tied=True)
    with _connect(second) as restored:
        found = _digests(restored)
        differing = [sentence for check in DRILL_CHECKS for sentence in check(restored)]
    differing += [
        _("Bảng %(name)s khác nhau.", name=name)
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    for name, digest in files.items():
        copy = second.data_dir / name
        if not copy.is_file() or sha256_of(copy) != digest:
            differing.append(_("Tệp %(name)s khác nhau.", name=name))
    return differing


@contextlib.contextmanager
def _snapshot(cluster: Cluster, point: str) -> Iterator[psycopg.Connection]:
    """A connection that sees the register as it is at the named restore point, and nothing later."""
    with _connect(cluster) as locking, _connect(cluster) as reading:
        names = [name for (name,) in locking.execute(_TABLES)]
        locking.rollback()
        with locking.transaction():
            locking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            locking.execute("SET LOCAL lock_timeout = '10s'")
            locking.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")
            row = locking.execute("SELECT pg_export_snapshot(), pg_create_restore_point(%s)", [point]).fetchone()
            reading.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            reading.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(row[0] if row else ""))
        yield reading


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
    found: Digests = {}
    for name in names:
        row = connection.execute(_DIGEST.format(name)).fetchone()
        found[name] = tuple(int(number) for number in row or ())
    return found


def _connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(cluster.url().replace("+psycopg", ""))
