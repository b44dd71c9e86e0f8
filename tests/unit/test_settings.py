"""Settings: what is refused at the start, and what is read."""

import stat
from pathlib import Path

import pytest

from config.settings import CHECKOUT, KNOWN_KEYS, Settings, SettingsError

KEY = "k" * 32
MAIL = "smtp://so:b%40t%20m%E1%BA%ADt@mail.example:2525"
SERVER = {"DATABASE_URL": "postgresql://owner@db/registry", "SECRET_KEY": KEY}


def refusal(values: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(values)
    return caught.value.message


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PORT": "0"}, ("PORT", "0", "65535")),
        ({"PORT": "80a"}, ("PORT", "80a")),
        ({"PORT": "²"}, ("PORT", "²")),
        ({"DEMO": "maybe"}, ("DEMO", "maybe", "1")),
        ({"REGISTRY_WEB_WORKERS": "-1"}, ("REGISTRY_WEB_WORKERS", "-1")),
        ({"REGISTRY_SESSION_IDLE_MINUTES": "31"}, ("REGISTRY_SESSION_IDLE_MINUTES", "31", "30")),
        ({"REGISTRY_LOG_LEVEL": "loud"}, ("REGISTRY_LOG_LEVEL", "loud", "WARNING")),
        ({"REGISTRY_HOST": "example.org"}, ("REGISTRY_HOST", "example.org")),
        ({"REGISTRY_SESION_HOURS": "1"}, ("REGISTRY_SESION_HOURS", "config/env.example")),
        ({"DATABASE_URL": "mysql://u:hunter2@db/x", "SECRET_KEY": KEY}, ("DATABASE_URL", "mysql", "postgresql://")),
        ({"DATABASE_URL": "postgresql://db/x"}, ("SECRET_KEY", "32")),
        (SERVER | {"SECRET_KEY": "short"}, ("SECRET_KEY", "5", "32")),
        (SERVER | {"FLASK_DEBUG": "1"}, ("FLASK_DEBUG",)),
        ({"REGISTRY_MAIL_URL": MAIL}, ("REGISTRY_MAIL_FROM",)),
        ({"REGISTRY_MAIL_URL": MAIL, "REGISTRY_MAIL_FROM": "a@b.vn"}, ("REGISTRY_BASE_URL",)),
        ({"REGISTRY_MAIL_FROM": "Sở KH&CN"}, ("REGISTRY_MAIL_FROM", "Sở KH&CN", "ten@coquan.gov.vn")),
        ({"REGISTRY_BASE_URL": "hatang.vn"}, ("REGISTRY_BASE_URL", "hatang.vn", "https://")),
        ({"SECRET_KEY": KEY, "SECRET_KEY_FILE": "/x"}, ("SECRET_KEY", "SECRET_KEY_FILE")),
        ({"SECRET_KEY_FILE": "/no/such/file"}, ("SECRET_KEY_FILE", "/no/such/file")),
        ({"DATA_DIR": "/proc/registry"}, ("DATA_DIR", "/proc/registry")),
    ],
)
def test_it_refuses_a_wrong_value_by_its_name(values, named):
    text = refusal(values)
    assert all(word in text for word in named), text
    assert "\n" not in text


def test_it_never_repeats_a_password_of_the_database():
    assert "hunter2" not in refusal({"DATABASE_URL": "mysql://u:hunter2@db/x"})
    assert "hunter2" not in repr(Settings.from_env(SERVER | {"DATABASE_URL": "postgres://u:hunter2@db/x"}))


def mail_server(url):
    more = {"REGISTRY_MAIL_FROM": "Sở KH&CN <a@b.vn>", "REGISTRY_BASE_URL": "https://hatang.example.vn/kho/"}
    return Settings.from_env(SERVER | more | {"REGISTRY_MAIL_URL": url}).mail_server


def test_it_reads_the_mail_server_from_one_address():
    found = mail_server(MAIL)
    assert (found.host, found.port, found.security) == ("mail.example", 2525, "starttls")
    assert (found.username, found.password) == ("so", "b@t mật")
    assert "mật" not in repr(found)
    assert (mail_server("smtps://mail.example").port, mail_server("smtps://mail.example").security) == (465, "tls")
    assert mail_server("smtp://mail.example:25?security=none").security == "none"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://u:hunter2@mail.example",
        "smtp://u:hunter2@",
        "smtp://u:hunter2@mail.example:0x19",
        "smtp://u:hunter2@mail.example:99999",
        "smtp://u:hunter2@mail.example/inbox",
        "smtp://u:hunter2@mail.example?security=maybe",
        "smtps://u:hunter2@mail.example?security=none",
        "smtp://u:hunter2@[::1",
    ],
)
def test_it_refuses_a_mail_server_that_it_cannot_read_and_never_repeats_its_password(url):
    text = refusal(SERVER | {"REGISTRY_MAIL_URL": url})
    assert "REGISTRY_MAIL_URL" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104  # that it is refused is the point
def test_it_refuses_to_listen_for_other_machines_without_a_proxy_in_front(host):
    assert host in refusal(SERVER | {"REGISTRY_HOST": host})
    behind_proxy = {"REGISTRY_HOST": host, "REGISTRY_PROXY_HOPS": "1", "REGISTRY_TRUSTED_HOSTS": "htvt.example"}
    assert Settings.from_env(SERVER | behind_proxy).host == host
    assert host in refusal(SERVER | behind_proxy | {"DEMO": "1"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_it_spells_out_the_driver_of_the_database_and_keeps_several_hosts(scheme):
    tail = "://owner@/registry?host=a:5432&host=b:5432&target_session_attrs=read-write"
    assert Settings.from_env(SERVER | {"DATABASE_URL": scheme + tail}).database_url == f"postgresql+psycopg{tail}"


def test_it_shows_sample_data_only_on_its_own_cluster_unless_asked(tmp_path):
    own = {"DATA_DIR": str(tmp_path)}
    assert Settings.from_env(own).demo
    assert not Settings.from_env(own | {"DEMO": "0"}).demo
    assert not Settings.from_env(SERVER).demo
    assert Settings.from_env(SERVER | {"DEMO": "1"}).demo


def test_it_makes_one_secret_key_and_keeps_it_private(tmp_path):
    own = {"DATA_DIR": str(tmp_path / "deep" / "var")}
    first = Settings.from_env(own).secret_key
    assert len(first) >= 32
    assert Settings.from_env(own).secret_key == first
    path = tmp_path / "deep" / "var" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_it_makes_another_key_for_another_data_directory(tmp_path):
    keys = {Settings.from_env({"DATA_DIR": str(tmp_path / name)}).secret_key for name in "ab"}
    assert len(keys) == 2


def test_it_reads_secrets_from_files(tmp_path):
    (tmp_path / "url").write_text("postgres://u:p@db/x\n")
    (tmp_path / "key").write_text(KEY + "\n")
    files = {"DATABASE_URL_FILE": str(tmp_path / "url"), "SECRET_KEY_FILE": str(tmp_path / "key")}
    found = Settings.from_env(files)
    assert (found.database_url, found.secret_key) == ("postgresql+psycopg://u:p@db/x", KEY)


def test_an_empty_value_counts_as_not_given(tmp_path):
    assert Settings.from_env({"DATA_DIR": str(tmp_path), "DATABASE_URL": "", "PORT": " "}).port == 8000


def test_the_example_lists_every_key_and_nothing_else(tmp_path):
    lines = (CHECKOUT / "config" / "env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    plain = {key for key in KNOWN_KEYS if not key.endswith("_FILE")}
    assert set(listed) - {"PORT", "DATA_DIR", "DATABASE_URL", "PG_BIN", "DEMO", "SECRET_KEY"} == plain
    values = listed | {"DATA_DIR": str(tmp_path)}
    assert Settings.from_env(values) == Settings.from_env({"DATA_DIR": str(tmp_path)})


def test_the_data_directory_has_one_name_however_it_is_written(tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env({"DATA_DIR": "link/../real"}).data_dir == (tmp_path / "real").resolve()
    assert Path(Settings.from_env({"DATA_DIR": "link"}).data_dir) == (tmp_path / "real").resolve()
