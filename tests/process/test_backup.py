"""Backup, wipe, restore to the end and to a moment, drill: on a real cluster with archived WAL."""

import gzip
import shutil

import psycopg
import pytest

from registry.kernel.backup import drill as drilling
from registry.kernel.backup.base import take_backup
from registry.kernel.backup.drill import drill
from registry.kernel.backup.folder import BackupError, BackupFolder
from registry.kernel.backup.restore import restore
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.cluster.programs import Account
from tests.support.own_cluster import own, own_folder, prepared_cluster
from tests.support.processes import wait_for

__all__ = ["own", "own_folder", "prepared_cluster"]


def connected(cluster):
    return psycopg.connect(cluster.url().replace("+psycopg", ""), autocommit=True)


def note(cluster, word, state=None):
    """Commit a word and archive it; the moment after it. `state`: gets what every table holds at that moment."""
    with connected(cluster) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (word text)")
        connection.execute("INSERT INTO said VALUES (%s)", [word])
        moment = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        if state is not None:
            state |= digests(connection)
        # A later commit, by which the recovery knows that the moment is past.
        connection.execute("INSERT INTO said VALUES ('-')")
        segment = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]
        archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        wait_for(lambda: connection.execute(archived, [segment]).fetchone()[0], None, log_of(cluster))
    return moment


def log_of(cluster):
    return cluster.data_dir / "postgres" / "server.log"


def words(cluster, state=None):
    """The words of a register after a restore; `state`: gets what every table holds."""
    cluster.start(tied=True)
    with connected(cluster) as connection:
        stored_words = {word for (word,) in connection.execute("SELECT word FROM said")} - {"-"}
        if state is not None:
            state |= digests(connection)
    cluster.stop()
    return stored_words


def digests(connection):
    with connection.transaction():
        return drilling._digests(connection)


def test_a_wiped_register_comes_back_to_its_end_or_to_a_moment_and_a_drill_finds_it_equal(own, own_folder, monkeypatch):
    folder = BackupFolder(own_folder / "backup")
    folder.root.mkdir(mode=0o711)
    folder.wal.mkdir(mode=0o700)
    Account.for_server().give(folder.wal)
    register = Cluster(own.data_dir, fsync=False, wal_archive=folder.wal)
    photo = own.data_dir / "files" / "served" / "ab" / "photo"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"a photo")

    register.start(tied=True)
    now = note(register, "before")
    base = take_backup(register, folder, {"PORT": "8000"}, now, keep_days=30)
    then, again = {}, {}
    moment = note(register, "at the moment", then)
    note(register, "after")
    with pytest.raises(BackupError, match="DATA_DIR"):
        restore(folder, register)
    held_table_is_named(register, folder, own_folder, monkeypatch)
    forge(register)
    tables, files, differing = drill(register, folder, place_for_drill(own_folder))
    assert (tables > 60, files, differing) == (True, 1, ["Nhật ký số 2: nội dung khác với mã băm."])
    note(register, "last")
    register.stop()

    shutil.rmtree(own.data_dir)
    assert restore(folder, register).name == base.name
    assert photo.read_bytes() == b"a photo"
    assert words(register) == {"before", "at the moment", "after", "last"}
    restore(folder, register, moment)
    assert words(register, again) == {"before", "at the moment"}
    assert again == then

    torn = sorted(folder.wal.glob("00000001*[0-9].gz"))[-1]
    torn.write_bytes(gzip.compress(b"half a segment")[:-6])
    with pytest.raises(BackupError, match=torn.name.removesuffix(".gz")):
        restore(folder, register, timeline="1")
    assert words(register) == {"before", "at the moment"}


def held_table_is_named(register, folder, folder_of_register, monkeypatch):
    """A drill says who holds a table, leaves nothing, and lets writers go on."""
    monkeypatch.setattr(drilling, "LOCK_WAIT_S", 0)
    monkeypatch.setattr(drilling, "_LOCK_TRY_MS", 200)
    with connected(register) as holder, holder.transaction():
        holder.execute("LOCK TABLE structure IN ROW EXCLUSIVE MODE")
        pid = holder.info.backend_pid
        with pytest.raises(BackupError, match=f"Bảng structure đang bị phiên số {pid} "):
            drill(register, folder, place_for_drill(folder_of_register))
        with connected(register) as writer:
            writer.execute("BEGIN; SET LOCAL lock_timeout = 1; LOCK TABLE audit_event IN ROW EXCLUSIVE MODE")
    assert not (folder_of_register / "drill").exists()


def forge(register):
    """Change an event as a superuser can: every table of a restored copy is equal, and the chain is not."""
    with connected(register) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE audit_event SET actor_label = 'Người khác' WHERE number = 2")


def place_for_drill(folder_of_register):
    second = folder_of_register / "drill"
    second.mkdir(mode=0o711)
    return second
