"""The address book of notices: e-mail recipients by the same rules as the in-app notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from registry.accounts.actor import actor_of, in_force
from registry.accounts.models import OrganisationSuccession, RoleArea, RoleAssignment, UserAccount
from registry.kernel.clock import local_date
from registry.notices.mail import Recipient
from registry.notices.models import Notice
from registry.territory.queries import area_unit_ids


class AccountBook:
    """Active accounts with an e-mail address (implements notices.addresses.AddressBook)."""

    def reached_by(self, session: Session, notice: Notice, now: datetime) -> frozenset[int]:
        """Ids of the accounts that a notice addresses: by organisation or successor, by role and unit, or by name."""
        found = _employees(session, notice, now) | _holders(session, notice, now)
        if not found and not notice.user_ids:
            return frozenset()
        was_there = and_(UserAccount.id.in_(found), UserAccount.member_since <= notice.created_at)
        reachable = select(UserAccount.id).where(
            or_(was_there, UserAccount.id.in_(notice.user_ids)),
            UserAccount.id.is_distinct_from(notice.actor_id),
            UserAccount.is_active,
            UserAccount.email.is_not(None),
        )
        return frozenset(session.scalars(reachable))

    def find(self, session: Session, user_id: int, now: datetime) -> Recipient | None:
        user = session.get(UserAccount, user_id)
        if user is None or not user.is_active or user.email is None:
            return None
        return Recipient(user.id, user.email, user.language, actor_of(session, user.id, now))


def _employees(session: Session, notice: Notice, now: datetime) -> set[int]:
    """Accounts of the organisations and of their successors."""
    if not notice.organisation_ids:
        return set()
    succession = OrganisationSuccession
    begun = succession.holds_on(local_date(now))
    heirs = (
        select(succession.successor_id)
        .where(succession.predecessor_id.in_(notice.organisation_ids), begun)
        .cte("heirs", recursive=True)
    )
    heirs = heirs.union(
        select(succession.successor_id).join(heirs, succession.predecessor_id == heirs.c.successor_id).where(begun)
    )
    reached = set(session.scalars(select(heirs.c.successor_id))) | set(notice.organisation_ids)
    succeeded = select(succession.predecessor_id).where(begun)
    return set(
        session.scalars(
            select(UserAccount.id).where(
                UserAccount.organisation_id.in_(reached), UserAccount.organisation_id.not_in(succeeded)
            )
        )
    )


def _holders(session: Session, notice: Notice, now: datetime) -> set[int]:
    """Accounts with one of the notice's roles in force; of those bound to units, who is responsible for one of them."""
    counting = in_force(local_date(now))

    def with_roles(roles: list[str]) -> set[int]:
        query = select(RoleAssignment.user_id).where(RoleAssignment.role.in_(roles), *counting)
        return set(session.scalars(query)) if roles else set()

    holders, local = with_roles(notice.roles), with_roles(notice.area_roles)
    if not local:
        return holders
    areas = session.execute(
        select(RoleAssignment.user_id, RoleArea.unit_id)
        .join(RoleArea, RoleArea.assignment_id == RoleAssignment.id)
        .where(RoleAssignment.user_id.in_(local), *counting)
    ).all()
    covering = _containing(session, {row.unit_id for row in areas}, frozenset(notice.unit_ids))
    return holders | {row.user_id for row in areas if row.unit_id in covering}


def _containing(session: Session, candidates: Iterable[int], unit_ids: frozenset[int]) -> set[int]:
    """The candidates that contain one of the wanted units."""
    return {unit_id for unit_id in candidates if area_unit_ids(session, [unit_id]) & unit_ids}
