"""Commands that make the demonstration and remove it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from registry.authz.blueprint import DATABASE
from registry.demo import service
from registry.kernel.cli.target import installation, owner_url
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.i18n import _

ACCOUNTS_FILE = "demo-accounts.json"
group = AppGroup("demo", help="Sample structures and accounts, marked as such on every page.")


@group.command("create")
def create() -> None:
    """Fill an empty register with sample structures and make the demonstration's accounts.

    Example: flask --app app demo create
    """
    database: Database = current_app.extensions[DATABASE]
    with _refusals():
        count = service.create_structures(database)
        service.create_accounts(database, accounts_file())
        service.create_cases(database)
        service.create_rounds(database)
    click.echo(_("Đã tạo %(count)d công trình mẫu.", count=count))
    click.echo(_("Tài khoản dùng thử: %(path)s", path=accounts_file()))


@group.command("clear")
def clear() -> None:
    """Remove all sample structures and close the demonstration's accounts; history and audit stay.

    Example: flask --app app demo clear
    """
    owner = Database(owner_url(installation()))
    try:
        with _refusals():
            cleared = service.clear(owner, accounts_file())
    finally:
        owner.dispose()
    click.echo(
        _(
            "Đã xóa %(structures)d công trình mẫu, khóa %(accounts)d tài khoản dùng thử.",
            structures=cleared.structures,
            accounts=cleared.accounts,
        )
    )


def accounts_file() -> Path:
    """Where the passwords of the demonstration's accounts stand."""
    return installation().data_dir / ACCOUNTS_FILE


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal becomes one line and exit code 1."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.message) from error
