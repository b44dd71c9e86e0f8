"""Reads of organisations and accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from registry.accounts.actor import in_force, with_predecessors
from registry.accounts.models import (
    OWNING_KINDS,
    AccountMail,
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OrganisationSuccession,
    RoleArea,
    RoleAssignment,
    UserAccount,
)
from registry.accounts.rules import KINDS_OF_ROLE
from registry.audit.labels import OBJECT_LABELS
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.history import history_of
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import NotFound, SignInRequired
from registry.kernel.i18n import _, format_date
from registry.kernel.text import TextRefused, fold
from registry.notices.models import MailState, Notice, NoticeMail
from registry.territory.models import AdminUnit, UnitLevel

MAILS_SHOWN: Final = 50


@dataclass(frozen=True)
class Succession:
    """One succession, seen from one of its two organisations."""

    other: Organisation
    forward: bool
    row: OrganisationSuccession


def organisations_without_accounts(ctx: Ctx, organisation_ids: Collection[int]) -> list[str]:
    """The names of those organisations of which no user can sign in today."""
    reached = select(UserAccount.organisation_id).where(UserAccount.is_active)
    query = select(Organisation.short_name).where(
        Organisation.id.in_(organisation_ids), Organisation.id.not_in(reached)
    )
    return list(ctx.session.scalars(query.order_by(Organisation.short_name)))


def may_own(on: date) -> ColumnElement[bool]:
    """The organisation may own structures or use some on a day: its kind may, and it is not that of citizens."""
    citizens = (
        select(UserAccount.organisation_id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(RoleAssignment.role == Role.CITIZEN)
    )
    return and_(
        Organisation.kind.in_(OWNING_KINDS),
        or_(Organisation.valid_to.is_(None), Organisation.valid_to >= on),
        Organisation.id.not_in(citizens),
    )


def list_agencies(ctx: Ctx) -> list[Organisation]:
    """The agencies that something can be given to today: departments and committees."""
    kinds = (OrganisationKind.DEPARTMENT, OrganisationKind.COMMUNE_COMMITTEE, OrganisationKind.PROVINCIAL_COMMITTEE)
    query = select(Organisation).where(Organisation.kind.in_(kinds))
    agencies = ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id))
    return [agency for agency in agencies if agency.exists_on(ctx.today)]


def list_organisations(ctx: Ctx) -> list[Organisation]:
    return list(ctx.session.scalars(organisations_query(ctx)))


def organisations_query(ctx: Ctx, text: str = "") -> Select[Any]:
    """All organisations, or those with `text` in code, name or spelling, ignoring case and diacritics."""
    query = select(Organisation).where(visible(ctx, Organisation, P.ACCOUNT_MANAGE))
    if text.strip():
        folded = _folded(text)
        spelt = select(OrganisationAlias.organisation_id).where(
            OrganisationAlias.folded.contains(folded, autoescape=True), OrganisationAlias.is_active
        )
        query = query.where(or_(Organisation.search_text.contains(folded, autoescape=True), Organisation.id.in_(spelt)))
    return query.order_by(Organisation.kind, Organisation.short_name, Organisation.id)


def get_organisation(ctx: Ctx, organisation_id: int, *, lock: bool = False) -> Organisation:
    """One organisation with its spellings, for administration."""
    query = (
        select(Organisation)
        .where(Organisation.id == organisation_id, visible(ctx, Organisation, P.ACCOUNT_MANAGE))
        .options(selectinload(Organisation.aliases))
    )
    organisation = ctx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if organisation is None:
        raise NotFound
    return organisation


def find_organisation(session: Session, text: str) -> Organisation | None:
    """The organisation that a text names: by code, then name or short name, then spelling, all folded.

    If several bore a name one after the other, the one that exists today. None for no match or more than one. Names are
    public; the caller decides what else is shown.
    """
    folded = _folded(text)
    if not folded:
        return None
    spelt = select(OrganisationAlias.organisation_id).where(
        OrganisationAlias.folded == folded, OrganisationAlias.is_active
    )
    names = func.fold(Organisation.name) == folded, func.fold(Organisation.short_name) == folded
    today = local_date(utc_now())
    for meant in (Organisation.code == folded, or_(*names), Organisation.id.in_(spelt)):
        organisations = list(session.scalars(select(Organisation).where(meant)))
        existing = [row for row in organisations if row.exists_on(today)] or organisations
        if existing:
            return existing[0] if len(existing) == 1 else None
    return None


def describe_holder(session: Session, organisation_id: int, name: str | None, on: date) -> str | None:
    """A record's organisation by name, with the last successor as of a day."""
    holder, since, reached = name, None, {organisation_id}
    while True:
        step = session.execute(
            select(Organisation.id, Organisation.short_name, OrganisationSuccession.effective_on)
            .join(OrganisationSuccession, OrganisationSuccession.successor_id == Organisation.id)
            .where(
                OrganisationSuccession.predecessor_id == organisation_id,
                OrganisationSuccession.holds_on(on),
                Organisation.id.not_in(reached),
            )
        ).one_or_none()
        if step is None:
            break
        organisation_id, holder, since = step
        reached.add(organisation_id)
    if since is None:
        return name
    return _("%(holder)s (từ %(day)s; trước đó là %(former)s)", holder=holder, day=format_date(since), former=name)


def organisation_names(session: Session, ids: Collection[int], on: date) -> dict[int, str]:
    """Full names by id, each with the last successor's short name if succeeded by a day."""
    succession = OrganisationSuccession
    held = and_(succession.predecessor_id == Organisation.id, succession.holds_on(on))
    query = select(Organisation.id, Organisation.name, succession.id.label("step")).outerjoin(succession, held)
    return {
        row.id: row.name if row.step is None else describe_holder(session, row.id, row.name, on) or row.name
        for row in session.execute(query.where(Organisation.id.in_(ids)))
    }


def short_name_of(session: Session, organisation_id: int) -> str:
    return session.get_one(Organisation, organisation_id).short_name


def organisations_by_id(session: Session, ids: set[int]) -> dict[int, Organisation]:
    return {row.id: row for row in session.scalars(select(Organisation).where(Organisation.id.in_(ids)))} if ids else {}


def list_successions(ctx: Ctx, organisation_id: int) -> list[Succession]:
    """The successions from and to an organisation, by date."""
    table = OrganisationSuccession
    rows = list(
        ctx.session.scalars(
            select(table)
            .where(or_(table.predecessor_id == organisation_id, table.successor_id == organisation_id))
            .order_by(table.effective_on, table.id)
        )
    )
    named = organisations_by_id(ctx.session, {i for row in rows for i in (row.predecessor_id, row.successor_id)})
    return [
        Succession(
            other=named[row.successor_id if row.predecessor_id == organisation_id else row.predecessor_id],
            forward=row.predecessor_id == organisation_id,
            row=row,
        )
        for row in rows
    ]


def succeeds(session: Session, successor_id: int, predecessor_id: int, *, direct: bool = False) -> bool:
    """Whether one organisation succeeds another on any day: directly, or through others too."""
    if direct:
        table = OrganisationSuccession
        return (
            session.scalar(
                select(table.id).where(
                    table.successor_id == successor_id, table.predecessor_id == predecessor_id, table.is_valid()
                )
            )
            is not None
        )
    return predecessor_id in with_predecessors(session, successor_id)


def list_users(ctx: Ctx, organisation_id: int) -> list[UserAccount]:
    """The accounts of an organisation, with their roles."""
    return list(ctx.session.scalars(users_query(ctx).where(UserAccount.organisation_id == organisation_id)))


def users_query(ctx: Ctx, text: str = "") -> Select[Any]:
    """Accounts with organisation and roles; `text` filters by name or account name."""
    query = (
        select(UserAccount)
        .join(UserAccount.organisation)
        .where(visible(ctx, UserAccount, P.ACCOUNT_MANAGE))
        .options(joinedload(UserAccount.organisation, innerjoin=True), selectinload(UserAccount.roles))
        .order_by(Organisation.short_name, UserAccount.username)
    )
    folded = _folded(text)
    if folded:
        named = func.fold(UserAccount.username + " " + UserAccount.full_name)
        query = query.where(named.contains(folded, autoescape=True))
    return query


def get_user(ctx: Ctx, user_id: int, *, lock: bool = False) -> UserAccount:
    """One account for administration, with organisation, roles and areas."""
    return _account(ctx, UserAccount.id == user_id, visible(ctx, UserAccount, P.ACCOUNT_MANAGE), lock=lock)


def get_own_account(ctx: Ctx, *, lock: bool = False) -> UserAccount:
    """The actor's own account."""
    if ctx.actor.id is None:
        raise SignInRequired
    return _account(ctx, UserAccount.id == ctx.actor.id, lock=lock)


def find_user(session: Session, username: str) -> UserAccount | None:
    """The account of a folded name, for the command line."""
    return session.scalars(select(UserAccount).where(UserAccount.username == username)).one_or_none()


def has_administrator(ctx: Ctx) -> bool:
    """Whether an active account is an administrator today."""
    query = (
        select(RoleAssignment.id)
        .join(RoleAssignment.user)
        .where(RoleAssignment.role == Role.ADMIN, UserAccount.is_active, *in_force(ctx.today))
        .limit(1)
    )
    return ctx.session.scalar(query) is not None


def lasting_roles(ctx: Ctx, whose: ColumnElement[bool]) -> list[Role]:
    """The roles that active accounts, chosen by a condition of UserAccount, hold or will hold; each once."""
    query = (
        select(RoleAssignment.role)
        .join(RoleAssignment.user)
        .where(
            whose,
            UserAccount.is_active,
            RoleAssignment.ended_at.is_(None),
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= ctx.today),
        )
        .distinct()
        .order_by(RoleAssignment.role)
    )
    return list(ctx.session.scalars(query))


def other_holder(ctx: Ctx, role: Role, organisation_id: int) -> str | None:
    """The short name of another organisation that lasts and whose active accounts hold a role, or will; None: none."""
    succession = OrganisationSuccession
    succeeded = select(succession.predecessor_id).where(succession.holds_on(ctx.today))
    query = (
        select(Organisation.short_name)
        .join(UserAccount, UserAccount.organisation_id == Organisation.id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(
            RoleAssignment.role == role,
            RoleAssignment.ended_at.is_(None),
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= ctx.today),
            UserAccount.is_active,
            Organisation.id != organisation_id,
            or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
            Organisation.id.not_in(succeeded),
        )
        .order_by(RoleAssignment.id)
        .limit(1)
    )
    return ctx.session.scalar(query)


def unfit_roles(ctx: Ctx) -> list[RoleAssignment]:
    """The roles that have not ended and that no organisation of the kind may hold, with their accounts."""
    return list(ctx.session.scalars(unfit_roles_query(ctx.today)))


def unfit_roles_query(today: date) -> Select[RoleAssignment]:
    """The statement of `unfit_roles` on a day."""
    fits = or_(
        *(and_(RoleAssignment.role == role, Organisation.kind.in_(kinds)) for role, kinds in KINDS_OF_ROLE.items())
    )
    return (
        select(RoleAssignment)
        .join(RoleAssignment.user)
        .join(UserAccount.organisation)
        .where(
            RoleAssignment.ended_at.is_(None),
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= today),
            UserAccount.is_active,
            ~fits,
        )
        .options(contains_eager(RoleAssignment.user).contains_eager(UserAccount.organisation))
        .order_by(UserAccount.username, RoleAssignment.id)
    )


@dataclass(frozen=True)
class MailRow:
    """A mail to an account: what it is, and what became of it. Of a notice the kind of its subject, no more."""

    label: str
    created_at: datetime
    state: MailState
    next_try_at: datetime
    sent_at: datetime | None
    failure: str | None


def list_mails(ctx: Ctx, user_id: int) -> list[MailRow]:
    """The newest mails to an account, notices and mails about the account itself."""
    notices = (
        select(NoticeMail, Notice.subject_kind, Notice.created_at)
        .join(Notice, Notice.id == NoticeMail.notice_id)
        .where(NoticeMail.user_id == user_id)
        .order_by(NoticeMail.id.desc())
        .limit(MAILS_SHOWN)
    )
    with across_organisations(ctx, Notice.__tablename__):
        sent = ctx.session.execute(notices).all()
    rows = [
        MailRow(
            str(OBJECT_LABELS.get(kind, _("Thông báo"))), at, mail.state, mail.next_try_at, mail.sent_at, mail.failure
        )
        for mail, kind, at in sent
    ]
    own = select(AccountMail).where(AccountMail.user_id == user_id).order_by(AccountMail.id.desc()).limit(MAILS_SHOWN)
    rows += [
        MailRow(str(mail.kind.label), mail.created_at, mail.state, mail.next_try_at, mail.sent_at, mail.failure)
        for mail in ctx.session.scalars(own)
    ]
    return sorted(rows, key=lambda row: row.created_at, reverse=True)[:MAILS_SHOWN]


def awaiting_roles(ctx: Ctx) -> list[RoleAssignment]:
    """The roles that wait for a second administrator, the oldest first, with their accounts."""
    query = (
        select(RoleAssignment)
        .join(RoleAssignment.user)
        .where(RoleAssignment.awaiting_since.is_not(None), RoleAssignment.ended_at.is_(None))
        .options(contains_eager(RoleAssignment.user))
        .order_by(RoleAssignment.awaiting_since, RoleAssignment.id)
    )
    return list(ctx.session.scalars(query))


def units_of(session: Session, roles: list[RoleAssignment]) -> dict[int, list[AdminUnit]]:
    """Role assignment id -> its units."""
    units: dict[int, list[AdminUnit]] = {role.id: [] for role in roles}
    rows = session.execute(
        select(RoleArea.assignment_id, AdminUnit)
        .join(AdminUnit, AdminUnit.id == RoleArea.unit_id)
        .where(RoleArea.assignment_id.in_(units))
        .order_by(AdminUnit.name, AdminUnit.id)
    )
    for assignment_id, unit in rows:
        units[assignment_id].append(unit)
    return units


def list_area_units(session: Session, today: date) -> dict[str, list[tuple[int, str]]]:
    """The units that an area can consist of, by group: today's communes, former districts as groups of communes."""
    today_units = and_(
        AdminUnit.level == UnitLevel.COMMUNE, or_(AdminUnit.valid_to.is_(None), AdminUnit.valid_to >= today)
    )
    rows = session.execute(
        select(AdminUnit.id, AdminUnit.name, AdminUnit.level, AdminUnit.valid_to)
        .where(or_(today_units, AdminUnit.level == UnitLevel.DISTRICT))
        .order_by(AdminUnit.level, AdminUnit.name.collate("vi-VN-x-icu"), AdminUnit.valid_to)
    ).all()
    communes = [(row.id, row.name) for row in rows if row.level is UnitLevel.COMMUNE]
    districts = [(row.id, _district_label(row.name, row.valid_to)) for row in rows if row.level is UnitLevel.DISTRICT]
    return {_("Xã, phường"): communes, _("Nhóm xã theo huyện cũ"): districts}


def _district_label(name: str, valid_to: date | None) -> str:
    return name if valid_to is None else _("%(name)s (đến %(date)s)", name=name, date=f"{valid_to:%d/%m/%Y}")


def version_of(session: Session, row: Any) -> int:
    """The id of a row's current history entry, which changes with every change of the row."""
    history = history_of(type(row))
    query = select(history.c.history_id).where(history.c.id == row.id, history.c.recorded_to.is_(None))
    return int(session.scalar(query) or 0)


def _account(ctx: Ctx, *where: Any, lock: bool) -> UserAccount:
    query = (
        select(UserAccount)
        .where(*where)
        .options(joinedload(UserAccount.organisation, innerjoin=True), selectinload(UserAccount.roles))
    )
    account = ctx.session.scalars(query.with_for_update(of=UserAccount) if lock else query).one_or_none()
    if account is None:
        raise NotFound
    return account


def _folded(text: str) -> str:
    try:
        return fold(text)
    except TextRefused:
        return ""


def lead_organisation_id(ctx: Ctx) -> int:
    """The organisation that leads the register today; LookupError if no open account has that role."""
    query = (
        select(UserAccount.organisation_id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(RoleAssignment.role == Role.LEAD_DEPARTMENT, UserAccount.is_active, *in_force(ctx.today))
        .order_by(RoleAssignment.id)
        .limit(1)
    )
    lead_id = ctx.session.scalar(query)
    if lead_id is None:
        message = "no open account has the role of the lead department, which would handle the case"
        raise LookupError(message)
    return lead_id


class AccountDirectory:
    """The directory of the lower layers (authz/directory.py)."""

    def person_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, UserAccount.id, UserAccount.full_name, ids)

    def organisation_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, Organisation.id, Organisation.short_name, ids)

    def organisation_codes(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, Organisation.id, Organisation.code, ids)

    def organisation_id(self, ctx: Ctx, code: str) -> int | None:
        return ctx.session.scalar(select(Organisation.id).where(Organisation.code == code))


def _by_id(ctx: Ctx, key: Any, text: Any, ids: Collection[int]) -> Mapping[int, str]:
    if not ids:
        return {}
    return {row[0]: row[1] for row in ctx.session.execute(select(key, text).where(key.in_(set(ids))))}
