"""The demonstration: its commands, what a first start does, and whether the register holds sample data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from registry.audit.labels import ACTION_LABELS, ORIGIN_LABELS
from registry.authz.actors import PUBLIC_ACTOR
from registry.authz.blueprint import DATABASE
from registry.demo import service
from registry.demo.first_start import FirstStart
from registry.files.pages import STORE
from registry.kernel.cli.target import installation, owner_url
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database, is_away
from registry.kernel.errors import DomainError
from registry.kernel.feature import Feature
from registry.kernel.i18n import _, _l, _n
from registry.kernel.installation import BEFORE_SERVING, Installation
from registry.structures.models import Structure

_ACCOUNTS_FILE: Final = "demo-accounts.json"
_CACHED_FOR: Final = timedelta(seconds=10)
_ANY_SAMPLE: Final = select(Structure.id).where(Structure.is_sample).limit(1)
_group = AppGroup("demo", help="Sample structures and accounts, marked as such on every page.")


class SampleFlag:
    """True while any structure is marked as sample data; cached by each process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at: datetime | None = None
        self._value = False

    def __call__(self) -> bool:
        """The answer, at most ten seconds old."""
        now = utc_now()
        if self._asked_at is None or now - self._asked_at > _CACHED_FOR:
            try:
                with self._database.transaction(PUBLIC_ACTOR, read_only=True, origin="sample-flag") as ctx:
                    self._value = ctx.session.scalar(_ANY_SAMPLE) is not None
            except DBAPIError as error:
                # The page that says that the database is away asks, too.
                if not is_away(error):
                    raise
                return self._value
            self._asked_at = now
        return self._value


@_group.command("create")
def _create() -> None:
    """Fill an empty register with sample structures and make the demonstration's accounts.

    Example: flask --app app demo create
    """
    database = DATABASE.current()
    accounts_file = _accounts_file(installation())
    with _refusals():
        count = service.create_structures(database)
        service.create_accounts(database, accounts_file, str(current_app.config["SECRET_KEY"]))
        if count:
            service.create_cases(database, STORE.current())
            service.create_rounds(database)
    click.echo(_n("Đã tạo %(num)d công trình mẫu.", count))
    click.echo(_("Tài khoản dùng thử: %(path)s", path=accounts_file))


@_group.command("clear")
def _clear() -> None:
    """Remove all sample structures and close the demonstration's accounts; history and audit stay.

    Example: flask --app app demo clear
    """
    owner = Database(owner_url(installation()))
    try:
        with _refusals():
            cleared = service.clear(owner, _accounts_file(installation()))
    finally:
        owner.dispose()
    click.echo(
        _(
            "Đã xóa %(structures)d công trình mẫu, khóa %(accounts)d tài khoản dùng thử.",
            structures=cleared.structures,
            accounts=cleared.accounts,
        )
    )


def _accounts_file(target: Installation) -> Path:
    return target.data_dir / _ACCOUNTS_FILE


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal becomes one line and exit code 1."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.message) from error


def _set_up(app: Flask, installation: Installation) -> None:
    first_start = FirstStart(
        lambda: DATABASE.of(app),
        installation.province,
        installation.demo,
        _accounts_file(installation),
        str(app.config["SECRET_KEY"]),
        lambda: STORE.of(app),
    )
    BEFORE_SERVING.put(app, [*BEFORE_SERVING.of(app), first_start])


FEATURE = Feature(
    name="demo",
    commands=(_group,),
    provides=(
        ACTION_LABELS.named(
            {
                "demo.create": _l("Tạo dữ liệu mẫu"),
                "demo.cases": _l("Tạo hồ sơ mẫu"),
                "demo.rounds": _l("Tạo đợt xác nhận mẫu"),
                "demo.clear": _l("Xóa dữ liệu mẫu"),
            }
        ),
        ORIGIN_LABELS.named(
            {
                "demo": _l("Dữ liệu mẫu"),
                "first-start": _l("Lần chạy đầu tiên"),
            }
        ),
    ),
    set_up=_set_up,
)
