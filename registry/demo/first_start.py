"""What a first start does by itself: units of the province, the calendar, and the demonstration where it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import func, select

from registry.accounts.models import UserAccount
from registry.accounts.queries import has_administrator
from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.demo import service
from registry.kernel.db.session import Database
from registry.kernel.i18n import _
from registry.territory.queries import get_province
from registry.territory.seed import seed
from registry.workflow.calendar_service import list_years
from registry.workflow.seed import ANNOUNCED_YEARS, seed_calendar

_ORIGIN = "first-start"


@dataclass(frozen=True)
class FirstStart:
    """Fills an empty register; every later start finds the work done and changes nothing.

    `database` is asked for when it is needed: it may be replaced after the application is made.
    """

    database: Callable[[], Database]
    province: str
    demo: bool
    accounts_file: Path

    def __call__(self) -> None:
        """Seed and fill what is missing, and say how to sign in; no connection stays open."""
        database = self.database()
        self._seed(database)
        if self.demo:
            self._demonstrate(database)
        self._say(database)
        database.dispose()

    def _seed(self, database: Database) -> None:
        machine: Actor = SYSTEM_ACTOR
        with database.transaction(machine, origin=_ORIGIN) as ctx:
            if get_province(ctx.session) is None:
                click.echo(_("Đang nạp danh mục đơn vị hành chính…"))
                seed(ctx, self.province)
        with database.transaction(machine, origin=_ORIGIN) as ctx:
            if not list_years(ctx):
                seed_calendar(ctx, range(ANNOUNCED_YEARS.start, ctx.today.year + 2))

    def _demonstrate(self, database: Database) -> None:
        machine: Actor = SYSTEM_ACTOR
        with database.transaction(machine, origin=_ORIGIN, read_only=True) as ctx:
            wants_structures = not service.was_created(ctx) and not service.has_structures(ctx)
            wants_accounts = not ctx.session.scalar(select(func.count()).select_from(UserAccount))
        if wants_structures:
            click.echo(_("Đang tạo dữ liệu mẫu…"))
            service.create_structures(database)
        if wants_accounts:
            service.create_accounts(database, self.accounts_file)
        with database.transaction(machine, origin=_ORIGIN, read_only=True) as ctx:
            wants_streets, wants_cases = service.lacks_streets(ctx), service.lacks_cases(ctx)
            wants_rounds = service.lacks_rounds(ctx)
        if wants_streets:
            service.create_streets(database)
        if wants_cases:
            service.create_cases(database)
        if wants_rounds:
            service.create_rounds(database)

    def _say(self, database: Database) -> None:
        machine: Actor = SYSTEM_ACTOR
        with database.transaction(machine, origin=_ORIGIN, read_only=True) as ctx:
            administered = has_administrator(ctx)
        if self.accounts_file.exists():
            click.echo(_("Tài khoản dùng thử: %(path)s", path=self.accounts_file))
        if not administered:
            click.echo(
                _(
                    "Chưa có quản trị viên, hãy chạy: flask --app app user create-admin"
                    ' --username TEN --full-name "HỌ TÊN"'
                )
            )
