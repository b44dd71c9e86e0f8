"""Commands for accounts: the first administrator, links, the private file of the demonstration; no default account."""

import json
import re
import stat
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from config.settings import Settings
from registry.accounts.demo import USERS, create_demo_accounts
from registry.authz.actors import SYSTEM_ACTOR, Role
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import create_app
from tests.support.database import cloned

LINK = re.compile(r"http://127\.0\.0\.1:8000(/set-password/[\w-]{43})\n")
PASSWORD = "một câu dài dễ nhớ"


@pytest.fixture
def empty_app(cluster, migrated_database, tmp_path):
    """An application on a database with tables and nothing in them."""
    with cloned(cluster, migrated_database, "empty") as url:
        database = Database(url, role=WEB_ROLE)
        yield create_app(Settings(secret_key="x" * 40, data_dir=tmp_path / "data", testing=True), database)
        database.dispose()


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def count(app: Flask, query: str) -> int:
    with DATABASE.of(app).session() as session:
        return int(session.scalar(text(query)) or 0)


def set_password(app: Flask, path: str) -> int:
    client = app.test_client()
    page = client.get(path).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    fields = {"csrf_token": token[1], "password": PASSWORD, "repeated": PASSWORD}
    return client.post(path, data=fields).status_code


def test_a_fresh_registry_has_no_account_at_all(empty_app: Flask) -> None:
    assert count(empty_app, "SELECT count(*) FROM user_account") == 0
    assert count(empty_app, "SELECT count(*) FROM user_password") == 0


def test_the_first_administrator_comes_by_a_link_that_works_once(empty_app: Flask) -> None:
    outcome = run(empty_app, "user", "create-admin", "--username", "An.Nguyen", "--full-name", "Nguyễn Văn An")
    assert outcome.exit_code == 0, outcome.output
    link = LINK.fullmatch(outcome.output)
    assert link is not None
    assert count(empty_app, "SELECT count(*) FROM user_password") == 0
    assert set_password(empty_app, link[1]) == 303
    assert empty_app.test_client().get(link[1]).status_code == 404
    again = run(empty_app, "user", "create-admin", "--username", "khac", "--full-name", "Người Khác")
    assert again.exit_code == 1
    assert "Đã có quản trị viên" in again.output
    assert count(empty_app, "SELECT count(*) FROM user_account") == 1


def test_links_disabling_and_organisations_work_from_the_console(live_app: Flask) -> None:
    assert LINK.fullmatch(run(live_app, "user", "link", "VIETTEL").output)
    assert run(live_app, "user", "disable", "viettel").exit_code == 0
    assert count(live_app, "SELECT count(*) FROM user_account WHERE NOT is_active") == 1
    refused = run(live_app, "user", "link", "viettel")
    assert (refused.exit_code, "đang bị khóa" in refused.output) == (1, True)
    unknown = run(live_app, "user", "disable", "khong.co")
    assert (unknown.exit_code, "Không có tài khoản “khong.co”" in unknown.output) == (1, True)
    words = ("organisation", "add", "--code", "fpt", "--name", "FPT Telecom Thanh Hóa", "--kind", "operator")
    assert run(live_app, *words).exit_code == 0
    assert run(live_app, *words).exit_code == 1
    assert run(live_app, "user", "tidy").exit_code == 0


def test_the_demonstration_file_is_private_and_its_passwords_are_new_each_time(live_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "demo-accounts.json"
    passwords = []
    for _ in range(2):
        with DATABASE.of(live_app).transaction(SYSTEM_ACTOR) as ctx:
            create_demo_accounts(ctx, path)
            assert not passwords or path.exists()
        accounts = json.loads(path.read_text(encoding="utf-8"))
        passwords.append({account["password"] for account in accounts})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [set(account) for account in accounts] == [
        {"role", "organisation", "username", "password", "full_name", "totp_secret"}
    ] * len(USERS)
    assert {account["role"] for account in accounts} == set(Role) - {Role.PUBLIC}
    assert len(passwords[0] | passwords[1]) == 2 * len(USERS)
    assert list(tmp_path.glob("demo-accounts.json.*")) == []


def test_the_demonstration_file_does_not_appear_when_the_accounts_do_not(live_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "demo-accounts.json"

    def fail_at_the_commit() -> None:
        with DATABASE.of(live_app).transaction(SYSTEM_ACTOR) as ctx:
            create_demo_accounts(ctx, path)
            ctx.before_commit.append(lambda _ctx: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        fail_at_the_commit()
    assert not path.exists()
