"""Create the demonstration, all of it or nothing, and remove it again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from registry.accounts.demo import (
    USERS,
    create_demo_accounts,
    create_demo_organisations,
    create_missing_organisations,
)
from registry.accounts.models import UserAccount
from registry.accounts.service import disable_user, enable_user
from registry.audit.chain import record, write_pending
from registry.audit.models import AuditEvent
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.demo import cases, clearing
from registry.demo.data import read_structures, read_table
from registry.demo.structures import CREATED, STREET_SOURCE, write_prices, write_street_lines, write_structures
from registry.files.storage import FileStore
from registry.kernel.clock import utc_now
from registry.kernel.db.history import history_of
from registry.kernel.db.session import Database
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, _n
from registry.streets.models import StreetLine
from registry.structures.models import Structure
from registry.territory.queries import get_province

_CASES: Final = "demo.cases"
_ROUNDS: Final = "demo.rounds"
_ORIGIN: Final = "demo"
_MACHINE: Final[Actor] = SYSTEM_ACTOR
_MARGIN: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Cleared:
    """How much a clearing removed or closed."""

    structures: int
    accounts: int
    cases: int = 0
    street_lines: int = 0


def create_structures(database: Database) -> int:
    """Write the sample structures with their history in one commit; how many. Conflict in a register in use."""
    samples = list(read_structures())
    with _as_one(database) as whole:

        def at(moment: datetime) -> AbstractContextManager[Ctx]:
            # A moment that the clock has not reached yet becomes the present.
            return whole.transaction(_MACHINE, now=min(moment, utc_now() - _MARGIN), origin=_ORIGIN)

        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            _require_empty(ctx)
            public_owners = create_missing_organisations(ctx, read_table("owners")["organisations"])
            owners = create_demo_organisations(ctx) | public_owners
            write_street_lines(ctx)
            record(ctx, CREATED, "structure", None, planned=len(samples))
        count = write_structures(at, owners, samples)
        write_prices(at, owners)
    return count


def create_streets(database: Database) -> None:
    """Write the street lines into a demonstration that an older version created without any."""
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        write_street_lines(ctx)


def create_accounts(database: Database, path: Path, key: str | None = None) -> None:
    """Create the demonstration's accounts, open those that a clearing closed, and write how to sign in to `path`.

    `key`: that of the installation, with which their second factors are sealed; None for none.
    """
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        for user in _demo_users(ctx):
            enable_user(ctx, user.id)
        create_demo_accounts(ctx, path, key)


def create_cases(database: Database, store: FileStore | None = None) -> None:
    """Let the demonstration's accounts open cases on the sample structures, all in one commit; `store`: for files."""
    with _as_one(database) as whole:
        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            record(ctx, _CASES, "structure", None)
        cases.create_cases(cases.Stage(whole, store=store))


def create_rounds(database: Database) -> None:
    """Open rounds of confirmation on the sample structures, all in one commit."""
    with _as_one(database) as whole:
        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            record(ctx, _ROUNDS, "structure", None)
        cases.create_rounds(cases.Stage(whole))


def lacks_streets(ctx: Ctx) -> bool:
    """Whether there are sample structures, but never were lines of their streets."""
    history = history_of(StreetLine)
    line = ctx.session.scalar(select(history.c.id).where(history.c.source == STREET_SOURCE).limit(1))
    return _has_sample(ctx) and was_created(ctx) and line is None


def lacks_cases(ctx: Ctx) -> bool:
    """Whether sample structures and all open accounts of the demonstration are there, but cases never were."""
    return _lacks(ctx, _CASES)


def lacks_rounds(ctx: Ctx) -> bool:
    """Whether sample structures and all open accounts of the demonstration are there, but rounds never were."""
    return _lacks(ctx, _ROUNDS)


def _lacks(ctx: Ctx, action: str) -> bool:
    active = [user for user in _demo_users(ctx) if user.is_active]
    return not _was_recorded(ctx, action) and _has_sample(ctx) and len(active) == len(USERS)


def was_created(ctx: Ctx) -> bool:
    """Whether sample structures were ever created here: once cleared, they do not come back by themselves."""
    return _was_recorded(ctx, CREATED)


def has_structures(ctx: Ctx) -> bool:
    """Whether the register holds any structure, sample or real."""
    return ctx.session.scalar(select(Structure.id).limit(1)) is not None


def _was_recorded(ctx: Ctx, action: str) -> bool:
    return ctx.session.scalar(select(AuditEvent.number).where(AuditEvent.action == action).limit(1)) is not None


def _has_sample(ctx: Ctx) -> bool:
    return ctx.session.scalar(select(Structure.id).where(Structure.is_sample).limit(1)) is not None


def clear(database: Database, accounts_file: Path) -> Cleared:
    """Remove sample structures, their cases, prices and streets; close the accounts and delete their passwords.

    `database` is the owner's: the application itself has no right to delete. History and audit stay.
    """
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        users = _demo_users(ctx)
        user_ids = [user.id for user in users]
        removed_cases = clearing.remove_cases(ctx.session, user_ids)
        clearing.remove_rounds(ctx.session, user_ids)
        prices = clearing.remove_prices(ctx.session, user_ids)
        structures = clearing.remove_structures(ctx.session)
        lines = clearing.remove_street_lines(ctx.session)
        # Work that somebody gave a sample account by hand has no one to go to.
        closed = [disable_user(ctx, user.id, leaves_open=True) for user in users if user.is_active]
        clearing.remove_account_notices(ctx.session, user_ids)
        counts = {"structures": structures, "accounts": len(closed), "cases": removed_cases, "street_lines": lines}
        if prices or any(counts.values()):
            record(ctx, "demo.clear", "structure", None, prices=prices, **counts)
        ctx.after_commit.append(lambda: accounts_file.unlink(missing_ok=True))
    return Cleared(**counts)


@contextlib.contextmanager
def _as_one(database: Database) -> Iterator[Database]:
    """A database of which all transactions, each with its own moment, commit together at the end of the block."""
    with database.engine.begin() as connection:
        whole = Database("", role=database.role, bind=connection)
        whole.before_commit.append(write_pending)
        yield whole


def _require_empty(ctx: Ctx) -> None:
    if get_province(ctx.session) is None:
        # Before anything is committed: accounts come after the structures and need units.
        raise Invalid({"": _("Chưa có đơn vị hành chính nào; hãy chạy `flask territory seed` trước.")})
    query = select(Structure.is_sample, func.count().label("found")).group_by(Structure.is_sample)
    counts = {row.is_sample: row.found for row in ctx.session.execute(query)}
    if counts.get(False):
        raise Conflict(
            _n(
                "Cơ sở dữ liệu đã có %(num)d công trình thật; dữ liệu mẫu chỉ tạo khi chưa có công trình.",
                counts[False],
            )
        )
    if counts:
        raise Conflict(
            _n("Cơ sở dữ liệu đã có %(num)d công trình mẫu; hãy xóa bằng `flask demo clear` trước.", counts[True])
        )


def _demo_users(ctx: Ctx) -> list[UserAccount]:
    """The accounts of the demonstration: those with its user names that belong to the same persons."""
    persons = {demo.username: demo.full_name for demo in USERS}
    rows = ctx.session.scalars(select(UserAccount).where(UserAccount.username.in_(persons)).order_by(UserAccount.id))
    return [row for row in rows if row.full_name == persons[row.username]]
