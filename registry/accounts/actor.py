"""The actor behind an account: organisation with predecessors, roles of today, area of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from registry.accounts.models import OrganisationSuccession, RoleArea, RoleAssignment, UserAccount
from registry.authz.actors import Role, role_label
from registry.kernel.clock import local_date
from registry.kernel.errors import Forbidden
from registry.kernel.i18n import _
from registry.territory.queries import area_unit_ids


@dataclass(frozen=True)
class SignedInActor:
    """Somebody who signed in, as they stand in this request."""

    id: int
    username: str
    display_name: str
    language: str
    organisation_id: int
    organisation_name: str
    organisation_ids: frozenset[int]
    roles: frozenset[Role]
    unit_ids: frozenset[int]
    #: The names of the roles on the day of the request.
    role_label: str
    session_id: int | None = None


def actor_of(session: Session, user: UserAccount, now: datetime, session_id: int | None = None) -> SignedInActor:
    """The actor of an account whose organisation is loaded; roles and areas are read afresh from the database."""
    today = local_date(now)
    rows = session.execute(
        select(RoleAssignment.role, RoleArea.unit_id)
        .outerjoin(RoleArea, RoleArea.assignment_id == RoleAssignment.id)
        .where(RoleAssignment.user_id == user.id, *in_force(today))
    ).all()
    units = {row.unit_id for row in rows if row.unit_id is not None}
    roles = frozenset(row.role for row in rows)
    return SignedInActor(
        id=user.id,
        username=user.username,
        display_name=user.full_name,
        language=user.language,
        organisation_id=user.organisation_id,
        organisation_name=user.organisation.short_name,
        organisation_ids=with_predecessors(session, user.organisation_id, today),
        roles=roles,
        unit_ids=area_unit_ids(session, units) if units else frozenset(),
        role_label=label_of(sorted(roles), today),
        session_id=session_id,
    )


def actor_by_id(session: Session, user_id: int, now: datetime) -> SignedInActor:
    """The person who asked for a job, with the roles of this moment; Forbidden where the account was closed since."""
    query = select(UserAccount).where(UserAccount.id == user_id).options(joinedload(UserAccount.organisation))
    user = session.scalars(query).one()
    if not user.is_active:
        raise Forbidden(_("Tài khoản đã yêu cầu việc này đã bị khóa."))
    return actor_of(session, user, now)


def in_force(today: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a role assignment counts on a day."""
    return (
        RoleAssignment.ended_at.is_(None),
        RoleAssignment.valid_from <= today,
        or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= today),
    )


def label_of(roles: Sequence[Role], today: date) -> str:
    """The names of roles, as they are called on a day."""
    return ", ".join(role_label(role, today) for role in roles)


def with_predecessors(session: Session, organisation_id: int, on: date | None = None) -> frozenset[int]:
    """An organisation and all whose rights it holds by succession on a day, or ever where no day is given."""
    succession = OrganisationSuccession
    reached = [] if on is None else [succession.effective_on <= on]
    chain = (
        select(succession.predecessor_id)
        .where(succession.successor_id == organisation_id, *reached)
        .cte("chain", recursive=True)
    )
    chain = chain.union(
        select(succession.predecessor_id).join(chain, succession.successor_id == chain.c.predecessor_id).where(*reached)
    )
    return frozenset(session.scalars(select(chain.c.predecessor_id))) | {organisation_id}
