"""The backup folder: whose it is, what it keeps, and what a restore refuses before it touches anything."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from config.settings import Settings
from registry.kernel.backup import base as taking
from registry.kernel.backup.base import prune, take_backup
from registry.kernel.backup.folder import BackupError, BackupFolder, Base, saved_files
from registry.kernel.backup.restore import restore
from registry.kernel.backup.safety import what_could_be_lost
from registry.kernel.db import migrations

DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    found = BackupFolder(tmp_path / "backup")
    found.root.mkdir()
    return found


def add_base(folder, day, *, register="1", schema=None, segment="000000010000000000000002"):
    moment = DAY + timedelta(days=day)
    name = moment.strftime("%Y%m%dT%H%M%SZ")
    base = Base(name, register, schema or migrations.head(), 17, moment.isoformat(), segment)
    (folder.bases / name).mkdir(parents=True)
    (folder.bases / name / "backup.json").write_text(json.dumps(asdict(base)))
    (folder.bases / name / "files.json").write_text("{}")
    return base


def stopped_cluster(folder, register=None):
    """A cluster that does not run, whose programs find nothing wrong."""
    return SimpleNamespace(
        data_dir=folder.root.parent / "var",
        status=lambda: SimpleNamespace(running=False),
        system_identifier=lambda: register,
        run_program=lambda *_arguments, **_options: None,
        replace_by=None,
    )


def refusal(folder, register=None, at=None):
    with pytest.raises(BackupError) as raised:
        restore(folder, stopped_cluster(folder, register), at)
    return raised.value.message


def test_it_is_never_made_since_a_missing_one_may_be_a_disk_that_is_not_mounted(tmp_path):
    with pytest.raises(BackupError, match="not-there"):
        BackupFolder(tmp_path / "not-there").claim("1")
    assert not (tmp_path / "not-there").exists()


def test_it_belongs_to_one_register(folder):
    folder.claim("1")
    folder.claim("1")
    with pytest.raises(BackupError, match="2"):
        folder.claim("2")


def test_a_folder_with_other_things_is_refused(folder):
    (folder.root / "holiday.jpg").touch()
    with pytest.raises(BackupError, match="trống"):
        folder.claim("1")


def test_a_content_is_kept_once_and_until_nothing_names_it(folder, tmp_path):
    data = tmp_path / "var"
    for name in ("files/served/a", "files/originals/b", "files/incoming/unfinished", "secret-key"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(b"one" if name != "secret-key" else b"key")
    listed = folder.save_files(data)
    assert sorted(listed) == ["files/originals/b", "files/served/a"]
    assert len(list(folder.files.glob("??/*"))) == 1
    (data / "files/served/a").unlink()
    folder.save_files(data)
    assert folder.remove_unused_contents() == 0
    (data / "files/originals/b").unlink()
    folder.save_files(data)
    assert folder.remove_unused_contents() == 1
    assert list(saved_files(data)) == []


def test_old_backups_go_but_never_the_newest(folder):
    first, second = add_base(folder, 0), add_base(folder, 1, segment="000000010000000000000005")
    folder.wal.mkdir()
    asked = []
    cluster = SimpleNamespace(run_program=lambda *arguments: asked.append(arguments[-1]))
    prune(cluster, folder, DAY + timedelta(days=40))
    assert [base.name for base in folder.all_bases()] == [second.name]
    assert asked == [second.first_segment]
    assert not folder.base_folder(first).exists()


def test_a_full_folder_is_refused_and_keeps_what_it_has(folder, monkeypatch):
    kept = add_base(folder, 0)
    folder.root.joinpath("register.json").write_text('{"register": "1"}')
    monkeypatch.setattr(taking, "_facts", lambda _cluster: ("1", "r0001", 10**18))
    with pytest.raises(BackupError, match="MB"):
        take_backup(stopped_cluster(folder), folder, {}, DAY)
    assert folder.all_bases() == [kept]


def test_a_failure_in_the_middle_leaves_no_draft(folder, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "_facts", lambda _cluster: ("1", "r0001", 1))
    cluster = SimpleNamespace(data_dir=folder.root.parent / "var", copy_to=full)
    with pytest.raises(BackupError, match="No space left"):
        take_backup(cluster, folder, {}, DAY)
    assert list(folder.bases.iterdir()) == []


def test_a_restore_refuses_another_register_an_unknown_schema_and_a_moment_before_the_first_backup(folder):
    assert str(folder.root) in refusal(folder)
    add_base(folder, 0, register="7")
    assert "số 7" in refusal(folder, register="8")
    assert (DAY - timedelta(days=1)).isoformat() in refusal(folder, at=DAY - timedelta(days=1))
    add_base(folder, 1, schema="r9999")
    assert "r9999" in refusal(folder)


def test_a_restore_refuses_a_gap_in_the_log(folder):
    add_base(folder, 0)
    folder.wal.mkdir()
    for number in (2, 3, 5):
        (folder.wal / f"00000001000000000000000{number}.gz").touch()
    assert "000000010000000000000003" in refusal(folder)


def test_the_start_says_what_could_be_lost(tmp_path):
    settings = {"secret_key": "x" * 40, "data_dir": tmp_path}
    assert "BACKUP_DIR" in what_could_be_lost(Settings(**settings))
    assert str(tmp_path / "gone") in what_could_be_lost(Settings(**settings, backup_dir=tmp_path / "gone"))


def test_saved_settings_hold_no_secret(tmp_path):
    given = {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://owner:hunter2@db/registry",
        "SECRET_KEY": "hunter2" * 6,
        "REGISTRY_WEB_DATABASE_URL": "postgresql://registry_web:hunter2@db/registry",
        "REGISTRY_MAIL_URL": "smtp://user:hunter2@mail:587",
        "REGISTRY_MAIL_FROM": "a@example.vn",
        "REGISTRY_BASE_URL": "https://hatang.example.vn",
        "PORT": "8080",
    }
    saved = Settings.from_env(given).open_settings
    assert saved["PORT"] == "8080"
    assert "hunter2" not in str(saved)
