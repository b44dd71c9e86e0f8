"""The backup folder: whose it is, what it keeps, and what a restore refuses before it touches anything."""

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from config.settings import Settings
from registry.kernel.backup import base as taking
from registry.kernel.backup.base import prune, take_backup
from registry.kernel.backup.folder import BackupError, BackupFolder, BaseBackup, saved_files
from registry.kernel.backup.restore import _files_for, _restore_files, _said, restore
from registry.kernel.backup.safety import state_of_backup, what_could_be_lost
from registry.kernel.db import migrations
from registry.kernel.db.cluster import ClusterError

DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    backup_folder = BackupFolder(tmp_path / "backup")
    backup_folder.root.mkdir()
    return backup_folder


def add_base(folder, day, *, register="1", schema=None, segment="000000010000000000000002"):
    moment = DAY + timedelta(days=day)
    name = moment.strftime("%Y%m%dT%H%M%SZ")
    base = BaseBackup(name, register, schema or migrations.head(), 17, moment.isoformat(), segment)
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


def test_a_content_that_is_gone_is_saved_again(folder, tmp_path):
    data = tmp_path / "var"
    (data / "files").mkdir(parents=True)
    (data / "files" / "a").write_bytes(b"one")
    content = folder.content(folder.save_files(data)["files/a"].sha256)
    content.unlink()
    folder.save_files(data)
    assert content.read_bytes() == b"one"


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"others")])
def test_a_restore_names_a_file_that_is_missing_or_changed_before_it_touches_anything(folder, tmp_path, damage):
    data = tmp_path / "var"
    for name in ("one", "two"):
        (data / "files").mkdir(parents=True, exist_ok=True)
        (data / "files" / name).write_text(name)
    saved = folder.save_files(data)
    add_base(folder, 0)
    shutil.rmtree(data / "files")
    damage(folder.content(saved["files/two"].sha256))
    assert "files/two" in refusal(folder)
    assert not (data / "files").exists()


def test_a_restore_takes_files_that_are_there_for_what_they_are(folder, tmp_path):
    data = tmp_path / "var"
    (data / "files").mkdir(parents=True)
    (data / "files" / "one").write_text("one")
    folder.content(folder.save_files(data)["files/one"].sha256).unlink()
    assert _files_for(folder, add_base(folder, 0), None, data) == {}


def test_a_disk_that_is_full_after_the_database_was_restored_is_one_sentence(folder, tmp_path, monkeypatch):
    data = tmp_path / "var"
    (data / "files").mkdir(parents=True)
    (data / "files" / "one").write_text("one")
    saved = folder.save_files(data)
    shutil.rmtree(data / "files")

    def full(_source, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("registry.kernel.backup.restore.shutil.copyfile", full)
    with pytest.raises(BackupError, match=r"files/one \(No space left on device\)"):
        _restore_files(folder, saved, data)


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', '{"files/a": {"hash": 1}}', "\x00"])
def test_a_listing_that_cannot_be_read_is_one_sentence(folder, content):
    add_base(folder, 0)
    folder.listing.write_text(content)
    assert str(folder.listing) in refusal(folder)
    (folder.bases / "20261120T000000Z" / "backup.json").write_text(content)
    assert "backup.json" in refusal(folder)


def test_an_empty_database_is_not_backed_up(folder, monkeypatch):
    def empty(_cluster):
        raise psycopg.errors.UndefinedTable("no alembic_version")

    monkeypatch.setattr(taking, "_facts", empty)
    with pytest.raises(BackupError, match="trống, không có gì"):
        take_backup(stopped_cluster(folder), folder, {}, DAY)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("LOG: a | FATAL:  recovery target timeline 7 does not exist | LOG: b", "số 7"),
        ("LOG: a | 12 UTC FATAL:  could not map anonymous shared memory | LOG: b", "được: could not map anonymous"),
        ("nothing known", "được: nothing known"),
    ],
)
def test_a_copy_that_does_not_recover_says_why_in_one_sentence(log, words):
    message = _said(ClusterError(log), None).message
    assert words in message
    assert "LOG" not in message


def test_two_backups_at_once_do_not_take_each_other_for_remainders(folder):
    with folder.locked(), pytest.raises(BackupError, match="đợi"):
        take_backup(stopped_cluster(folder), folder, {}, DAY)


def test_a_database_that_ends_during_a_backup_is_one_sentence(folder, monkeypatch):
    def gone(_cluster):
        raise psycopg.OperationalError("server closed the connection\nmore")

    monkeypatch.setattr(taking, "_facts", gone)
    with pytest.raises(BackupError, match=r"\(server closed the connection\)"):
        take_backup(stopped_cluster(folder), folder, {}, DAY)


def log_of_server(*, is_on=True, archived=None, failed=None, register="1"):
    """A connection that answers what the server says of its archive."""
    row = (is_on, archived, failed, register)
    return SimpleNamespace(execute=lambda *_arguments: SimpleNamespace(one=lambda: row))


@pytest.mark.parametrize(
    ("answer", "is_sound", "words"),
    [
        ({"archived": DAY}, True, "WAL lưu trữ lần cuối lúc 20/11/2026 07:00; hỏng ổ đĩa là mất tối đa 5 phút"),
        ({}, True, "WAL được lưu trữ, chưa có đoạn nào; "),
        ({"is_on": False}, False, "cần khởi động lại hệ thống"),
        ({"failed": DAY + timedelta(hours=3)}, False, "mất mọi thay đổi sau 20/11/2026 07:00"),
        (
            {"archived": DAY + timedelta(hours=2), "failed": DAY + timedelta(hours=3)},
            False,
            "mất mọi thay đổi sau 20/11/2026 09:00",
        ),
        ({"archived": DAY + timedelta(hours=3), "failed": DAY + timedelta(hours=2)}, True, "tối đa 5 phút"),
        ({"register": "7"}, False, "không phải 7"),
        (None, False, "cơ sở dữ liệu không chạy"),
    ],
)
def test_the_doctor_says_when_where_and_how_much_could_be_lost(folder, clock, monkeypatch, answer, is_sound, words):
    clock.move_to(DAY + timedelta(hours=4))
    monkeypatch.setattr("registry.kernel.backup.safety.archive_trouble", lambda _folder: None)
    settings = Settings(secret_key="x" * 40, data_dir=folder.root.parent, backup_dir=folder.root)
    add_base(folder, 0)
    state = state_of_backup(settings, None if answer is None else log_of_server(**answer))
    assert state[0] is is_sound
    assert state[1].startswith(f"bản sao lưu cuối lúc 20/11/2026 07:00 trong {folder.root}; ")
    assert words in state[1]


def test_only_a_demonstration_may_be_without_a_backup(tmp_path):
    settings = {"secret_key": "x" * 40, "data_dir": tmp_path}
    assert not state_of_backup(Settings(**settings), None)[0]
    assert state_of_backup(Settings(**settings, demo=True), None)[0]


def test_the_start_says_what_could_be_lost(tmp_path):
    settings = {"secret_key": "x" * 40, "data_dir": tmp_path}
    assert "BACKUP_DIR" in what_could_be_lost(Settings(**settings))
    assert str(tmp_path / "gone") in what_could_be_lost(Settings(**settings, backup_dir=tmp_path / "gone"))


def test_saved_settings_hold_no_secret(tmp_path):
    environment = {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://owner:hunter2@db/registry",
        "SECRET_KEY": "hunter2" * 6,
        "REGISTRY_WEB_DATABASE_URL": "postgresql://registry_web:hunter2@db/registry",
        "REGISTRY_MAIL_URL": "smtp://user:hunter2@mail:587",
        "REGISTRY_MAIL_FROM": "a@example.vn",
        "REGISTRY_BASE_URL": "https://hatang.example.vn",
        "PORT": "8080",
    }
    saved = Settings.from_env(environment).open_settings
    assert saved["PORT"] == "8080"
    assert "hunter2" not in str(saved)
