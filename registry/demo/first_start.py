"""What a first start does: units, the ground of the maps, the calendar, and the demonstration where it is on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from sqlalchemy import func, select

from registry.accounts.models import UserAccount
from registry.accounts.queries import has_administrator
from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.basemap.ground import draw_ground
from registry.demo import service
from registry.files.storage import FileStore
from registry.kernel.db.session import Database
from registry.kernel.i18n import _, _n
from registry.territory.queries import get_province
from registry.territory.seed import lacks_present_outlines, redraw, seed
from registry.workflow.calendar_service import list_years
from registry.workflow.seed import ANNOUNCED_YEARS, seed_calendar

_ORIGIN: Final = "first-start"
_MACHINE: Final[Actor] = SYSTEM_ACTOR


@dataclass(frozen=True)
class FirstStart:
    """Fills an empty register; later starts find the work done, and redraw what a newer version draws otherwise.

    `database` is a function because the database may be replaced after the application is made.
    """

    database: Callable[[], Database]
    province: str
    demo: bool
    accounts_file: Path
    #: The key of the installation.
    key: str
    #: Its store of files; None: without the sample papers.
    store: Callable[[], FileStore] | None = None

    def __call__(self) -> None:
        """Seed and fill what is missing, and print how to sign in; no connection stays open."""
        database = self.database()
        with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            if get_province(ctx.session) is None:
                click.echo(_("Đang nạp danh mục đơn vị hành chính…"))
                seed(ctx, self.province)
            elif lacks_present_outlines(ctx):
                changed = redraw(ctx, self.province)
                click.echo(_n("Đã vẽ lại ranh giới gần đúng của %(num)d đơn vị.", changed))
        with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            draw_ground(ctx, self.province)
        with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            if not list_years(ctx):
                seed_calendar(ctx, range(ANNOUNCED_YEARS.start, ctx.today.year + 2))
        if self.demo:
            self._create_demonstration(database)
        with database.transaction(_MACHINE, origin=_ORIGIN, read_only=True) as ctx:
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
        database.dispose()

    def _create_demonstration(self, database: Database) -> None:
        with database.transaction(_MACHINE, origin=_ORIGIN, read_only=True) as ctx:
            lacks_structures = not service.was_created(ctx) and not service.has_structures(ctx)
            lacks_accounts = not ctx.session.scalar(select(func.count()).select_from(UserAccount))
        if lacks_structures:
            click.echo(_("Đang tạo dữ liệu mẫu…"))
            service.create_structures(database)
        if lacks_accounts:
            service.create_accounts(database, self.accounts_file, self.key)
        with database.transaction(_MACHINE, origin=_ORIGIN, read_only=True) as ctx:
            lacks_streets, lacks_cases = service.lacks_streets(ctx), service.lacks_cases(ctx)
            lacks_rounds = service.lacks_rounds(ctx)
        if lacks_streets:
            service.create_streets(database)
        if lacks_cases:
            service.create_cases(database, self.store() if self.store else None)
        if lacks_rounds:
            service.create_rounds(database)
