"""The address book of notices: e-mail recipients by the same rules as the in-app notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from registry.accounts.actor import actor_of, in_force
from registry.accounts.models import OrganisationSuccession, RoleArea, RoleAssignment, UserAccount
from registry.kernel.clock import local_date
from registry.notices.events import Standing
from registry.notices.mail import Recipient
from registry.notices.models import Notice
from registry.territory.queries import area_unit_ids


class AccountBook:
    """Active accounts with an e-mail address (implements notices.addresses.AddressBook)."""

    def reached_by(self, session: Session, notice: Notice, now: datetime) -> dict[int, Standing]:
        """Accounts that a notice addresses, by organisation or successor, by role and unit, or by name: their standing.

        Each account has the most urgent one.
        """
        reached: dict[int, Standing] = {}
        for group in notice.groups:
            standing = Standing(group["standing"])
            units = frozenset(group["unit_ids"])
            persons = _employees(session, group["organisation_ids"], now) | _holders(
                session, group["roles"], units, now
            )
            was_there = and_(UserAccount.id.in_(persons), UserAccount.member_since <= notice.created_at)
            query = select(UserAccount.id).where(
                or_(was_there, UserAccount.id.in_(group["user_ids"])),
                UserAccount.id.is_distinct_from(notice.actor_id),
                UserAccount.is_active,
                UserAccount.email.is_not(None),
            )
            reached |= {user_id: standing for user_id in session.scalars(query) if user_id not in reached}
        return reached

    def find(self, session: Session, user_id: int, now: datetime) -> Recipient | None:
        user = session.get(UserAccount, user_id)
        if user is None or not user.is_active or user.email is None:
            return None
        return Recipient(user.id, user.email, user.language, actor_of(session, user.id, now))


def _employees(session: Session, organisation_ids: Collection[int], now: datetime) -> set[int]:
    """Accounts of the organisations and of their successors."""
    if not organisation_ids:
        return set()
    succession = OrganisationSuccession
    begun = succession.holds_on(local_date(now))
    heirs = (
        select(succession.successor_id)
        .where(succession.predecessor_id.in_(organisation_ids), begun)
        .cte("heirs", recursive=True)
    )
    heirs = heirs.union(
        select(succession.successor_id).join(heirs, succession.predecessor_id == heirs.c.successor_id).where(begun)
    )
    reached = set(session.scalars(select(heirs.c.successor_id))) | set(organisation_ids)
    succeeded = select(succession.predecessor_id).where(begun)
    return set(
        session.scalars(
            select(UserAccount.id).where(
                UserAccount.organisation_id.in_(reached), UserAccount.organisation_id.not_in(succeeded)
            )
        )
    )


def _holders(session: Session, roles: Collection[str], unit_ids: frozenset[int], now: datetime) -> set[int]:
    """Accounts with one of the roles in force; with units, only those responsible for one of them."""
    if not roles:
        return set()
    counting = in_force(local_date(now))
    holders = set(session.scalars(select(RoleAssignment.user_id).where(RoleAssignment.role.in_(roles), *counting)))
    if not unit_ids or not holders:
        return holders
    areas = session.execute(
        select(RoleAssignment.user_id, RoleArea.unit_id)
        .join(RoleArea, RoleArea.assignment_id == RoleAssignment.id)
        .where(RoleAssignment.user_id.in_(holders), *counting)
    ).all()
    covering = _containing(session, {row.unit_id for row in areas}, unit_ids)
    return {row.user_id for row in areas if row.unit_id in covering}


def _containing(session: Session, candidates: Iterable[int], unit_ids: frozenset[int]) -> set[int]:
    """The candidates that contain one of the wanted units."""
    return {unit_id for unit_id in candidates if area_unit_ids(session, [unit_id]) & unit_ids}
