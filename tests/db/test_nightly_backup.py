"""The job of the night on a cluster of its own: what is kept, what goes, and what the doctor says of it."""

from datetime import timedelta
from types import SimpleNamespace

import psycopg

from config.settings import Settings
from registry.kernel.backup.folder import BackupFolder
from registry.kernel.backup.jobs import BACKED_UP, back_up_nightly, save_files
from registry.kernel.backup.safety import prepare_backup_dir, state_of_backup, what_could_be_lost
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.i18n import format_datetime
from registry.kernel.jobs import Resources
from tests.support.own_cluster import own, own_folder, prepared_cluster
from tests.support.processes import wait_for

__all__ = ["own", "own_folder", "prepared_cluster"]


def archive(cluster):
    """Write something, and wait until the log that holds it is archived."""
    with psycopg.connect(cluster.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE said (word text)")
        segment = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]
        archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        log = cluster.data_dir / "postgres" / "server.log"
        wait_for(lambda: connection.execute(archived, [segment]).fetchone()[0], None, log)


def test_the_nightly_backup_keeps_its_days_and_the_doctor_says_what_could_be_lost(own, own_folder, clock, caplog):
    folder = BackupFolder(own_folder / "backup")
    folder.root.mkdir(mode=0o711)
    settings = Settings(secret_key="k" * 40, data_dir=own.data_dir, backup_dir=folder.root)
    prepare_backup_dir(settings)
    register = Cluster(own.data_dir, fsync=False, wal_archive=folder.wal)
    job = SimpleNamespace(additional_context={"resources": Resources(None, own.data_dir, {BACKED_UP: settings})})

    def doctor():
        with migrations.connected(register.url()) as connection:
            return state_of_backup(settings, connection)

    register.start(tied=True)
    is_sound, sentence = doctor()
    assert (is_sound, f"cluster backup {folder.root}" in sentence) == (False, True)
    assert "chưa có bản sao lưu đầu tiên" in what_could_be_lost(settings)
    save_files.func(job, 0)
    (first,) = folder.all_bases()
    assert "tối đa 5 phút" in what_could_be_lost(settings)
    save_files.func(job, 0)
    assert folder.all_bases() == [first]
    clock.move_to(first.finished)
    archive(register)
    archived = {path.name for path in folder.wal.glob("*[0-9A-F].gz")}
    is_sound, sentence = doctor()
    assert is_sound
    for part in (format_datetime(first.finished), str(folder.root), "tối đa 5 phút"):
        assert part in sentence

    clock.move_to(first.finished + timedelta(days=31))
    assert "quá 26 giờ" in doctor()[1]
    back_up_nightly.func(job, 0)
    (second,) = folder.all_bases()
    assert second.name > first.name
    assert archived
    assert not {name for name in archived if (folder.wal / name).exists() and name[:24] < second.first_segment}

    folder.root.rename(own_folder / "away")
    back_up_nightly.func(job, 0)
    assert f"no backup was made: Không có thư mục sao lưu {folder.root}" in caplog.text
    assert doctor() == (False, caplog.records[-1].getMessage().partition(": ")[2])
    (own_folder / "away").rename(folder.root)
    assert folder.all_bases() == [second]
    register.stop()
