"""What stands between a bad day of the server and its users: disks, ports, bodies, sign-ins at once."""

import errno
import io
import socket

import pytest
from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError

from config.settings import Settings, SettingsError
from registry.accounts.passwords import HashingSlots
from registry.audit.checkpoints import default_checkpoint_file
from registry.kernel.disk import is_disk_full
from registry.kernel.errors import Busy
from registry.kernel.http.drained_bodies import MOST_BYTES, DrainedBodies
from registry.kernel.supervisor import PortBusyError, check_port


def settings(tmp_path, **given):
    return Settings.from_env({"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 40} | given)


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
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    return list(DrainedBodies(lambda _environ, _start: [b"refused"])(environ, None))


def test_the_rest_of_a_refused_body_is_read_before_the_answer():
    body = io.BytesIO(b"x" * 3_000_000)
    assert answered(body, 3_000_000) == [b"refused"]
    assert body.read() == b""


def test_a_body_without_end_is_not_read_for_ever():
    body = Endless()
    assert answered(body, MOST_BYTES * 10) == [b"refused"]
    assert body.count == MOST_BYTES


# --- sign-ins -----------------------------------------------------------------------------------------------------
def test_a_sign_in_beyond_the_slots_is_sent_away_at_once():
    slots = HashingSlots(2)
    with slots.admitted(), slots.admitted():
        with pytest.raises(Busy) as refused, slots.admitted():
            pass
        assert refused.value.retry_after == 3
    with slots.admitted():
        pass
