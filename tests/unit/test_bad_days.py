"""What stands between a bad day of the server and its users: disks, ports, bodies, sign-ins at once."""

import errno
import io
import os
import re
import socket
from datetime import timedelta
from types import SimpleNamespace

import pytest
from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError

from config.settings import CHECKOUT, Settings, SettingsError
from registry.accounts.service.passwords import HashingSlots
from registry.audit.checkpoints import default_checkpoint_file
from registry.kernel.backup.folder import BackupError, BackupFolder, BaseBackup
from registry.kernel.backup.safety import prepare_backup_dir, what_could_be_lost
from registry.kernel.cli.serve import try_to_serve_metrics
from registry.kernel.clock import utc_now
from registry.kernel.db.cluster import ClusterError
from registry.kernel.db.cluster.programs import Account, candidates_in
from registry.kernel.db.migrations import BASELINE_COMMIT, FORMER_HEAD, release_for
from registry.kernel.disk import is_disk_full
from registry.kernel.errors import Busy
from registry.kernel.http.drained_bodies import MOST_BYTES, DrainedBodies
from registry.kernel.metrics import InstallationCollector
from registry.kernel.supervisor import PortBusyError, check_port


def settings(tmp_path, **values):
    return Settings.from_env({"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 40} | values)


# --- settings -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "hosts", ["http://a b", "http://a.vn", "a.vn:8000", "a.vn/x", "a_b c", "[::g]", "-a.vn", "a..vn", "*", "::1"]
)
def test_a_trusted_host_that_no_browser_can_name_is_refused(tmp_path, hosts):
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, REGISTRY_TRUSTED_HOSTS=hosts)
    assert "REGISTRY_TRUSTED_HOSTS" in refused.value.message
    assert hosts in refused.value.message


@pytest.mark.parametrize("hosts", ["hatang.example.vn", "localhost, 10.0.0.7", "[::1]", "may_chu-1.noi-bo"])
def test_a_trusted_host_that_browsers_name_is_taken(tmp_path, hosts):
    assert settings(tmp_path, REGISTRY_TRUSTED_HOSTS=hosts).trusted_hosts == tuple(hosts.split(", "))


@pytest.mark.parametrize("key", ["DATA_DIR", "BACKUP_DIR", "REGISTRY_CHECKPOINT_FILE"])
def test_a_path_of_the_wrong_kind_is_refused_at_the_start(tmp_path, key):
    (tmp_path / "file").write_text("")
    path = tmp_path if key == "REGISTRY_CHECKPOINT_FILE" else tmp_path / "file"
    with pytest.raises(SettingsError, match=key):
        settings(tmp_path, **{key: str(path)})


def test_a_checkpoint_file_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="REGISTRY_CHECKPOINT_FILE"):
        settings(tmp_path, REGISTRY_CHECKPOINT_FILE=str(tmp_path / "file" / "checkpoints.jsonl"))


def test_metrics_and_pages_need_two_ports(tmp_path):
    with pytest.raises(SettingsError, match="REGISTRY_METRICS_PORT"):
        settings(tmp_path, PORT="18000", REGISTRY_METRICS_PORT="18000")


def test_the_refusal_of_a_taken_port_names_the_key_to_change(monkeypatch):
    monkeypatch.setattr("registry.kernel.supervisor.PORT_TIMEOUT_S", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortBusyError) as refused:
            check_port("127.0.0.1", taken.getsockname()[1], "REGISTRY_METRICS_PORT")
    assert "REGISTRY_METRICS_PORT=" in refused.value.message


def test_checkpoints_lie_beside_the_backups_where_there_are_any(tmp_path):
    data, backup = tmp_path / "data", tmp_path / "backup"
    assert default_checkpoint_file(data, backup).is_relative_to(data)
    backup.mkdir()
    assert default_checkpoint_file(data, backup).is_relative_to(backup)
    assert default_checkpoint_file(data, None).is_relative_to(data)


def test_a_metrics_port_that_was_taken_after_the_start_does_not_stop_the_worker(loaded_app, caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with loaded_app.app_context():
            try_to_serve_metrics(port, None)
    assert f"no figures on port {port}" in caplog.text


# --- backups ------------------------------------------------------------------------------------------------------
def chosen_of(tmp_path, backup_dir):
    return SimpleNamespace(data_dir=tmp_path, backup_dir=backup_dir, database_url=None, demo=False)


def backup_figures(tmp_path, backup_dir):
    collector = InstallationCollector(None, chosen_of(tmp_path, backup_dir))
    return {metric.name: metric.samples[0].value for metric in collector._backup()}


def test_the_metrics_say_whether_there_is_a_base_backup(tmp_path):
    assert backup_figures(tmp_path, None) == {}
    assert backup_figures(tmp_path, tmp_path / "away") == {"registry_backup_ready": 0}
    folder = tmp_path / "backup"
    folder.mkdir()
    assert backup_figures(tmp_path, folder) == {"registry_backup_ready": 0}
    base = BaseBackup("base", "1", "r0001", 17, (utc_now() - timedelta(hours=1)).isoformat(), "0" * 24)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BackupFolder, "all_bases", lambda _folder: [base])
        figures = backup_figures(tmp_path, folder)
    assert figures["registry_backup_ready"] == 1
    assert 3600 <= figures["registry_backup_age_seconds"] < 3700


def archive_is_no_folder(root, _monkeypatch):
    BackupFolder(root).wal.write_text("")


def disk_is_mounted_read_only(root, monkeypatch):
    def refused(**_options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("registry.kernel.backup.safety.TemporaryFile", refused)


def server_may_not_enter(root, monkeypatch):
    monkeypatch.setattr(Account, "can_use", lambda _account, directory: directory != BackupFolder(root).wal)


@pytest.mark.parametrize("spoil", [archive_is_no_folder, disk_is_mounted_read_only, server_may_not_enter])
def test_a_backup_folder_that_cannot_be_written_stops_the_start(tmp_path, monkeypatch, spoil):
    root = tmp_path / "backup"
    root.mkdir()
    spoil(root, monkeypatch)
    with pytest.raises(BackupError, match=f"Không ghi được vào BACKUP_DIR = {root}"):
        prepare_backup_dir(chosen_of(tmp_path, root))


def test_a_backup_disk_that_is_not_mounted_is_named_at_the_start_and_stops_nothing(tmp_path):
    prepare_backup_dir(chosen_of(tmp_path, tmp_path / "away"))
    assert "cần gắn ổ đĩa đó" in what_could_be_lost(chosen_of(tmp_path, tmp_path / "away"))


def test_a_folder_without_postgresql_is_refused_as_pg_bin(tmp_path):
    with pytest.raises(ClusterError, match=f"PG_BIN = {tmp_path} không hợp lệ"):
        candidates_in(tmp_path)


# --- releases -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("revision", "release"),
    [
        (
            "0042",
            f"nâng cấp lên {FORMER_HEAD} bằng bản cuối trước mốc (commit trước {BASELINE_COMMIT}), rồi dùng bản này",
        ),
        ("r9999", "bản phát hành có lược đồ r9999 hoặc mới hơn"),
        ("abcdef", "đúng bản phát hành đã tạo lược đồ abcdef"),
    ],
)
def test_a_schema_that_is_not_held_is_answered_with_the_release_to_use(revision, release):
    assert release_for(revision).endswith(release)


def test_the_list_of_releases_names_the_commit_of_the_baseline():
    text = (CHECKOUT / "docs" / "releases.md").read_text(encoding="utf-8")
    assert f"{BASELINE_COMMIT}^" in text
    assert f"`{FORMER_HEAD}`" in text


# --- disk ---------------------------------------------------------------------------------------------------------
def test_a_full_disk_is_recognised_behind_other_errors():
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = RuntimeError("not stored")
    wrapped.__cause__ = full
    assert all(map(is_disk_full, (full, wrapped, OSError(errno.EDQUOT, ""), OperationalError("", {}, DiskFull()))))
    assert not any(map(is_disk_full, (OSError(errno.EACCES, ""), ValueError(), OperationalError("", {}, Exception()))))


# --- bodies -------------------------------------------------------------------------------------------------------
class Endless(io.RawIOBase):
    """A body without end; counts what was read."""

    count = 0

    def read(self, size=-1):
        self.count += size
        return b"x" * size


def answered(body, length):
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)}
    return list(DrainedBodies(lambda _environ, _start: [b"refused"])(environ, None))


def test_the_rest_of_a_refused_body_is_read_before_the_answer():
    body = io.BytesIO(b"x" * 3_000_000)
    assert answered(body, 3_000_000) == [b"refused"]
    assert body.read() == b""


def test_an_input_that_goes_on_behind_the_body_is_left_alone():
    body = io.BytesIO(b"x" * 3_000_000)
    app = DrainedBodies(lambda _environ, _start: [b"refused"])
    assert list(app({"wsgi.input": body, "CONTENT_LENGTH": "3000000"}, None)) == [b"refused"]
    assert body.tell() == 0


def test_a_body_without_end_is_not_read_for_ever():
    body = Endless()
    assert answered(body, MOST_BYTES * 10) == [b"refused"]
    assert body.count == MOST_BYTES


def test_the_proxy_refuses_by_its_length_what_it_would_cut_off_and_the_program_reads_the_rest():
    text = (CHECKOUT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    refused = re.compile(re.search(r"@too_large header_regexp Content-Length (\S+)", text)[1])
    most = int(re.search(r"max_size (\d+)MB", text)[1]) * 1_000_000
    for length in (0, 1, 104_857_600, most - 1):
        assert not refused.search(str(length)), length
    for length in (most, most + 1, 199_999_999, 200_000_000, 10**9, 10**12):
        assert refused.search(str(length)), length
    assert most < MOST_BYTES


def test_the_server_keeps_idle_connections_longer_than_the_proxy_and_browsers():
    """Firefox keeps one for 115 s. Else a request goes into a connection that is just being closed."""
    server = re.search(r"^keepalive = (\d+)$", (CHECKOUT / "config" / "gunicorn.py").read_text(), re.MULTILINE)
    proxy = re.search(r"keepalive (\d+)s", (CHECKOUT / "deploy" / "Caddyfile").read_text())

    assert int(server[1]) > max(115, int(proxy[1]))


@pytest.mark.parametrize("first", [b"", b"x" * 100])
def test_a_sender_that_stalls_holds_a_thread_for_a_bounded_time(first):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(first)
        environ = {"wsgi.input": ours.makefile("rb"), "wsgi.input_terminated": True, "gunicorn.socket": ours}
        environ["CONTENT_LENGTH"] = "3000000"
        app = DrainedBodies(lambda _environ, _start: [b"refused"], most_seconds=0.05)
        # A reader that waited for the sender would never come back.
        assert list(app(environ, None)) == [b"refused"]
        ours.sendall(b"413")
        assert theirs.recv(3) == b"413", "the answer is still sent"


# --- sign-ins -----------------------------------------------------------------------------------------------------
def test_a_sign_in_beyond_the_slots_is_sent_away_at_once():
    slots = HashingSlots(2)
    with slots.admitted(), slots.admitted():
        with pytest.raises(Busy) as refused, slots.admitted():
            pass
        assert refused.value.retry_after == 3
    with slots.admitted():
        pass
