"""The registry answers only under its own names: those of the setting, else this machine's."""

import pytest

from config.settings import Settings
from registry.wiring import create_app


def client(folder, database, *hosts):
    settings = Settings(secret_key="x" * 40, data_dir=folder, testing=True, trusted_hosts=hosts)
    return create_app(settings, database).test_client()


@pytest.mark.parametrize(
    ("hosts", "asked", "is_answered"),
    [
        ((), "localhost", True),
        ((), "localhost:8000", True),
        ((), "127.0.0.1:8000", True),
        ((), "[::1]:8000", True),
        ((), "hatang.example.vn", False),
        ((), "127.0.0.1.evil.example", False),
        ((), "evil.example:127", False),
        (("hatang.example.vn",), "hatang.example.vn", True),
        (("hatang.example.vn",), "localhost", False),
        (("hatang.example.vn",), "a.hatang.example.vn", False),
    ],
)
def test_only_trusted_hosts_are_answered(tmp_path, database, hosts, asked, is_answered):
    with client(tmp_path, database, *hosts).get("/static/css/base.css", headers={"Host": asked}) as answer:
        assert answer.status_code == (200 if is_answered else 400)
