"""Make the demonstration, all of it or nothing, and remove it again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from registry.accounts.commands import SaveOrganisation
from registry.accounts.demo import USERS, create_demo_accounts, create_demo_organisations
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.service import create_organisation, disable_user, enable_user
from registry.audit.chain import record, write_pending
from registry.audit.models import AuditEvent
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.cables.models import CableMember
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.demo import later, pricing, province, street_lines, words, writing
from registry.demo.case_acts import play_streets, play_violations
from registry.demo.case_agreements import play_agreements
from registry.demo.case_clearing import remove_cases
from registry.demo.case_occupations import play_occupations
from registry.demo.cases import Stage, play_requests, spots
from registry.demo.rounds import play_rounds, remove_rounds
from registry.files.models import AttachmentLink
from registry.kernel.clock import utc_now
from registry.kernel.db.base import Base
from registry.kernel.db.session import Database
from registry.kernel.errors import Conflict
from registry.kernel.i18n import _
from registry.labels.models import StructureLabel
from registry.structures.kinds import KINDS
from registry.structures.models import Structure

ACTION: Final = "demo.create"
CASES: Final = "demo.cases"
ROUNDS: Final = "demo.rounds"
_ORIGIN: Final = "demo"
_MACHINE: Final[Actor] = SYSTEM_ACTOR
_SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Cleared:
    """What a clearing removed or closed."""

    structures: int
    accounts: int
    cases: int = 0
    street_lines: int = 0


def create_structures(database: Database) -> int:
    """Write the sample structures with their history in one commit; how many. Conflict in a register in use."""
    with _as_one(database) as whole:
        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            _require_empty(ctx)
            owners = create_demo_organisations(ctx) | _public_owners(ctx)
            laid = province.laid_out(ctx.session, ctx.today)
            street_lines.write(ctx, laid)
            placed = writing.place(ctx.session, province.planned(laid))
            record(ctx, ACTION, "structure", None, planned=len(placed))
        for number, (moment, _share) in enumerate(words.REGISTERED):
            batch = [one for one in placed if one[0].registered == number]
            with whole.transaction(_MACHINE, now=_past(moment), origin=_ORIGIN) as ctx:
                record(ctx, ACTION, "structure", None, count=writing.write(ctx, batch, owners))
            for change in _changes_after(number):
                with whole.transaction(_MACHINE, now=_past(change), origin=_ORIGIN) as ctx:
                    record(ctx, "structure.edit", "structure", None, sample=True, count=later.change_some(ctx))
        pricing.write(lambda moment: whole.transaction(_MACHINE, now=_past(moment), origin=_ORIGIN), owners)
    return len(placed)


def create_streets(database: Database) -> None:
    """Write the lines of streets into a demonstration that was made before there were any."""
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        street_lines.write(ctx, province.laid_out(ctx.session, ctx.today))


def lacks_streets(ctx: Ctx) -> bool:
    """Whether sample structures are there, but lines of their streets never were."""
    sample = ctx.session.scalar(select(Structure.id).where(Structure.is_sample).limit(1))
    return sample is not None and was_created(ctx) and not street_lines.were_made(ctx)


def create_accounts(database: Database, path: Path) -> None:
    """Make the demonstration's accounts, open those that a clearing closed, and write their passwords to `path`."""
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        for user in _demo_users(ctx):
            enable_user(ctx, user.id)
        create_demo_accounts(ctx, path)


def create_cases(database: Database) -> None:
    """Let the demonstration's accounts open some cases on the sample structures, all in one commit."""
    with _as_one(database) as whole:
        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            record(ctx, CASES, "structure", None)
        stage = Stage(whole)
        play_requests(stage)
        play_agreements(stage)
        around = spots(stage)
        play_streets(stage, around)
        play_violations(stage, around)
        play_occupations(stage)


def create_rounds(database: Database) -> None:
    """Let a round of confirmation run on the sample structures."""
    with _as_one(database) as whole:
        with whole.transaction(_MACHINE, origin=_ORIGIN) as ctx:
            record(ctx, ROUNDS, "structure", None)
        play_rounds(Stage(whole))


def lacks_cases(ctx: Ctx) -> bool:
    """Whether sample structures and all open accounts of the demonstration are there, but cases were never made."""
    return _lacks(ctx, CASES)


def lacks_rounds(ctx: Ctx) -> bool:
    """The same of the round of confirmation."""
    return _lacks(ctx, ROUNDS)


def _lacks(ctx: Ctx, action: str) -> bool:
    made = ctx.session.scalar(select(AuditEvent.number).where(AuditEvent.action == action).limit(1))
    sample = ctx.session.scalar(select(Structure.id).where(Structure.is_sample).limit(1))
    users = [user for user in _demo_users(ctx) if user.is_active]
    return made is None and sample is not None and len(users) == len(USERS)


def clear(database: Database, accounts_file: Path) -> Cleared:
    """Remove the sample: structures with what hangs on them, lines of streets; close its accounts, forget passwords.

    `database` is the owner's: the application itself has no right to delete. History and audit stay.
    """
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    with database.transaction(_MACHINE, origin=_ORIGIN) as ctx:
        users = _demo_users(ctx)
        sample = select(Structure.id).where(Structure.is_sample).scalar_subquery()
        cases = remove_cases(ctx.session, [user.id for user in users], sample)
        remove_rounds(ctx.session, [user.id for user in users])
        prices = pricing.remove(ctx.session, [user.id for user in users], sample)
        removed, lines = _remove_structures(ctx), street_lines.remove(ctx.session)
        closed = [disable_user(ctx, user.id) for user in users if user.is_active]
        counts = {"structures": removed, "accounts": len(closed), "cases": cases, "street_lines": lines}
        if prices or any(counts.values()):
            record(ctx, "demo.clear", "structure", None, prices=prices, **counts)
        ctx.after_commit.append(lambda: accounts_file.unlink(missing_ok=True))
    return Cleared(**counts)


def was_created(ctx: Ctx) -> bool:
    """Whether sample structures were ever made here: what was cleared does not come back by itself."""
    return ctx.session.scalar(select(AuditEvent.number).where(AuditEvent.action == ACTION).limit(1)) is not None


def has_structures(ctx: Ctx) -> bool:
    """Whether the register holds any structure, sample or real."""
    return ctx.session.scalar(select(Structure.id).limit(1)) is not None


@contextlib.contextmanager
def _as_one(database: Database) -> Iterator[Database]:
    """A database whose transactions, each with its own moment, are committed together at the end of the block."""
    with database.engine.begin() as connection:
        whole = Database("", role=database.role, bind=connection)
        whole.before_commit.append(write_pending)
        yield whole


def _require_empty(ctx: Ctx) -> None:
    query = select(Structure.is_sample, func.count().label("found")).group_by(Structure.is_sample)
    counts = {row.is_sample: row.found for row in ctx.session.execute(query)}
    if counts.get(False):
        raise Conflict(
            _(
                "Sổ đã có %(count)d công trình thật; dữ liệu mẫu chỉ tạo trong sổ chưa có công trình.",
                count=counts[False],
            )
        )
    if counts:
        raise Conflict(
            _("Sổ đã có %(count)d công trình mẫu; hãy xóa bằng `flask demo clear` trước.", count=counts[True])
        )


def _public_owners(ctx: Ctx) -> dict[str, Organisation]:
    codes = [code for code, *_rest in words.PUBLIC_OWNERS]
    known = {row.code: row for row in ctx.session.scalars(select(Organisation).where(Organisation.code.in_(codes)))}
    for code, short_name, name, kind, category in words.PUBLIC_OWNERS:
        if code not in known:
            first = words.REGISTERED[0][0].date()
            command = SaveOrganisation(
                code=code, name=name, short_name=short_name, kind=kind, owner_category=category, valid_from=first
            )
            known[code] = create_organisation(ctx, command)
    return known


def _past(moment: datetime) -> datetime:
    """The moment, or just now where the clock has not come so far."""
    return min(moment, utc_now() - _SOON)


def _changes_after(number: int) -> list[datetime]:
    """The moments of change between one registration and the next."""
    edges = [moment for moment, _share in words.REGISTERED[number : number + 2]]
    return [moment for moment in words.CHANGED if edges[0] < moment and (len(edges) == 1 or moment < edges[1])]


def _demo_users(ctx: Ctx) -> list[UserAccount]:
    """The accounts of the demonstration: those of its names that belong to the same persons."""
    persons = {demo.username: demo.full_name for demo in USERS}
    rows = ctx.session.scalars(select(UserAccount).where(UserAccount.username.in_(persons)).order_by(UserAccount.id))
    return [row for row in rows if row.full_name == persons[row.username]]


def _remove_structures(ctx: Ctx) -> int:
    sample = select(Structure.id).where(Structure.is_sample).scalar_subquery()
    places = select(CapacityPlace.id).where(CapacityPlace.structure_id.in_(sample)).scalar_subquery()
    session = ctx.session
    over = or_(CableMember.cable_id.in_(sample), CableMember.structure_id.in_(sample))
    session.execute(delete(CableMember).where(over))
    session.execute(delete(StructureLabel).where(StructureLabel.structure_id.in_(sample)))
    session.execute(delete(CapacityEntry).where(CapacityEntry.place_id.in_(places)))
    session.execute(delete(CapacityPlace).where(CapacityPlace.structure_id.in_(sample)))
    session.execute(
        delete(AttachmentLink).where(AttachmentLink.subject_kind == "structure", AttachmentLink.subject_id.in_(sample))
    )
    kinds = {kind.model.__tablename__ for kind in KINDS.values()}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in kinds:
            _let_go(session, table, sample)
            session.execute(delete(table).where(table.c.id.in_(sample)))
    base = Base.metadata.tables[Structure.__tablename__]
    _let_go(session, base, sample)
    found = session.execute(delete(base).where(base.c.is_sample).returning(base.c.id))
    return len(found.all())


def _let_go(session: Session, target: Table, sample: Any) -> None:
    """Empty what other rows, real ones, say of sample rows of a table: a duct's manhole, the row of an import."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is target and key.parent.nullable:
                session.execute(update(table).where(key.parent.in_(sample)).values({key.parent.name: None}))
